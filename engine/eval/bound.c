/* bound: see bound.h. */
#include "engine/eval/bound.h"

#include <math.h>
#include <stdlib.h>

#include "engine/base/mem.h"
#include "engine/graph/op.h"
#include "engine/graph/prepared.h"

static const double unit = 0x1p-24, small_loss = 1.001, scale = 0x1p60, least_allowed = 1e-30,
                    most_allowed = 1e30;
static const double least_row = 1e-20, most_row = 1e15;
static const float least_weight = 1e-7f;

double bound_gamma(double k)
{
    return k * unit < 0.5 ? k * unit / (1 - k * unit) : INFINITY;
}

/* ---- the plan ---- */

static bool is_real(const struct graph *g, int value)
{
    return g->values[value].type == DT_F32;
}

/* A sum with a constant weight and constants beside it, none of which turns a sign around. */
static bool sums_plainly(const struct graph *g, const struct node *n, const struct weighted *w)
{
    bool plain = w->constant && w->scale > 0;
    for (int k = 0; plain && k < n->n_inputs; k++)
        plain = n->inputs[k] < 0 ||
                (is_real(g, n->inputs[k]) && (k == w->data || g->values[n->inputs[k]].constant));
    return plain;
}

/* May a node stand in the pass? *source: does it round? */
static bool passes(const struct graph *g, const struct node *n, bool *source)
{
    const struct weighted *w = op_weighted(n);
    bool sum = n->op->drift == DRIFT_SUM;
    *source = w || sum;
    if (n->n_outputs != 1 || !is_real(g, n->outputs[0]))
        return false;
    if (w)
        return sums_plainly(g, n, w);
    if (sum)
        return is_real(g, n->inputs[0]) && is_real(g, n->inputs[1]);
    return (n->op->drift == DRIFT_SAME || n->op->moves_nothing) && is_real(g, n->inputs[0]);
}

static int64_t elements_of(const struct graph *g, int value)
{
    return shape_elements(&g->values[value].shape);
}

static void add_source(const struct graph *g, int node, struct bound *b)
{
    const struct node *n = &g->nodes[node];
    const struct weighted *w = op_weighted(n);
    int measured = w ? n->inputs[w->data] : n->outputs[0];
    double k = w ? (double)(w->inputs * w->taps) + 1 : 1;
    b->v[b->n] = (struct rounding){node, g->values[measured].producer, elements_of(g, measured), !w};
    if (b->n == 0)
        b->v[0].maker = -1;
    b->n++;
    b->factor /= 1 - bound_gamma(k);
}

bool bound_plan(const struct graph *g, const int *nodes, int n, struct bound *out)
{
    bool *behind = mem_zero((size_t)g->n_nodes, sizeof *behind), ok = true;
    *out = (struct bound){.factor = small_loss};
    for (int i = 0; ok && i < n; i++) {
        const struct node *node = &g->nodes[nodes[i]];
        bool source = false;
        ok = passes(g, node, &source) && (!source || out->n < SOURCES_MAX);
        for (int k = 0; ok && i > 0 && k < node->n_inputs; k++) { /* nothing else may come in */
            const struct value *x = node->inputs[k] < 0 ? NULL : &g->values[node->inputs[k]];
            ok = !x || x->constant || (x->producer >= 0 && behind[x->producer]);
        }
        if (ok && source)
            add_source(g, nodes[i], out);
        behind[nodes[i]] = true;
    }
    free(behind);
    return ok && out->n > 0 && out->factor > 0 && out->factor < 2;
}

/* ---- the pass ---- */

/* Constants of the pass: weights by their magnitude, others 0: what is added to both evaluations alike is no difference. */
static struct tensor *constant_of_pass(const struct tensor *t, bool weight)
{
    struct tensor *out = tensor_copy(t);
    for (int64_t i = 0; i < shape_elements(&t->shape); i++) {
        float size = fabsf(t->f[i]);
        out->f[i] = !weight || size == 0 ? 0 : size < least_weight ? least_weight : size;
    }
    return out;
}

static const struct tensor *constant_now(const struct graph *g, const struct one *v, int value)
{
    return v->made.v[value] ? v->made.v[value] : g->values[value].constant;
}

/* By value; the layer's own weight takes no part. false: one is a weight here and something else there. */
static bool constants_of_pass(const struct graph *g, const struct one *v, struct tensor **made)
{
    bool *weighs = mem_zero((size_t)g->n_values, sizeof *weighs), ok = true;
    for (int i = 0; i < v->n_nodes; i++) {
        const struct node *n = &g->nodes[v->nodes[i]];
        const struct weighted *w = op_weighted(n);
        for (int k = 0; k < n->n_inputs; k++) {
            int c = n->inputs[k];
            bool weight = w && k == w->weight;
            if (c < 0 || !g->values[c].constant || !is_real(g, c) || (i == 0 && weight))
                continue;
            ok &= !made[c] || weighs[c] == weight;
            weighs[c] = weight;
            made[c] = made[c] ? made[c] : constant_of_pass(constant_now(g, v, c), weight);
        }
    }
    free(weighs);
    return ok;
}

/* The largest magnitude that is added to the sums. */
static double bias_of(const struct graph *g, const struct one *v, const struct node *n,
                      const struct weighted *w)
{
    double most = 0;
    for (int k = 0; k < n->n_inputs; k++) {
        if (k == w->data || k == w->weight || n->inputs[k] < 0)
            continue;
        const struct tensor *t = constant_now(g, v, n->inputs[k]);
        for (int64_t i = 0; i < shape_elements(&t->shape); i++)
            most = fmax(most, fabs((double)t->f[i]));
    }
    return most * fabs((double)node_float(n, "beta", 1));
}

/* |w_row| and how many of its weights are not 0. */
static double row_of_weight(const struct weighted *w, const float *weight, int64_t group, int64_t row,
                            int32_t *kept)
{
    double squares = 0;
    *kept = 0;
    for (int64_t i = 0; i < w->inputs; i++)
        for (int64_t tap = 0; tap < w->taps; tap++) {
            double x = (double)w->scale *
                       weight[group * w->group_step + row * w->row_step + i * w->input_step + tap];
            squares += x * x;
            *kept += x != 0;
        }
    return sqrt(squares);
}

/* What a pass works on. */
struct pass {
    const struct graph *g;
    const struct one *v;
    const struct bound *b;
    const double *rows; /* of the layer */
    const int32_t *kept;
    struct run *run;
    int lanes;
    struct reach *out;
};

/* A row of a source starts in its lanes, wherever it stands in the output. false: out of range. */
static bool start_row(const struct pass *p, int source, const struct weighted *w, float *y, double norm,
                      int32_t kept)
{
    double n = kept > 0 ? fmax(norm, least_row) * scale * (1 + 1e-6) : 0;
    for (int64_t block = 0; block < w->blocks; block++)
        for (int64_t at = 0; at < weighted_positions(w); at++) {
            float *to = y + (block * w->y_block + at * w->y_position) * p->lanes;
            if (source == 0)
                to[1] += (float)n;
            to[source == 0 ? 0 : source + 1] += (float)(n * bound_gamma(kept + 1.0));
        }
    return n <= most_row * scale;
}

static bool start_weighted(const struct pass *p, int source, float *y)
{
    const struct node *n = &p->g->nodes[p->b->v[source].node];
    const struct weighted *w = op_weighted(n);
    double bias = bias_of(p->g, p->v, n, w);
    const float *weight = constant_now(p->g, p->v, n->inputs[w->weight])->f;
    bool ok = true;
    for (int64_t group = 0; group < w->groups; group++)
        for (int64_t r = 0; r < w->rows; r++) {
            int32_t kept = source == 0 ? p->kept[r] : 0;
            double own = source == 0 ? p->rows[r] : row_of_weight(w, weight, group, r, &kept);
            ok &= start_row(p, source, w, y + (group * w->y_group + r * w->y_row) * p->lanes,
                            hypot(own, bias), kept);
        }
    return ok;
}

/* |x - x'| for sources of size 1. */
static void find_within(const struct pass *p, int source, const float *x)
{
    for (int c = 0; c <= p->b->n; c++) {
        double squares = 0;
        for (int64_t i = 0; i < p->b->v[source].elements; i++)
            squares += (double)x[i * p->lanes + c] * x[i * p->lanes + c];
        p->out->within[source][c] = (float)(sqrt(squares) / scale * p->b->factor * (1 + 1e-6));
    }
}

static bool in_range(const struct pass *p, const float *y, int64_t elements)
{
    bool ok = true;
    for (int64_t i = 0; i < elements; i++)
        for (int c = 0; c <= p->b->n; c++) {
            float size = y[i * p->lanes + c];
            ok &= size == 0 || (size >= least_allowed && size <= most_allowed);
        }
    return ok;
}

static bool pass_node(const struct pass *p, int node, int *source)
{
    const struct rounding *s = *source < p->b->n && p->b->v[*source].node == node ? &p->b->v[*source] : NULL;
    if (s && !s->sum && s->maker >= 0)
        find_within(p, *source, run_result(p->run, s->maker));
    run_some(p->run, &node, 1, NULL);
    float *y = run_result(p->run, node);
    bool ok = true;
    int64_t elements = elements_of(p->g, p->g->nodes[node].outputs[0]);
    if (s && s->sum) {
        find_within(p, *source, y);
        for (int64_t i = 0; i < elements; i++)
            y[i * p->lanes + *source + 1] += (float)(unit * scale);
    } else if (s) {
        ok = start_weighted(p, *source, y);
    }
    *source += s != NULL;
    return ok && in_range(p, y, elements);
}

static bool pass_all(const struct pass *p)
{
    int source = 0, outputs = (int)elements_of(p->g, p->g->outputs[0]);
    bool ok = true;
    for (int i = 0; ok && i < p->v->n_nodes; i++)
        ok = pass_node(p, p->v->nodes[i], &source);
    const float *y = run_output(p->run, 0);
    for (int k = 0; ok && k < outputs; k++)
        for (int c = 0; c <= p->b->n; c++)
            p->out->of[k * COLUMNS_MAX + c] =
                (float)(y[k * p->lanes + c] / scale * p->b->factor * (1 + 1e-6));
    return ok;
}

void bound_reach(const struct group *g, const struct bound *b, const struct one *v, const double *rows,
                 const int32_t *kept, const struct run *first, struct reach *out)
{
    const struct graph *graph = g->asked->g;
    int layer = v->nodes[0], lanes = program_lanes(g->base);
    const struct weighted *w = op_weighted(&graph->nodes[layer]);
    struct tensor **constants = mem_zero((size_t)graph->n_values, sizeof(struct tensor *));
    bool *left_out = mem_zero((size_t)graph->n_nodes, sizeof *left_out);
    float *nothing = mem_lanes((size_t)(w->rows * lanes), sizeof *nothing);
    const struct prepared given = {.groups = 1, .rows = w->rows, .columns = w->inputs, .given = nothing};
    left_out[layer] = true;
    *out = (struct reach){.of = mem_zero((size_t)g->asked->how->n_outputs * COLUMNS_MAX, sizeof(float))};
    bool ok = constants_of_pass(graph, v, constants) && b->n < lanes;
    struct program *p = program_variant(g->base, (const struct tensor *const *)constants, left_out);
    struct pass pass = {graph, v, b, rows, kept, run_variant(p, first, v->vary, NULL), lanes, out};
    run_form(pass.run, layer, &given);
    out->proven = ok && pass_all(&pass);
    run_free(pass.run);
    program_free(p);
    for (int c = 0; c < graph->n_values; c++)
        tensor_free(constants[c]);
    free(constants);
    free(left_out);
    free(nothing);
}
