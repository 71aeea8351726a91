/* lanes_table: this level's kernels as one row. */
#include "engine/kernels/lanes.h"
#include "engine/kernels/levels.h"

#define TEXT_OF(name) #name
#define LEVEL_TEXT(name) TEXT_OF(name)

const struct lane_kernels AT_LEVEL(lane_kernels) = {
    .name = LEVEL_TEXT(KERNEL_LEVEL),
    .dense = AT_LEVEL(lanes_dense),
    .sparse = AT_LEVEL(lanes_sparse),
    .add = AT_LEVEL(lanes_add),
    .turned = AT_LEVEL(lanes_turned),
    .count = AT_LEVEL(lanes_count),
    .kept = AT_LEVEL(lanes_kept),
    .sizes = AT_LEVEL(lanes_sizes),
    .map = AT_LEVEL(lanes_map),
    .slope = AT_LEVEL(lanes_slope),
    .zip = AT_LEVEL(lanes_zip),
    .affine = AT_LEVEL(lanes_affine),
    .multiply_add = AT_LEVEL(lanes_multiply_add),
    .slide = AT_LEVEL(lanes_slide),
    .product = AT_LEVEL(lanes_product),
    .standardise = AT_LEVEL(lanes_standardise),
};
