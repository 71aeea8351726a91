/* constants: finds biases and normalisation parameters, however they are spelled, and says of every other constant of the file
 * why it is not pruned. See layers.c for the weights themselves. */
#include "engine/prune/constants.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/mem.h"
#include "engine/base/buf.h"
#include "engine/graph/equation.h"
#include "engine/graph/op.h"
#include "engine/graph/weighted.h"
#include "engine/prune/geometry.h"

static bool is_op(const struct graph *g, int node, const char *name)
{
    return node >= 0 && strcmp(g->nodes[node].op->name, name) == 0;
}

static bool real_constant(const struct graph *g, int value)
{
    return value >= 0 && g->values[value].constant && g->values[value].type == DT_F32;
}

const char *constant_name(const struct graph *g, int value)
{
    const struct value *v = &g->values[value];
    const struct source *s = g->source;
    if (v->initializer >= 0)
        return s->tensors[v->initializer].name;
    for (int i = 0; s && i < s->n_nodes; i++)
        if (strcmp(s->nodes[i].op, "Constant") == 0 && s->nodes[i].n_outputs == 1 &&
            strcmp(s->nodes[i].outputs[0], v->name) == 0)
            return v->name;
    return NULL;
}

int constant_readers(const struct graph *g, int value)
{
    int n = 0;
    for (int i = 0; i < g->n_nodes; i++)
        for (int k = 0; k < g->nodes[i].n_inputs; k++)
            n += g->nodes[i].inputs[k] == value;
    return n;
}

/* The one node that reads value; -1 for none or several. */
static int only_reader(const struct graph *g, int value)
{
    int reader = -1, n = 0;
    for (int i = 0; i < g->n_nodes; i++)
        for (int k = 0; k < g->nodes[i].n_inputs; k++)
            if (g->nodes[i].inputs[k] == value) {
                reader = i;
                n++;
            }
    return n == 1 ? reader : -1;
}

/* Of a node with two inputs: the constant one, and in *other the one that is not; -1 if it is not like that. */
static int constant_side(const struct graph *g, const struct node *n, int *other)
{
    for (int k = 0; k < 2 && n->n_inputs == 2; k++)
        if (real_constant(g, n->inputs[k]) && n->inputs[1 - k] >= 0 &&
            !g->values[n->inputs[1 - k]].constant) {
            *other = n->inputs[1 - k];
            return n->inputs[k];
        }
    return -1;
}

/* Does the constant hold one number for each of n units along `axis` of a result of that rank? */
static bool along(const struct shape *constant, int rank, int axis, int64_t n)
{
    int at = axis - (rank - constant->rank);
    return at >= 0 && constant->dim[at] == n && shape_elements(constant) == n;
}

/* Behind operators that regroup positions (Keras' Dense multiplies one matrix of all positions) or split units into heads. */
static int regrouped(const struct graph *g, int value)
{
    for (;;) {
        int node = only_reader(g, value);
        bool groups = is_op(g, node, "Reshape") || is_op(g, node, "Squeeze") || is_op(g, node, "Unsqueeze");
        if (!groups || g->nodes[node].inputs[0] != value)
            return value;
        value = g->nodes[node].outputs[0];
    }
}

/* Does the constant hold one number for each unit, where the last axes of a result count them? */
static bool covers(const struct shape *constant, const struct shape *result, int64_t units)
{
    int64_t n = 1;
    for (int k = 1; n < units && k <= constant->rank && k <= result->rank; k++) {
        if (constant->dim[constant->rank - k] != result->dim[result->rank - k])
            return false;
        n *= result->dim[result->rank - k];
    }
    return n == units && shape_elements(constant) == units;
}

/* The constant that the k-th reader of the layer adds for each unit, -1 for none; *by is the node that adds it. */
static int bias_of(const struct graph *g, const struct layer *l, int k, int *by)
{
    const struct node *n = &g->nodes[l->nodes[k]];
    const struct shape *out = &g->values[n->outputs[0]].shape;
    const struct weighted *w = op_described(n);
    int64_t units = l->swapped[k] ? l->inputs : l->units;
    if (!w)
        return -1;
    bool vector = w->axes.result < 0; /* then where a matrix in its place has units */
    int axis = vector ? out->rank - 1 - w->data : w->axes.result, own = node_input(n, w->bias), other;
    if (axis < 0)
        return -1;
    if (own >= 0) {
        const struct shape *c = &g->values[own].shape;
        bool fits = c->rank == 1 ? c->dim[0] == units : along(c, out->rank, axis, units);
        *by = l->nodes[k];
        return real_constant(g, own) && fits ? own : -1;
    }
    bool last = axis == out->rank - 1;
    int value = last ? regrouped(g, n->outputs[0]) : n->outputs[0];
    *by = only_reader(g, value);
    if (!is_op(g, *by, "Add"))
        return -1;
    int constant = constant_side(g, &g->nodes[*by], &other);
    if (constant < 0)
        return -1;
    const struct shape *c = &g->values[constant].shape;
    bool fits = last ? covers(c, &g->values[value].shape, units) : along(c, out->rank, axis, units);
    return fits ? constant : -1;
}

void bias_find(const struct graph *g, struct layer *l)
{
    int by = -1;
    l->bias = bias_of(g, l, 0, &by);
    l->bias_node = l->bias >= 0 ? by : -1;
}

/* The node behind operators that only move numbers. */
static int behind(const struct graph *g, int value)
{
    static const char *const moves[] = {"Reshape", "Transpose", "Cast", "Identity", "Squeeze", "Unsqueeze"};
    for (;;) {
        int node = value >= 0 ? g->values[value].producer : -1;
        bool moved = false;
        for (size_t i = 0; i < sizeof moves / sizeof *moves; i++)
            moved = moved || is_op(g, node, moves[i]);
        if (!moved)
            return node;
        value = g->nodes[node].inputs[0];
    }
}

/* tf2onnx and Keras 2 spell LayerNormalization as BatchNormalization of a batch of features, with computed statistics. */
static bool computes_statistics(const struct graph *g, int node)
{
    return is_op(g, node, "BatchNormalization") && g->nodes[node].n_inputs > 3 &&
           !real_constant(g, g->nodes[node].inputs[3]);
}

/* 1 / sqrt(variance + epsilon) */
static bool is_inverse(const struct graph *g, int node)
{
    int by = is_op(g, node, "Reciprocal") ? behind(g, g->nodes[node].inputs[0]) : -1;
    return is_op(g, by, "Sqrt") || is_op(g, by, "Pow");
}

/* x / sqrt(variance + epsilon), or x * (1 / sqrt(...)), or InstanceNormalization: what a scale and a shift follow. */
static bool normalises(const struct graph *g, int node)
{
    if (is_op(g, node, "InstanceNormalization") || computes_statistics(g, node))
        return true;
    bool div = is_op(g, node, "Div");
    if (!div && !is_op(g, node, "Mul"))
        return false;
    for (int k = div; k < 2; k++) {
        int by = behind(g, g->nodes[node].inputs[k]);
        if (div ? is_op(g, by, "Sqrt") || is_op(g, by, "Pow") : is_inverse(g, by))
            return true;
    }
    return false;
}

enum role { ROLE_NONE, ROLE_WEIGHT, ROLE_BIAS, ROLE_NORM, ROLE_STATISTIC };

/* The constant that an Add puts to the result of this node, which nobody else reads; -1 if there is none. */
static int added(const struct graph *g, int node)
{
    int other, add = only_reader(g, g->nodes[node].outputs[0]);
    return is_op(g, add, "Add") ? constant_side(g, &g->nodes[add], &other) : -1;
}

static void norm_put(enum role *role, int value)
{
    if (value >= 0 && role[value] == ROLE_NONE)
        role[value] = ROLE_NORM;
}

/* Batch normalisation of known statistics is a scale and a shift: one of each for every channel. */
static bool is_affine(const struct graph *g, int scale, int shift)
{
    int64_t n = shape_elements(&g->values[scale].shape), longest = 1;
    for (int d = 0; d < g->values[scale].shape.rank; d++)
        if (g->values[scale].shape.dim[d] > longest)
            longest = g->values[scale].shape.dim[d];
    return shift >= 0 && n > 1 && n == longest &&
           shape_equal(&g->values[scale].shape, &g->values[shift].shape);
}

/* Scale and shift of a normalisation that the exporter spelled out: a Mul after it, and an Add after that. Keras 3 scales the
 * inverse: x * (inverse * scale) + (shift - mean * (inverse * scale)). */
static void spelled_norm(const struct graph *g, int node, enum role *role)
{
    int other;
    int scale = is_op(g, node, "Mul") ? constant_side(g, &g->nodes[node], &other) : -1;
    if (scale < 0 || g->values[scale].shape.rank < 1)
        return;
    int before = behind(g, other), shift = added(g, node);
    if (!normalises(g, before) && !is_inverse(g, before) && !is_affine(g, scale, shift))
        return;
    norm_put(role, scale);
    norm_put(role, shift);
    for (int i = 0; is_inverse(g, before) && i < g->n_nodes; i++)
        for (int k = 0; is_op(g, i, "Mul") && k < g->nodes[i].n_inputs; k++)
            if (g->nodes[i].inputs[k] == g->nodes[node].outputs[0])
                norm_put(role, added(g, i));
}

static void norm_roles(const struct graph *g, int node, enum role *role)
{
    static const char *const norms[] = {"BatchNormalization", "InstanceNormalization", "LayerNormalization"};
    const struct node *n = &g->nodes[node];
    for (size_t i = 0; i < sizeof norms / sizeof *norms; i++)
        for (int k = 1; is_op(g, node, norms[i]) && k < n->n_inputs; k++)
            if (!computes_statistics(g, node) && real_constant(g, n->inputs[k]))
                role[n->inputs[k]] = k < 3 ? ROLE_NORM : ROLE_STATISTIC;
    spelled_norm(g, node, role);
}

static const char *reason_of(const struct graph *g, int value, int node, enum role role)
{
    struct geometry m;
    if (role == ROLE_BIAS)
        return "a bias is never pruned";
    if (role == ROLE_NORM)
        return "a normalisation parameter is never pruned";
    if (role == ROLE_STATISTIC)
        return "a normalisation statistic is never pruned";
    if (geometry_find(g, node, &m) && m.reason && g->nodes[node].inputs[m.slot] == value)
        return m.reason;
    return NULL;
}

static void unprunable_add(const struct graph *g, struct layers *l, size_t *capacity, int value, int node,
                           enum role role)
{
    l->unprunable = mem_grow(l->unprunable, (size_t)l->n_unprunable, capacity, sizeof *l->unprunable);
    struct unprunable *u = &l->unprunable[l->n_unprunable++];
    const char *op = g->nodes[node].op->name, *reason = reason_of(g, value, node, role);
    struct buf said = {0};
    if (reason)
        buf_puts(&said, reason);
    else
        buf_printf(&said, "a constant that %s reads is no weight", op);
    *u = (struct unprunable){.name = mem_text(g->values[value].name),
                             .op = mem_text(op),
                             .reason = buf_take(&said),
                             .shape = g->values[value].shape};
}

static void extra_add(const struct graph *g, struct layers *l, size_t *capacity, int value)
{
    l->extras = mem_grow(l->extras, (size_t)l->n_extras, capacity, sizeof *l->extras);
    l->extras[l->n_extras++] = value;
    l->parameters += shape_elements(&g->values[value].shape);
}

/* Is the constant that an Einsum reads a weight, though not of a layer? It counts as a parameter. */
static bool weighs(const struct graph *g, int node)
{
    struct equation_weight w;
    return equation_weight(g, &g->nodes[node], &w) && w.summed;
}

/* Every constant that stems from the file and is no weight, once, in the order in which nodes read them. */
static void list(const struct graph *g, struct layers *l, enum role *role)
{
    size_t extras = 0, unprunable = 0;
    bool *seen = mem_zero((size_t)g->n_values, sizeof *seen);
    for (int i = 0; i < g->n_nodes; i++)
        for (int k = 0; k < g->nodes[i].n_inputs; k++) {
            int v = g->nodes[i].inputs[k];
            if (!real_constant(g, v) || seen[v] || role[v] == ROLE_WEIGHT)
                continue;
            seen[v] = true;
            if (role[v] == ROLE_BIAS || role[v] == ROLE_NORM)
                extra_add(g, l, &extras, v);
            else if (is_op(g, i, "Einsum") && weighs(g, i))
                extra_add(g, l, &extras, v);
            bool of_file = g->values[v].initializer >= 0 || g->values[v].origin >= 0;
            if (of_file && g->values[v].shape.rank > 0)
                unprunable_add(g, l, &unprunable, v, i, role[v]);
        }
    free(seen);
}

void constants_find(const struct graph *g, struct layers *l)
{
    enum role *role = mem_zero((size_t)g->n_values, sizeof *role);
    l->parameters = l->prunable;
    for (int i = 0; i < l->n; i++)
        for (int k = 0; k < l->v[i].n_nodes; k++)
            role[layer_copy(g, &l->v[i], k)] = ROLE_WEIGHT;
    for (int i = 0; i < l->n; i++)
        for (int k = 0, by; k < l->v[i].n_nodes; k++) {
            int bias = bias_of(g, &l->v[i], k, &by);
            if (bias >= 0 && role[bias] == ROLE_NONE)
                role[bias] = ROLE_BIAS;
        }
    for (int i = 0; i < g->n_nodes; i++)
        norm_roles(g, i, role);
    list(g, l, role);
    free(role);
}
