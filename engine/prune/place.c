/* place: what LAYER, LAYER/UNIT, LAYER/UNIT/INPUT and the WHAT of protect and release mean. Names are made in names.c. */
#include <stdlib.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/mem.h"
#include "engine/base/num.h"
#include "engine/base/text.h"
#include "engine/graph/op.h"
#include "engine/graph/weighted.h"
#include "engine/prune/layers.h"

enum { LISTED = 12 }; /* layer names that a message lists; the rest is counted */

/* As it is printed: with control characters and broken bytes escaped. */
static bool printed_as(const char *raw, const char *name, size_t n)
{
    struct buf text = {0};
    text_escape(&text, raw, strlen(raw));
    bool same = text.len == n && memcmp(buf_text(&text), name, n) == 0;
    buf_release(&text);
    return same;
}

/* By name, else by tensor, else by what people see of one. */
static int find(const struct layers *l, const char *name, size_t n)
{
    for (int i = 0; i < l->n; i++)
        if (strlen(l->v[i].name) == n && memcmp(l->v[i].name, name, n) == 0)
            return i;
    for (int i = 0; i < l->n; i++)
        if (strlen(l->v[i].tensor) == n && memcmp(l->v[i].tensor, name, n) == 0)
            return i;
    for (int i = 0; memchr(name, '\\', n) && i < l->n; i++)
        if (printed_as(l->v[i].name, name, n) || printed_as(l->v[i].tensor, name, n))
            return i;
    return -1;
}

static bool unknown(const struct layers *l, const char *name, struct err *e)
{
    struct buf list = {0};
    const char **names = mem_zero((size_t)l->n + 1, sizeof *names);
    for (int i = 0; i < l->n; i++) {
        names[i] = l->v[i].name;
        if (i < LISTED)
            buf_printf(&list, "%s%s", i ? " " : "", l->v[i].name);
    }
    if (l->n > LISTED)
        buf_printf(&list, " and %d more", l->n - LISTED);
    const char *nearest = text_nearest(name, names);
    err_set(e, ERR_UNKNOWN, "no layer %s (layers: %s)", name, l->n ? buf_text(&list) : "none");
    if (nearest)
        err_hint(e, "did you mean %s?", nearest);
    else
        err_hint(e, "the command layers lists all of them");
    buf_release(&list);
    free(names);
    return false;
}

int layer_by_name(const struct layers *l, const char *name, struct err *e)
{
    int i = find(l, name, strlen(name));
    if (i < 0)
        unknown(l, name, e);
    return i;
}

static bool number_in(const char *what, const char *text, int64_t n, const struct layer *l, int64_t *out,
                      struct err *e)
{
    if (text[0] == '-' || text[0] == '+' || !num_parse_int(text, out)) {
        err_set(e, ERR_USAGE, "%s is no %s number of %s", text, what, l->name);
        return err_hint(e, "write LAYER/UNIT or LAYER/UNIT/INPUT, counted from 0, such as %s/0/0", l->name);
    }
    if (*out < n)
        return true;
    err_set(e, ERR_UNKNOWN, "%s has no %s %s", l->name, what, text);
    return err_hint(e, "its %ss are 0 to %lld", what, (long long)n - 1);
}

/* CH.Y.X, CH.X or CH of a convolution. Cuts text apart. */
static bool input_parse(const struct layer *l, char *text, struct place *out, struct err *e)
{
    char *dot = strchr(text, '.');
    if (dot)
        *dot = 0;
    if (!number_in("input", text, l->inputs, l, &out->input, e))
        return false;
    int64_t tap = 0, at;
    for (int d = 0; dot; d++) {
        if (d == l->taps_rank) {
            err_set(e, ERR_USAGE, "an input of %s has %d kernel positions after its number, not more",
                    l->name, l->taps_rank);
            return err_hint(e, l->taps_rank ? "write CH.Y.X, or CH for the whole kernel"
                                            : "write the input's number alone");
        }
        char *part = dot + 1;
        dot = strchr(part, '.');
        if (dot)
            *dot = 0;
        if (!number_in("kernel position", part, l->taps_shape[d], l, &at, e))
            return false;
        tap = tap * l->taps_shape[d] + at;
        if (!dot && d + 1 < l->taps_rank)
            return err_set(e, ERR_USAGE, "a kernel position of %s takes %d numbers after the channel",
                           l->name, l->taps_rank);
        out->tap = tap;
    }
    return true;
}

/* The longest prefix of text that ends at a '/' or at the end and names a layer; names of tensors may hold '/'. */
static int prefix(const struct layers *l, const char *text, size_t *length)
{
    for (size_t n = strlen(text); n > 0; n--) {
        int layer = text[n] == 0 || text[n] == '/' ? find(l, text, n) : -1;
        if (layer >= 0) {
            *length = n;
            return layer;
        }
    }
    return -1;
}

/* Any place; unit and input stay -1 where the text ends before them. */
static bool any_place(const struct layers *l, const char *text, struct place *out, struct err *e)
{
    size_t n = 0;
    *out = (struct place){.layer = prefix(l, text, &n), .unit = -1, .input = -1, .tap = -1};
    if (out->layer < 0) {
        char *first = mem_text(text);
        first[strcspn(first, "/")] = 0;
        unknown(l, first, e);
        free(first);
        return false;
    }
    if (text[n] == 0)
        return true;
    const struct layer *layer = &l->v[out->layer];
    char *unit = mem_text(text + n + 1), *input = strchr(unit, '/');
    if (input)
        *input++ = 0;
    bool ok = number_in("unit", unit, layer->units, layer, &out->unit, e) &&
              (!input || input_parse(layer, input, out, e));
    free(unit);
    return ok;
}

static bool usage(const char *text, const char *form, struct err *e)
{
    err_set(e, ERR_USAGE, "%s is no %s", text, form);
    return err_hint(e, "write %s, counted from 0", form);
}

bool place_parse(const struct layers *l, const char *text, struct place *out, struct err *e)
{
    return any_place(l, text, out, e) && (out->unit >= 0 || usage(text, "LAYER/UNIT or LAYER/UNIT/INPUT", e));
}

void place_print(const struct layers *l, const struct place *p, struct buf *out)
{
    const struct layer *layer = &l->v[p->layer];
    buf_puts(out, layer->name);
    if (p->unit >= 0)
        buf_printf(out, "/%lld", (long long)p->unit);
    if (p->input >= 0)
        buf_printf(out, "/%lld", (long long)p->input);
    if (p->tap < 0)
        return;
    int64_t below = layer->taps, rest = p->tap;
    for (int d = 0; d < layer->taps_rank; d++) {
        below /= layer->taps_shape[d];
        buf_printf(out, ".%lld", (long long)(rest / below));
        rest %= below;
    }
}

bool what_parse(const struct layers *l, const char *text, enum what *kind, const char **input,
                struct place *place, struct err *e)
{
    static const char *const kinds[] = {"input", "layer", "unit", "link", NULL};
    static const char *const forms[] = {"input:NAME", "layer:NAME", "unit:LAYER/UNIT",
                                        "link:LAYER/UNIT/INPUT"};
    size_t n = strcspn(text, ":");
    int k = 0;
    while (kinds[k] && (strlen(kinds[k]) != n || memcmp(kinds[k], text, n) != 0))
        k++;
    if (!kinds[k] || text[n] == 0) {
        err_set(e, ERR_USAGE, "%s says not what it is", text);
        return err_hint(e, "write input:NAME, layer:NAME, unit:LAYER/UNIT or link:LAYER/UNIT/INPUT");
    }
    *kind = (enum what)k;
    *input = text + n + 1;
    if (*kind == WHAT_INPUT)
        return true;
    if (!any_place(l, text + n + 1, place, e))
        return false;
    bool fits = *kind == WHAT_LAYER  ? place->unit < 0
                : *kind == WHAT_UNIT ? place->unit >= 0 && place->input < 0
                                     : place->input >= 0;
    return fits || usage(text, forms[k], e);
}

/* The value before operators that keep every element where it is; the model's input in the end, or another value. */
static int before(const struct graph *g, int value)
{
    static const char *const still[] = {"Reshape", "Flatten", "Squeeze", "Unsqueeze", "Identity", "Cast",
                                        "Dropout", "Add",     "Sub",     "Mul",       "Div",      NULL};
    while (!g->values[value].is_input && g->values[value].producer >= 0) {
        const struct node *n = &g->nodes[g->values[value].producer];
        int from = -1, known = 0, varying = 0;
        while (still[known] && strcmp(still[known], n->op->name) != 0)
            known++;
        for (int k = 0; k < n->n_inputs; k++)
            if (n->inputs[k] >= 0 && !g->values[n->inputs[k]].constant) {
                from = n->inputs[k];
                varying++;
            }
        if (!still[known] || varying != 1 ||
            shape_elements(&g->values[from].shape) != shape_elements(&g->values[value].shape))
            break;
        value = from;
    }
    return value;
}

int layer_reads_input(const struct graph *g, const struct layer *l)
{
    const struct node *n = &g->nodes[l->node];
    const struct weighted *w = op_described(n);
    if (l->taps_rank || l->swapped[0] || !w)
        return -1;
    int data = n->inputs[w->data];
    if (shape_elements(&g->values[data].shape) != l->inputs)
        return -1;
    int input = before(g, data);
    for (int i = 0; i < g->n_inputs; i++)
        if (g->inputs[i] == input)
            return i;
    return -1;
}
