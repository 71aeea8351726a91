/* moves: see moves.h. */
#include "engine/graph/moves.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/mem.h"

bool moves_carries(const struct node *n, int input)
{
    return input == 0 || strcmp(n->op->name, "Concat") == 0 ||
           (input == 2 && strcmp(n->op->name, "Pad") == 0);
}

bool moves_only(const struct graph *g, const struct node *n)
{
    if (!(n->op->moves_nothing || n->op->flow == FLOW_MOVE))
        return false;
    for (int i = 0; i < n->n_inputs; i++)
        if (!moves_carries(n, i) && n->inputs[i] >= 0 && !g->values[n->inputs[i]].constant)
            return false;
    return true;
}

/* The numbers of an input's elements, in the place of its data; owned. NULL: forward reads the constant itself. */
static int32_t *number(const struct graph *g, const struct node *n, int i, const struct moves *m)
{
    const struct value *v = &g->values[n->inputs[i]];
    int64_t count = shape_elements(&v->shape);
    if (!moves_carries(n, i))
        return NULL;
    int32_t *numbers = mem_zero((size_t)count, sizeof *numbers);
    for (int64_t k = 0; k < count; k++)
        numbers[k] = (int32_t)(m->first[i] + k);
    return numbers;
}

void moves_find(const struct graph *g, const struct node *n, struct moves *out)
{
    size_t n_inputs = (size_t)n->n_inputs, n_outputs = (size_t)n->n_outputs;
    struct operand *in = mem_zero(n_inputs, sizeof *in), *results = mem_zero(n_outputs, sizeof *results);
    int32_t **numbers = mem_zero(n_inputs, sizeof *numbers);
    *out = (struct moves){.n_outputs = n->n_outputs,
                          .from = mem_zero(n_outputs, sizeof *out->from),
                          .first = mem_zero(n_inputs + 1, sizeof *out->first)};
    out->first[0] = 1;
    for (int i = 0; i < n->n_inputs; i++) {
        int v = n->inputs[i];
        bool counts = v >= 0 && moves_carries(n, i);
        out->first[i + 1] = out->first[i] + (counts ? shape_elements(&g->values[v].shape) : 0);
        if (v < 0)
            continue;
        numbers[i] = number(g, n, i, out);
        in[i] = (struct operand){.shape = &g->values[v].shape, .type = g->values[v].type, .present = true};
        in[i].data = numbers[i] ? (void *)numbers[i] : g->values[v].constant->data;
    }
    for (int i = 0; i < n->n_outputs; i++) {
        if (n->outputs[i] < 0)
            continue;
        const struct value *v = &g->values[n->outputs[i]];
        out->from[i] = mem_lanes((size_t)shape_elements(&v->shape), sizeof *out->from[i]);
        results[i] = (struct operand){
            .data = out->from[i], .shape = &v->shape, .type = v->type, .lane_stride = 1, .present = true};
    }
    size_t scratch = n->op->scratch ? n->op->scratch(g, n, 1) : 0;
    const struct op_call call = {.node = n,
                                 .lanes = 1,
                                 .n_inputs = n->n_inputs,
                                 .n_outputs = n->n_outputs,
                                 .inputs = in,
                                 .outputs = results,
                                 .scratch = scratch ? mem_lanes(scratch, 1) : NULL};
    n->op->forward(&call);
    free(call.scratch);
    for (int i = 0; i < n->n_inputs; i++)
        free(numbers[i]);
    free(numbers);
    free(in);
    free(results);
}

static int64_t elements(const struct graph *g, const int *values, int n)
{
    int64_t count = 0;
    for (int i = 0; i < n; i++)
        count += values[i] >= 0 ? shape_elements(&g->values[values[i]].shape) : 0;
    return count;
}

bool moves_try(const struct graph *g, const struct node *n, struct moves *out)
{
    if (!moves_only(g, n) ||
        elements(g, n->inputs, n->n_inputs) + elements(g, n->outputs, n->n_outputs) > MOVES_MAX)
        return false;
    moves_find(g, n, out);
    return true;
}

void moves_release(struct moves *m)
{
    for (int i = 0; i < m->n_outputs; i++)
        free(m->from[i]);
    free(m->from);
    free(m->first);
    *m = (struct moves){0};
}

bool moves_source(const struct moves *m, int output, int64_t at, int *input, int64_t *element)
{
    int64_t number = m->from[output][at];
    if (number <= 0)
        return false;
    for (*input = 0; number >= m->first[*input + 1]; (*input)++)
        ;
    *element = number - m->first[*input];
    return true;
}

/* An output as one input sees it. number[q][i]: the input's element at index i of axis q, along the line through the output's first
 * element that comes from the input; -1 for none. */
struct sight {
    const int32_t *from;
    int64_t low, high; /* the input's numbers */
    const struct shape *x, *y;
    int64_t x_strides[SHAPE_MAX], y_strides[SHAPE_MAX];
    int64_t base; /* the input's element on all lines */
    int64_t *const *number;
};

static int64_t seen(const struct sight *s, int64_t at)
{
    return s->from[at] >= s->low && s->from[at] < s->high ? s->from[at] - s->low : -1;
}

/* Do the lines tell of all elements: along axis q from `at` on, where they say `want`, and along all axes after it? */
static bool agree(const struct sight *s, int q, int64_t at, int64_t want)
{
    const int64_t *number = s->number[q], step = s->y_strides[q], n = s->y->dim[q];
    const bool last = q + 1 == s->y->rank;
    for (int64_t i = 0; i < n; i++) {
        int64_t said = want < 0 || number[i] < 0 ? -1 : want + number[i] - s->base;
        if (last ? seen(s, at + i) != said : !agree(s, q + 1, at + i * step, said))
            return false;
    }
    return true;
}

static int64_t place(const struct sight *s, int64_t element, int d)
{
    return element / s->x_strides[d] % s->x->dim[d];
}

/* The input's axis along which a line runs; -1: it stays where it is. False: it runs along several. */
static bool direction(const struct sight *s, int q, int *axis)
{
    *axis = -1;
    for (int64_t i = 0; i < s->y->dim[q]; i++)
        for (int d = 0; s->number[q][i] >= 0 && d < s->x->rank; d++) {
            if (place(s, s->number[q][i], d) == place(s, s->base, d) || *axis == d)
                continue;
            if (*axis >= 0)
                return false;
            *axis = d;
        }
    return true;
}

/* Each line's axis; numbers become indexes on it. False: two lines share one. */
static bool tell_axes(const struct sight *s, struct moved_axes *out)
{
    bool taken[SHAPE_MAX] = {false};
    for (int q = 0; q < s->y->rank; q++) {
        int d;
        if (!direction(s, q, &d) || (d >= 0 && taken[d]))
            return false;
        out->axis[q] = d;
        if (d >= 0)
            taken[d] = true;
    }
    for (int q = 0; q < s->y->rank; q++) {
        int d = q - s->y->rank + s->x->rank;
        if (out->axis[q] < 0 && d >= 0 && !taken[d])
            out->axis[q] = d;
        for (int64_t i = 0; out->axis[q] >= 0 && i < s->y->dim[q]; i++)
            if (out->index[q][i] >= 0)
                out->index[q][i] = place(s, out->index[q][i], out->axis[q]);
    }
    return true;
}

bool moves_axes(const struct graph *g, const struct node *n, const struct moves *m, int output, int input,
                struct moved_axes *out)
{
    struct sight s = {.from = m->from[output],
                      .low = m->first[input],
                      .high = m->first[input + 1],
                      .x = &g->values[n->inputs[input]].shape,
                      .y = &g->values[n->outputs[output]].shape};
    int64_t at = 0, count = shape_elements(s.y);
    *out = (struct moved_axes){0};
    s.number = out->index;
    while (at < count && seen(&s, at) < 0)
        at++;
    if (at == count)
        return false;
    s.base = seen(&s, at);
    shape_strides(s.x, s.x_strides);
    shape_strides(s.y, s.y_strides);
    for (int q = 0; q < s.y->rank; q++) {
        int64_t step = s.y_strides[q], start = at - at / step % s.y->dim[q] * step;
        out->index[q] = mem_alloc((size_t)s.y->dim[q], sizeof *out->index[q]);
        for (int64_t i = 0; i < s.y->dim[q]; i++)
            out->index[q][i] = seen(&s, start + i * step);
    }
    return (s.y->rank == 0 || agree(&s, 0, 0, s.base)) && tell_axes(&s, out);
}

void moved_axes_release(struct moved_axes *a)
{
    for (int q = 0; q < SHAPE_MAX; q++)
        free(a->index[q]);
}
