/* op_move: whole elements (all lanes of one) change place: Transpose, Expand, Tile, Concat, Gather, Trilu. Parts of tensors are
 * in op_slice.c (Slice, Split, Pad), changes of shape alone in op_view.c. */
#include <inttypes.h>
#include <string.h>

#include "engine/graph/backward.h"
#include "engine/graph/op_move.h"
#include "engine/graph/op_rows.h"
#include "engine/graph/op_util.h"
#include "engine/prune/couple_rules.h"

void strided_forward(const struct op_call *c)
{
    const struct strided *s = c->node->params;
    struct shape outer = *c->outputs[0].shape;
    int64_t run = 1, count = shape_elements(&outer);
    /* Trailing dimensions that lie together in the input move as one block. */
    while (outer.rank > 0 && (s->stride[outer.rank - 1] == run || outer.dim[outer.rank - 1] == 1))
        run *= outer.dim[--outer.rank];
    struct walk w;
    walk_begin(&w, &outer);
    walk_strided(&w, s->start, s->stride);
    for (int64_t at = 0; at < count; at += run, walk_step(&w))
        operand_copy(&c->outputs[0], at, &c->inputs[0], w.offset[0], run, c->lanes);
}

/* ---- Transpose ---- */

static bool read_permutation(const struct graph *g, const struct node *n, int rank, int perm[SHAPE_MAX],
                             struct err *e)
{
    int64_t raw[SHAPE_MAX];
    int count;
    bool seen[SHAPE_MAX] = {false};
    if (!op_attr_ints(g, n, "perm", SHAPE_MAX, raw, &count, e))
        return false;
    if (count >= 0 && count != rank)
        return op_fail(g, n, e, "its permutation has %d entries for rank %d", count, rank);
    for (int d = 0; d < rank; d++) {
        if (count < 0)
            perm[d] = rank - 1 - d;
        else if (!op_axis(g, n, raw[d], rank, &perm[d], e))
            return false;
        if (seen[perm[d]])
            return op_fail(g, n, e, "axis %d stands twice in its permutation", perm[d]);
        seen[perm[d]] = true;
    }
    return true;
}

static bool transpose_shape(struct graph *g, struct node *n, struct err *e)
{
    const struct value *x = op_input(g, n, 0);
    int64_t own[SHAPE_MAX];
    int perm[SHAPE_MAX];
    if (!read_permutation(g, n, x->shape.rank, perm, e))
        return false;
    struct strided *s = op_params(n, sizeof *s);
    struct shape out = {.rank = x->shape.rank};
    shape_strides(&x->shape, own);
    for (int d = 0; d < out.rank; d++) {
        out.dim[d] = x->shape.dim[perm[d]];
        s->stride[d] = own[perm[d]];
    }
    return op_result(g, n, 0, x->type, &out, e);
}

/* ---- Expand, Tile ---- */

static bool expand_shape(struct graph *g, struct node *n, struct err *e)
{
    const struct value *x = op_input(g, n, 0);
    struct shape want = {0}, out;
    int64_t own[SHAPE_MAX], count;
    if (!op_ints(g, n, 1, "shape", SHAPE_MAX, want.dim, &want.rank, e))
        return false;
    if (!shape_count(&want, &count))
        return op_fail(g, n, e, "its target is negative or too large (limit %" PRId64 " elements)",
                       TENSOR_ELEMENTS_MAX);
    if (!shape_broadcast(&x->shape, &want, &out))
        return op_fail(g, n, e, "its input cannot be broadcast to the target");
    struct strided *s = op_params(n, sizeof *s);
    shape_strides(&x->shape, own);
    for (int d = 0; d < x->shape.rank; d++)
        s->stride[d + out.rank - x->shape.rank] = x->shape.dim[d] == 1 ? 0 : own[d];
    return op_result(g, n, 0, x->type, &out, e);
}

static bool tile_shape(struct graph *g, struct node *n, struct err *e)
{
    const struct value *x = op_input(g, n, 0);
    int64_t times[SHAPE_MAX];
    int count;
    struct shape out = x->shape;
    if (!op_ints(g, n, 1, "repeats", SHAPE_MAX, times, &count, e))
        return false;
    if (count != out.rank)
        return op_fail(g, n, e, "it repeats %d axes of an input of rank %d", count, out.rank);
    for (int d = 0; d < count; d++)
        if (times[d] < 0 || __builtin_mul_overflow(out.dim[d], times[d], &out.dim[d]))
            return op_fail(g, n, e, "it repeats axis %d %" PRId64 " times", d, times[d]);
    return op_result(g, n, 0, x->type, &out, e);
}

static void tile_forward(const struct op_call *c)
{
    const struct operand *x = &c->inputs[0], *y = &c->outputs[0];
    int64_t own[SHAPE_MAX], count = shape_elements(y->shape);
    int rank = x->shape->rank;
    int64_t row = rank ? x->shape->dim[rank - 1] : 1; /* lies together in the input */
    shape_strides(x->shape, own);
    struct shape outer = *y->shape;
    if (rank)
        outer.dim[rank - 1] /= row ? row : 1;
    struct walk w;
    walk_begin(&w, &outer);
    for (int64_t at = 0; at < count; at += row, walk_step(&w)) {
        int64_t from = 0;
        for (int d = 0; d < rank - 1; d++)
            from += w.at[d] % x->shape->dim[d] * own[d];
        operand_copy(y, at, x, from, row, c->lanes);
    }
}

/* ---- Concat ---- */

static bool concat_part(const struct graph *g, const struct node *n, int i, int axis,
                        const struct shape *first, struct err *e)
{
    const struct value *x = op_input(g, n, i);
    if (!x)
        return op_fail(g, n, e, "its input %d is missing", i);
    bool fits = x->shape.rank == first->rank && x->type == op_input(g, n, 0)->type;
    for (int d = 0; fits && d < first->rank; d++)
        fits = d == axis || x->shape.dim[d] == first->dim[d];
    return fits || op_fail(g, n, e, "its input %s does not fit the others", x->name);
}

static bool concat_shape(struct graph *g, struct node *n, struct err *e)
{
    const struct value *x = op_input(g, n, 0);
    struct shape out = x->shape;
    int *axis = op_params(n, sizeof *axis);
    if (!op_axis(g, n, node_int(n, "axis", 1), out.rank, axis, e))
        return false;
    out.dim[*axis] = 0;
    for (int i = 0; i < n->n_inputs; i++) {
        if (!concat_part(g, n, i, *axis, &x->shape, e))
            return false;
        out.dim[*axis] += op_input(g, n, i)->shape.dim[*axis]; /* at most 2^31 each, and as many */
    }
    return op_result(g, n, 0, x->type, &out, e);
}

static void concat_forward(const struct op_call *c)
{
    const int axis = *(const int *)c->node->params;
    const struct operand *y = &c->outputs[0];
    int64_t outer, inner, row = 0;
    axis_blocks(y->shape, axis, &outer, &inner);
    for (int i = 0; i < c->n_inputs; i++) {
        const struct operand *x = &c->inputs[i];
        int64_t part = x->shape->dim[axis] * inner, whole = y->shape->dim[axis] * inner;
        for (int64_t o = 0; o < outer; o++)
            operand_copy(y, o * whole + row, x, o * part, part, c->lanes);
        row += part;
    }
}

void axis_blocks(const struct shape *s, int axis, int64_t *outer, int64_t *inner)
{
    *outer = *inner = 1;
    for (int d = 0; d < s->rank; d++)
        *(d < axis ? outer : inner) *= d == axis ? 1 : s->dim[d];
}

/* ---- Gather ---- */

static bool check_indices(const struct graph *g, const struct node *n, int64_t size, struct err *e)
{
    const struct value *index = op_input(g, n, 1);
    if (index->type != DT_I32)
        return op_fail(g, n, e, "its indices (%s) are no integers", index->name);
    int64_t count = shape_elements(&index->shape);
    if (size == 0 && count > 0)
        return op_fail(g, n, e, "it picks from an empty axis");
    for (int64_t i = 0; index->constant && i < count; i++)
        if (index->constant->i[i] < -size || index->constant->i[i] >= size)
            return op_fail(g, n, e, "index %" PRId32 " is out of range for %" PRId64 " elements",
                           index->constant->i[i], size);
    return true;
}

static bool gather_shape(struct graph *g, struct node *n, struct err *e)
{
    const struct value *x = op_input(g, n, 0), *index = op_input(g, n, 1);
    struct shape out = {0};
    int *axis = op_params(n, sizeof *axis);
    if (!op_axis(g, n, node_int(n, "axis", 0), x->shape.rank, axis, e) ||
        !check_indices(g, n, x->shape.dim[*axis], e))
        return false;
    if (x->shape.rank + index->shape.rank - 1 > SHAPE_MAX)
        return op_fail(g, n, e, "its result has more than %d dimensions", SHAPE_MAX);
    for (int d = 0; d < *axis; d++)
        out.dim[out.rank++] = x->shape.dim[d];
    for (int d = 0; d < index->shape.rank; d++)
        out.dim[out.rank++] = index->shape.dim[d];
    for (int d = *axis + 1; d < x->shape.rank; d++)
        out.dim[out.rank++] = x->shape.dim[d];
    return op_result(g, n, 0, x->type, &out, e);
}

/* An index that comes with the data cannot be refused beforehand: outside the axis it means the nearest end. */
static int64_t clamped(int64_t index, int64_t size)
{
    index += index < 0 ? size : 0;
    return index < 0 ? 0 : index >= size ? size - 1 : index;
}

/* Every lane picks by an index of its own. */
static void gather_by_lane(const struct op_call *c, int64_t to, const int32_t *index, int64_t from,
                           int64_t size, int64_t inner)
{
    const struct operand *x = &c->inputs[0];
    for (int64_t k = 0; k < inner; k++) {
        uint32_t *y = operand_at(&c->outputs[0], to + k, c->lanes);
        for (int l = 0; l < c->lanes; l++) {
            const uint32_t *element = operand_at(x, from + clamped(index[l], size) * inner + k, c->lanes);
            y[l] = element[x->lane_stride * l];
        }
    }
}

static void gather_forward(const struct op_call *c)
{
    const int axis = *(const int *)c->node->params;
    const struct operand *x = &c->inputs[0], *index = &c->inputs[1];
    int64_t outer, inner, size = x->shape->dim[axis], picks = shape_elements(index->shape), to = 0;
    axis_blocks(x->shape, axis, &outer, &inner);
    for (int64_t o = 0; o < outer; o++)
        for (int64_t i = 0; i < picks; i++, to += inner) {
            const int32_t *at = operand_at(index, i, c->lanes);
            if (index->lane_stride && c->lanes > 1)
                gather_by_lane(c, to, at, o * size * inner, size, inner);
            else
                operand_copy(&c->outputs[0], to, x, (o * size + clamped(*at, size)) * inner, inner, c->lanes);
        }
}

/* Positions of one pick, for derivatives where the indexes come with the data: lane l of element `to + k` is element
 * at[l] * inner + k of the block that begins at `from`. */
struct pick {
    int64_t to, from, inner;
    const int32_t *index;
    int step; /* of index, from lane to lane */
    int64_t size;
};

static void each_pick(const struct backward_call *b,
                      void (*visit)(const struct backward_call *b, const struct pick *p))
{
    const struct op_call *c = b->call;
    const int axis = *(const int *)c->node->params;
    int64_t outer, inner, size = c->inputs[0].shape->dim[axis], picks = shape_elements(c->inputs[1].shape);
    axis_blocks(c->inputs[0].shape, axis, &outer, &inner);
    for (int64_t at = 0; at < outer * picks; at++) {
        const struct pick p = {.to = at * inner,
                               .from = at / picks * size * inner,
                               .inner = inner,
                               .index = operand_at(&c->inputs[1], at % picks, c->lanes),
                               .step = c->inputs[1].lane_stride,
                               .size = size};
        visit(b, &p);
    }
}

/* Lane after lane: of a table that is constant several may want the same element. */
static void scatter_pick(const struct backward_call *b, const struct pick *p)
{
    int lanes = b->call->lanes;
    const struct operand *dx = &b->dx[0];
    for (int64_t k = 0; dx->present && k < p->inner; k++) {
        const float *dy = operand_at(&b->dy[0], p->to + k, lanes);
        for (int l = 0; l < lanes; l++) {
            int64_t element = p->from + clamped(p->index[l * p->step], p->size) * p->inner + k;
            ((float *)operand_at(dx, element, lanes))[l * dx->lane_stride] += dy[l];
        }
    }
}

static void move_pick(const struct backward_call *b, const struct pick *p)
{
    int lanes = b->call->lanes;
    const struct operand *tx = &b->tx[0];
    for (int64_t k = 0; tx->present && k < p->inner; k++) {
        float *ty = operand_at(&b->ty[0], p->to + k, lanes);
        for (int l = 0; l < lanes; l++) {
            int64_t element = p->from + clamped(p->index[l * p->step], p->size) * p->inner + k;
            ty[l] = ((const float *)operand_at(tx, element, lanes))[l * tx->lane_stride];
        }
    }
}

static void gather_add(const struct backward_call *b)
{
    if (b->plan->moves)
        backward_move.add(b);
    else
        each_pick(b, scatter_pick);
}

static void gather_tangent(const struct backward_call *b)
{
    backward_still(b, 0);
    if (b->plan->moves)
        backward_move.tangent(b);
    else
        each_pick(b, move_pick);
}

static const struct backward gather_backward = {.add = gather_add, .tangent = gather_tangent};

/* ---- Trilu ---- */

static bool trilu_shape(struct graph *g, struct node *n, struct err *e)
{
    const struct value *x = op_input(g, n, 0);
    int64_t k = 0;
    int count = 1;
    if (x->shape.rank < 2)
        return op_fail(g, n, e, "its input has rank %d, a matrix is wanted", x->shape.rank);
    if (op_input(g, n, 1) && !op_ints(g, n, 1, "k", 1, &k, &count, e))
        return false;
    if (count != 1)
        return op_fail(g, n, e, "its diagonal is no number");
    int64_t *diagonal = op_params(n, sizeof *diagonal);
    *diagonal = k;
    return op_result(g, n, 0, x->type, &x->shape, e);
}

static void trilu_forward(const struct op_call *c)
{
    const struct operand *x = &c->inputs[0], *y = &c->outputs[0];
    const int64_t k = *(const int64_t *)c->node->params, columns = y->shape->dim[y->shape->rank - 1];
    const int64_t rows = y->shape->dim[y->shape->rank - 2], count = shape_elements(y->shape);
    const bool upper = node_int(c->node, "upper", 1) != 0;
    for (int64_t at = 0; at < count; at++) {
        int64_t column = at % columns, row = at / columns % rows;
        if (upper ? column >= row + k : column <= row + k)
            operand_copy(y, at, x, at, 1, c->lanes);
        else
            memset(operand_at(y, at, c->lanes), 0, (size_t)c->lanes * 4);
    }
}

#define MOVE(word, inputs_min, inputs_max, shape_of, forward_of, couple_of, derivatives)                     \
    {                                                                                                        \
        .domain = "", .name = word, .min_inputs = inputs_min, .max_inputs = inputs_max, .max_outputs = 1,    \
        .flow = FLOW_MOVE, .shape = shape_of, .forward = forward_of, .couple = couple_of,                    \
        .backward = &(derivatives)                                                                           \
    }

const struct op op_move_rows[] = {
    MOVE("Transpose", 1, 1, transpose_shape, strided_forward, couple_transpose, backward_move),
    MOVE("Expand", 2, 2, expand_shape, strided_forward, couple_moves, backward_move),
    MOVE("Tile", 2, 2, tile_shape, tile_forward, couple_moves, backward_move),
    MOVE("Concat", 1, -1, concat_shape, concat_forward, couple_moves, backward_move),
    MOVE("Gather", 2, 2, gather_shape, gather_forward, couple_gather, gather_backward),
    MOVE("Trilu", 1, 2, trilu_shape, trilu_forward, couple_trilu, backward_move),
};
const int op_move_count = sizeof op_move_rows / sizeof *op_move_rows;
