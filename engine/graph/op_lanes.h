/* op_lanes: loops over lanes that the kernels have no function for, and kernel calls with one row against many. Plain C in
 * index order, sums in double: the same bits for every number of lanes and every kernel level. */
#ifndef PODA_GRAPH_OP_LANES_H
#define PODA_GRAPH_OP_LANES_H

#include <stddef.h>
#include <stdint.h>

#include "engine/graph/op.h"

/* acc[i] += x[i], += x[i]^2 */
void lanes_sum(double *acc, const float *x, size_t n);
void lanes_sum_squares(double *acc, const float *x, size_t n);

/* acc[i] += x[r][i] for r < rows */
void lanes_sum_rows(double *acc, const float *x, int64_t rows, size_t n);

/* acc[l] += x[l] * z[l]; a stride of 0 is one number for all lanes */
void lanes_sum_products(double *acc, const float *x, int x_stride, const float *z, int z_stride,
                        size_t lanes);

void lanes_fill(double *acc, double value, size_t n);
void lanes_fill_reals(float *y, float value, size_t n);
void lanes_divide(double *acc, double by, size_t n);
void lanes_round(const double *acc, float *y, size_t n); /* to float */

/* y[r][l] = x[r][l] op z[l] (enum lane_zip) for r < rows; z is one row of lanes, or one number if z_stride is 0. y may be x. */
void lanes_zip_row(const struct kernels *k, int f, int64_t rows, int lanes, const float *x, const float *z,
                   int z_stride, float *y);

/* y[r][l] = x[r][l] * scale + shift for r < rows (one fma): one pair of numbers, or a pair for each lane (by_lane). */
void lanes_affine(const struct kernels *k, int64_t rows, int lanes, const float *x, const float *scale,
                  const float *shift, bool by_lane, float *y);

/* y = x op z with NumPy broadcasting into the shape of y. y may be x if it has y's shape. */
void lanes_zip_broadcast(const struct kernels *k, int f, int lanes, const struct operand *x,
                         const struct operand *z, const struct operand *y);

/* The same for the elements from..to of y alone. false, and nothing is computed: x or z is not spread by repeating it, or each of its
 * elements, as a whole. */
bool lanes_zip_part(const struct kernels *k, int f, int lanes, const struct operand *x,
                    const struct operand *z, const struct operand *y, int64_t from, int64_t to);

#endif
