/* op_util: what the operators' families share: messages that name the node, constant inputs as integers, axes with a range
 * check, results with a checked size, and walks over broadcasting or strided positions. */
#ifndef PODA_GRAPH_OP_UTIL_H
#define PODA_GRAPH_OP_UTIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/graph/op.h"

struct err;

/* For shape(): the file is wrong (ERR_UNREADABLE) or asks for what poda does not do (ERR_UNSUPPORTED). The message begins with
 * the node: "Gather /emb/Gather (node 3): index 12 of ...". Both return false. */
bool op_fail(const struct graph *g, const struct node *n, struct err *e, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
bool op_unsupported(const struct graph *g, const struct node *n, struct err *e, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Input i: its value, or NULL if it is absent; its constant, or NULL if it is absent or known at run time only. */
const struct value *op_input(const struct graph *g, const struct node *n, int i);
const struct tensor *op_constant(const struct graph *g, const struct node *n, int i);

/* Input i as a list of integers: must be constant, a scalar or of rank 1, with at most max elements. what names it. */
bool op_ints(const struct graph *g, const struct node *n, int i, const char *what, int max, int64_t *out,
             int *count, struct err *e);
/* Attribute as a list of integers; *count is -1 if it is absent. */
bool op_attr_ints(const struct graph *g, const struct node *n, const char *name, int max, int64_t *out,
                  int *count, struct err *e);
/* The same from input i where it is present, else from the attribute of that name; *count is -1 if it has neither. Input -1:
 * attribute only. */
bool op_ints_or_attr(const struct graph *g, const struct node *n, int i, const char *name, int max,
                     int64_t *out, int *count, struct err *e);

/* One axis, -rank..rank-1, into 0..rank-1. */
bool op_axis(const struct graph *g, const struct node *n, int64_t axis, int rank, int *out, struct err *e);
/* "axes" from input i or the attribute, normalised and each at most once; *count is -1 if it has neither. */
bool op_axes(const struct graph *g, const struct node *n, int i, int rank, int axes[SHAPE_MAX], int *count,
             struct err *e);

/* For operators that compute on reals: refuses inputs that are integers. */
bool op_reals(const struct graph *g, const struct node *n, struct err *e);

/* Type and shape of output i, with the checked element count. Nothing to do for an output that nobody reads. */
bool op_result(struct graph *g, struct node *n, int i, enum dtype type, const struct shape *shape,
               struct err *e);

/* So many results of so many terms each are work that a network may ask for: 2^42 terms, and 2^30 where all inputs are constant
 * and the node would be computed while binding, so that a small file cannot keep the program busy. */
bool op_work(const struct graph *g, const struct node *n, int64_t results, int64_t terms, struct err *e);

/* A zeroed block for what shape() works out; becomes node->params (a block of an earlier call is freed). */
void *op_params(struct node *n, size_t size);

/* Positions of a shape in row-major order, with the element offset of up to WALK_MAX operands at each:
 *     walk_begin(&w, out->shape); int a = walk_broadcast(&w, x->shape);
 *     for (int64_t i = 0; i < count; i++, walk_step(&w)) use(i, w.offset[a]); */
enum { WALK_MAX = 4 };
struct walk {
    struct shape over;
    int n;
    int64_t at[SHAPE_MAX];             /* the position */
    int64_t step[WALK_MAX][SHAPE_MAX]; /* elements per step along a dimension */
    int64_t offset[WALK_MAX];
};
void walk_begin(struct walk *w, const struct shape *over);
int walk_broadcast(struct walk *w, const struct shape *operand); /* NumPy rules; was checked to fit */
int walk_strided(struct walk *w, int64_t start, const int64_t *strides);
void walk_step(struct walk *w);

/* The first lane of element i of an operand: `lanes` values, or one value for all lanes where lane_stride is 0. */
static inline void *operand_at(const struct operand *o, int64_t i, int lanes)
{
    return (char *)o->data + i * 4 * (o->lane_stride ? lanes : 1);
}

/* Copy elements from[at .. at + count) to elements to[..] whatever their type; a constant spreads over the lanes. */
void operand_copy(const struct operand *to, int64_t to_at, const struct operand *from, int64_t at,
                  int64_t count, int lanes);

#endif
