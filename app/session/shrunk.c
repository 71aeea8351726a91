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

/* Seeded random values for every input of a run. */
static void fill_random(struct run *r, const struct graph *g, int lanes)
{
    for (int i = 0; i < g->n_inputs; i++) {
        const struct value *v = &g->values[g->inputs[i]];
        int64_t n = shape_elements(&v->shape) * lanes;
        float *x = run_input(r, i);
        for (int64_t k = 0; v->type != DT_I32 && k < n; k++)
            x[k] = (float)(2 * rng_unit(11, (uint64_t)i, (uint64_t)k) - 1);
    }
}

static double largest_difference(const struct graph *g, struct run *a, struct run *b, int lanes,
                                 double *largest)
{
    double worst = 0;
    *largest = 0;
    for (int o = 0; o < g->n_outputs; o++) {
        const float *x = run_output(a, o), *y = run_output(b, o);
        int64_t n = shape_elements(&g->values[g->outputs[o]].shape) * lanes;
        for (int64_t k = 0; g->values[g->outputs[o]].type != DT_I32 && k < n; k++) {
            worst = fmax(worst, fabs((double)x[k] - y[k]));
            *largest = fmax(*largest, fabs((double)x[k]));
        }
    }
    return worst;
}

/* Both models on the same random records. */
static bool compare(struct session *s, const struct state *masked, const struct state *small,
                    double *difference, struct err *e)
{
    struct bound_program p, q;
    double largest = 0;
    if (!measure_program(s, masked->current, masked->mask, NULL, 0, 0, &p, e))
        return false;
    if (!measure_program(s, small->current, small->mask, NULL, 0, 0, &q, e)) {
        bound_program_release(&p);
        return false;
    }
    struct run *a = run_new(p.program), *b = run_new(q.program);
    bool same = program_lanes(p.program) == program_lanes(q.program);
    fill_random(a, masked->current->graph, program_lanes(p.program));
    fill_random(b, small->current->graph, program_lanes(q.program));
    run_forward(a, NULL);
    run_forward(b, NULL);
    *difference = same ? largest_difference(masked->current->graph, a, b, program_lanes(p.program), &largest)
                       : INFINITY;
    run_free(a);
    run_free(b);
    bound_program_release(&p);
    bound_program_release(&q);
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

struct state *shrunk_state(struct session *s, const struct state *at, struct json **result, struct buf *onnx,
                           struct err *e)
{
    const struct model *m = at->current;
    struct shrunk sh;
    double difference = 0;
    if (!shrink(m->file, m->graph, &m->layers, &m->coupling, at->mask, NULL, &sh, e))
        return NULL;
    struct model *small =
        model_parse(buf_text(&sh.onnx), sh.onnx.len, model_file_path(m->file), &s->kernels, e);
    struct state *next = small ? next_state(at, &sh, small) : NULL;
    if (next && !compare(s, at, next, &difference, e)) {
        state_unref(next);
        next = NULL;
    }
    if (next) {
        *result = describe(at, next, &sh, difference);
        buf_add(onnx, buf_text(&sh.onnx), sh.onnx.len);
    }
    shrunk_release(&sh);
    return next;
}
