/* kernels: see kernels.h. */
#include "app/scene/kernels.h"

#include "engine/base/json.h"

void kernels_fill(const struct json *n, struct scratch *memory, struct weight_picture *p)
{
    const struct json *sides = json_get(n, "kernel"), *pair = json_first(json_get(n, "values"));
    int rows = json_count(sides) > 1 ? (int)json_num(json_first(sides), 1) : 1;
    int columns = (int)json_num(json_count(sides) > 1 ? json_next(json_first(sides)) : json_first(sides), 1);
    size_t taps = (size_t)(rows * columns), count = taps ? json_count(json_get(n, "values")) / taps : 0;
    struct weight_tile *tiles = scratch_take(memory, count, sizeof *tiles);
    for (size_t t = 0; t < count; t++) {
        float *dense = scratch_take(memory, taps, sizeof *dense),
              *pruned = scratch_take(memory, taps, sizeof *pruned);
        int kept = 0;
        for (size_t k = 0; k < taps && pair; k++, pair = json_next(pair)) {
            dense[k] = (float)json_num(json_first(pair), 0);
            pruned[k] = (float)json_num(json_next(json_first(pair)), 0);
            kept += pruned[k] != 0;
        }
        tiles[t] =
            (struct weight_tile){scratch_printf(memory, "channel %zu  %d/%zu", t, kept, taps), dense, pruned};
    }
    *p = (struct weight_picture){
        scratch_printf(memory, "Kernels, %d x %d", rows, columns), rows, columns, tiles, count, 0};
}
