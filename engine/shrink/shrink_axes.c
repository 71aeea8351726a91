/* shrink_axes: which channels of which axis stay. Operators have stated which are the same (couple_rules.h); here every axis of
 * every value and constant asks the coupled set of each of its channels. */
#include <stdarg.h>
#include <stdlib.h>

#include "engine/base/buf.h"
#include "engine/base/mem.h"
#include "engine/prune/couple_begin.h"
#include "engine/shrink/shrink_parts.h"

bool axes_begin(struct shrinking *s, struct err *e)
{
    if (!couple_begin(&s->b, s->g, s->l, e))
        return false;
    for (int i = 0; i < s->g->n_nodes; i++)
        couple_state(&s->b, i);
    s->set_of_root = mem_alloc((size_t)s->b.n, sizeof *s->set_of_root);
    for (int i = 0; i < s->b.n; i++)
        s->set_of_root[i] = -1;
    for (int i = 0; i < s->l->n; i++)
        for (int u = 0; u < s->l->v[i].units; u++)
            s->set_of_root[couple_find(&s->b, s->b.units_first[i] + u)] = s->c->set_of[i][u];
    return true;
}

void axes_end(struct shrinking *s)
{
    couple_end(&s->b);
    free(s->set_of_root);
    s->set_of_root = NULL;
}

int axes_set(struct shrinking *s, int var)
{
    return s->set_of_root[couple_find(&s->b, var)];
}

bool set_stays(const struct shrinking *s, int set)
{
    return set < 0 || !s->leaves[set];
}

const struct tensor *shrink_base(const struct shrinking *s, int value)
{
    return s->weights && s->weights[value] ? s->weights[value] : s->g->values[value].constant;
}

bool axes_weight(const struct shrinking *s, int node, int slot)
{
    int layer = s->b.layer_of[node];
    return layer >= 0 && s->l->v[layer].slots[s->b.reader_of[node]] == slot;
}

static bool axes_stays(struct shrinking *s, int var)
{
    return set_stays(s, axes_set(s, var));
}

int64_t axes_count(struct shrinking *s, int first, int64_t n)
{
    int64_t count = 0;
    for (int i = 0; i < n; i++)
        count += axes_stays(s, first + i);
    return count;
}

int axes_first(const struct shrinking *s, int value, int axis)
{
    int first = s->b.value_first[value];
    for (int d = 0; d < axis; d++)
        first += (int)s->g->values[value].shape.dim[d];
    return first;
}

int64_t axes_length(struct shrinking *s, int value, int axis)
{
    return axes_count(s, axes_first(s, value, axis), s->g->values[value].shape.dim[axis]);
}

bool axes_unit_stays(struct shrinking *s, int layer, int64_t unit)
{
    return !s->leaves[s->c->set_of[layer][unit]];
}

bool axes_input_stays(struct shrinking *s, int layer, int64_t input)
{
    return set_stays(s, s->c->set_read[layer][input]);
}

/* Axes of a constant: stays[d][index], NULL where all do. */
struct sieve {
    bool *stays[SHAPE_MAX];
    bool any;
};

static void cut_axis(struct sieve *c, int axis, int64_t n)
{
    if (c->stays[axis])
        return;
    c->stays[axis] = mem_alloc((size_t)n, sizeof(bool));
    for (int64_t i = 0; i < n; i++)
        c->stays[axis][i] = true;
}

static void cut_entry(struct sieve *c, int axis, int64_t n, int64_t index)
{
    cut_axis(c, axis, n);
    c->stays[axis][index] = false;
    c->any = true;
}

/* The elements of t all of whose indexes stay; NULL if that is all of them. Releases the cut. */
static struct tensor *cut_apply(struct sieve *c, const struct tensor *t)
{
    struct tensor *out = NULL;
    struct shape shape = t->shape;
    int64_t strides[SHAPE_MAX], at = 0, n = shape_elements(&t->shape);
    for (int d = 0; d < shape.rank; d++)
        for (int64_t i = 0; c->stays[d] && i < t->shape.dim[d]; i++)
            shape.dim[d] -= !c->stays[d][i];
    shape_strides(&t->shape, strides);
    if (c->any)
        out = tensor_new(t->type, &shape);
    for (int64_t i = 0; c->any && i < n; i++) {
        bool stays = true;
        for (int d = 0; d < shape.rank && stays; d++)
            stays = !c->stays[d] || c->stays[d][i / strides[d] % t->shape.dim[d]];
        if (stays)
            out->i[at++] = t->i[i];
    }
    for (int d = 0; d < SHAPE_MAX; d++)
        free(c->stays[d]);
    return out;
}

struct tensor *axes_cut(struct shrinking *s, int node, int slot, const struct tensor *from)
{
    struct sieve sieve = {0};
    for (int i = 0; i < s->b.n_uses; i++) {
        const struct use *u = &s->b.uses[i];
        if (u->node != node || u->slot != slot)
            continue;
        int64_t n = from->shape.dim[u->axis];
        for (int k = 0; k < n; k++)
            if (!axes_stays(s, u->first + k))
                cut_entry(&sieve, u->axis, n, k);
    }
    return cut_apply(&sieve, from);
}

/* Of a grouped convolution a transposed one keeps the inputs of all groups on one axis: they stay with their group's units. */
static bool file_input_stays(struct shrinking *s, int layer, int64_t index)
{
    const struct layer *l = &s->l->v[layer];
    if (l->groups == 1)
        return axes_input_stays(s, layer, index);
    return l->unit_axis < l->input_axis ||
           axes_unit_stays(s, layer, index / l->inputs * (l->units / l->groups));
}

static bool file_unit_stays(struct shrinking *s, int layer, int64_t index)
{
    const struct layer *l = &s->l->v[layer];
    return (l->groups > 1 && l->unit_axis > l->input_axis) || axes_unit_stays(s, layer, index);
}

struct tensor *axes_cut_weight(struct shrinking *s, int layer, const struct tensor *from)
{
    struct sieve sieve = {0};
    const struct layer *l = &s->l->v[layer];
    for (int64_t i = 0; l->unit_axis >= 0 && i < from->shape.dim[l->unit_axis]; i++)
        if (!file_unit_stays(s, layer, i))
            cut_entry(&sieve, l->unit_axis, from->shape.dim[l->unit_axis], i);
    for (int64_t i = 0; l->input_axis >= 0 && i < from->shape.dim[l->input_axis]; i++)
        if (!file_input_stays(s, layer, i))
            cut_entry(&sieve, l->input_axis, from->shape.dim[l->input_axis], i);
    return cut_apply(&sieve, from);
}

void set_stay(struct shrinking *s, int set, const char *format, ...)
{
    struct buf text = {0};
    va_list args;
    s->leaves[set] = false;
    if (s->why[set])
        return;
    va_start(args, format);
    buf_vprintf(&text, format, args);
    va_end(args);
    s->why[set] = buf_take(&text);
}

void axis_stay(struct shrinking *s, int value, int axis, int node, const char *why)
{
    struct buf name = {0};
    int first = axes_first(s, value, axis);
    node_print(s->g, node, &name);
    for (int64_t i = 0; i < s->g->values[value].shape.dim[axis]; i++)
        if (!axes_stays(s, first + (int)i))
            set_stay(s, axes_set(s, first + (int)i), "%s %s", buf_text(&name), why);
    buf_release(&name);
}
