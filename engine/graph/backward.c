/* backward: see backward.h. What a particular operator does is in its family's file. */
#include "engine/graph/backward.h"

#include <string.h>

#include "engine/graph/moves.h"
#include "engine/graph/op_util.h"
#include "engine/graph/weighted.h"
#include "engine/kernels/kernels.h"

size_t backward_scratch(const struct graph *g, const struct node *n, int lanes)
{
    const struct backward *own = n->op->backward;
    size_t least = BACKWARD_ROWS * (size_t)lanes * sizeof(double);
    const struct weighted *w = op_weighted(n);
    size_t forward = op_scratch(g, n, lanes), back = 0;
    if (own && w)
        back = weighted_back_scratch(w, lanes);
    else if (own && own->scratch)
        back = own->scratch(g, n, lanes);
    least = forward > least ? forward : least;
    return back > least ? back : least;
}

bool backward_carries(enum dtype type)
{
    return type == DT_F32;
}

static void add_lanes(const struct operand *to, int64_t element, const float *row, int lanes)
{
    float *at = operand_at(to, element, lanes);
    if (to->lane_stride) {
        for (int l = 0; l < lanes; l++)
            at[l] += row[l];
        return;
    }
    double sum = 0;
    for (int l = 0; l < lanes; l++)
        sum += (double)row[l];
    *at += (float)sum;
}

void backward_row(const struct backward_call *b, int i, int64_t element, const float *row)
{
    if (b->dx[i].present)
        add_lanes(&b->dx[i], element, row, b->call->lanes);
}

void backward_product(const struct backward_call *b, int i, int64_t element, const float *row,
                      const float *factor, int stride)
{
    int lanes = b->call->lanes;
    if (!b->dx[i].present)
        return;
    float *at = operand_at(&b->dx[i], element, lanes);
    if (b->dx[i].lane_stride) {
        b->call->kernels->own->multiply_add(lanes, row, 1, factor, stride, at);
        return;
    }
    double sum = 0;
    for (int l = 0; l < lanes; l++)
        sum += (double)row[l] * (double)factor[l * stride];
    *at += (float)sum;
}

void backward_copy(const struct backward_call *b, int i, int64_t element, const struct operand *dy,
                   int64_t at, int64_t count)
{
    int lanes = b->call->lanes;
    if (!b->dx[i].present)
        return;
    const float *from = operand_at(dy, at, lanes);
    if (b->dx[i].lane_stride) {
        float *to = operand_at(&b->dx[i], element, lanes);
        for (int64_t k = 0; k < count * lanes; k++)
            to[k] += from[k];
        return;
    }
    for (int64_t k = 0; k < count; k++)
        add_lanes(&b->dx[i], element + k, from + k * lanes, lanes);
}

void backward_still(const struct backward_call *b, int output)
{
    const struct operand *ty = &b->ty[output];
    if (ty->present)
        memset(ty->data, 0, (size_t)shape_elements(ty->shape) * (size_t)b->call->lanes * sizeof(float));
}

void backward_linear_tangent(const struct backward_call *b)
{
    struct op_call along = *b->call;
    struct operand in[8];
    if (!b->tx[0].present) {
        backward_still(b, 0);
        return;
    }
    for (int i = 0; i < along.n_inputs; i++)
        in[i] = i == 0 ? b->tx[0] : along.inputs[i];
    along.inputs = in;
    along.outputs = b->ty;
    along.scratch = b->scratch;
    along.node->op->forward(&along);
}

/* ---- elements that stay ---- */

static void view_add(const struct backward_call *b)
{
    backward_copy(b, 0, 0, &b->dy[0], 0, shape_elements(b->dy[0].shape));
}

static void view_tangent(const struct backward_call *b)
{
    for (int i = 0; i < b->call->n_outputs; i++)
        if (i == 0 && b->tx[0].present && b->ty[0].present)
            operand_copy(&b->ty[0], 0, &b->tx[0], 0, shape_elements(b->ty[0].shape), b->call->lanes);
        else
            backward_still(b, i);
}

const struct backward backward_view = {.add = view_add, .tangent = view_tangent};

/* ---- elements that move ---- */

/* A stretch of one output's elements that come from neighbours of one input; input -1: from none. */
struct stretch {
    int64_t n, element;
    int input;
};

static struct stretch stretch_at(const struct moves *m, int output, int64_t at, int64_t count)
{
    const int32_t *from = m->from[output] + at;
    struct stretch s = {.n = 1, .input = -1};
    if (!moves_source(m, output, at, &s.input, &s.element)) {
        s.input = -1;
        return s;
    }
    while (at + s.n < count && from[s.n] == from[0] + s.n && from[s.n] < m->first[s.input + 1])
        s.n++;
    return s;
}

static void move_add(const struct backward_call *b)
{
    const struct moves *m = b->plan->moves;
    for (int i = 0; i < m->n_outputs; i++) {
        int64_t count = b->dy[i].present && m->from[i] ? shape_elements(b->dy[i].shape) : 0;
        for (int64_t at = 0; at < count;) {
            struct stretch s = stretch_at(m, i, at, count);
            if (s.input >= 0)
                backward_copy(b, s.input, s.element, &b->dy[i], at, s.n);
            at += s.n;
        }
    }
}

static void move_tangent(const struct backward_call *b)
{
    const struct moves *m = b->plan->moves;
    for (int i = 0; i < m->n_outputs; i++) {
        int64_t count = b->ty[i].present && m->from[i] ? shape_elements(b->ty[i].shape) : 0;
        backward_still(b, i);
        for (int64_t at = 0; at < count;) {
            struct stretch s = stretch_at(m, i, at, count);
            if (s.input >= 0 && b->tx[s.input].present)
                operand_copy(&b->ty[i], at, &b->tx[s.input], s.element, s.n, b->call->lanes);
            at += s.n;
        }
    }
}

const struct backward backward_move = {.add = move_add, .tangent = move_tangent};
