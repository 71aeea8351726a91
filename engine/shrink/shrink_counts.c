/* shrink_counts: constants and attributes that hold a number of channels: one row an operator says what they become once channels
 * have left. Where that cannot be said, the channels stay. */
#include <stdlib.h>
#include <string.h>

#include "engine/base/mem.h"
#include "engine/graph/bind.h"
#include "engine/graph/op.h"
#include "engine/graph/op_util.h"
#include "engine/prune/constants.h"
#include "engine/shrink/shrink_parts.h"

enum { LIST_MAX = 4096 };

/* A list of integers of a node: its input `slot`, or where that is absent its attribute. */
struct list {
    int slot;
    const char *attr;
    bool present, in_slot;
    bool computed; /* its elements are no constant of the file: they may depend on the batch */
    bool changed;
    int n;
    int64_t v[LIST_MAX];
};

/* What a node needs; the caller writes lists that changed. refused: why its channels have to stay instead. */
struct rewrite {
    struct list a, b;
    const char *refused;
    int value, axis; /* whose channels those are */
};

static void read_list(const struct shrinking *s, int node, int slot, const char *attr, struct list *out)
{
    const struct node *n = &s->g->nodes[node];
    int count = -1;
    out->slot = slot;
    out->attr = attr;
    out->in_slot = slot >= 0 && op_constant(s->g, n, slot) != NULL;
    out->present = op_ints_or_attr(s->g, n, slot, attr, LIST_MAX, out->v, &count, NULL) && count >= 0;
    out->n = out->present ? count : 0;
    out->computed = out->in_slot && !constant_name(s->g, n->inputs[slot]);
}

/* Of an axis that loses channels. What the file computes from shapes that change need not stay as it was, even where it should. */
static void set_entry(struct list *l, int i, int64_t v)
{
    l->changed |= l->computed || l->v[i] != v;
    l->v[i] = v;
}

/* The node of the graph at another batch and other sizes; NULL if there is none, as nothing is free. */
static const struct node *at_other_sizes(struct shrinking *s, int node)
{
    if (!s->other_tried)
        s->other = graph_bind_other(s->g->source);
    s->other_tried = true;
    for (int i = 0; s->other && i < s->other->n_nodes; i++)
        if (s->other->nodes[i].source_node == s->g->nodes[node].source_node)
            return &s->other->nodes[i];
    return NULL;
}

/* Does the element follow the batch, or another size that the file leaves free? */
static bool follows_sizes(struct shrinking *s, int node, const struct list *l, int i)
{
    const struct node *other = l->computed ? at_other_sizes(s, node) : NULL;
    const struct tensor *t = other ? op_constant(s->other, other, l->slot) : NULL;
    const struct tensor *one = op_constant(s->g, &s->g->nodes[node], l->slot);
    return t && one && i < shape_elements(&t->shape) && tensor_int(t, i) != tensor_int(one, i);
}

/* Is this axis of the result the same axis of what the node reads, whatever the sizes? */
static bool copies(struct shrinking *s, int node, int x_axis, int y_axis)
{
    const struct node *n = &s->g->nodes[node], *other = at_other_sizes(s, node);
    const struct graph *graphs[] = {s->g, s->other};
    const struct node *nodes[] = {n, other};
    bool same = other != NULL;
    for (int i = 0; same && i < 2; i++) {
        const struct shape *x = &graphs[i]->values[nodes[i]->inputs[0]].shape;
        const struct shape *y = &graphs[i]->values[nodes[i]->outputs[0]].shape;
        same = x_axis >= 0 && x_axis < x->rank && y_axis < y->rank && x->dim[x_axis] == y->dim[y_axis];
    }
    return same;
}

static const struct shape *shape_of(const struct shrinking *s, int value)
{
    return &s->g->values[value].shape;
}

static void refuse(struct rewrite *r, int value, int axis, const char *why)
{
    r->refused = why;
    r->value = value;
    r->axis = axis;
}

static void reshape(struct shrinking *s, int node, struct rewrite *r)
{
    const struct node *n = &s->g->nodes[node];
    const struct shape *y = shape_of(s, n->outputs[0]);
    bool zero_copies = !node_int(n, "allowzero", 0), open = false;
    int changed = -1;
    read_list(s, node, 1, "shape", &r->a);
    for (int d = 0; d < r->a.n; d++) {
        int64_t now = axes_length(s, n->outputs[0], d), was = r->a.v[d];
        open |= was == -1;
        if (now == y->dim[d] || was == -1 || (was == 0 && zero_copies))
            continue;
        set_entry(&r->a, d, now);
        changed = d;
    }
    for (int d = 0; r->a.changed && d < r->a.n; d++) {
        if (!follows_sizes(s, node, &r->a, d))
            continue;
        bool copied = zero_copies && copies(s, node, d, d);
        if (!copied && open)
            refuse(r, n->outputs[0], changed, "has a target that cannot be written for any batch and size");
        open |= !copied;
        set_entry(&r->a, d, copied ? 0 : -1);
    }
}

static void expand(struct shrinking *s, int node, struct rewrite *r)
{
    const struct node *n = &s->g->nodes[node];
    const struct shape *x = shape_of(s, n->inputs[0]), *y = shape_of(s, n->outputs[0]);
    int changed = -1;
    read_list(s, node, 1, "shape", &r->a);
    int more = y->rank - r->a.n;
    for (int i = 0; i < r->a.n; i++) {
        int64_t now = axes_length(s, n->outputs[0], more + i);
        if (now == y->dim[more + i] || r->a.v[i] == 1)
            continue;
        set_entry(&r->a, i, now);
        changed = more + i;
    }
    for (int i = 0; r->a.changed && i < r->a.n; i++) {
        if (!follows_sizes(s, node, &r->a, i))
            continue;
        if (!copies(s, node, more + i - (y->rank - x->rank), more + i))
            refuse(r, n->outputs[0], changed, "has a shape that cannot be written for any batch and size");
        set_entry(&r->a, i, 1);
    }
}

/* Sizes that the file computes follow their input's shape, as a rule: check_written sees to it. */
static void resize(struct shrinking *s, int node, struct rewrite *r)
{
    const struct node *n = &s->g->nodes[node];
    int axes[SHAPE_MAX], count = -1;
    if (n->opset < 11 || node_input(n, 3) < 0)
        return;
    read_list(s, node, 3, "", &r->a);
    op_axes(s->g, n, -1, shape_of(s, n->inputs[0])->rank, axes, &count, NULL);
    for (int i = 0; i < r->a.n && !r->a.computed; i++) {
        int d = count < 0 ? i : axes[i];
        int64_t now = axes_length(s, n->outputs[0], d);
        if (now != shape_of(s, n->outputs[0])->dim[d])
            set_entry(&r->a, i, now);
    }
}

/* Lengths of the parts before, listed or equal. */
static void parts_before(const struct node *n, int64_t whole, struct list *l)
{
    int64_t each = (whole + n->n_outputs - 1) / n->n_outputs;
    for (l->n = 0; l->n < n->n_outputs; l->n++, whole -= each)
        l->v[l->n] = whole < each ? whole : each;
}

static void split(struct shrinking *s, int node, struct rewrite *r)
{
    const struct node *n = &s->g->nodes[node];
    int x = n->inputs[0], rank = shape_of(s, x)->rank;
    int axis = (int)((node_int(n, "axis", 0) + rank) % rank);
    int64_t at = axes_first(s, x, axis), whole = axes_length(s, x, axis);
    if (whole == shape_of(s, x)->dim[axis])
        return;
    read_list(s, node, n->opset < 13 ? -1 : 1, "split", &r->a);
    bool listed = r->a.present, equal = true;
    if (!listed && n->n_outputs > LIST_MAX) {
        refuse(r, x, axis, "has too many parts");
        return;
    }
    if (!listed)
        parts_before(n, shape_of(s, x)->dim[axis], &r->a);
    int64_t each = (whole + n->n_outputs - 1) / n->n_outputs;
    for (int k = 0; k < r->a.n; k++) {
        int64_t part = r->a.v[k], left = axes_count(s, (int)at, part);
        at += part;
        if (left == 0)
            refuse(r, x, axis, "would have an empty part");
        equal &= k + 1 < r->a.n || n->opset < 18 ? left == each : left <= each;
        set_entry(&r->a, k, left);
    }
    r->a.in_slot = n->opset >= 13;
    if (!listed && equal)
        r->a.changed = false;
    else if (!listed && n->opset >= 18)
        refuse(r, x, axis, "cuts it into equal parts");
}

static void slice(struct shrinking *s, int node, struct rewrite *r)
{
    const struct node *n = &s->g->nodes[node];
    const struct shape *x = shape_of(s, n->inputs[0]);
    int axes[SHAPE_MAX], count = -1;
    read_list(s, node, 1, "starts", &r->a);
    read_list(s, node, 2, "ends", &r->b);
    op_axes(s->g, n, 3, x->rank, axes, &count, NULL);
    for (int i = 0; i < r->a.n; i++) {
        int d = count < 0 ? i : axes[i], first = axes_first(s, n->inputs[0], d);
        int64_t size = x->dim[d], from = r->a.v[i], to = r->b.v[i];
        if (axes_length(s, n->inputs[0], d) == size)
            continue;
        from = from < -size ? 0 : from < 0 ? from + size : from > size ? size : from;
        to = to < -size ? 0 : to < 0 ? to + size : to > size ? size : to;
        set_entry(&r->a, i, axes_count(s, first, from));
        set_entry(&r->b, i, axes_count(s, first, to));
        for (int k = 0; k < r->a.n; k++)
            if (follows_sizes(s, node, &r->a, k) || follows_sizes(s, node, &r->b, k))
                refuse(r, n->inputs[0], d, "has bounds that follow the batch or a size");
    }
}

/* Groups come and go whole. */
static void groups(struct shrinking *s, int node, struct rewrite *r)
{
    int layer = s->b.layer_of[node];
    const struct layer *l = &s->l->v[layer];
    int64_t n = 0;
    for (int64_t q = 0; q < l->groups; q++)
        n += axes_unit_stays(s, layer, q * (l->units / l->groups));
    r->a = (struct list){.slot = -1, .attr = "group", .present = true, .n = 1, .v = {l->groups}};
    set_entry(&r->a, 0, n);
}

static const struct row {
    const char *op;
    void (*rewrite)(struct shrinking *s, int node, struct rewrite *r);
} rows[] = {
    {"Reshape", reshape}, {"Expand", expand}, {"Resize", resize}, {"Split", split}, {"Slice", slice},
};

/* A fresh rewrite; NULL if the operator holds no counts. */
static struct rewrite *rewrite_new(struct shrinking *s, int node)
{
    const struct op *op = s->g->nodes[node].op;
    int layer = s->b.layer_of[node];
    void (*rewrite)(struct shrinking *, int, struct rewrite *) = NULL;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (!op->domain[0] && strcmp(op->name, rows[i].op) == 0)
            rewrite = rows[i].rewrite;
    if (layer >= 0 && s->l->v[layer].groups > 1)
        rewrite = groups;
    if (!rewrite)
        return NULL;
    struct rewrite *r = mem_zero(1, sizeof *r);
    rewrite(s, node, r);
    return r;
}

/* Is b what broadcasting makes of a? */
static bool broadcasts_to(const struct tensor *a, const struct tensor *b)
{
    struct shape joined;
    struct walk w;
    if (a->type != b->type || !shape_broadcast(&a->shape, &b->shape, &joined) ||
        !shape_equal(&joined, &b->shape))
        return false;
    walk_begin(&w, &b->shape);
    int at = walk_broadcast(&w, &a->shape);
    for (int64_t i = 0; i < shape_elements(&b->shape); i++, walk_step(&w))
        if (a->i[w.offset[at]] != b->i[i])
            return false;
    return true;
}

/* A constant that the file computes gets a place of its own once channels leave it: it must serve for any batch and size then. */
static bool serves_any_size(struct shrinking *s, int node, int slot)
{
    const struct node *other = at_other_sizes(s, node);
    const struct tensor *one = op_constant(s->g, &s->g->nodes[node], slot);
    const struct tensor *two = other ? op_constant(s->other, other, slot) : NULL;
    return !two || tensor_equal(one, two) ||
           (s->g->nodes[node].op->flow == FLOW_SAME && broadcasts_to(one, two));
}

static bool keep_computed(struct shrinking *s, const struct use *u)
{
    bool changed = false;
    if (constant_name(s->g, u->value) || axes_weight(s, u->node, u->slot))
        return false;
    for (int i = 0; i < s->g->values[u->value].shape.dim[u->axis]; i++) {
        int set = axes_set(s, u->first + i);
        if (set_stays(s, set) || serves_any_size(s, u->node, u->slot))
            continue;
        struct buf name = {0};
        node_print(s->g, u->node, &name);
        set_stay(s, set, "%s reads a constant there that follows the batch or a size", buf_text(&name));
        buf_release(&name);
        changed = true;
    }
    return changed;
}

bool counts_check(struct shrinking *s)
{
    bool changed = false;
    for (int i = 0; i < s->b.n_uses; i++)
        changed |= keep_computed(s, &s->b.uses[i]);
    for (int i = 0; i < s->g->n_nodes; i++) {
        struct rewrite *r = rewrite_new(s, i);
        if (r && r->refused) {
            axis_stay(s, r->value, r->axis, i, r->refused);
            changed = true;
        }
        free(r);
    }
    return changed;
}

static bool write_list(const struct shrinking *s, int node, const struct list *l, struct edits *out,
                       struct model_edit *edit, struct err *e)
{
    const struct node *n = &s->g->nodes[node];
    if (!l->changed)
        return true;
    if (!l->in_slot)
        return model_edit_attr(edit, n->source_node, l->attr, l->v, l->n, e);
    const struct tensor *was = op_constant(s->g, n, l->slot);
    struct shape shape = {.rank = 1, .dim = {l->n}};
    struct tensor *t = tensor_new(DT_I32, was ? &was->shape : &shape);
    for (int i = 0; i < l->n; i++)
        t->i[i] = (int32_t)(l->v[i] > INT32_MAX ? INT32_MAX : l->v[i] < INT32_MIN ? INT32_MIN : l->v[i]);
    edits_put(out, node, l->slot, t);
    return true;
}

bool counts_write(struct shrinking *s, struct edits *out, struct model_edit *edit, struct err *e)
{
    bool ok = true;
    for (int i = 0; ok && i < s->g->n_nodes; i++) {
        struct rewrite *r = rewrite_new(s, i);
        ok = !r || (write_list(s, i, &r->a, out, edit, e) && write_list(s, i, &r->b, out, edit, e));
        free(r);
    }
    return ok;
}

void counts_release(struct shrinking *s)
{
    graph_free(s->other);
    s->other = NULL;
}
