/* weighted: the sum of an operator with weights, described once: which weight element multiplies which input element into which
 * output element. An operator's shape() fills it; what computes, counts, traces, couples or differentiates such sums derives
 * from it, so that a new weighted operator is one file.
 *
 *   y[block][group][row][position] = sum over input, tap of
 *       scale * w[group][row][input][tap] * x[block][group][input][the position that tap reads for `position`]
 *
 * A product has one tap and its positions are the rows (weight right) or columns (weight left) of the other side; positions of a
 * convolution lie on two axes, rows and columns. Where a tap reads padding, the term is absent. */
#ifndef PODA_GRAPH_WEIGHTED_H
#define PODA_GRAPH_WEIGHTED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/graph/op_window.h"

/* Which axes are which. Steps, layers, coupling and shrinking follow from them: steps alone would not part axes of length 1. */
struct weighted_axes {
    int unit, input; /* of the weight as the node reads it; unit -1: it is a vector, which has no such axis */
    int data;        /* the data's, of inputs; -1: the weight is none of a layer */
    int result;      /* the result's, of units; -1 as above */
    /* By axis of the data: the same axis of the result; -1: it is summed, or windows slide along it. */
    int same[SHAPE_MAX];
};

struct weighted {
    int weight, data; /* which inputs of the node they are; weight -1: none is a constant */
    struct weighted_axes axes;
    /* Why the weight cannot be a layer's; NULL: it can. Where it is set, nothing is said of the rest. */
    const char *unfit;
    bool apart;       /* the operator computes it in a way of its own: only sizes and axes are told */
    int bias;         /* the input that is added, its last axis along axes.result; -1: none ever */
    float bias_scale; /* and its factor; 0: a bias counts for nothing */
    bool constant;    /* the weight is: it is prepared (prepared.h), can be masked and pruned */
    int64_t groups, rows, inputs, taps; /* rows and inputs of one group */
    /* In elements of the weight as the node reads it; from tap to tap it is 1. */
    int64_t group_step, row_step, input_step;
    float scale;    /* factor of every weight (Gemm's alpha) */
    int64_t blocks; /* the same sum once more: samples, matrices */
    struct window axis[2];
    bool turned; /* ConvTranspose: the windows slide over the output */
    /* In elements of input and output; `position` counts row by row. */
    int64_t x_block, x_group, x_input, x_position;
    int64_t y_block, y_group, y_row, y_position;
};

/* For shape(), once axes, groups, rows, inputs and taps are set: the steps that follow from the axes, with these shapes. */
void weighted_lay(struct weighted *w, const struct shape *weight, const struct shape *data,
                  const struct shape *result);

/* The data's other axes are the result's, in order and aligned from the right. */
void weighted_keep(struct weighted *w, int data_rank, int result_rank);

/* Positions of the output and of the input. */
int64_t weighted_positions(const struct weighted *w);
int64_t weighted_sources(const struct weighted *w);

/* The position of the input, row by row, that a tap reads for one of the output; -1: padding. */
int64_t weighted_source(const struct weighted *w, int64_t position, int64_t tap);

/* The position along an axis of the input that a tap reads for an output's; -1: padding. */
int64_t weighted_reads(const struct weighted *w, int axis, int64_t out, int64_t tap);
/* The same for all: reads[out * kernel + tap]; the caller's, axis.out * axis.kernel of them. */
void weighted_table(const struct weighted *w, int axis, int32_t *reads);

/* Every pair of an input and an output element with the weight between them, in runs. Slot and weight as struct edge_run says; a
 * weight that is no constant is an input, too. */
void weighted_edges(const struct weighted *w, edge_visitor *visit, void *data);

/* Does every position read the one in its own place, so that all of them are one wide row? */
bool weighted_pointwise(const struct weighted *w);

/* Lanes of the rows that a call with so many lanes gives its kernel at least. */
int weighted_width(const struct weighted *w, int lanes);

/* What it costs for one sample: every output position counts, padding included; a turned one counts every input position. */
void weighted_cost(const struct weighted *w, struct op_cost *out);

/* Bytes of scratch that weighted_forward needs. */
size_t weighted_scratch(const struct weighted *w, int lanes);

/* All sums of a call. bias: one number a row and group, NULL for none. */
void weighted_forward(const struct op_call *c, const struct weighted *w, const float *bias);

/* ---- derivatives (weighted_back.c) ---- */

struct backward_call;

/* The same sum with the roles exchanged: from derivatives of the results to those of the data. */
struct weighted weighted_turn(const struct weighted *w);

/* Bytes of scratch that the three below need. */
size_t weighted_back_scratch(const struct weighted *w, int lanes);

/* As struct backward's, for the data and the weight; a bias is the caller's. The derivative by a constant weight is, for each of its
 * elements, a chain of fused multiply-adds over lanes and positions in order, CHUNK at a time. */
void weighted_back_add(const struct backward_call *b, const struct weighted *w);
void weighted_back_tangent(const struct backward_call *b, const struct weighted *w);
void weighted_back_bend(const struct backward_call *b, const struct weighted *w);

/* Derivatives by weights for each lane apart: to[i * taps + tap][lanes] += those by weight (group, row, input first + i, tap), for
 * i < n. x and dy are the operands of the data and of the derivative by the result. row_scratch: a row of lanes. */
void weighted_record_row(const struct weighted *w, const struct kernels *k, int lanes,
                         const struct operand *x, const struct operand *dy, int64_t group, int64_t row,
                         int64_t first, int64_t n, float *to, float *row_scratch);

#endif
