/* batch_check: is the network a function of one record? Two random records computed side by side in lanes must give what the
 * source gives when bound at a batch of 2. See program_check_batch in program.h. */
#include <math.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/rng.h"
#include "engine/graph/bind.h"
#include "engine/graph/program.h"

enum { WIDTH = 16, SEED = 20 }; /* lanes that hold the two records, where they fit */
#define TOLERANCE 1e-4

/* The two records: as lanes of one run, or where memory is short as two runs of one lane; and as a batch. */
struct trial {
    const struct graph *single, *pair;
    struct program *lanes_program, *pair_program;
    struct run *lanes_run[2], *pair_run;
    int lanes;
};

static void trial_release(struct trial *t)
{
    run_free(t->lanes_run[0]);
    run_free(t->lanes_run[1]);
    run_free(t->pair_run);
    program_free(t->lanes_program);
    program_free(t->pair_program);
}

static bool trial_init(struct trial *t, const struct kernels *k, bool keep_all, struct err *e)
{
    struct program_options o = {.kernels = k, .lanes = WIDTH, .keep_all = keep_all};
    struct err narrow = {0};
    t->lanes_program = program_new(t->single, NULL, &o, &narrow);
    err_release(&narrow);
    o.lanes = 1;
    if (!t->lanes_program)
        t->lanes_program = program_new(t->single, NULL, &o, e);
    t->pair_program = t->lanes_program ? program_new(t->pair, NULL, &o, e) : NULL;
    if (!t->pair_program)
        return false;
    t->lanes = program_lanes(t->lanes_program);
    t->lanes_run[0] = run_new(t->lanes_program);
    t->lanes_run[1] = t->lanes == 1 ? run_new(t->lanes_program) : NULL;
    t->pair_run = run_new(t->pair_program);
    return true;
}

static void put_element(void *data, int64_t at, enum dtype type, double u)
{
    if (type == DT_F32)
        ((float *)data)[at] = (float)(2 * u - 1);
    else if (type == DT_BOOL)
        ((float *)data)[at] = u < 0.5 ? 0.0f : 1.0f;
    else
        ((int32_t *)data)[at] = u < 0.5 ? 0 : 1; /* in range of whatever it indexes */
}

/* Record b of input i into its lanes (record 0 fills those that are left) and into its place in the batch. An input without a
 * batch dimension is the same for both. */
static void fill_input(struct trial *t, int i)
{
    const struct value *one = &t->single->values[t->single->inputs[i]],
                       *two = &t->pair->values[t->pair->inputs[i]];
    const int64_t n = shape_elements(&one->shape);
    const bool batched = !shape_equal(&one->shape, &two->shape);
    for (int b = 0; b < 2; b++)
        for (int64_t k = 0; k < n; k++) {
            double u = rng_unit(SEED, (uint64_t)(2 * i + (batched ? b : 0)), (uint64_t)k);
            put_element(run_input(t->pair_run, i), batched ? b * n + k : k, one->type, u);
            if (t->lanes == 1)
                put_element(run_input(t->lanes_run[b], i), k, one->type, u);
            else
                for (int l = b; l < t->lanes; l += b ? t->lanes : 1)
                    put_element(run_input(t->lanes_run[0], i), k * t->lanes + l, one->type, u);
        }
}

static void trial_run(struct trial *t)
{
    for (int i = 0; i < t->single->n_inputs; i++)
        fill_input(t, i);
    run_forward(t->lanes_run[0], NULL);
    if (t->lanes_run[1])
        run_forward(t->lanes_run[1], NULL);
    run_forward(t->pair_run, NULL);
}

static bool close_enough(const void *a, int64_t at_a, const void *b, int64_t at_b, enum dtype type)
{
    if (type == DT_I32)
        return ((const int32_t *)a)[at_a] == ((const int32_t *)b)[at_b];
    float x = ((const float *)a)[at_a], y = ((const float *)b)[at_b];
    if (isnan(x) || isnan(y))
        return isnan(x) && isnan(y);
    return x == y || fabs((double)x - (double)y) <= TOLERANCE * fmax(1.0, fabs((double)y));
}

/* A value of both graphs; the batch holds it as [outer][2][block] (records side by side along an axis that may have been moved
 * or merged), or as the same elements for both. */
struct comparison_of {
    const struct trial *t;
    int one, two; /* value indexes */
    int64_t n;    /* elements of one record */
};

static bool agrees(const struct comparison_of *c, int64_t block, bool shared)
{
    enum dtype type = c->t->single->values[c->one].type;
    const void *pair = run_value(c->t->pair_run, c->two);
    for (int b = 0; b < 2; b++) {
        bool one_lane = c->t->lanes == 1;
        const void *lanes = run_value(c->t->lanes_run[one_lane ? b : 0], c->one);
        for (int64_t k = 0; k < c->n; k++) {
            int64_t at = shared ? k : (k / block * 2 + b) * block + k % block;
            if (!close_enough(lanes, one_lane ? k : k * c->t->lanes + b, pair, at, type))
                return false;
        }
    }
    return true;
}

/* Elements that lie together in one record behind the axis on which the records lie; with the axis (merged: batch first) or
 * without it (merged: batch last). */
static bool agrees_somehow(const struct comparison_of *c)
{
    const struct shape *x = &c->t->single->values[c->one].shape, *y = &c->t->pair->values[c->two].shape;
    int64_t block = 1;
    if (c->t->single->values[c->one].type != c->t->pair->values[c->two].type)
        return false;
    if (shape_elements(y) == c->n)
        return agrees(c, 1, true);
    if (shape_elements(y) != 2 * c->n)
        return false;
    if (agrees(c, c->n, false))
        return true;
    for (int d = x->rank - 1; d >= 0 && x->rank == y->rank; d--) {
        if (y->dim[d] != x->dim[d])
            return agrees(c, block, false) || agrees(c, block * x->dim[d], false);
        block *= x->dim[d];
    }
    return false;
}

static bool value_agrees(const struct trial *t, int one, int two)
{
    struct comparison_of c = {t, one, two, shape_elements(&t->single->values[one].shape)};
    return c.n == 0 || agrees_somehow(&c);
}

static int first_difference(const struct trial *t)
{
    for (int i = 0; i < t->single->n_outputs; i++)
        if (!value_agrees(t, t->single->outputs[i], t->pair->outputs[i]))
            return i;
    return -1;
}

/* Prints the first node of which a result differs; the producer of the output if none can be found. */
static void print_culprit(const struct trial *t, int output, struct buf *out)
{
    const struct graph *g = t->single;
    for (int i = 0; i < g->n_nodes; i++)
        for (int k = 0; k < g->nodes[i].n_outputs; k++) {
            int one = g->nodes[i].outputs[k], two = one < 0 ? -1 : graph_value(t->pair, g->values[one].name);
            if (two >= 0 && !t->pair->values[two].constant && !value_agrees(t, one, two)) {
                node_print(g, i, out);
                return;
            }
        }
    int producer = g->values[g->outputs[output]].producer;
    if (producer >= 0)
        node_print(g, producer, out);
    else
        buf_printf(out, "output %s", g->values[g->outputs[output]].name);
}

static bool refuse(struct trial *t, int output, const struct kernels *k, struct err *e)
{
    struct trial again = {.single = t->single, .pair = t->pair};
    struct buf culprit = {0};
    struct err memory = {0};
    bool found = trial_init(&again, k, true, &memory);
    if (found) {
        trial_run(&again);
        print_culprit(&again, output, &culprit);
    } else {
        buf_printf(&culprit, "output %s", t->single->values[t->single->outputs[output]].name);
    }
    err_release(&memory);
    trial_release(&again);
    err_set(
        e, ERR_UNSUPPORTED,
        "records influence each other: two records together give other results than each alone, first at %s",
        buf_text(&culprit));
    buf_release(&culprit);
    return err_hint(
        e, "poda computes record by record; export the model so that a batch does not mix its records");
}

bool program_check_batch(const struct source *s, const struct graph *g, const struct kernels *k,
                         struct err *e)
{
    struct err inner = {0};
    if (g->batch != BATCH_FREE)
        return true;
    struct graph *pair = graph_bind_batch(s, 2, 0, &inner);
    if (!pair) {
        err_set(e, ERR_UNSUPPORTED,
                "the model leaves its batch open, but two records together do not fit: %s", inner.message);
        err_release(&inner);
        return err_hint(e, "export the model with its batch fixed at 1, or open in the whole graph");
    }
    struct trial t = {.single = g, .pair = pair};
    bool ok = trial_init(&t, k, false, e);
    if (ok) {
        trial_run(&t);
        int output = first_difference(&t);
        ok = output < 0 || refuse(&t, output, k, e);
    }
    trial_release(&t);
    graph_free(pair);
    return ok;
}
