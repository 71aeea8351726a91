/* engine/prune/effect, as commands tell it: on every sample and on random networks all counts of all commands are those of the
 * exported file: what is not 0 there, and the zeros that were kept. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/cmd/cmd.h"
#include "engine/base/file.h"
#include "engine/base/mem.h"
#include "tests/unit/util_file.h"
#include "tests/unit/util_graphs.h"
#include "tests/unit/util_opened.h"
#include "tests/unit/util_session.h"
#include "tests/unit/util_store.h"

enum { NETWORKS = 100, UNITS_ASKED = 6 };

/* Of one layer: which weights the file that was written still has. */
struct left {
    uint8_t *kept; /* by weight, in file order */
    int64_t sum;
};

struct subject {
    struct session s;
    const char *what;
    struct left *layers; /* as in the model */
    int64_t sum, zeros;  /* all that is kept; how many of these are 0 */
    int placed,
        shrunk; /* links that were looked up in the file; models made smaller: that there is something to compare */
};

static const struct model *model_of(const struct subject *t)
{
    return t->s.state->current;
}

static int64_t whole(const struct json *r, const char *name)
{
    return (int64_t)result_number(r, name);
}

static struct json *asks(struct subject *t, const char *format, ...)
{
    char line[400];
    va_list args;
    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    return session_says(&t->s, line);
}

static void expect(const struct subject *t, const char *where, int64_t got, int64_t wanted)
{
    if (got != wanted)
        fail_msg("%s: %s: %lld in place of %lld", t->what, where, (long long)got, (long long)wanted);
}

/* A weight that was 0 before tells nothing in the file: it is kept unless it was cut, leaves with its unit, or reads one that did. */
static bool zero_kept(const struct subject *t, int layer, int64_t index)
{
    const struct model *m = model_of(t);
    const struct mask *mask = t->s.state->mask;
    int64_t unit, input, tap;
    layer_position(&m->layers.v[layer], index, &unit, &input, &tap);
    int set = m->coupling.set_read[layer][input];
    const struct unit *from = set >= 0 ? &m->coupling.sets[set].units[0] : NULL;
    return mask_weight(mask, layer, index) && !mask_removed(mask, layer, unit) &&
           !(from && mask_removed(mask, from->layer, from->unit));
}

static int layer_of_tensor(const struct opened *m, const char *tensor)
{
    for (int i = 0; i < m->l.n; i++)
        if (strcmp(m->l.v[i].tensor, tensor) == 0)
            return i;
    fail_msg("the file that was written has no %s", tensor);
    return -1;
}

static void forget(struct subject *t)
{
    for (int i = 0; t->layers && i < model_of(t)->layers.n; i++)
        free(t->layers[i].kept);
    free(t->layers);
    t->layers = NULL;
}

/* Export, and read what is there. */
static void look_at_file(struct subject *t)
{
    const struct model *m = model_of(t);
    const char *path = scratch_path("pruned.onnx");
    struct opened written;
    struct json *r = asks(t, "export %s force=yes", path);
    opened_path(&written, path);
    t->layers = mem_zero((size_t)m->layers.n, sizeof *t->layers);
    t->sum = t->zeros = 0;
    for (int i = 0; i < m->layers.n; i++) {
        const struct layer *l = &m->layers.v[i];
        int there = layer_of_tensor(&written, l->tensor);
        const float *before = layer_weights(m->graph, l),
                    *now = layer_weights(written.g, &written.l.v[there]);
        t->layers[i].kept = mem_zero((size_t)l->weights, 1);
        expect(t, l->name, written.l.v[there].weights, l->weights);
        for (int64_t k = 0; k < l->weights; k++) {
            bool zero = before[k] == 0 && zero_kept(t, i, k);
            t->layers[i].kept[k] = now[k] != 0 || zero;
            t->layers[i].sum += t->layers[i].kept[k];
            t->zeros += zero;
        }
        t->sum += t->layers[i].sum;
    }
    double share = 1 - (double)(t->sum - t->zeros) / (double)m->layers.prunable;
    assert_true(fabs(result_number(r, "sparsity") - share) < 1e-12);
    json_free(r);
    opened_close(&written);
}

/* ---- what commands say ---- */

static void expect_counts(const struct subject *t, const struct json *r, const char *where)
{
    const struct model *m = model_of(t);
    int64_t bitmask = 0;
    for (int i = 0; i < m->layers.n; i++) {
        const struct layer *l = &m->layers.v[i];
        bitmask += (l->weights + 7) / 8 + 4 * t->layers[i].sum + 4 * (l->bias >= 0 ? l->units : 0);
    }
    expect(t, where, whole(r, "kept"), t->sum);
    expect(t, "bytes as bitmask", whole(json_get(r, "sizes"), "bitmask"), bitmask);
    double cut = 1 - (double)t->sum / (double)m->layers.prunable;
    assert_true(fabs(result_number(r, "sparsity") - cut) < 1e-12);
}

static void expect_layers(struct subject *t)
{
    struct json *r = asks(t, "layers");
    int i = 0;
    for (const struct json *l = json_first(json_get(r, "layers")); l; l = json_next(l), i++)
        expect(t, "layers", whole(l, "kept"), t->layers[i].sum);
    expect(t, "number of layers", i, model_of(t)->layers.n);
    json_free(r);
}

static int64_t sum_of(const struct json *list)
{
    int64_t sum = 0;
    for (const struct json *v = json_first(list); v; v = json_next(v))
        sum += (int64_t)json_num(v, NAN);
    return sum;
}

static void expect_pattern(struct subject *t, int layer)
{
    const struct layer *l = &model_of(t)->layers.v[layer];
    struct json *r = asks(t, "layer %s", l->name);
    int64_t kept = t->layers[layer].sum;
    expect(t, "layer", whole(r, "kept"), kept);
    expect(t, "layer's blocks", sum_of(json_get(r, "block_kept")), kept);
    expect(t, "layer's histogram", sum_of(json_get(json_get(r, "histogram"), "kept")), kept);
    expect(t, "layer's histogram of cuts", sum_of(json_get(json_get(r, "histogram"), "cut")),
           l->weights - kept);
    json_free(r);
}

/* Of the kernel at a place: LAYER/UNIT/INPUT; *of: all its weights. */
static int64_t kept_at(const struct subject *t, const char *text, int64_t *of)
{
    struct place p;
    int64_t n = 0;
    assert_true(state_place(t->s.state, text, &p, NULL));
    const struct layer *l = &model_of(t)->layers.v[p.layer];
    for (int64_t k = 0; k < l->taps; k++)
        n += t->layers[p.layer].kept[layer_index(l, p.unit, p.input, k)];
    *of = l->taps;
    return n;
}

/* Those that are told with a place of their own, and of which all weights are read somewhere: of a kernel over a single position
 * only its middle is. */
static void expect_links(struct subject *t, const struct json *links)
{
    for (const struct json *l = json_first(links); l; l = json_next(l)) {
        const char *place = json_str(json_get(l, "place"));
        int64_t of = 0, kept = place ? kept_at(t, place, &of) : 0;
        assert_true((result_number(l, "pruned") != 0) <= (whole(l, "kept") > 0));
        if (!place || whole(l, "of") != of)
            continue;
        expect(t, place, whole(l, "kept"), kept);
        t->placed++;
    }
}

static void expect_unit(struct subject *t, int layer, int64_t unit)
{
    const struct layer *l = &model_of(t)->layers.v[layer];
    struct json *r = asks(t, "neuron %s/%lld activity=no", l->name, (long long)unit);
    int64_t heard = 0, row = 0, shown = 0, of = 0;
    for (const struct json *i = json_first(json_get(r, "incoming")); i; i = json_next(i)) {
        int64_t all, kept = kept_at(t, json_str(json_get(i, "place")), &all);
        heard += kept;
        expect(t, "a link's kernel", whole(i, "kept"), kept);
        expect(t, "a link's weights", whole(i, "of"), all);
    }
    for (int64_t i = 0; i < l->inputs; i++)
        for (int64_t k = 0; k < l->taps; k++)
            row += t->layers[layer].kept[layer_index(l, unit, i, k)];
    expect(t, "a unit's links", heard, row);
    for (const struct json *v = json_first(json_get(r, "values")); v; v = json_next(v), of++)
        shown += json_num(json_next(json_first(v)), 0) != 0;
    assert_true(of == 0 || shown <= row);
    expect_links(t, json_get(r, "outgoing"));
    if (json_true(json_get(r, "removed")))
        for (const struct json *o = json_first(json_get(r, "outgoing")); o; o = json_next(o))
            expect(t, "what reads a removed unit", whole(o, "kept"), 0);
    json_free(r);
}

static void expect_units(struct subject *t, int layer)
{
    const struct layer *l = &model_of(t)->layers.v[layer];
    bool removed = false;
    for (int64_t n = 0; n < UNITS_ASKED && n < l->units; n++)
        expect_unit(t, layer, n * l->units / UNITS_ASKED % l->units);
    for (int64_t u = 0; u < l->units && !removed; u++) {
        removed = mask_removed(t->s.state->mask, layer, u);
        if (removed)
            expect_unit(t, layer, u);
    }
}

/* From step 1, where everything was kept, to here. */
static void expect_difference(struct subject *t)
{
    int64_t removed = 0, head = store_head(t->s.store), last = -1;
    struct json *diff = asks(t, "diff 1 %lld", (long long)head), *history = asks(t, "history");
    for (const struct json *d = json_first(json_get(diff, "differences")); d; d = json_next(d)) {
        if (strcmp(json_str(json_get(d, "what")), "weights") == 0) {
            removed = whole(d, "removed");
            expect(t, "diff, added", whole(d, "added"), 0);
        }
        if (strcmp(json_str(json_get(d, "what")), "kept") == 0)
            expect(t, "diff, kept", (int64_t)json_num(json_get(d, "b"), NAN), t->sum);
    }
    expect(t, "diff, removed", removed, model_of(t)->layers.prunable - t->sum);
    for (const struct json *step = json_first(json_get(history, "steps")); step; step = json_next(step))
        last = whole(step, "kept");
    expect(t, "history", last, t->sum);
    json_free(diff);
    json_free(history);
}

static void expect_all(struct subject *t)
{
    look_at_file(t);
    expect_layers(t);
    expect_difference(t);
    for (int i = 0; i < model_of(t)->layers.n; i++) {
        expect_pattern(t, i);
        expect_units(t, i);
    }
}

/* ---- cuts ---- */

/* From the dense model, which step 1 is, or from where the session stands. */
static void cut(struct subject *t, const char *amount, bool from_dense)
{
    int64_t before = from_dense ? model_of(t)->layers.prunable : t->sum;
    if (from_dense)
        json_free(asks(t, "goto 1"));
    struct json *r = asks(t, "prune %s", amount), *curve;
    forget(t);
    expect_all(t);
    expect_counts(t, r, "prune");
    expect(t, "weights that a move changes", whole(r, "changed_weights"), before - t->sum);
    curve = from_dense ? asks(t, "curve points=%s", amount) : NULL; /* "0.3 structure=unit" */
    if (curve)
        expect(t, "curve", whole(json_first(json_get(curve, "points")), "kept"), t->sum);
    json_free(r);
    json_free(curve);
}

/* By hand: the first unit that may go, with all that goes with it. */
static void cut_by_hand(struct subject *t)
{
    const struct model *m = model_of(t);
    json_free(asks(t, "goto 1"));
    for (int set = 0; set < m->coupling.n_sets; set++) {
        const struct unit *u = &m->coupling.sets[set].units[0];
        struct answer a;
        struct err e = {0};
        char line[200];
        snprintf(line, sizeof line, "cut %s/%lld", m->layers.v[u->layer].name, (long long)u->unit);
        if (!cmd_run(&t->s, line, &a, &e)) {
            err_release(&e);
            continue;
        }
        forget(t);
        expect_all(t);
        expect_counts(t, a.result, "cut");
        expect(t, "portions of a cut", whole(a.result, "cut_portions"), m->layers.prunable - t->sum);
        answer_release(&a);
        return;
    }
}

/* A smaller file holds what was kept but for what was dead. */
static void shrink_now(struct subject *t)
{
    struct answer a;
    struct err e = {0};
    if (!cmd_run(&t->s, "shrink", &a, &e)) {
        assert_string_equal(err_word(e.code), "unsupported");
        err_release(&e);
        return;
    }
    expect(t, "shrink", whole(a.result, "kept") + whole(a.result, "dead_weights"), t->sum);
    t->shrunk++;
    answer_release(&a);
}

static void check(const char *path, const char *what, int *placed, int *shrunk)
{
    struct subject t = {.what = what};
    session_begin(&t.s);
    json_free(asks(&t, "open %s", path));
    bool units = false;
    for (int i = 0; i < model_of(&t)->coupling.n_sets; i++)
        units |= !model_of(&t)->coupling.sets[i].pinned;
    cut(&t, "0.5", true);
    if (units) {
        cut_by_hand(&t);
        cut(&t, "0.3 structure=unit", true);
        cut(&t, "0.9 within=kept", false);
        shrink_now(&t);
    }
    *placed += t.placed;
    *shrunk += t.shrunk;
    forget(&t);
    session_close(&t.s);
}

static void test_counts_of_samples(void **state)
{
    (void)state;
    static const char *const names[] = {"breast-cancer", "credit", "digits-cnn", "digits-mlp", "readmit"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char path[100];
        snprintf(path, sizeof path, "samples/%s/model.onnx", names[i]);
        int placed = 0, shrunk = 0;
        check(path, names[i], &placed, &shrunk);
        assert_true(placed > 100 && shrunk == 1);
    }
}

/* Every seventh weight becomes 0: kept as long as nobody cuts it. */
static void put_zeros(struct source *s)
{
    for (int i = 0; i < s->n_tensors; i++) {
        struct tensor *t = s->tensors[i].tensor;
        for (int64_t k = 0; t->type == DT_F32 && t->shape.rank > 1 && k < shape_elements(&t->shape); k += 7)
            t->f[k] = 0;
    }
}

static void test_counts_of_random_networks(void **state)
{
    (void)state;
    int placed = 0, shrunk = 0;
    for (int i = 0; i < NETWORKS; i++) {
        bool counts = i % 2; /* Reshape targets that are made for one record */
        struct source *s = sketch_random((uint64_t)i, counts);
        struct buf bytes = {0};
        char name[40];
        const char *path = scratch_path("model.onnx");
        snprintf(name, sizeof name, "network %d", i);
        if (counts)
            s->inputs[0].dim[0] = 1;
        if (i % 3 == 0)
            put_zeros(s);
        file_bytes(s, &bytes);
        assert_true(file_write(path, buf_text(&bytes), bytes.len, NULL));
        check(path, name, &placed, &shrunk);
        buf_release(&bytes);
        source_free(s);
    }
    assert_true(placed > 50 * NETWORKS && shrunk > NETWORKS / 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_counts_of_samples, scratch_make, scratch_remove),
        cmocka_unit_test_setup_teardown(test_counts_of_random_networks, scratch_make, scratch_remove),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
