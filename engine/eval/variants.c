/* variants: see variants.h. */
#include "engine/eval/variants_parts.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/base/mem.h"
#include "engine/eval/nested.h"
#include "engine/eval/outcome_build.h"
#include "engine/graph/op.h"
#include "engine/graph/weighted.h"

enum {
    FORM_BYTES = 12, /* a weight as constant, and in two forms at most */
    ROUND = 16,      /* variants whose constants are made at a time */
    LANES_MIN = 16,  /* with fewer a program may choose kernels of other bits than with many */
    BLOCKS_MOST = 4,
    BLOCKS_CACHED = 8 << 20, /* bytes */
    CACHED = 4 << 20,
    SLICES = 16 /* of a plan, at least */
};

/* ---- what differs ---- */

void one_reaches(const struct graph *g, int node, struct one *one)
{
    one->vary = mem_zero((size_t)g->n_values, sizeof *one->vary);
    one->nodes = mem_alloc((size_t)g->n_nodes, sizeof *one->nodes);
    for (int v = 0; one->made.v && v < g->n_values; v++)
        one->vary[v] = one->made.v[v] != NULL;
    for (int i = 0; i < g->n_nodes; i++) {
        const struct node *n = &g->nodes[i];
        bool reached = i == node;
        for (int k = 0; k < n->n_inputs; k++)
            reached |= n->inputs[k] >= 0 && one->vary[n->inputs[k]];
        for (int k = 0; reached && k < n->n_outputs; k++)
            if (n->outputs[k] >= 0)
                one->vary[n->outputs[k]] = true;
        if (reached)
            one->nodes[one->n_nodes++] = i;
    }
}

/* What a variant reads of values that its differences do not reach. */
static void mark_needed(const struct graph *g, const struct one *one, bool *needed)
{
    for (int i = 0; i < one->n_nodes; i++) {
        const struct node *n = &g->nodes[one->nodes[i]];
        for (int k = 0; k < n->n_inputs; k++)
            if (n->inputs[k] >= 0 && !one->vary[n->inputs[k]] && !g->values[n->inputs[k]].constant)
                needed[n->inputs[k]] = true;
    }
    if (!one->vary[g->outputs[0]])
        needed[g->outputs[0]] = true;
}

/* Nodes that make what is needed, and what those read. */
static void find_once(struct group *g)
{
    const struct graph *graph = g->asked->g;
    bool *wanted = mem_copy(g->needed, (size_t)graph->n_values, sizeof *wanted);
    bool *runs = mem_zero((size_t)graph->n_nodes, sizeof *runs);
    for (int i = graph->n_nodes - 1; i >= 0; i--) {
        const struct node *n = &graph->nodes[i];
        for (int k = 0; k < n->n_outputs; k++)
            runs[i] |= n->outputs[k] >= 0 && wanted[n->outputs[k]];
        for (int k = 0; runs[i] && k < n->n_inputs; k++)
            if (n->inputs[k] >= 0)
                wanted[n->inputs[k]] = true;
    }
    g->once = mem_alloc((size_t)graph->n_nodes, sizeof *g->once);
    for (int i = 0; i < graph->n_nodes; i++)
        if (runs[i])
            g->once[g->n_once++] = i;
    free(wanted);
    free(runs);
}

static void find_differences(struct group *g)
{
    const struct graph *graph = g->asked->g;
    g->needed = mem_zero((size_t)graph->n_values, sizeof *g->needed);
    for (int i = 0; i < g->n; i++) {
        one_reaches(graph, g->nested ? g->nested->node : -1, &g->v[i]);
        mark_needed(graph, &g->v[i], g->needed);
    }
    find_once(g);
}

/* Does somebody compute a node with the graph's own weight? */
static bool own_weight_used(const struct group *g, int node, int weight)
{
    for (int i = 0; i < g->n_once; i++)
        if (g->once[i] == node)
            return true;
    for (int i = 0; i < g->n; i++)
        if (!g->v[i].made.v[weight])
            return true;
    return false;
}

static bool *nodes_left_out(const struct group *g)
{
    const struct graph *graph = g->asked->g;
    bool *out = mem_zero((size_t)graph->n_nodes, sizeof *out);
    for (int i = 0; i < graph->n_nodes; i++) {
        const struct weighted *w = op_weighted(&graph->nodes[i]);
        out[i] = w && w->constant && !own_weight_used(g, i, graph->nodes[i].inputs[w->weight]);
    }
    return out;
}

static int *values_kept(const struct group *g, int *n)
{
    int *values = mem_alloc((size_t)g->asked->g->n_values, sizeof *values);
    *n = 0;
    for (int v = 0; v < g->asked->g->n_values; v++)
        if (g->needed[v])
            values[(*n)++] = v;
    return values;
}

/* ---- making a group ---- */

static bool make_slice(void *work, int64_t i, void *scratch, const atomic_bool *stop)
{
    struct group *g = work;
    (void)scratch, (void)stop;
    g->asked->make(g->asked->data, g->first + g->n + (int)i, &g->v[g->n + i].made);
    return true;
}

static bool prepare_slice(void *work, int64_t i, void *scratch, const atomic_bool *stop)
{
    struct group *g = work;
    (void)scratch, (void)stop;
    bool *left_out = mem_zero((size_t)g->asked->g->n_nodes, sizeof *left_out);
    if (g->nested)
        left_out[g->nested->node] = true;
    g->v[i].program = program_variant(g->base, g->v[i].made.v, left_out);
    free(left_out);
    return true;
}

/* Upper bound of what a variant's constants take, and what they take. */
static int64_t most_bytes(const struct graph *g)
{
    int64_t bytes = 0;
    for (int v = 0; v < g->n_values; v++)
        if (g->values[v].constant)
            bytes += shape_elements(&g->values[v].shape) * FORM_BYTES;
    return bytes;
}

static int64_t made_bytes(const struct overrides *o)
{
    int64_t bytes = 0;
    for (int i = 0; i < o->n_owned; i++)
        bytes += shape_elements(&o->owned[i]->shape) * FORM_BYTES;
    return bytes;
}

/* The constants of as many variants as fit, at least of one. false: stopped. */
static bool make_constants(struct group *g, struct runner *r)
{
    const struct variants *v = g->asked;
    int64_t left = v->memory ? v->memory : PROGRAM_MEMORY, most = most_bytes(v->g);
    int wanted = v->n - g->first;
    g->v = mem_zero((size_t)wanted, sizeof *g->v);
    while (g->n < wanted && (g->n == 0 || left >= most)) {
        int64_t fit = most > 0 ? left / most : wanted;
        int from = g->n, n = (int)(fit < 1 ? 1 : fit < ROUND ? fit : ROUND);
        n = n < wanted - from ? n : wanted - from;
        const struct plan plan = {.slices = n, .work = g, .slice = make_slice};
        bool whole = plan_run(r, &plan), had = g->nested != NULL;
        g->n += n;
        if (!whole || !nested_take(g, from, r))
            return false;
        if (g->nested)
            left -= n * nested_bytes(g->nested) + (had ? 0 : nested_band_bytes(g->nested));
        for (int i = from; i < g->n; i++)
            left -= made_bytes(&g->v[i].made);
    }
    return true;
}

/* What all variants share. Values that are kept for all of them take room: where only few lanes are left, or none fit, NULL. */
static struct program *make_base(const struct group *g)
{
    const struct variants *v = g->asked;
    struct program_options o = {.kernels = v->kernels, .memory = v->memory};
    bool *left_out = nodes_left_out(g);
    int *keep = values_kept(g, &o.n_keep);
    o.keep = keep;
    o.left_out = left_out;
    struct program *base = program_new(v->g, NULL, &o, NULL);
    free(left_out);
    free(keep);
    if (base && program_lanes(base) >= LANES_MIN)
        return base;
    program_free(base);
    return NULL;
}

/* May the sums of nested variants be shared? */
static bool may_nest(const struct variants *v)
{
    return v->any_order && v->how->task == TASK_CLASSIFICATION && v->how->n_outputs <= NEAR_OUTPUTS;
}

/* true with base NULL: variants cannot share blocks. */
static bool group_make(struct group *g, struct runner *r)
{
    if (!make_constants(g, r) || !nested_find(g, r))
        return false;
    if (g->broken)
        return true;
    find_differences(g);
    g->base = make_base(g);
    if (!g->base)
        return true;
    const struct plan plan = {.slices = g->n, .work = g, .slice = prepare_slice};
    return plan_run(r, &plan) && (!g->nested || nested_bounds(g, r));
}

static void group_release(struct group *g)
{
    for (int i = 0; i < g->n; i++) {
        program_free(g->v[i].program);
        overrides_release(&g->v[i].made);
        free(g->v[i].vary);
        free(g->v[i].nodes);
    }
    nested_free(g->nested, g->n);
    program_free(g->base);
    free(g->v);
    free(g->needed);
    free(g->once);
}

/* ---- evaluating ---- */

/* A block: the values that are the same for all variants, and those of one variant after the other. */
struct block {
    struct run *once, **each;
    int variants, n;   /* n: records, */
    int64_t *at;       /* their positions */
    struct sums *sums; /* NULL where variants are not nested */
    float *logits;     /* scratch of outcome_take_logits; NULL where that serves not */
};

/* Blocks take turns, too: `beside` is any other's run, NULL at first. */
static void block_begin(struct block *b, const struct group *g, const struct run *beside)
{
    b->once = run_new(g->base);
    b->variants = g->n;
    b->at = mem_alloc((size_t)program_lanes(g->base), sizeof *b->at);
    b->each = mem_alloc((size_t)g->n, sizeof(struct run *));
    for (int i = 0; i < g->n; i++)
        b->each[i] = run_variant(g->v[i].program, b->once, g->v[i].vary, i ? b->each[0] : beside);
    b->sums = g->nested ? sums_new(g) : NULL;
    if (g->nested && g->asked->how->n_outputs > 1 && g->asked->how->output == OUTPUT_LOGITS)
        b->logits =
            mem_lanes((size_t)(g->asked->how->n_outputs + 3) * (size_t)program_lanes(g->base), sizeof(float));
}

static void block_end(struct block *b)
{
    for (int i = b->variants - 1; i >= 0; i--)
        run_free(b->each[i]);
    run_free(b->once);
    sums_free(b->sums);
    free(b->logits);
    free(b->at);
    free(b->each);
}

/* A worker's scratch: blocks that each variant's constants are fetched for once. */
struct bench {
    int n;
    struct block v[BLOCKS_MOST];
};

static void *bench_new(const void *work)
{
    const struct group *g = work;
    struct bench *b = mem_zero(1, sizeof *b);
    for (b->n = 0; b->n < g->blocks; b->n++)
        block_begin(&b->v[b->n], g, b->n ? b->v[0].each[0] : NULL);
    return b;
}

static void bench_free(void *scratch)
{
    struct bench *b = scratch;
    for (int i = b->n - 1; i >= 0; i--)
        block_end(&b->v[i]);
    free(b);
}

/* Fill a block with the records at b->at[0..n) and compute what all variants share. */
static bool fill_block(const struct group *g, struct block *b, const atomic_bool *stop)
{
    const struct variants *v = g->asked;
    int64_t rows[LANES_MOST];
    for (int lane = 0; lane < b->n; lane++)
        rows[lane] = v->order[b->at[lane]];
    dataset_fill(v->set, rows, b->n, program_lanes(g->base), run_input(b->once, 0));
    return run_some(b->once, g->once, g->n_once, stop);
}

static void take_block(const struct group *g, const struct block *b, int variant)
{
    const struct variants *v = g->asked;
    const float *y = run_output(b->each[variant], 0);
    int lanes = program_lanes(g->base);
    outcome_take(g->out[variant], v->set, v->how, v->order, b->at, b->n, y, lanes);
}

/* What a variant alone computes of a block, and its answers. */
static bool answer_block(const struct group *g, const struct block *b, int variant, const atomic_bool *stop)
{
    bool ok = run_some(b->each[variant], g->v[variant].nodes, g->v[variant].n_nodes, stop);
    if (ok)
        take_block(g, b, variant);
    return ok;
}

/* The same of the next variant by rank, whose sums go on. */
static bool answer_nested(const struct group *g, const struct block *b, int rank, const atomic_bool *stop)
{
    int variant = sums_next(b->sums, rank, b->each);
    if (!sums_run(b->sums, variant, b->each[variant], stop))
        return false;
    const struct variants *v = g->asked;
    const float *y = run_output(b->each[variant], 0);
    sums_doubt(b->sums, variant, b->at[0], y);
    if (b->logits)
        outcome_take_logits(g->out[variant], v->set, v->order, b->at, b->n, y, program_lanes(g->base),
                            v->kernels, b->logits);
    else
        take_block(g, b, variant);
    return true;
}

static bool begin_block(const struct group *g, struct block *b, int64_t number, const atomic_bool *stop)
{
    int64_t lanes = program_lanes(g->base), first = number * lanes, left = g->asked->records - first;
    b->n = left < 0 ? 0 : (int)(left < lanes ? left : lanes);
    for (int lane = 0; lane < b->n; lane++)
        b->at[lane] = first + lane;
    if (b->n == 0)
        return true;
    if (!fill_block(g, b, stop))
        return false;
    if (b->sums)
        sums_begin(b->sums, b->once, b->n);
    return true;
}

static bool block_slice(void *work, int64_t i, void *scratch, const atomic_bool *stop)
{
    const struct group *g = work;
    struct bench *b = scratch;
    bool ok = true;
    for (int k = 0; ok && k < b->n; k++)
        ok = begin_block(g, &b->v[k], i * b->n + k, stop);
    for (int v = 0; ok && v < g->n; v++)
        for (int k = 0; ok && k < b->n && b->v[k].n > 0; k++)
            ok = g->nested ? answer_nested(g, &b->v[k], v, stop) : answer_block(g, &b->v[k], v, stop);
    return ok;
}

/* Up to n of a variant's records in doubt, from *next on. */
static int list_doubts(const struct group *g, int variant, int64_t *next, int n, int64_t *at)
{
    const uint8_t *doubt = g->nested->doubt[variant];
    int found = 0;
    for (; *next < g->asked->records && found < n; ++*next)
        if (doubt[*next])
            at[found++] = *next;
    return found;
}

/* A variant's records in doubt, as alone. */
static bool again_slice(void *work, int64_t variant, void *scratch, const atomic_bool *stop)
{
    const struct group *g = work;
    struct block *b = &((struct bench *)scratch)->v[0];
    struct prepared *form = NULL;
    int64_t next = 0;
    bool ok = true;
    while (ok && (b->n = list_doubts(g, (int)variant, &next, program_lanes(g->base), b->at)) > 0) {
        form = form ? form : nested_form(g, (int)variant);
        run_form(b->each[variant], g->nested->node, form);
        ok = fill_block(g, b, stop) && answer_block(g, b, (int)variant, stop);
    }
    nested_form_free(form);
    return ok;
}

/* How many blocks a worker takes at a time: where the constants of all variants do not stay in a cache, so many that fetching them costs
 * little, but not so many that the blocks do not stay there, or that there are too few slices. */
static int choose_blocks(const struct group *g, int64_t in_all)
{
    int64_t constants = 0, each = (int64_t)program_arena_bytes(g->base) * 2;
    for (int i = 0; i < g->n; i++)
        constants += made_bytes(&g->v[i].made);
    int64_t n = constants > CACHED ? BLOCKS_CACHED / (each + 1) : 1;
    n = n < in_all / SLICES ? n : in_all / SLICES;
    return (int)(n < 1 ? 1 : n < BLOCKS_MOST ? n : BLOCKS_MOST);
}

static bool sum_slice(void *work, int64_t i, void *scratch, const atomic_bool *stop)
{
    struct group *g = work;
    (void)scratch, (void)stop;
    outcome_sum(g->out[i]);
    return true;
}

static bool evaluate_together(struct group *g, struct runner *r)
{
    int64_t lanes = program_lanes(g->base), n = (g->asked->records + lanes - 1) / lanes;
    g->blocks = choose_blocks(g, n);
    const struct plan blocks = {.slices = (n + g->blocks - 1) / g->blocks,
                                .work = g,
                                .scratch_new = bench_new,
                                .scratch_free = bench_free,
                                .slice = block_slice};
    struct plan again = blocks;
    again.slices = g->nested ? g->n : 0;
    again.slice = again_slice;
    const struct plan sums = {.slices = g->n, .work = g, .slice = sum_slice};
    for (int i = 0; i < g->n; i++)
        g->out[i] = outcome_new(g->asked->how, g->asked->records, g->asked->total, g->nested != NULL);
    return plan_run(r, &blocks) && (!g->nested || plan_run(r, &again)) && plan_run(r, &sums);
}

/* One variant as it would be evaluated alone. */
static bool evaluate_one(const struct variants *v, int i, struct runner *r, struct outcome **out,
                         struct err *e)
{
    const struct program_options o = {.kernels = v->kernels, .memory = v->memory};
    struct overrides made;
    v->make(v->data, i, &made);
    struct program *p = program_new(v->g, made.v, &o, e);
    if (p)
        *out = outcome_measure(p, v->set, v->how, v->order, v->records, v->total, r, e);
    program_free(p);
    overrides_release(&made);
    return *out != NULL;
}

/* As many variants from `first` on as fit together. How many were done; 0: stopped, or e is set. */
static int measure_group(const struct variants *v, int first, struct runner *r, struct outcome **out,
                         struct err *e)
{
    struct group g = {.asked = v, .first = first, .out = out + first, .nests = may_nest(v)};
    bool ok = group_make(&g, r);
    if (ok && g.broken) {
        group_release(&g);
        g = (struct group){.asked = v, .first = first, .out = out + first};
        ok = group_make(&g, r);
    }
    bool alone = ok && !g.base;
    ok = ok && (alone ? evaluate_one(v, first, r, &out[first], e) : evaluate_together(&g, r));
    int n = !ok ? 0 : alone ? 1 : g.n;
    group_release(&g);
    return n;
}

bool variants_measure(const struct variants *v, struct runner *r, struct outcome **out, int *together,
                      struct err *e)
{
    bool ok = true;
    int n = 1;
    *together = 0;
    memset(out, 0, (size_t)v->n * sizeof(struct outcome *));
    for (int first = 0; ok && first < v->n; first += n) {
        if (*together == 1) /* they do not fit */
            n = evaluate_one(v, first, r, &out[first], e);
        else
            n = measure_group(v, first, r, out, e);
        *together = n > *together ? n : *together;
        ok = n > 0;
    }
    if (ok)
        return true;
    for (int i = 0; i < v->n; i++) {
        outcome_free(out[i]);
        out[i] = NULL;
    }
    return err_set(e, ERR_CANCELLED,
                   "the evaluation was stopped before its end"); /* or what e says already */
}
