/* couple_build: union-find over channels. What operators state is in couple_rules.c and couple_weights.c; what comes out of it
 * is put together in couple.c. */
#include "engine/prune/couple_build.h"

#include <assert.h>
#include <string.h>

#include "engine/base/mem.h"
#include "engine/graph/op.h"

int64_t couple_width(const struct shape *s)
{
    int64_t n = 0;
    for (int d = 0; d < s->rank; d++)
        n += s->dim[d];
    return n;
}

int couple_fresh(struct couple *c, int64_t n)
{
    int first = c->n;
    assert(n <= INT32_MAX - first);
    if ((size_t)first + (size_t)n > c->capacity) {
        c->capacity = ((size_t)first + (size_t)n) * 2;
        c->parent = mem_resize(c->parent, c->capacity, sizeof *c->parent);
        c->pinned = mem_resize(c->pinned, c->capacity, sizeof *c->pinned);
    }
    for (c->n += (int)n; first < c->n; first++) {
        c->parent[first] = first;
        c->pinned[first] = -1;
    }
    return c->n - (int)n;
}

int couple_find(struct couple *c, int var)
{
    while (c->parent[var] != var)
        var = c->parent[var] = c->parent[c->parent[var]];
    return var;
}

static int stronger(const struct couple *c, int a, int b)
{
    if (a < 0 || b < 0)
        return a < 0 ? b : a;
    return c->pins[b].kind > c->pins[a].kind ? b : a;
}

void couple_join(struct couple *c, int a, int b)
{
    a = couple_find(c, a);
    b = couple_find(c, b);
    if (a == b)
        return;
    int root = a < b ? a : b;
    c->pinned[root] = stronger(c, c->pinned[root], c->pinned[a + b - root]);
    c->parent[a + b - root] = root;
}

void couple_pin(struct couple *c, int first, int64_t n, enum pin_kind kind, int node, const char *why)
{
    c->pins = mem_grow(c->pins, (size_t)c->n_pins, &c->pins_capacity, sizeof *c->pins);
    c->pins[c->n_pins] = (struct pin){kind, node, why};
    for (int i = 0; i < n; i++) {
        int root = couple_find(c, first + i);
        c->pinned[root] = stronger(c, c->pinned[root], c->n_pins);
    }
    c->n_pins++;
}

static void rows_of(const struct shape *shape, int first, struct side *s)
{
    s->present = true;
    s->shape = *shape;
    for (int d = 0; d < shape->rank; d++) {
        s->first[d] = first;
        first += (int)shape->dim[d];
    }
}

static struct side constant_side(struct couple *c, int node, int slot, bool zeroed)
{
    int value = c->g->nodes[node].inputs[slot];
    const struct shape *shape = &c->g->values[value].shape;
    struct side s = {.constant = true};
    rows_of(shape, couple_fresh(c, couple_width(shape)), &s);
    for (int d = 0; d < shape->rank; d++) {
        c->uses = mem_grow(c->uses, (size_t)c->n_uses, &c->uses_capacity, sizeof *c->uses);
        c->uses[c->n_uses++] = (struct use){value, node, slot, d, s.first[d], zeroed};
    }
    return s;
}

struct side couple_input(struct couple *c, int node, int slot, bool zeroed)
{
    int value = node_input(&c->g->nodes[node], slot);
    struct side s = {0};
    if (value >= 0 && c->g->values[value].constant)
        return constant_side(c, node, slot, zeroed);
    if (value >= 0)
        rows_of(&c->g->values[value].shape, c->value_first[value], &s);
    return s;
}

struct side couple_output(struct couple *c, int node, int k)
{
    const struct node *n = &c->g->nodes[node];
    struct side s = {0};
    if (k < n->n_outputs && n->outputs[k] >= 0)
        rows_of(&c->g->values[n->outputs[k]].shape, c->value_first[n->outputs[k]], &s);
    return s;
}

void couple_axes(struct couple *c, const struct side *x, int a, const struct side *y, int b)
{
    if (!x->present || !y->present || x->shape.dim[a] != y->shape.dim[b])
        return;
    for (int i = 0; i < x->shape.dim[a]; i++)
        couple_join(c, x->first[a] + i, y->first[b] + i);
}

void couple_pin_axis(struct couple *c, const struct side *x, int axis, enum pin_kind kind, int node,
                     const char *why)
{
    if (x->present && !x->constant)
        couple_pin(c, x->first[axis], x->shape.dim[axis], kind, node, why);
}

void couple_broadcast(struct couple *c, int node, const struct side *x, int x_axes, const struct side *y,
                      int y_axes)
{
    for (int d = 0; x->present && y->present && d < x_axes; d++) {
        int at = d + y_axes - x_axes;
        if (at >= 0 && x->shape.dim[d] == y->shape.dim[at])
            couple_axes(c, x, d, y, at);
        else
            couple_pin_axis(c, x, d, PIN_MIXED, node, "repeats it");
    }
}

void couple_pin_positions(struct couple *c, const struct side *x, int node)
{
    for (int d = 2; d < x->shape.rank; d++)
        couple_pin_axis(c, x, d, PIN_POSITION, node, "has it as a position, not a channel");
}

void couple_pin_all(struct couple *c, int node)
{
    static const char why[] = "is an operator through which units cannot be removed";
    const struct node *n = &c->g->nodes[node];
    for (int k = 0; k < n->n_inputs; k++) {
        if (n->inputs[k] < 0 || c->g->values[n->inputs[k]].constant)
            continue;
        struct side s = couple_input(c, node, k, false);
        for (int d = 0; d < s.shape.rank; d++)
            couple_pin_axis(c, &s, d, PIN_MIXED, node, why);
    }
    for (int k = 0; k < n->n_outputs; k++) {
        struct side s = couple_output(c, node, k);
        for (int d = 0; d < s.shape.rank; d++)
            couple_pin_axis(c, &s, d, PIN_MIXED, node, why);
    }
}

void couple_state(struct couple *c, int node)
{
    const struct op *op = c->g->nodes[node].op;
    if (op->couple)
        op->couple(c, c->g, node);
    else
        couple_pin_all(c, node);
}
