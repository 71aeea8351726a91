/* moves: see moves.h. */
#include "engine/graph/moves.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/mem.h"

/* Are an input's elements moved? The others say where to: indexes, axes, shapes. */
static bool is_moved(const struct node *n, int i)
{
    return i == 0 || strcmp(n->op->name, "Concat") == 0 || (i == 2 && strcmp(n->op->name, "Pad") == 0);
}

bool moves_only(const struct graph *g, const struct node *n)
{
    if (!(n->op->moves_nothing || n->op->flow == FLOW_MOVE))
        return false;
    for (int i = 0; i < n->n_inputs; i++)
        if (!is_moved(n, i) && n->inputs[i] >= 0 && !g->values[n->inputs[i]].constant)
            return false;
    return true;
}

/* The numbers of an input's elements, in the place of its data; owned. NULL: forward reads the constant itself. */
static int32_t *number(const struct graph *g, const struct node *n, int i, const struct moves *m)
{
    const struct value *v = &g->values[n->inputs[i]];
    int64_t count = shape_elements(&v->shape);
    if (!is_moved(n, i))
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
        bool counts = v >= 0 && is_moved(n, i);
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
