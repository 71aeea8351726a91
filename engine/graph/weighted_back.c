/* weighted_back: the derivatives of a weighted sum. By its data it is the same sum with the roles of inputs and results exchanged,
 * computed by the same kernels. By its weight it is a product of two blocks over lanes and positions: positions and lanes of the
 * data are turned so that a weight's inputs lie innermost, and the dense kernel adds them up. */
#include <assert.h>
#include <string.h>

#include "engine/graph/backward.h"
#include "engine/graph/op_util.h"
#include "engine/graph/prepared.h"
#include "engine/graph/weighted.h"

enum {
    CHUNK = 256, /* lanes of positions that are added up in one chain */
    ROWS = 48,   /* results at a time */
    UNIT = 16,   /* a turned row is filled up to a multiple */
    ALIGNED = 64
};

struct weighted weighted_turn(const struct weighted *w)
{
    struct weighted t = *w;
    t.rows = w->inputs, t.inputs = w->rows;
    t.row_step = w->input_step, t.input_step = w->row_step;
    t.x_block = w->y_block, t.x_group = w->y_group, t.x_input = w->y_row, t.x_position = w->y_position;
    t.y_block = w->x_block, t.y_group = w->x_group, t.y_row = w->x_input, t.y_position = w->x_position;
    for (int i = 0; i < 2; i++)
        t.axis[i].in = w->axis[i].out, t.axis[i].out = w->axis[i].in;
    t.turned = weighted_pointwise(w) ? w->turned : !w->turned;
    return t;
}

static int64_t data_elements(const struct weighted *w)
{
    return w->blocks * w->groups * w->inputs * weighted_sources(w);
}

static int64_t result_elements(const struct weighted *w)
{
    return w->blocks * w->groups * w->rows * weighted_positions(w);
}

static size_t aligned(int64_t count, size_t size)
{
    return ((size_t)count * size + ALIGNED - 1) / ALIGNED * ALIGNED;
}

/* Of a turned row: an odd number of units, as rows a power of two apart would fight for the same places of the cache. */
static int64_t columns_of(const struct weighted *w)
{
    return ((w->inputs * w->taps + UNIT - 1) / UNIT | 1) * UNIT;
}

/* What the derivative by the weight works with, one part behind the other. */
struct parts {
    float *turned;  /* [CHUNK][columns] of the data */
    float *results; /* [ROWS][CHUNK] of the derivative by the results, where those do not lie side by side */
    float *sums;    /* [ROWS][columns] */
    const float **rows; /* [CHUNK] */
    float **to;         /* [ROWS] */
    int64_t *from;      /* [taps] positions of the input; -1: padding */
};

enum { PARTS = sizeof(struct parts) / sizeof(void *) };

static int64_t chunk_of(int lanes)
{
    return lanes > CHUNK ? lanes : CHUNK / lanes * lanes;
}

static void part_bytes(const struct weighted *w, int lanes, size_t bytes[PARTS])
{
    int64_t columns = columns_of(w), chunk = chunk_of(lanes);
    bytes[0] = aligned(chunk * columns, sizeof(float));
    bytes[1] = aligned(ROWS * chunk, sizeof(float));
    bytes[2] = aligned(ROWS * columns, sizeof(float));
    bytes[3] = aligned(chunk, sizeof(float *));
    bytes[4] = aligned(ROWS, sizeof(float *));
    bytes[5] = aligned(w->taps, sizeof(int64_t));
}

size_t weighted_back_scratch(const struct weighted *w, int lanes)
{
    struct weighted t = weighted_turn(w);
    int64_t x = data_elements(w), y = result_elements(w);
    size_t bytes[PARTS], by_weight = 0, forward = weighted_scratch(w, lanes),
                         back = weighted_scratch(&t, lanes);
    part_bytes(w, lanes, bytes);
    for (int i = 0; i < PARTS; i++)
        by_weight += bytes[i];
    size_t sums = aligned((x > y ? x : y) * lanes, sizeof(float)) + (forward > back ? forward : back);
    return by_weight > sums ? by_weight : sums;
}

/* ---- by the data ---- */

/* The sum of `data` with a weight, into the beginning of the scratch. */
static struct operand sum_of(const struct backward_call *b, const struct weighted *w,
                             const struct prepared *p, const struct operand *weight,
                             const struct operand *data)
{
    int64_t elements = result_elements(w);
    struct operand in[2] = {{0}}, out = {.data = b->scratch, .lane_stride = 1, .present = true};
    struct op_call call = *b->call;
    struct weighted own = *w;
    own.data = 0, own.weight = 1;
    in[0] = *data, in[1] = *weight;
    call.inputs = in;
    call.outputs = &out;
    call.prepared = p;
    call.scratch = (char *)b->scratch + aligned(elements * call.lanes, sizeof(float));
    weighted_forward(&call, &own, NULL);
    return out;
}

static void add_data(const struct backward_call *b, const struct weighted *w, const struct prepared *p,
                     const struct operand *weight)
{
    const struct weighted t = weighted_turn(w);
    if (!b->dx[w->data].present)
        return;
    struct operand sum = sum_of(b, &t, p, weight, &b->dy[0]);
    backward_copy(b, w->data, 0, &sum, 0, data_elements(w));
}

/* ---- by a constant weight ---- */

struct job {
    const struct backward_call *b;
    const struct weighted *w;
    struct parts parts;
    const float *x, *dy; /* of a block and group */
    float *to;           /* of the group */
};

/* What padding reads. */
static const float zeros[CHUNK];

/* UNIT columns of the data, side by side. */
static void turn_unit(const float *const from[UNIT], int64_t lanes, int64_t columns, float *to)
{
    for (int64_t l = 0; l < lanes; l++, to += columns)
        for (int k = 0; k < UNIT; k++)
            to[k] = from[k][l];
}

static void turn_data(const struct job *j, int64_t first, int64_t n)
{
    const struct weighted *w = j->w;
    int64_t lanes = j->b->call->lanes, columns = columns_of(w), *source = j->parts.from;
    const float *from[UNIT];
    assert(lanes <= CHUNK);
    for (int64_t p = 0; p < n; p++) {
        for (int64_t tap = 0; tap < w->taps; tap++)
            source[tap] = weighted_source(w, first + p, tap);
        for (int64_t k = 0, i = 0, tap = 0; k < columns; k++) {
            bool inside = i < w->inputs && source[tap] >= 0;
            from[k % UNIT] = inside ? j->x + (i * w->x_input + source[tap] * w->x_position) * lanes : zeros;
            if (++tap == w->taps)
                tap = 0, i++;
            if (k % UNIT == UNIT - 1)
                turn_unit(from, lanes, columns, j->parts.turned + p * lanes * columns + k + 1 - UNIT);
        }
    }
    for (int64_t l = 0; l < n * lanes; l++)
        j->parts.rows[l] = j->parts.turned + l * columns;
}

/* The derivative by results row .. row + m at n positions: [m][*stride]. */
static const float *results_at(const struct job *j, int64_t row, int64_t m, int64_t first, int64_t n,
                               int *stride)
{
    const struct weighted *w = j->w;
    int64_t lanes = j->b->call->lanes;
    if (w->y_position == 1 && w->y_row * lanes <= INT32_MAX) {
        *stride = (int)(w->y_row * lanes);
        return j->dy + (row * w->y_row + first) * lanes;
    }
    *stride = (int)(n * lanes);
    for (int64_t r = 0; r < m; r++)
        for (int64_t p = 0; p < n; p++)
            memcpy(j->parts.results + (r * n + p) * lanes,
                   j->dy + ((row + r) * w->y_row + (first + p) * w->y_position) * lanes,
                   (size_t)lanes * sizeof(float));
    return j->parts.results;
}

static void add_sums(const struct job *j, int64_t row, int64_t m)
{
    const struct weighted *w = j->w;
    for (int64_t r = 0; r < m; r++)
        for (int64_t i = 0; i < w->inputs; i++) {
            float *to = j->to + (row + r) * w->row_step + i * w->input_step;
            const float *sum = j->parts.to[r] + i * w->taps;
            for (int64_t tap = 0; tap < w->taps; tap++)
                to[tap] += w->scale * sum[tap];
        }
}

static void add_chunk(const struct job *j, int64_t first, int64_t n)
{
    const struct weighted *w = j->w;
    int64_t lanes = j->b->call->lanes, columns = columns_of(w);
    turn_data(j, first, n);
    for (int64_t row = 0, m; row < w->rows; row += m) {
        int stride;
        m = w->rows - row < ROWS ? w->rows - row : ROWS;
        for (int64_t r = 0; r < m; r++)
            j->parts.to[r] = j->parts.sums + r * columns;
        const float *dy = results_at(j, row, m, first, n, &stride);
        j->b->call->kernels->own->dense((int)m, (int)(n * lanes), dy, stride, NULL, j->parts.rows,
                                        (int)columns, j->parts.to);
        add_sums(j, row, m);
    }
}

static void add_constant(const struct backward_call *b, const struct weighted *w, const struct operand *x,
                         const struct operand *dy)
{
    int lanes = b->call->lanes;
    int64_t positions = weighted_positions(w), most = chunk_of(lanes) / lanes;
    size_t bytes[PARTS];
    void *part[PARTS];
    char *at = b->scratch;
    part_bytes(w, lanes, bytes);
    for (int i = 0; i < PARTS; at += bytes[i++])
        part[i] = at;
    struct job j = {.b = b, .w = w, .parts = {part[0], part[1], part[2], part[3], part[4], part[5]}};
    for (int64_t block = 0; block < w->blocks; block++)
        for (int64_t group = 0; group < w->groups; group++) {
            j.x = operand_at(x, block * w->x_block + group * w->x_group, lanes);
            j.dy = operand_at(dy, block * w->y_block + group * w->y_group, lanes);
            j.to = (float *)b->dx[w->weight].data + group * w->group_step;
            for (int64_t p = 0; p < positions; p += most)
                add_chunk(&j, p, positions - p < most ? positions - p : most);
        }
}

/* ---- by a weight of each lane ---- */

void weighted_record_row(const struct weighted *w, const struct kernels *k, int lanes,
                         const struct operand *x, const struct operand *dy, int64_t group, int64_t row,
                         int64_t first, int64_t n, float *to, float *row_scratch)
{
    for (int64_t at = 0; at < w->blocks * weighted_positions(w); at++) {
        int64_t block = at / weighted_positions(w), position = at % weighted_positions(w);
        const float *from = operand_at(
            dy, block * w->y_block + group * w->y_group + row * w->y_row + position * w->y_position, lanes);
        for (int l = 0; l < lanes; l++)
            row_scratch[l] = w->scale * from[l];
        for (int64_t tap = 0; tap < w->taps; tap++) {
            int64_t source = weighted_source(w, position, tap);
            int64_t begin = block * w->x_block + group * w->x_group + source * w->x_position;
            for (int64_t i = 0; source >= 0 && i < n; i++)
                k->own->multiply_add(lanes, row_scratch, 1,
                                     operand_at(x, begin + (first + i) * w->x_input, lanes), x->lane_stride,
                                     to + (i * w->taps + tap) * lanes);
        }
    }
}

/* The weight's elements of a row lie anywhere: input by input. */
static void add_by_lane(const struct backward_call *b, const struct weighted *w, const struct operand *x,
                        const struct operand *dy)
{
    int lanes = b->call->lanes;
    for (int64_t at = 0; at < w->groups * w->rows; at++)
        for (int64_t i = 0; i < w->inputs; i++) {
            int64_t group = at / w->rows, row = at % w->rows;
            weighted_record_row(w, b->call->kernels, lanes, x, dy, group, row, i, 1,
                                operand_at(&b->dx[w->weight],
                                           group * w->group_step + row * w->row_step + i * w->input_step,
                                           lanes),
                                b->scratch);
        }
}

static void add_weight(const struct backward_call *b, const struct weighted *w, const struct operand *x)
{
    if (!b->dx[w->weight].present || !x->present)
        return;
    if (b->dx[w->weight].lane_stride)
        add_by_lane(b, w, x, &b->dy[0]);
    else
        add_constant(b, w, x, &b->dy[0]);
}

/* ---- the steps ---- */

void weighted_back_add(const struct backward_call *b, const struct weighted *w)
{
    add_weight(b, w, &b->call->inputs[w->data]);
    add_data(b, w, b->plan->turned_weight, &b->call->inputs[w->weight]);
}

void weighted_back_tangent(const struct backward_call *b, const struct weighted *w)
{
    const struct operand *tx = &b->tx[w->data], *tw = &b->tx[w->weight];
    int64_t n = result_elements(w) * b->call->lanes;
    float *to = b->ty[0].data;
    memset(to, 0, (size_t)n * sizeof *to);
    for (int i = 0; i < 2; i++) {
        bool data = i == 0;
        if (!(data ? tx : tw)->present)
            continue;
        struct operand sum =
            sum_of(b, w, data ? b->call->prepared : b->plan->along, data ? &b->call->inputs[w->weight] : tw,
                   data ? tx : &b->call->inputs[w->data]);
        const float *from = sum.data;
        for (int64_t k = 0; k < n; k++)
            to[k] += from[k];
    }
}

void weighted_back_bend(const struct backward_call *b, const struct weighted *w)
{
    add_weight(b, w, &b->tx[w->data]);
    if (b->tx[w->weight].present)
        add_data(b, w, b->plan->turned_along, &b->tx[w->weight]);
}
