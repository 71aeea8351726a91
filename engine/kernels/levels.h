/* levels: the instruction sets that the build made; the plain one is always there and is the oracle of the others. */
#ifndef PODA_KERNELS_LEVELS_H
#define PODA_KERNELS_LEVELS_H

#include "engine/kernels/kernels.h"

extern const struct lane_kernels lane_kernels_plain;
#if defined __x86_64__
extern const struct lane_kernels lane_kernels_avx2, lane_kernels_avx512;
#endif

#endif
