/* The history in the explorer: what is told of it step by step adds up to the whole, and neither a key nor a move of the head costs
 * more in a long session than in a short one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "app/at_once.h"
#include "app/cmd/cmd.h"
#include "app/scene/tree.h"
#include "app/session/look.h"
#include "engine/base/json.h"
#include "engine/base/rng.h"
#include "tests/unit/util_session.h"
#include "tests/unit/util_typed.h"
#include "views/view.h"

/* ---- what is told adds up ---- */

static void same_text(const char *a, const char *b)
{
    if (a && b)
        assert_string_equal(a, b);
    assert_true(!a == !b);
}

static void same_amount(struct amount a, struct amount b)
{
    assert_int_equal(a.trust, b.trust);
    assert_true(a.v == b.v || (isnan(a.v) && isnan(b.v)));
}

static void same_rows(const struct tree_rows *a, const struct tree_rows *b)
{
    assert_int_equal(a->n, b->n);
    for (size_t i = 0; i < a->n; i++) {
        const struct step_row *x = &a->rows[i], *y = &b->rows[i];
        assert_int_equal(x->id, y->id);
        assert_int_equal(x->depth, y->depth);
        assert_true(x->trunks == y->trunks);
        assert_true(x->last == y->last && x->chain == y->chain && x->here == y->here &&
                    x->hidden == y->hidden && x->broken == y->broken);
        assert_int_equal(x->same, y->same);
        same_text(x->text, y->text);
        same_text(x->tag, y->tag);
        same_text(x->note, y->note);
        same_text(x->time, y->time);
        same_amount(x->metric, y->metric);
        same_amount(x->size, y->size);
        assert_string_equal(a->names[i], b->names[i]);
    }
    assert_true(a->columns.tag == b->columns.tag && a->columns.note == b->columns.note &&
                a->columns.time == b->columns.time && a->columns.metric == b->columns.metric &&
                a->columns.size == b->columns.size);
}

/* The board's history is what `history` answers now, and its tree what would be made of that. */
static void adds_up(struct at_once *a, struct session *s)
{
    struct json *asked = look_history(s, NULL);
    struct buf told = {0}, now = {0};
    struct tree *kept = a->ui.board.tree, *fresh = tree_new(asked);
    json_print(a->ui.board.item[BOARD_HISTORY], &told);
    json_print(asked, &now);
    assert_string_equal(buf_text(&told), buf_text(&now));
    same_rows(&kept->all, &fresh->all);
    same_rows(&kept->shown, &fresh->shown);
    assert_int_equal(kept->hidden, fresh->hidden);
    assert_int_equal(kept->leaves, fresh->leaves);
    assert_int_equal(kept->notes, fresh->notes);
    assert_int_equal(kept->n_tags, fresh->n_tags);
    for (size_t i = 0; i < kept->n_tags; i++) {
        assert_string_equal(kept->tags[i].name, fresh->tags[i].name);
        assert_int_equal(kept->tags[i].step, fresh->tags[i].step);
    }
    tree_free(fresh);
    json_free(asked);
    buf_release(&told);
    buf_release(&now);
}

/* A command that a person may give in a session of `steps` steps; some of them fail, and change nothing. */
static void any_command(uint64_t i, int64_t steps, struct buf *out)
{
    static const char *const fixed[] = {
        "undo", "redo", "eval", "eval split=validation", "shrink", "open samples/breast-cancer/model.onnx"};
    unsigned kind = (unsigned)(rng_u64(7, 0, i) % 16), n = (unsigned)(rng_u64(7, 1, i) % 10);
    unsigned step = (unsigned)(rng_u64(7, 2, i) % (uint64_t)steps) + 1;
    buf_clear(out);
    if (kind < 4)
        buf_printf(out, "prune 0.%u", n);
    else if (kind < 7)
        buf_printf(out, "goto %u", step);
    else if (kind < 9)
        buf_printf(out, "%shide %u", kind == 7 ? "" : "un", step);
    else if (kind == 9)
        buf_printf(out, "note \"note %u\"", n);
    else if (kind == 10)
        buf_printf(out, "tag tag%u", n % 3);
    else if (kind == 11)
        buf_printf(out, "protect unit:fc1/%u", n);
    else
        buf_puts(out, fixed[kind == 12 ? n % 6 : n % 2]);
}

static void test_what_is_told_adds_up(void **state)
{
    (void)state;
    struct session s;
    struct at_once a;
    struct buf line = {0};
    session_begin(&s);
    at_once_init(&a, &s);
    ui_run(&a.ui, "open samples/breast-cancer/model.onnx");
    ui_run(&a.ui, "data samples/breast-cancer/dataset.json");
    at_once_settle(&a);
    for (uint64_t i = 0; i < 300; i++) {
        any_command(i, store_last(s.store), &line);
        ui_run(&a.ui, buf_text(&line));
        at_once_settle(&a);
        if (i % 3 == 0)
            adds_up(&a, &s);
    }
    assert_true(a.ui.board.tree->steps > 60 && a.ui.board.tree->hidden > 0 && a.ui.board.tree->n_tags == 3);
    buf_release(&line);
    at_once_release(&a);
    session_close(&s);
}

/* ---- what a small terminal shows ---- */

/* A ladder of 200 steps, 100 levels deep, at 80 x 24: depth, command and tag stand in the row, and the difference below. */
static void test_deep_trees_keep_their_rows(void **state)
{
    (void)state;
    struct typed t;
    struct buf board = {0}, out = {0};
    buf_puts(&board, "{\"steps\":[");
    for (int i = 1; i <= 201; i++)
        buf_printf(&board,
                   "%s{\"step\":%d,\"parent\":%d,\"command\":\"prune 0.5 layers=fc1\",\"tags\":[%s],"
                   "\"notes\":[],\"accuracy\":0.9,\"bytes\":5000,\"here\":false,\"hidden\":false}",
                   i > 1 ? "," : "", i,
                   i < 2   ? 0
                   : i % 2 ? i - 2
                           : i - 1,
                   i == 201 ? "\"candidate\"" : "");
    buf_puts(&board, "]}");
    typed_open(&t);
    typed_put(&t, BOARD_MODEL, "{\"name\":\"m\"}");
    typed_put(&t, BOARD_STATUS, "{\"step\":201}");
    typed_put(&t, BOARD_HISTORY, buf_text(&board));
    assert_int_equal(tree_row(t.ui.board.tree, 201)->id, 201);
    typed_keys(&t, "9");
    typed_put(&t, BOARD_DIFF,
              "{\"a\":199,\"b\":201,\"differences\":[{\"what\":\"weights\",\"added\":0,\"removed\":80}],"
              "\"same_mask\":false,\"delta\":-0.02,\"delta_low\":-0.03,\"delta_high\":-0.01,\"n\":4096}");
    typed_draw(&t, 80, 24, &out);
    const char *row = strstr(buf_text(&out), "100 deep #201 prune 0.5 layers=fc1");
    if (!row)
        print_message("%s", buf_text(&out));
    assert_non_null(row);
    assert_true(strstr(row, "[candidate]") && strstr(row, "[candidate]") < strchr(row, '\n'));
    assert_non_null(strstr(buf_text(&out), "#199 -> #201 (step before): mask another, weights 80 cut"));
    buf_release(&board);
    buf_release(&out);
    typed_release(&t);
}

/* ---- what it costs ---- */

/* CPU time of this thread: what else runs on the machine does not count. */
static double cpu(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

struct costs {
    double key, search, narrow, move, append, event;
};

/* A session of that many steps: half of them children of #2, half a chain, all as #3 was made. */
static void grow(struct session *s, int64_t steps)
{
    struct store_step third;
    struct err e = {0};
    json_free(session_says(s, "open samples/breast-cancer/model.onnx"));
    json_free(session_says(s, "data samples/breast-cancer/dataset.json"));
    json_free(session_says(s, "prune 0.5"));
    assert_true(store_get_step(s->store, 3, &third, &e));
    for (int64_t i = 4; i <= steps; i++) {
        struct store_step one = third;
        one.parent = i % 2 ? 2 : i == 4 ? 3 : i - 2;
        one.hash = NULL;
        assert_true(store_add_step(s->store, &one, &e));
        free(one.hash);
        if (i % 100 == 0)
            assert_true(store_note(s->store, i, "a hundred more", &e) &&
                        store_tag(s->store, i, "newest", &e));
    }
    store_step_release(&third);
    json_free(session_says(s, "goto 2"));
}

static void frame(struct at_once *a, struct surface *s)
{
    static const struct look look = {GLYPHS_ASCII, false};
    struct scratch memory = {0};
    struct scene scene;
    ui_scene(&a->ui, &memory, &scene);
    scene_draw(&scene, s, &look);
    scratch_release(&memory);
}

/* The least of some rounds: what a key and the frame after it take, without what it asks the worker for. */
static double key_cost(struct at_once *a, struct surface *s, const char *key, const char *back)
{
    double least = 1;
    for (int i = 0; i < 9; i++) {
        double from = cpu();
        ui_key(&a->ui, key, key[1] == '\0', 0);
        frame(a, s);
        least = fmin(least, cpu() - from);
        if (back)
            at_once_key(a, back);
        at_once_settle(a);
    }
    return least;
}

/* A command of the worker with all that it tells, and a frame. */
static double command_cost(struct at_once *a, struct surface *s, const char *line, int by)
{
    double least = 1;
    struct buf text = {0};
    for (int i = 1; i <= 9; i++) {
        buf_clear(&text);
        buf_printf(&text, line, 5 + by * i);
        double from = cpu();
        ui_run(&a->ui, buf_text(&text));
        at_once_settle(a);
        frame(a, s);
        least = fmin(least, cpu() - from);
    }
    buf_release(&text);
    return least;
}

static struct costs costs_of(int64_t steps)
{
    struct session s;
    struct at_once a;
    struct costs c;
    struct surface *surface = surface_new(100, 30);
    session_begin(&s);
    grow(&s, steps);
    at_once_init(&a, &s);
    ui_resize(&a.ui, 100, 30);
    at_once_settle(&a);
    at_once_key(&a, "9");
    frame(&a, surface);
    c.key = key_cost(&a, surface, "j", NULL);
    at_once_key(&a, "/");
    at_once_key(&a, "p");
    c.search = key_cost(&a, surface, "q", "Backspace"); /* no row holds that: all are looked at */
    at_once_key(&a, "Esc");
    at_once_key(&a, "&");
    c.narrow = key_cost(&a, surface, "p", "Backspace"); /* all rows hold that */
    at_once_key(&a, "Esc");
    c.move = command_cost(&a, surface, "goto %d", 2);
    c.append = command_cost(&a, surface, "prune 0.%d", 1);
    c.event = command_cost(&a, surface, "note \"number %d\"", 1);
    assert_int_equal(a.ui.board.tree->steps, steps + 9);
    print_message("# %lld steps: key %.3f ms, search %.3f, narrowed %.3f; goto %.3f, prune %.3f, note %.3f\n",
                  (long long)steps, 1e3 * c.key, 1e3 * c.search, 1e3 * c.narrow, 1e3 * c.move, 1e3 * c.append,
                  1e3 * c.event);
    at_once_release(&a);
    session_close(&s);
    surface_free(surface);
    return c;
}

static void test_long_sessions_cost_no_more(void **state)
{
    (void)state;
    struct costs s = costs_of(1000), l = costs_of(10000);
    assert_true(l.key < 2.5 * s.key);
    assert_true(l.move < 2.5 * s.move);
    assert_true(l.event < 2.5 * s.event);
    assert_true(l.append < 5 * s.append); /* all places are found anew, which is all that grows */
    assert_true(l.search < 5 * s.search && l.narrow < 5 * s.narrow);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_what_is_told_adds_up),
                                       cmocka_unit_test(test_deep_trees_keep_their_rows),
                                       cmocka_unit_test(test_long_sessions_cost_no_more)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
