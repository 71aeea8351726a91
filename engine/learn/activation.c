/* activation: see activation.h. Products are the dense kernel's: of a chunk's columns with the same columns turned. */
#include "engine/learn/activation.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/mem.h"
#include "engine/base/num.h"
#include "engine/graph/op.h"
#include "engine/graph/op_util.h"
#include "engine/graph/program.h"
#include "engine/graph/weighted.h"
#include "engine/kernels/kernels.h"

#define MEMORY_DEFAULT ((int64_t)1 << 30)

enum {
    RECORDS = 256, /* of a slice */
    CHUNK = 256,   /* looks at a column that are added up in one chain */
    ROWS = 48,     /* results of the kernel at a time */
    UNIT = 16,     /* a turned row is filled up to a multiple */
    PARTS = 3      /* sums, squares, zeros */
};

struct work {
    const struct activation_of *of;
    const struct layers *l;
    bool products;
    struct program *program;
    int lanes;
    int64_t slice; /* records */
    struct activation *out;
    int64_t *first;        /* by layer: where its sums begin among all */
    int64_t total, widest; /* sums; the most columns of a layer */
    double *all, **parts;  /* the sums; by slice, until folded */
};

struct scratch {
    struct run *run;
    float *columns; /* [widest][CHUNK] */
    float *turned;  /* [CHUNK][widest, filled up] */
    float *sums;    /* [ROWS][widest, filled up] */
};

static int64_t filled(int64_t columns)
{
    return (columns + UNIT - 1) / UNIT * UNIT;
}

static void *scratch_new(const void *work)
{
    const struct work *w = work;
    struct scratch *s = mem_zero(1, sizeof *s);
    s->run = run_new(w->program);
    s->columns = mem_lanes((size_t)(w->widest * CHUNK), sizeof *s->columns);
    s->turned = mem_lanes((size_t)(filled(w->widest) * CHUNK), sizeof *s->turned);
    s->sums = mem_lanes((size_t)(filled(w->widest) * ROWS), sizeof *s->sums);
    return s;
}

static void scratch_free(void *scratch)
{
    struct scratch *s = scratch;
    run_free(s->run);
    free(s->columns);
    free(s->turned);
    free(s->sums);
    free(s);
}

/* The sum in which a reader has the layer's columns as its inputs; NULL: it has not. */
static const struct weighted *sum_of(const struct work *w, int layer, int reader)
{
    const struct layer *l = &w->l->v[layer];
    const struct weighted *sum = op_weighted(&w->of->g->nodes[l->nodes[reader]]);
    bool plain = sum && sum->constant && sum->weight == l->slots[reader] && !l->swapped[reader];
    return plain ? sum : NULL;
}

/* What holds a reader's results: with the bias, where another node adds it. */
static int result_value(const struct work *w, int layer, int reader)
{
    const struct graph *g = w->of->g;
    const struct layer *l = &w->l->v[layer];
    int own = g->nodes[l->nodes[reader]].outputs[0];
    if (reader > 0 || l->bias_node < 0)
        return own;
    int biased = g->nodes[l->bias_node].outputs[0];
    return shape_elements(&g->values[own].shape) == shape_elements(&g->values[biased].shape) ? biased : own;
}

/* ---- one slice ---- */

/* What one call adds up: a block of n records, and the layer's part of the sums. */
struct look {
    const struct work *w;
    const struct scratch *s;
    int n, layer;
    double *in, *out, *products;
};

/* Every eighth number in one chain, and the chains in order. */
static void add_moments(double *sums, int64_t all, int64_t at, const float *x, int64_t n)
{
    enum { CHAINS = 8 };
    double sum[PARTS][CHAINS] = {{0}};
    for (int64_t i = 0; i < n; i += CHAINS)
        for (int64_t k = 0; k < CHAINS && i + k < n; k++) {
            double v = (double)x[i + k];
            sum[0][k] += v;
            sum[1][k] += v * v;
            sum[2][k] += v == 0;
        }
    for (int part = 0; part < PARTS; part++)
        for (int k = 0; k < CHAINS; k++)
            sums[part * all + at] += sum[part][k];
}

/* Columns of one group at n positions of a block of the sum: [columns][CHUNK]. */
static void read_columns(const struct look *k, const struct weighted *sum, const float *x, int64_t first,
                         int64_t n)
{
    int64_t lanes = k->w->lanes;
    for (int64_t p = 0; p < n; p++)
        for (int64_t tap = 0; tap < sum->taps; tap++) {
            int64_t from = weighted_source(sum, first + p, tap);
            for (int64_t i = 0; i < sum->inputs; i++) {
                const float *row = x + (i * sum->x_input + from * sum->x_position) * lanes;
                float *to = k->s->columns + (i * sum->taps + tap) * CHUNK + p * k->n;
                for (int l = 0; l < k->n; l++)
                    to[l] = from < 0 ? 0 : row[l];
            }
        }
}

static void add_products(const struct look *k, int64_t columns, int64_t n, double *products)
{
    const float *rows[CHUNK];
    float *to[ROWS];
    int64_t wide = filled(columns);
    for (int64_t i = 0; i < n; i++) {
        float *row = k->s->turned + i * wide;
        for (int64_t c = 0; c < wide; c++)
            row[c] = c < columns ? k->s->columns[c * CHUNK + i] : 0;
        rows[i] = row;
    }
    for (int64_t first = 0, m; first < columns; first += m) {
        m = columns - first < ROWS ? columns - first : ROWS;
        for (int64_t r = 0; r < m; r++)
            to[r] = k->s->sums + r * wide;
        k->w->of->kernels->own->dense((int)m, (int)n, k->s->columns + first * CHUNK, CHUNK, NULL, rows,
                                      (int)wide, to);
        for (int64_t r = 0; r < m; r++)
            for (int64_t c = 0; c < columns; c++)
                products[(first + r) * columns + c] += (double)to[r][c];
    }
}

static void look_at_inputs(const struct look *k, const struct weighted *sum, const struct operand *x)
{
    const struct activation *a = &k->w->out[k->layer];
    int64_t positions = weighted_positions(sum), most = CHUNK / k->n;
    for (int64_t at = 0; at < sum->blocks * sum->groups; at++) {
        int64_t group = at % sum->groups;
        const float *from =
            operand_at(x, at / sum->groups * sum->x_block + group * sum->x_group, k->w->lanes);
        for (int64_t p = 0, n; p < positions; p += n) {
            n = positions - p < most ? positions - p : most;
            read_columns(k, sum, from, p, n);
            for (int64_t c = 0; c < a->columns; c++)
                add_moments(k->in, a->in.n, group * a->columns + c, k->s->columns + c * CHUNK, n * k->n);
            if (k->products)
                add_products(k, a->columns, n * k->n, k->products + group * a->columns * a->columns);
        }
    }
}

/* Results lie where the sum puts them; those of what is looked up, unit by unit. */
static void look_at_results(const struct look *k, const struct weighted *sum, int value)
{
    const struct activation *a = &k->w->out[k->layer];
    const float *y = run_value(k->s->run, value);
    int64_t elements = shape_elements(&k->w->of->g->values[value].shape), units = a->out.n;
    for (int64_t e = 0; !sum && e < elements; e++)
        add_moments(k->out, units, e % units, y + e * k->w->lanes, k->n);
    for (int64_t block = 0; sum && block < sum->blocks; block++)
        for (int64_t unit = 0; unit < units; unit++)
            for (int64_t p = 0; p < weighted_positions(sum); p++)
                add_moments(k->out, units, unit,
                            y + (block * sum->y_block + unit / sum->rows * sum->y_group +
                                 unit % sum->rows * sum->y_row + p * sum->y_position) *
                                    k->w->lanes,
                            k->n);
}

static void look_at_layer(struct look *k, double *sums)
{
    const struct work *w = k->w;
    const struct activation *a = &w->out[k->layer];
    k->in = sums + w->first[k->layer];
    k->out = k->in + PARTS * a->in.n;
    k->products = w->products ? k->out + PARTS * a->out.n : NULL;
    for (int reader = 0; reader < w->l->v[k->layer].n_nodes; reader++) {
        const struct weighted *sum = sum_of(w, k->layer, reader);
        int node = w->l->v[k->layer].nodes[reader];
        if (sum)
            look_at_inputs(k, sum, &run_call(k->s->run, node)->inputs[sum->data]);
        if (!w->l->v[k->layer].swapped[reader])
            look_at_results(k, sum, result_value(w, k->layer, reader));
    }
}

static bool slice(void *work, int64_t i, void *scratch, const atomic_bool *stop)
{
    const struct work *w = work;
    const struct scratch *s = scratch;
    int64_t first = i * w->slice, end = first + w->slice < w->of->n ? first + w->slice : w->of->n;
    double *sums = w->parts[i] = mem_zero((size_t)w->total, sizeof *sums);
    for (int n; first < end; first += n) {
        n = end - first < w->lanes ? (int)(end - first) : w->lanes;
        dataset_fill(w->of->data, w->of->order + first, n, w->lanes, run_input(s->run, 0));
        if (!run_forward(s->run, stop))
            return false;
        for (int layer = 0; layer < w->l->n; layer++) {
            struct look k = {.w = w, .s = s, .n = n, .layer = layer};
            if (w->out[layer].out.n)
                look_at_layer(&k, sums);
        }
    }
    return true;
}

static void fold(void *work, int64_t i)
{
    struct work *w = work;
    for (int64_t k = 0; k < w->total; k++)
        w->all[k] += w->parts[i][k];
    free(w->parts[i]);
    w->parts[i] = NULL;
}

/* ---- all of them ---- */

/* How often each column and unit is looked at, and how many sums that makes. */
static void measure_layer(struct work *w, int layer)
{
    struct activation *a = &w->out[layer];
    const struct layer *l = &w->l->v[layer];
    a->layer = layer;
    a->groups = l->groups;
    a->out.n = l->units;
    for (int reader = 0; reader < l->n_nodes; reader++) {
        const struct weighted *sum = sum_of(w, layer, reader);
        int64_t results = shape_elements(&w->of->g->values[result_value(w, layer, reader)].shape);
        if (sum) {
            a->columns = sum->inputs * sum->taps;
            a->in.count += w->of->n * sum->blocks * weighted_positions(sum);
        }
        if (!l->swapped[reader])
            a->out.count += w->of->n * results / (l->units ? l->units : 1);
    }
    a->in.n = a->groups * a->columns;
    w->first[layer] = w->total;
    w->widest = a->columns > w->widest ? a->columns : w->widest;
    w->total += PARTS * (a->in.n + a->out.n) + (w->products ? a->in.n * a->columns : 0);
}

static bool check_memory(const struct work *w, struct err *e)
{
    int64_t limit = w->of->memory ? w->of->memory : MEMORY_DEFAULT;
    double need = 2 * 8 * (double)w->total; /* what is folded, and a slice's own */
    if (need <= (double)limit)
        return true;
    struct buf wanted = {0}, most = {0};
    num_bytes(&wanted, need);
    num_bytes(&most, (double)limit);
    err_set(e, ERR_UNSUPPORTED, "sums over the layers' inputs need %s, more than the limit of %s",
            buf_text(&wanted), buf_text(&most));
    buf_release(&wanted);
    buf_release(&most);
    return err_hint(e, "raise the limit with --memory, or choose fewer layers");
}

static struct moments cut(const struct moments *m, const double *sums)
{
    size_t n = (size_t)m->n;
    return (struct moments){.n = m->n,
                            .count = m->count,
                            .sum = mem_copy(sums, n, sizeof *sums),
                            .squares = mem_copy(sums + n, n, sizeof *sums),
                            .zeros = mem_copy(sums + 2 * n, n, sizeof *sums)};
}

static void hand_over(const struct work *w)
{
    for (int layer = 0; layer < w->l->n; layer++) {
        struct activation *a = &w->out[layer];
        if (!a->out.n)
            continue;
        const double *in = w->all + w->first[layer], *out = in + PARTS * a->in.n,
                     *products = out + PARTS * a->out.n;
        a->in = cut(&a->in, in);
        a->out = cut(&a->out, out);
        a->products =
            w->products ? mem_copy(products, (size_t)(a->in.n * a->columns), sizeof *products) : NULL;
    }
}

static bool run_plan(struct work *w, struct runner *r)
{
    const struct plan plan = {.slices = w->slice ? (w->of->n + w->slice - 1) / w->slice : 0,
                              .work = w,
                              .scratch_new = scratch_new,
                              .scratch_free = scratch_free,
                              .slice = slice,
                              .fold = fold};
    w->all = mem_zero((size_t)w->total, sizeof *w->all);
    w->parts = mem_zero((size_t)plan.slices, sizeof *w->parts);
    bool whole = plan_run(r, &plan);
    if (whole)
        hand_over(w);
    for (int64_t i = 0; i < plan.slices; i++)
        free(w->parts[i]);
    free(w->parts);
    free(w->all);
    return whole;
}

bool activation_measure(const struct activation_of *of, const struct layers *l, const bool *in_layers,
                        bool products, struct runner *r, struct activation *out, struct err *e)
{
    struct work w = {.of = of, .l = l, .products = products, .out = out};
    const struct program_options o = {.kernels = of->kernels, .memory = of->memory, .keep_all = true};
    memset(out, 0, (size_t)l->n * sizeof *out);
    w.first = mem_zero((size_t)l->n, sizeof *w.first);
    for (int layer = 0; layer < l->n; layer++)
        if (!in_layers || in_layers[layer])
            measure_layer(&w, layer);
    bool ok = check_memory(&w, e) && (w.program = program_new(of->g, of->weights, &o, e)) != NULL;
    if (ok) {
        w.lanes = program_lanes(w.program);
        w.slice = (RECORDS + w.lanes - 1) / w.lanes * w.lanes;
        ok = run_plan(&w, r) || err_set(e, ERR_CANCELLED, "the layers' inputs were not measured to the end");
    }
    program_free(w.program);
    free(w.first);
    if (!ok)
        memset(out, 0, (size_t)l->n * sizeof *out);
    return ok;
}

void activation_release(struct activation *a, int n)
{
    for (int i = 0; i < n; i++) {
        struct moments *both[] = {&a[i].in, &a[i].out};
        for (int k = 0; k < 2; k++) {
            free(both[k]->sum);
            free(both[k]->squares);
            free(both[k]->zeros);
        }
        free(a[i].products);
        a[i] = (struct activation){0};
    }
}
