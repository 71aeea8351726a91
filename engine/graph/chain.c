/* chain: see chain.h. A strip of a later call may be written while earlier calls have strips to go: so calls go together only where
 * what one writes is, element for element, what another reads or writes, or lies apart from it. */
#include "engine/graph/chain.h"

enum { STRIP = 4096 /* numbers */ };

bool chain_is_view(const struct op_call *c)
{
    for (int k = 1; k < c->n_outputs; k++)
        if (c->outputs[k].present)
            return false;
    return c->node->op->moves_nothing && c->outputs[0].data == c->inputs[0].data;
}

/* Alone in its outputs, all its operands have places (those of a variant that does not run it have none), and its operator knows
 * parts of such a call. */
static bool goes_by_parts(const struct op_call *c)
{
    bool placed = c->outputs[0].data;
    for (int k = 1; k < c->n_outputs; k++)
        placed &= !c->outputs[k].present;
    for (int k = 0; k < c->n_inputs; k++)
        placed &= !c->inputs[k].present || c->inputs[k].data;
    return placed && c->node->op->part && c->node->op->part(c, 0, 0);
}

static int64_t numbers(const struct operand *o, int lanes)
{
    return shape_elements(o->shape) * (o->lane_stride ? lanes : 1);
}

static bool apart(const struct operand *a, const struct operand *b, int lanes)
{
    const float *p = a->data, *q = b->data;
    int64_t n = numbers(a, lanes), m = numbers(b, lanes);
    return (p == q && n == m) || p + n <= q || q + m <= p;
}

/* What `writer` writes, beside all that `other` reads and writes. */
static bool writes_apart(const struct op_call *writer, const struct op_call *other)
{
    bool fits = apart(&writer->outputs[0], &other->outputs[0], writer->lanes);
    for (int i = 0; fits && i < other->n_inputs; i++)
        fits = !other->inputs[i].present || apart(&writer->outputs[0], &other->inputs[i], writer->lanes);
    return fits;
}

int chain_length(const struct op_call *calls, int n)
{
    int length = 1, last = 0;
    if (n < 1 || chain_is_view(calls) || !goes_by_parts(calls))
        return 1;
    for (int64_t elements = shape_elements(calls->outputs[0].shape); length < n; length++) {
        const struct op_call *c = &calls[length];
        if (chain_is_view(c))
            continue;
        bool fits = goes_by_parts(c) && shape_elements(c->outputs[0].shape) == elements;
        for (int i = 0; fits && i < length; i++)
            fits = chain_is_view(&calls[i]) || (writes_apart(c, &calls[i]) && writes_apart(&calls[i], c));
        if (!fits)
            break;
        last = length;
    }
    return last + 1;
}

void chain_run(const struct op_call *calls, int n)
{
    int64_t elements = shape_elements(calls->outputs[0].shape), strip = STRIP / calls->lanes;
    strip = strip > 0 ? strip : 1;
    for (int64_t from = 0; from < elements; from += strip)
        for (int i = 0; i < n; i++)
            if (!chain_is_view(&calls[i]))
                calls[i].node->op->part(&calls[i], from, from + strip < elements ? from + strip : elements);
}
