/* moves: see moves.h. */
#include "engine/graph/moves.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/mem.h"

static bool is_concat(const struct node *n)
{
    return strcmp(n->op->name, "Concat") == 0;
}

bool moves_only(const struct graph *g, const struct node *n)
{
    if (!(n->op->moves_nothing || n->op->flow == FLOW_MOVE) || n->n_inputs > MOVES_MAX ||
        n->n_outputs > MOVES_MAX)
        return false;
    for (int i = 1; i < n->n_inputs && !is_concat(n); i++)
        if (n->inputs[i] >= 0 && !g->values[n->inputs[i]].constant)
            return false;
    return true;
}

/* The numbers of an input's elements, in the place of its data; owned. NULL: forward reads the constant itself. */
static int32_t *number(const struct graph *g, const struct node *n, int i, const struct moves *m)
{
    const struct value *v = &g->values[n->inputs[i]];
    int64_t count = shape_elements(&v->shape);
    if (v->constant && i > 0 && !is_concat(n))
        return NULL;
    int32_t *numbers = mem_zero((size_t)count, sizeof *numbers);
    for (int64_t k = 0; !v->constant && k < count; k++)
        numbers[k] = (int32_t)(m->first[i] + k);
    return numbers;
}

void moves_find(const struct graph *g, const struct node *n, struct moves *out)
{
    struct operand in[MOVES_MAX] = {{0}}, results[MOVES_MAX] = {{0}};
    int32_t *numbers[MOVES_MAX] = {0};
    *out = (struct moves){.first = {1}};
    for (int i = 0; i < n->n_inputs; i++) {
        int v = n->inputs[i];
        bool counts = v >= 0 && !g->values[v].constant;
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
        out->from[i] = mem_lanes((size_t)shape_elements(&v->shape), sizeof **out->from);
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
}

void moves_release(struct moves *m)
{
    for (int i = 0; i < MOVES_MAX; i++)
        free(m->from[i]);
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
