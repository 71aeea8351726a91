/* shrunk: see shrunk.h. What leaves is engine/shrink's business. */
#include "app/session/shrunk.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "app/cmd/report_json.h"
#include "app/session/measure.h"
#include "engine/base/json.h"
#include "engine/base/mem.h"
#include "engine/base/rng.h"
#include "engine/prune/cost.h"
#include "engine/shrink/shrink.h"

/* Units and inputs keep the numbers that they had in the model before. */
static void name_units(struct model *m, const struct model *before, const struct shrunk *sh)
{
    size_t n = (size_t)m->layers.n;
    m->numbers = mem_zero(n, sizeof *m->numbers);
    m->input_numbers = mem_zero(n, sizeof *m->input_numbers);
    for (int i = 0; i < m->layers.n; i++) {
        const struct shrunk_layer *l = &sh->layers[i];
        m->numbers[i] = mem_alloc((size_t)l->n_kept, sizeof **m->numbers);
        m->input_numbers[i] = mem_alloc((size_t)l->n_inputs, sizeof **m->input_numbers);
        for (int64_t k = 0; k < l->n_kept; k++)
            m->numbers[i][k] = model_unit(before, i, l->kept[k]);
        for (int64_t k = 0; k < l->n_inputs; k++)
            m->input_numbers[i][k] = model_input(before, i, l->inputs[k]);
    }
}

/* One of the two models, computing its share of the records at a time. */
struct side {
    const struct graph *g;
    struct bound_program bound;
    struct run *run;
    int lanes;
};

static bool side_begin(struct session *s, const struct state *at, struct side *out, struct err *e)
{
    *out = (struct side){.g = at->current->graph};
    if (!measure_program(s, at->current, at->mask, NULL, 0, 0, &out->bound, e))
        return false;
    out->run = run_new(out->bound.program);
    out->lanes = program_lanes(out->bound.program);
    return true;
}

static void side_end(struct side *a)
{
    run_free(a->run);
    bound_program_release(&a->bound);
}

/* Seeded random values for every input of records from..from + lanes of n. */
static void side_run(struct side *a, int from, int n)
{
    for (int i = 0; i < a->g->n_inputs; i++) {
        const struct value *v = &a->g->values[a->g->inputs[i]];
        int64_t elements = shape_elements(&v->shape);
        float *x = run_input(a->run, i);
        for (int64_t k = 0; v->type != DT_I32 && k < elements; k++)
            for (int l = 0; l < a->lanes; l++)
                x[k * a->lanes + l] =
                    (float)(2 * rng_unit(11, (uint64_t)i, (uint64_t)(k * n + from + l)) - 1);
    }
    run_forward(a->run, NULL);
}

/* What b computed, its first record being the given one of a. NaN counts as the largest difference there is. */
static double largest_difference(const struct side *a, const struct side *b, int from, double *largest)
{
    double worst = 0;
    for (int o = 0; o < a->g->n_outputs; o++) {
        const float *x = run_output(a->run, o), *y = run_output(b->run, o);
        const struct value *v = &a->g->values[a->g->outputs[o]];
        int64_t n = v->type == DT_I32 ? 0 : shape_elements(&v->shape);
        for (int64_t k = 0; k < n * b->lanes; k++) {
            double left = (double)x[k / b->lanes * a->lanes + from + k % b->lanes], right = (double)y[k];
            bool same = left == right || (isnan(left) && isnan(right));
            double d = same ? 0 : fabs(left - right);
            worst = isnan(d) ? INFINITY : fmax(worst, d);
            *largest = isfinite(left) ? fmax(*largest, fabs(left)) : *largest;
        }
    }
    return worst;
}

/* Both models on the same random records: memory may allow the smaller one more of them at a time, so that the other computes
 * its records in several runs. */
static bool compare(struct session *s, const struct state *masked, const struct state *small,
                    double *difference, struct err *e)
{
    struct side p, q;
    double largest = 0;
    if (!side_begin(s, masked, &p, e))
        return false;
    if (!side_begin(s, small, &q, e)) {
        side_end(&p);
        return false;
    }
    struct side *wide = p.lanes > q.lanes ? &p : &q, *narrow = wide == &p ? &q : &p;
    side_run(wide, 0, wide->lanes);
    *difference = 0;
    for (int from = 0; from < wide->lanes; from += narrow->lanes) {
        side_run(narrow, from, wide->lanes);
        *difference = fmax(*difference, largest_difference(wide, narrow, from, &largest));
    }
    side_end(&p);
    side_end(&q);
    if (*difference <= 1e-5 * fmax(1, largest))
        return true;
    err_set(e, ERR_INTERNAL, "the smaller model differs from the masked one by %g", *difference);
    return err_hint(e, "nothing was changed; please report the model");
}

static struct mask *carry(const struct shrunk *sh, const struct model *before, const struct mask *m,
                          const struct model *now)
{
    return m ? shrunk_mask(sh, &before->layers, m, &now->layers) : NULL;
}

static struct state *next_state(const struct state *at, const struct shrunk *sh, struct model *small_take)
{
    struct state *next = state_copy(at);
    struct mask *hand = next->hand, *guarded = next->guarded;
    name_units(small_take, at->current, sh);
    model_unref(next->current);
    next->current = small_take;
    state_set_mask(next, carry(sh, at->current, at->mask, small_take));
    next->hand = carry(sh, at->current, hand, small_take);
    next->guarded = carry(sh, at->current, guarded, small_take);
    mask_unref(hand);
    mask_unref(guarded);
    next->portions = next->cut_portions = -1;
    return next;
}

/* "conv1/3 stays: ...", under its original number. */
static void push_stayed(struct json *list, const struct model *m, const struct stayed *s)
{
    struct buf text = {0};
    int64_t number = model_unit(m, s->unit.layer, s->unit.unit);
    buf_printf(&text, "%s/%lld stays: %s", m->layers.v[s->unit.layer].name, (long long)number, s->why);
    json_push_text(list, buf_text(&text));
    buf_release(&text);
}

static struct json *describe(const struct state *at, const struct state *next, const struct shrunk *sh,
                             double difference)
{
    struct json *r = mask_json(next), *units, *stayed;
    const struct model *before = at->current;
    units = json_put_object(r, "removed_units");
    for (int i = 0; i < sh->n_layers; i++) {
        if (sh->layers[i].n_removed == 0)
            continue;
        struct json *list = json_put_array(units, before->layers.v[i].name);
        for (int64_t k = 0; k < sh->layers[i].n_removed; k++)
            json_push_int(list, model_unit(before, i, sh->layers[i].removed[k]));
    }
    stayed = json_put_array(r, "stayed");
    for (int i = 0; i < sh->n_stayed; i++)
        push_stayed(stayed, before, &sh->stayed[i]);
    json_put_int(r, "dead_weights", sh->dead_weights);
    json_put_num(r, "max_difference", difference);
    return r;
}

/* The units that shrinking leaves are those of the stored model? */
static bool fits(const struct model *small, const struct shrunk *sh, struct err *e)
{
    bool same = small->layers.n == sh->n_layers;
    for (int i = 0; same && i < sh->n_layers; i++)
        same = small->layers.v[i].units == sh->layers[i].n_kept &&
               small->layers.v[i].inputs == sh->layers[i].n_inputs;
    return same ||
           err_set(e, ERR_UNREADABLE, "shrinking again gives a model of other sizes than the stored one");
}

struct state *shrunk_state(struct session *s, const struct state *at, const struct buf *stored,
                           struct json **result, struct buf *onnx, struct err *e)
{
    const struct model *m = at->current;
    struct shrunk sh;
    double difference = 0;
    if (!shrink(m->file, m->graph, &m->layers, &m->coupling, at->mask, NULL, &sh, e))
        return NULL;
    const struct buf *bytes = stored ? stored : &sh.onnx;
    struct model *small =
        model_parse(buf_text(bytes), bytes->len, model_file_path(m->file), m->sizes, &s->kernels, e);
    if (small && !fits(small, &sh, e)) {
        model_unref(small);
        small = NULL;
    }
    struct state *next = small ? next_state(at, &sh, small) : NULL;
    if (next && !compare(s, at, next, &difference, e)) {
        state_unref(next);
        next = NULL;
    }
    if (next && result)
        *result = describe(at, next, &sh, difference);
    if (next && onnx)
        buf_add(onnx, buf_text(bytes), bytes->len);
    shrunk_release(&sh);
    return next;
}
