/* weighted: see weighted.h. Consecutive positions whose operands lie side by side are one wide row of lanes, and nothing is copied.
 * Where a run has few lanes, other positions are brought side by side until they fill such a row: of windows that slide by copying
 * the input with its padding (padded.c), else by gathering. One record costs what its sums cost, not what a block does. */
#include "engine/graph/weighted.h"

#include <string.h>

#include "engine/graph/op_util.h"
#include "engine/graph/padded.h"
#include "engine/graph/prepared.h"

enum {
    GATHERED = 64,
    LINES = 256 /* lanes of the lines computed together */,
    WIDTH_MAX = 1 << 30,
    ALIGNED = 64
};

void weighted_lay(struct weighted *w, const struct shape *weight, const struct shape *data,
                  const struct shape *result)
{
    int64_t steps[SHAPE_MAX];
    const struct weighted_axes *a = &w->axes;
    shape_strides(weight, steps);
    w->group_step = w->rows * w->inputs * w->taps;
    w->row_step = a->unit < 0 ? 0 : steps[a->unit];
    w->input_step = steps[a->input];
    shape_strides(data, steps);
    w->x_input = steps[a->data];
    shape_strides(result, steps);
    w->y_row = a->result < 0 ? 0 : steps[a->result];
}

void weighted_keep(struct weighted *w, int data_rank, int result_rank)
{
    int to = result_rank;
    for (int d = data_rank - 1; d >= 0; d--) {
        if (d != w->axes.data && --to == w->axes.result)
            to--;
        w->axes.same[d] = d == w->axes.data ? -1 : to;
    }
}

int64_t weighted_positions(const struct weighted *w)
{
    return w->axis[0].out * w->axis[1].out;
}

int64_t weighted_sources(const struct weighted *w)
{
    return w->axis[0].in * w->axis[1].in;
}

int64_t weighted_reads(const struct weighted *w, int axis, int64_t out, int64_t tap)
{
    const struct window *a = &w->axis[axis];
    int64_t at = out * a->stride - a->before + tap * a->dilation;
    if (w->turned) {
        at = out + a->before - tap * a->dilation;
        if (at % a->stride != 0)
            return -1;
        at /= a->stride;
    }
    return at >= 0 && at < a->in ? at : -1;
}

void weighted_table(const struct weighted *w, int axis, int32_t *reads)
{
    int64_t kernel = w->axis[axis].kernel;
    for (int64_t out = 0; out < w->axis[axis].out; out++)
        for (int64_t tap = 0; tap < kernel; tap++)
            reads[out * kernel + tap] = (int32_t)weighted_reads(w, axis, out, tap);
}

int64_t weighted_source(const struct weighted *w, int64_t position, int64_t tap)
{
    int64_t columns = w->axis[1].out, sides = w->axis[1].kernel;
    int64_t row = weighted_reads(w, 0, position / columns, tap / sides);
    int64_t column = row < 0 ? -1 : weighted_reads(w, 1, position % columns, tap % sides);
    return column < 0 ? -1 : row * w->axis[1].in + column;
}

bool weighted_pointwise(const struct weighted *w)
{
    bool plain = w->taps == 1 && !w->turned;
    for (int i = 0; i < 2; i++)
        plain &= w->axis[i].stride == 1 && w->axis[i].before == 0 && w->axis[i].after == 0;
    return plain;
}

/* ---- forward ---- */

/* How positions become one row of lanes. */
enum way { AS_IT_LIES, PADDED, GATHERS };

static enum way way_of(const struct weighted *w, int lanes, struct padded *padded)
{
    bool lies = weighted_pointwise(w) && w->x_position == 1 && w->y_position == 1;
    if (lanes >= GATHERED || lies || weighted_positions(w) <= 1)
        return AS_IT_LIES;
    return w->axis[1].out <= WIDTH_MAX / GATHERED && padded_of(w, padded) ? PADDED : GATHERS;
}

int weighted_width(const struct weighted *w, int lanes)
{
    return lanes < GATHERED && weighted_positions(w) > 1 ? GATHERED : lanes;
}

/* Lines of results that are computed together: one that is long enough goes where it belongs, else what lies between them is left
 * out on the way there. */
static int64_t lines_of(const struct weighted *w, const struct padded *p, int lanes)
{
    int64_t most = LINES / (padded_pitch(p) * lanes);
    most = most < w->axis[0].out ? most : w->axis[0].out;
    return w->axis[1].out * lanes < GATHERED && most > 1 ? most : 1;
}

/* A call's scratch, one part behind the other. */
struct parts {
    int32_t *reads[2];  /* [out][kernel] of each axis: what weighted_reads says */
    const float **rows; /* [inputs * taps] */
    float **sums;       /* [rows] */
    int64_t *from;      /* [taps][GATHERED or 1] positions of the input; -1: padding */
    float *gathered;    /* [inputs * taps][GATHERED]; or [inputs] planes of padded.h */
    float *spread;      /* [rows][GATHERED or LINES], where results do not lie side by side */
    void *turned;       /* of prepared_apply */
};

static size_t aligned(size_t bytes)
{
    return (bytes + ALIGNED - 1) / ALIGNED * ALIGNED;
}

enum { PARTS = sizeof(struct parts) / sizeof(void *) };

static void part_bytes(const struct weighted *w, int lanes, size_t bytes[PARTS])
{
    struct padded p;
    enum way way = way_of(w, lanes, &p);
    bool gather = way == GATHERS, pad = way == PADDED;
    size_t terms = (size_t)(w->inputs * w->taps), rows = (size_t)w->rows;
    for (int a = 0; a < 2; a++)
        bytes[a] = aligned((size_t)(w->axis[a].out * w->axis[a].kernel) * sizeof(int32_t));
    bytes[2] = aligned(terms * sizeof(float *));
    bytes[3] = aligned(rows * sizeof(float *));
    bytes[4] = aligned((size_t)w->taps * (gather ? GATHERED : 1) * sizeof(int64_t));
    bytes[5] = gather ? aligned(terms * GATHERED * sizeof(float))
               : pad  ? aligned((size_t)(w->inputs * padded_plane(&p) * lanes) * sizeof(float))
                      : 0;
    bytes[6] = gather && w->y_position != 1        ? aligned(rows * GATHERED * sizeof(float))
               : pad && lines_of(w, &p, lanes) > 1 ? aligned(rows * LINES * sizeof(float))
                                                   : 0;
    bytes[7] = prepared_scratch(w, weighted_width(w, lanes));
}

size_t weighted_scratch(const struct weighted *w, int lanes)
{
    size_t bytes[PARTS], all = 0;
    part_bytes(w, lanes, bytes);
    for (int i = 0; i < PARTS; i++)
        all += bytes[i];
    return all;
}

static struct parts part(const struct weighted *w, const struct op_call *c)
{
    size_t bytes[PARTS];
    void *first[PARTS];
    char *at = c->scratch;
    part_bytes(w, c->lanes, bytes);
    for (int i = 0; i < PARTS; at += bytes[i++])
        first[i] = at;
    return (struct parts){{first[0], first[1]}, first[2], first[3], first[4], first[5], first[6], first[7]};
}

/* What a call works on. */
struct job {
    const struct op_call *call;
    const struct weighted *w;
    struct padded padded;
    struct parts parts;
    int64_t group;
    const float *x, *bias; /* of the group */
    float *y;
};

/* from[tap * stride]: the position of the input that each tap reads for one of the output; -1: padding. */
static void list_sources(const struct job *j, int64_t position, int64_t *from, int64_t stride)
{
    const struct window *rows = &j->w->axis[0], *columns = &j->w->axis[1];
    const int32_t *row = j->parts.reads[0] + position / columns->out * rows->kernel;
    const int32_t *column = j->parts.reads[1] + position % columns->out * columns->kernel;
    for (int64_t y = 0; y < rows->kernel; y++)
        for (int64_t x = 0; x < columns->kernel; x++, from += stride)
            *from = row[y] < 0 || column[x] < 0 ? -1 : row[y] * columns->in + column[x];
}

/* rows[input * taps + tap]: what one position reads. */
static void list_rows(const struct job *j, int64_t position)
{
    const struct weighted *w = j->w;
    int64_t step = w->x_input * j->call->lanes, *from = j->parts.from;
    list_sources(j, position, from, 1);
    for (int64_t tap = 0; tap < w->taps; tap++) {
        const float *first = from[tap] < 0 ? NULL : j->x + from[tap] * w->x_position * j->call->lanes;
        for (int64_t i = 0; i < w->inputs; i++)
            j->parts.rows[i * w->taps + tap] = first ? first + i * step : NULL;
    }
}

static void list_sums(const struct job *j, int64_t position)
{
    const struct weighted *w = j->w;
    for (int64_t r = 0; r < w->rows; r++)
        j->parts.sums[r] = j->y + (r * w->y_row + position * w->y_position) * j->call->lanes;
}

/* Positions from `first` on that are one wide row of lanes as they lie: all of a pointwise sum; else columns whose windows lie inside
 * the input, a stride of one apart. 1 where there are none. */
static int64_t run_of(const struct weighted *w, int64_t first)
{
    const struct window *a = &w->axis[1];
    int64_t column = first % a->out, reach = (a->kernel - 1) * a->dilation;
    if (w->x_position != 1 || w->y_position != 1)
        return 1;
    if (weighted_pointwise(w))
        return weighted_positions(w) - first;
    if (w->turned || a->stride != 1 || column < a->before)
        return 1;
    int64_t end = a->in + a->before - reach; /* the first column whose window leaves the input */
    return end > column + 1 ? end - column : 1;
}

static void apply(const struct job *j, int width)
{
    prepared_apply(j->call->prepared, j->call->kernels, j->group, j->bias, j->parts.rows, width,
                   j->parts.sums, j->parts.turned);
}

static int64_t apply_as_it_lies(const struct job *j, int64_t first)
{
    int64_t run = run_of(j->w, first);
    run = run * j->call->lanes <= WIDTH_MAX ? run : 1;
    list_rows(j, first);
    list_sums(j, first);
    apply(j, (int)run * j->call->lanes);
    return run;
}

/* One input through one tap at n positions. Stretches that lie side by side are copied whole. */
static void gather_row(const struct job *j, const float *x, const int64_t *from, int64_t n, float *to)
{
    int64_t lanes = j->call->lanes, step = j->w->x_position;
    for (int64_t p = 0, run; p < n; p += run, to += run * lanes) {
        run = 1;
        if (from[p] < 0) {
            while (p + run < n && from[p + run] < 0)
                run++;
            memset(to, 0, (size_t)(run * lanes) * sizeof *to);
            continue;
        }
        while (step == 1 && p + run < n && from[p + run] == from[p] + run)
            run++;
        const float *first = x + from[p] * step * lanes;
        for (int64_t i = 0; i < run * lanes; i++)
            to[i] = first[i];
    }
}

static void spread_row(const struct job *j, const float *sums, int64_t row, int64_t first, int64_t n)
{
    const struct weighted *w = j->w;
    int64_t lanes = j->call->lanes;
    for (int64_t p = 0; p < n; p++)
        for (int64_t l = 0; l < lanes; l++)
            j->y[(row * w->y_row + (first + p) * w->y_position) * lanes + l] = sums[p * lanes + l];
}

static int64_t apply_gathered(const struct job *j, int64_t first)
{
    const struct weighted *w = j->w;
    int64_t lanes = j->call->lanes, left = weighted_positions(w) - first, most = GATHERED / lanes,
            n = left < most ? left : most;
    for (int64_t p = 0; p < n; p++)
        list_sources(j, first + p, j->parts.from + p, GATHERED);
    for (int64_t i = 0; i < w->inputs * w->taps; i++) {
        float *to = j->parts.gathered + i * GATHERED;
        gather_row(j, j->x + i / w->taps * w->x_input * lanes, j->parts.from + i % w->taps * GATHERED, n, to);
        j->parts.rows[i] = to;
    }
    bool apart = w->y_position != 1;
    if (!apart)
        list_sums(j, first);
    for (int64_t r = 0; apart && r < w->rows; r++)
        j->parts.sums[r] = j->parts.spread + r * GATHERED;
    apply(j, (int)(n * lanes));
    for (int64_t r = 0; apart && r < w->rows; r++)
        spread_row(j, j->parts.sums[r], r, first, n);
    return n;
}

/* The planes are 0 where no input goes, in all blocks and groups. */
static void begin_padded(const struct job *j)
{
    int64_t numbers = j->w->inputs * padded_plane(&j->padded) * j->call->lanes;
    memset(j->parts.gathered, 0, (size_t)numbers * sizeof(float));
    for (int64_t t = 0; t < j->w->taps; t++)
        j->parts.from[t] = padded_offset(j->w, &j->padded, t);
}

/* Lines of `columns` results stand a pitch apart in the sums. */
static void close_lines(const struct job *j, int64_t first, int64_t lines)
{
    const struct weighted *w = j->w;
    int64_t line = w->axis[1].out * j->call->lanes, pitch = padded_pitch(&j->padded) * j->call->lanes;
    for (int64_t r = 0; r < w->rows; r++) {
        float *y = j->y + (r * w->y_row + first) * j->call->lanes;
        for (int64_t i = 0; i < lines; i++)
            memcpy(y + i * line, j->parts.sums[r] + i * pitch, (size_t)line * sizeof *y);
    }
}

static int64_t apply_padded(const struct job *j, int64_t first)
{
    const struct weighted *w = j->w;
    int64_t lanes = j->call->lanes, columns = w->axis[1].out, at = first / columns;
    int64_t plane = padded_plane(&j->padded), pitch = padded_pitch(&j->padded);
    int64_t most = lines_of(w, &j->padded, j->call->lanes), left = w->axis[0].out - at,
            lines = left < most ? left : most;
    for (int64_t i = 0; i < w->inputs; i++) {
        float *to = j->parts.gathered + i * plane * lanes;
        if (first == 0)
            padded_fill(w, &j->padded, j->x + i * w->x_input * lanes, j->call->lanes, to);
        for (int64_t t = 0; t < w->taps; t++)
            j->parts.rows[i * w->taps + t] = to + (j->parts.from[t] + at * pitch) * lanes;
    }
    if (most == 1)
        list_sums(j, first);
    for (int64_t r = 0; most > 1 && r < w->rows; r++)
        j->parts.sums[r] = j->parts.spread + r * LINES;
    apply(j, (int)(((lines - 1) * pitch + columns) * lanes));
    if (most > 1)
        close_lines(j, first, lines);
    return lines * columns;
}

/* With a weight that is known at run time only. */
static int64_t apply_running(const struct job *j, int64_t position)
{
    const struct op_call *c = j->call;
    const struct weighted *w = j->w;
    const struct operand *weight = &c->inputs[w->weight];
    list_rows(j, position);
    list_sums(j, position);
    for (int64_t r = 0; r < w->rows; r++) {
        memset(j->parts.sums[r], 0, (size_t)c->lanes * sizeof(float));
        for (int64_t k = 0; k < w->inputs * w->taps; k++) {
            int64_t at =
                j->group * w->group_step + r * w->row_step + k / w->taps * w->input_step + k % w->taps;
            if (j->parts.rows[k])
                c->kernels->own->multiply_add(c->lanes, j->parts.rows[k], 1, operand_at(weight, at, c->lanes),
                                              weight->lane_stride, j->parts.sums[r]);
        }
    }
    return 1;
}

void weighted_forward(const struct op_call *c, const struct weighted *w, const float *bias)
{
    static int64_t (*const steps[])(const struct job *, int64_t) = {apply_as_it_lies, apply_padded,
                                                                    apply_gathered};
    struct job j = {.call = c, .w = w, .parts = part(w, c)};
    enum way way = way_of(w, c->lanes, &j.padded);
    int64_t (*step)(const struct job *, int64_t) = c->prepared ? steps[way] : apply_running;
    int64_t positions = weighted_positions(w);
    if (step == apply_padded)
        begin_padded(&j);
    else
        for (int a = 0; a < 2; a++)
            weighted_table(w, a, j.parts.reads[a]);
    for (int64_t block = 0; block < w->blocks; block++)
        for (j.group = 0; j.group < w->groups; j.group++) {
            j.x = operand_at(&c->inputs[w->data], block * w->x_block + j.group * w->x_group, c->lanes);
            j.y = operand_at(&c->outputs[0], block * w->y_block + j.group * w->y_group, c->lanes);
            j.bias = bias ? bias + j.group * w->rows : NULL;
            for (int64_t at = 0; at < positions;)
                at += step(&j, at);
        }
}

void weighted_cost(const struct weighted *w, struct op_cost *out)
{
    int64_t each = w->blocks * (w->turned ? weighted_sources(w) : weighted_positions(w));
    *out = (struct op_cost){0};
    if (w->constant)
        out->macs_per_weight = each;
    else
        out->macs_fixed = each * w->groups * w->rows * w->inputs * w->taps;
}

/* ---- edges ---- */

struct tracing {
    const struct weighted *w;
    edge_visitor *visit;
    void *data;
};

/* A weight that is computed is heard, too. */
static void visit_run(const struct tracing *t, struct edge_run run)
{
    const struct weighted *w = t->w;
    struct edge_run other = run;
    run.slot = w->data;
    run.weight = w->constant ? run.weight : -1;
    t->visit(t->data, &run);
    other.slot = w->weight;
    other.input = other.weight, other.input_step = other.weight_step;
    other.weight = -1;
    if (!w->constant)
        t->visit(t->data, &other);
}

/* Positions of the second axis that read something through a tap: equally spaced, and what they read, too. */
static struct edge_run run_of_tap(const struct weighted *w, int64_t tap)
{
    struct edge_run run = {0};
    for (int64_t out = 0; out < w->axis[1].out; out++) {
        int64_t in = weighted_reads(w, 1, out, tap);
        if (in < 0)
            continue;
        if (run.count == 0)
            run.output = out, run.input = in;
        else if (run.count == 1)
            run.output_step = out - run.output, run.input_step = in - run.input;
        run.count++;
    }
    run.output *= w->y_position, run.output_step *= w->y_position;
    run.input *= w->x_position, run.input_step *= w->x_position;
    return run;
}

/* What one row of positions reads of a block and group through one tap; `run` along the second axis. */
static void trace_row(const struct tracing *t, const struct edge_run *run, int64_t block, int64_t group,
                      int64_t row, int64_t tap)
{
    const struct weighted *w = t->w;
    int64_t source = weighted_reads(w, 0, row, tap / w->axis[1].kernel);
    if (source < 0)
        return;
    int64_t y = block * w->y_block + group * w->y_group + row * w->axis[1].out * w->y_position;
    int64_t x = block * w->x_block + group * w->x_group + source * w->axis[1].in * w->x_position;
    for (int64_t i = 0; i < w->inputs; i++)
        for (int64_t r = 0; r < w->rows; r++) {
            struct edge_run one = *run;
            one.output += y + r * w->y_row;
            one.input += x + i * w->x_input;
            one.weight = group * w->group_step + r * w->row_step + i * w->input_step + tap;
            visit_run(t, one);
        }
}

/* Runs along the inputs of one result, whose weights a mask can be read along. */
static void trace_inputs(const struct tracing *t, int64_t block, int64_t group, int64_t position)
{
    const struct weighted *w = t->w;
    int64_t source = weighted_source(w, position, 0);
    for (int64_t r = 0; source >= 0 && r < w->rows; r++)
        visit_run(t,
                  (struct edge_run){.count = w->inputs,
                                    .output = block * w->y_block + group * w->y_group + r * w->y_row +
                                              position * w->y_position,
                                    .input = block * w->x_block + group * w->x_group + source * w->x_position,
                                    .input_step = w->x_input,
                                    .weight = group * w->group_step + r * w->row_step,
                                    .weight_step = w->input_step});
}

void weighted_edges(const struct weighted *w, edge_visitor *visit, void *data)
{
    const struct tracing t = {w, visit, data};
    bool products = w->taps == 1 && w->inputs > w->axis[1].out;
    for (int64_t at = 0; at < w->blocks * w->groups; at++)
        for (int64_t p = 0; products && p < weighted_positions(w); p++)
            trace_inputs(&t, at / w->groups, at % w->groups, p);
    for (int64_t tap = 0; !products && tap < w->taps; tap++) {
        struct edge_run run = run_of_tap(w, tap % w->axis[1].kernel);
        for (int64_t at = 0; run.count > 0 && at < w->blocks * w->groups; at++)
            for (int64_t row = 0; row < w->axis[0].out; row++)
                trace_row(&t, &run, at / w->groups, at % w->groups, row, tap);
    }
}
