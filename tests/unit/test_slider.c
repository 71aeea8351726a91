/* The strategy screen against a real session: every step of the slider gives exactly the counts it says; what the controls ask for
 * is the canonical line, so that a draft can be told from one on the way; partial numbers bound the exact ones. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "app/cmd/cmd.h"
#include "app/facts.h"
#include "app/pool.h"
#include "app/screens.h"
#include "app/session/fit.h"
#include "app/session/session.h"
#include "app/ui.h"
#include "engine/base/json.h"
#include "engine/base/mem.h"
#include "engine/base/num.h"
#include "tests/unit/util_instrumented.h"
#include "views/strategy.h"

struct seat {
    struct session session;
    struct pool *pool;
    struct ui ui;
    int64_t previews;
};

static double no_time(void)
{
    return 0;
}

static void put(void *data, enum board_item item, struct json *result_take)
{
    struct seat *d = data;
    struct news n = {.kind = NEWS_BOARD, .item = item, .json = result_take};
    ui_news(&d->ui, &n);
    news_release(&n);
}

static void look_for_fit(struct seat *d, const char *line)
{
    struct fit *fit = fit_new(&d->session, line);
    struct json *found = NULL;
    assert_non_null(fit);
    while (!fit_step(fit, &d->session, &found))
        ;
    assert_non_null(found);
    put(d, BOARD_FIT, found);
    fit_free(fit);
}

/* What the worker does, at once. */
static void post(void *data, enum request_kind kind, const char *line)
{
    struct seat *d = data;
    struct answer a;
    struct err e = {0};
    if (kind == REQUEST_FIT) {
        look_for_fit(d, line);
        return;
    }
    d->session.preview = kind == REQUEST_PREVIEW;
    bool ok = cmd_run(&d->session, line, &a, &e);
    d->session.preview = false;
    if (!ok)
        print_message("%s: %s\n", line, e.message);
    assert_true(ok);
    if (kind == REQUEST_PREVIEW) {
        d->previews++;
        json_put_text(a.result, "command", buf_text(&a.canonical));
        json_put_text(a.result, "asked", line);
        put(d, BOARD_DRAFT, json_copy(a.result));
        facts_draft(&d->session, put, d);
    } else {
        facts_head(&d->session, put, d);
    }
    answer_release(&a);
}

static void freeze(void *data, bool on)
{
    (void)data, (void)on;
}

static void sit_down(struct seat *d, const char *model, const char *data)
{
    const struct session_options options = {.seed = 1};
    struct err e = {0};
    memset(d, 0, sizeof *d);
    d->pool = pool_new(1);
    const struct ui_port port = {.post = post, .freeze = freeze, .data = d};
    ui_init(&d->ui, &port);
    assert_true(session_open(&d->session, &options, pool_runner(d->pool), no_time, &e));
    post(d, REQUEST_COMMAND, model);
    if (data)
        post(d, REQUEST_COMMAND, data);
    ui_run(&d->ui, "screen strategy");
}

static void leave(struct seat *d)
{
    ui_release(&d->ui);
    session_close(&d->session);
    pool_free(d->pool);
}

static double of_draft(const struct seat *d, const char *name)
{
    return json_num(json_get(d->ui.board.item[BOARD_DRAFT], name), -1);
}

/* Amounts 0 .. 99 % of readmit, up and down again: the counts are those of the formula, the mask the same both ways. */
static void test_every_step_is_exact(void **state)
{
    (void)state;
    struct seat d;
    char *masks[100];
    sit_down(&d, "open samples/readmit/model.onnx", NULL);
    ui_run(&d.ui, "side -1000");
    for (int i = 0; i < 100; i++) {
        int64_t portions = (int64_t)of_draft(&d, "portions");
        assert_true(of_draft(&d, "cut_portions") == (double)num_portion(i / 100.0, portions));
        assert_true(of_draft(&d, "kept") + of_draft(&d, "cut_portions") == of_draft(&d, "prunable"));
        assert_true(of_draft(&d, "changed_weights") == of_draft(&d, "cut_portions"));
        assert_false(d.ui.board.stale[BOARD_DRAFT]);
        masks[i] = mem_text(json_str(json_get(d.ui.board.item[BOARD_DRAFT], "mask")));
        ui_run(&d.ui, "side 1");
    }
    for (int i = 99; i >= 0; i--) {
        assert_string_equal(masks[i], json_str(json_get(d.ui.board.item[BOARD_DRAFT], "mask")));
        ui_run(&d.ui, "side -1");
        free(masks[i]);
    }
    leave(&d);
}

/* Every row of the controls asks in canonical words; a draft that was not asked for last is one on the way. */
static void test_controls_ask_canonically(void **state)
{
    (void)state;
    static const char *const moves[] = {"side -5", "move 1", "tick",   "side 2",  "tick",   "move -2",
                                        "side 1",  "move 1", "side 1", "move -2", "side 1", "move -1",
                                        "side 1",  "move 5", "side 1", "move -2", "side 1"};
    struct seat d;
    sit_down(&d, "open samples/readmit/model.onnx", NULL);
    for (size_t i = 0; i < sizeof moves / sizeof *moves; i++) {
        ui_run(&d.ui, moves[i]);
        if (d.ui.board.stale[BOARD_DRAFT])
            print_message("after %s: asked %s\n", moves[i], d.ui.asked);
        assert_false(d.ui.board.stale[BOARD_DRAFT]);
        assert_string_equal(d.ui.asked, json_str(json_get(d.ui.board.item[BOARD_DRAFT], "command")));
    }
    assert_non_null(strstr(d.ui.asked, "criterion=random"));
    assert_non_null(strstr(d.ui.asked, "layers="));
    assert_true(d.previews >= 8);
    struct json *other = json_copy(d.ui.board.item[BOARD_DRAFT]);
    json_put_text(other, "asked", "prune 0.1 criterion=magnitude structure=weight scope=global seed=1");
    put(&d, BOARD_DRAFT, other);
    assert_true(d.ui.board.stale[BOARD_DRAFT]);
    leave(&d);
}

/* Every partial number's bounds hold what all records say, from 64 records on. */
static void test_bounds_hold(void **state)
{
    (void)state;
    struct seat d;
    struct err e = {0};
    bool more = true;
    double low[8], high[8];
    int looks = 0;
    sit_down(&d, "open samples/readmit/model.onnx", "data samples/readmit/dataset.json");
    d.ui.amount = 0.9;
    strategy_preview(&d.ui);
    while (more) {
        assert_true(facts_measure(&d.session, true, put, &d, &more, &e));
        const struct json *r = d.ui.board.item[BOARD_DRAFT_EVAL];
        assert_int_equal(json_true(json_get(r, "exact")), !more);
        if (looks == 0)
            assert_true(json_num(json_get(r, "n"), 0) == 64);
        if (more) {
            low[looks] = json_num(json_get(r, "accuracy_low"), 2);
            high[looks++] = json_num(json_get(r, "accuracy_high"), -1);
        }
    }
    double exact = json_num(json_get(d.ui.board.item[BOARD_DRAFT_EVAL], "accuracy"), -1);
    assert_true(looks >= 2);
    for (int i = 0; i < looks; i++)
        assert_true(low[i] <= exact && exact <= high[i]);
    leave(&d);
}

/* The notice's share is where the input goes: a portion less keeps it. */
static void test_edges_are_edges(void **state)
{
    (void)state;
    struct seat d;
    bool more;
    sit_down(&d, "open samples/readmit/model.onnx", NULL);
    d.ui.amount = 0.9;
    strategy_preview(&d.ui);
    while (facts_wanted(&d.session, true))
        facts_measure(&d.session, true, put, &d, &more, NULL);
    const struct json *lost = json_first(json_get(d.ui.board.item[BOARD_DRAFT_EDGES], "lost"));
    assert_non_null(lost);
    double at = json_num(json_get(lost, "amount"), 0), portions = of_draft(&d, "portions");
    d.ui.amount = at;
    strategy_preview(&d.ui);
    assert_true(json_count(json_get(d.ui.board.item[BOARD_DRAFT], "cut_inputs")) == 1);
    d.ui.amount = at - 1 / portions;
    strategy_preview(&d.ui);
    assert_true(json_count(json_get(d.ui.board.item[BOARD_DRAFT], "cut_inputs")) == 0);
    leave(&d);
}

static const struct fact *fact_of(struct seat *d, struct scratch *memory, const char *label)
{
    const struct strategy_scene *t = screen_strategy.scene(&d->ui, memory);
    for (size_t i = 0; i < t->fact_count; i++)
        if (strcmp(t->facts[i].label, label) == 0)
            return &t->facts[i];
    return NULL;
}

static double point_of(const struct seat *d, int i, const char *member)
{
    const struct json *p = json_first(json_get(d->ui.board.curves[0], "points"));
    while (i-- > 0)
        p = json_next(p);
    return json_num(json_get(p, member), -1);
}

/* Half way between two measured points of the strategy's curve a draft that is not measured shows their mean, marked; then the
 * measured value, and the guess is nowhere. Outside of the points, or from another base, there is none. */
static void test_a_guess_gives_way(void **state)
{
    (void)state;
    struct seat d;
    struct answer a;
    struct scratch memory = {0};
    bool more = true;
    sit_down(&d, "open samples/readmit/model.onnx", "data samples/readmit/dataset.json");
    assert_true(cmd_run(&d.session, "curve points=0.8,0.9,0.96 split=validation", &a, NULL));
    board_put_curve(&d.ui.board, json_copy(a.result));
    answer_release(&a);
    d.ui.amount = 0.93;
    strategy_preview(&d.ui);
    const struct fact *f = fact_of(&d, &memory, "accuracy");
    assert_int_equal(f->amount.trust, TRUST_GUESS);
    assert_float_equal(f->amount.v, (point_of(&d, 1, "accuracy") + point_of(&d, 2, "accuracy")) / 2, 1e-12);
    f = fact_of(&d, &memory, "changed");
    assert_int_equal(f->amount.trust, TRUST_GUESS);
    double changed = (point_of(&d, 1, "changed") + point_of(&d, 2, "changed")) / 2 / point_of(&d, 1, "n");
    assert_float_equal(f->amount.v, changed, 1e-12);
    while (more)
        assert_true(facts_measure(&d.session, true, put, &d, &more, NULL));
    f = fact_of(&d, &memory, "accuracy");
    assert_int_equal(f->amount.trust, TRUST_EXACT);
    assert_float_equal(f->amount.v, json_num(json_get(d.ui.board.item[BOARD_DRAFT_EVAL], "accuracy"), -1), 0);
    d.ui.amount = 0.97;
    strategy_preview(&d.ui);
    assert_int_equal(fact_of(&d, &memory, "accuracy")->amount.trust, TRUST_STALE);
    post(&d, REQUEST_COMMAND, "protect layer:fc3");
    d.ui.amount = 0.85;
    strategy_preview(&d.ui);
    assert_int_not_equal(fact_of(&d, &memory, "accuracy")->amount.trust, TRUST_GUESS);
    scratch_release(&memory);
    leave(&d);
}

static const struct json *layer_row(const struct seat *d, enum board_item item, int i)
{
    const struct json *l = json_first(json_get(d->ui.board.item[item], "layers"));
    while (i-- > 0)
        l = json_next(l);
    return l;
}

/* Space in the row of protections makes the command, P takes it back; the draft stays and spares the layer. */
static void test_protections_are_switched(void **state)
{
    (void)state;
    struct seat d;
    sit_down(&d, "open samples/readmit/model.onnx", NULL);
    ui_run(&d.ui, "side -25");
    ui_run(&d.ui, "move 2"); /* sparsity, cut in, protect */
    ui_run(&d.ui, "side 1");
    ui_run(&d.ui, "tick");
    assert_int_equal(d.session.state->n_protections, 1);
    assert_string_equal(d.session.state->protections[0], "layer:fc2");
    assert_true(json_true(json_get(layer_row(&d, BOARD_LAYERS, 1), "protected")));
    assert_true(d.ui.drafting);
    const struct json *spared = layer_row(&d, BOARD_DRAFT_LAYERS, 1), *other = json_next(spared);
    assert_true(json_true(json_get(spared, "protected")) && !json_true(json_get(other, "protected")));
    assert_true(json_num(json_get(spared, "kept"), 0) == 8192);
    assert_true(json_num(json_get(spared, "protected_links"), 0) == 8192);
    assert_true(json_num(json_get(spared, "protected_units"), 0) == 64);
    ui_run(&d.ui, "protect-noticed");
    assert_int_equal(d.session.state->n_protections, 0);
    assert_true(d.ui.drafting);
    /* what else is protected stands behind the layers */
    post(&d, REQUEST_COMMAND, "protect unit:fc1/3");
    assert_true(json_num(json_get(layer_row(&d, BOARD_LAYERS, 0), "protected_links"), 0) == 42);
    assert_false(json_true(json_get(layer_row(&d, BOARD_LAYERS, 0), "protected")));
    ui_run(&d.ui, "side 1000");
    ui_run(&d.ui, "tick");
    assert_int_equal(d.session.state->n_protections, 0);
    leave(&d);
}

static double draft_bytes(const struct seat *d)
{
    const struct json *sizes = json_get(d->ui.board.item[BOARD_DRAFT], "sizes");
    double bitmask = json_num(json_get(sizes, "bitmask"), 0), csr = json_num(json_get(sizes, "csr"), 0);
    return fmin(fmin(bitmask, csr), json_num(json_get(sizes, "dense"), 0));
}

static double fit_amount(const struct seat *d)
{
    return json_num(json_get(d->ui.board.item[BOARD_FIT], "amount"), -1);
}

/* Where the budget is met, one portion less is over it. */
static void test_budget_is_met_from(void **state)
{
    (void)state;
    struct seat d;
    sit_down(&d, "open samples/readmit/model.onnx", NULL);
    d.ui.budget = 16384;
    d.ui.amount = 0.9;
    strategy_preview(&d.ui);
    double at = fit_amount(&d), portions = of_draft(&d, "portions");
    for (int less = 0; less < 2; less++) {
        d.ui.amount = at - less / portions;
        strategy_preview(&d.ui);
        assert_int_equal(draft_bytes(&d) <= 16384, !less);
    }
    d.ui.budget = 100; /* biases alone are larger */
    strategy_preview(&d.ui);
    assert_true(fit_amount(&d) == -1);
    leave(&d);
}

/* Whole units, some of them held: every share is tried, the first that fits is the one that was found; sizes never grow. */
static void test_units_meet_a_budget_from(void **state)
{
    (void)state;
    struct seat d;
    double first = -1, before = INFINITY;
    sit_down(&d, "open samples/digits-cnn/model.onnx", NULL);
    post(&d, REQUEST_COMMAND, "protect unit:stem/3");
    d.ui.choice[2] = STRUCTURE_UNIT;
    d.ui.budget = 150000;
    d.ui.amount = 0;
    strategy_preview(&d.ui);
    double found = fit_amount(&d), portions = of_draft(&d, "portions");
    for (int k = 0; k < portions && first < 0; k++) {
        d.ui.amount = k / portions;
        strategy_preview(&d.ui);
        assert_true(draft_bytes(&d) <= before);
        before = draft_bytes(&d);
        if (before <= 150000)
            first = d.ui.amount;
    }
    assert_true(first > 0 && found == first);
    leave(&d);
}

static double processor_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec * 1e-6;
}

static int by_size(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

/* The largest sample: a step of the slider, the costs and the first records, in processor time, which other programs cannot
 * take. */
static void test_the_first_estimate_is_quick(void **state)
{
    (void)state;
    enum { STEPS = 15 };
    struct seat d;
    struct err e = {0};
    double took[STEPS];
    bool more;
    sit_down(&d, "open samples/digits-cnn/model.onnx", "data samples/digits-cnn/dataset.json");
    ui_run(&d.ui, "side 5");
    for (int i = 0; i < STEPS; i++) {
        double before = processor_ms();
        ui_run(&d.ui, "side 1");
        assert_true(facts_measure(&d.session, true, put, &d, &more, &e));
        took[i] = processor_ms() - before;
        const struct json *r = d.ui.board.item[BOARD_DRAFT_EVAL];
        assert_true(json_num(json_get(r, "n"), 0) == 64 && more);
        assert_false(d.ui.board.stale[BOARD_DRAFT]);
    }
    qsort(took, STEPS, sizeof *took, by_size);
    print_message("first estimate on digits-cnn: median %.1f, worst %.1f ms of processor time\n",
                  took[STEPS / 2], took[STEPS - 1]);
    assert_true(INSTRUMENTED || took[STEPS / 2] < 80);
    leave(&d);
}

/* What is connected is found once for a mask, anew for another, and not at all where everything is kept. */
static void test_wiring_is_found_once(void **state)
{
    (void)state;
    struct seat d;
    struct wiring fresh;
    sit_down(&d, "open samples/readmit/model.onnx", NULL);
    const struct state *at = d.session.state;
    assert_ptr_equal(state_wiring(at), &at->current->wiring);
    d.ui.amount = 0.9;
    strategy_preview(&d.ui);
    at = d.session.draft;
    const struct wiring *found = state_wiring(at);
    assert_ptr_equal(found->alive_in, state_wiring(at)->alive_in);
    wiring_find(at->current->graph, &at->current->layers, &at->current->coupling, at->mask, &fresh);
    assert_true(found->dead_total == fresh.dead_total && fresh.dead_total > 0);
    struct route_counts routes, again;
    assert_true(state_routes(at, NULL, &routes) && state_routes_at_once(at, &again));
    assert_ptr_equal(routes.now->unit_log10, again.now->unit_log10);
    assert_true(routes.now->total_log10 < routes.dense->total_log10);
    wiring_release(&fresh);
    struct state *other = state_copy(at);
    state_set_mask(other, mask_new(&other->current->layers));
    assert_int_equal(state_wiring(other)->dead_total, 0);
    state_unref(other);
    leave(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_step_is_exact),
        cmocka_unit_test(test_controls_ask_canonically),
        cmocka_unit_test(test_bounds_hold),
        cmocka_unit_test(test_edges_are_edges),
        cmocka_unit_test(test_budget_is_met_from),
        cmocka_unit_test(test_the_first_estimate_is_quick),
        cmocka_unit_test(test_wiring_is_found_once),
        cmocka_unit_test(test_protections_are_switched),
        cmocka_unit_test(test_units_meet_a_budget_from),
        cmocka_unit_test(test_a_guess_gives_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
