/* A row that is not what its hash says is shown as ? with a word wherever it is shown: history as text and JSON, diff, the history
 * screen and the header. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/at_once.h"
#include "app/cmd/cmd.h"
#include "app/scene/scratch.h"
#include "app/screens.h"
#include "engine/base/json.h"
#include "engine/base/rng.h"
#include "store/session.h"
#include "tests/unit/util_session.h"
#include "tests/unit/util_store.h"
#include "views/dump.h"

static double no_clock(void)
{
    return 0;
}

static void open_session(struct session *s, const char *path, bool look)
{
    static struct runner serial;
    struct err e = {0};
    runner_serial(&serial, NULL);
    const struct session_options o = {.path = path, .seed = 1, .look = look, .readonly = true};
    if (!session_open(s, &o, &serial, no_clock, &e))
        fail_msg("%s", e.message);
}

/* Four steps, the third noted and tagged, the last two measured. */
static const char *given(const char *name)
{
    static const char *const lines[] = {"open samples/breast-cancer/model.onnx",
                                        "data samples/breast-cancer/dataset.json",
                                        "prune 0.5",
                                        "eval",
                                        "note \"too lossy\"",
                                        "tag half",
                                        "prune 0.7",
                                        "eval"};
    static struct runner serial;
    struct session s;
    struct err e = {0};
    const char *path = scratch_path(name);
    runner_serial(&serial, NULL);
    if (!session_open(&s, &(struct session_options){.path = path, .seed = 1}, &serial, no_clock, &e))
        fail_msg("%s", e.message);
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        json_free(session_says(&s, lines[i]));
    session_close(&s);
    return path;
}

static void says(struct session *s, const char *line, const char *verb, struct buf *out)
{
    struct json *result = session_says(s, line);
    buf_clear(out);
    cmd_find(verb)->say(result, out);
    json_free(result);
}

static void holds(const struct buf *text, const char *part)
{
    if (!strstr(buf_text(text), part))
        fail_msg("no '%s' in:\n%s", part, buf_text(text));
}

/* What was done to the file; what the history's text then says, and the difference of #3 and #4. */
static const struct {
    const char *sql, *history, *diff;
} cases[] = {
    {"UPDATE measurement SET value = 0.991 WHERE metric = 'accuracy' AND step = 4",
     "kept 187  accuracy ?  (? not what its hash says: accuracy)\n",
     "? #4 is not what its hash says: accuracy\n"},
    {"UPDATE measurement SET n = 7 WHERE metric = 'accuracy' AND step = 4", "  accuracy ?  (?",
     "accuracy       0.94"},
    {"UPDATE measurement SET metric = 'accuracX' WHERE metric = 'accuracy' AND step = 4",
     "kept 187  (? not what its hash says: accuracX)\n", "-> ? on validation\n"},
    {"UPDATE step SET command = 'prune 0.2' WHERE id = 4", "(?) prune 0.2  kept ?  accuracy ",
     "kept           312 -> ?\n"},
    {"UPDATE step SET result = replace(result, '187', '18') WHERE id = 4", "kept ?",
     "? #4 is not what its hash says: step\n"},
    {"UPDATE step SET mask_after = mask_before WHERE id = 4", "(?) prune 0.7", "mask           \""},
    {"UPDATE step SET hash = 'x' WHERE id = 3", "#3 from #2  (?) prune 0.5",
     "? #3 is not what its hash says: "},
    {"UPDATE event SET text = 'fine' WHERE kind = 'note'",
     "  \"(?) fine\"  (? not what its hash says: note)\n", "notes          [\"(?) fine\"] -> []\n"},
    {"UPDATE event SET text = 'best' WHERE kind = 'tag'", "  [(?) best]  ",
     "? #3 is not what its hash says: tag\n"},
    {"INSERT INTO event(step, kind, newest, time, hash) VALUES(3, 'hide', 4, 1, '')",
     "prune 0.5 criterion=magnitude structure=weight scope=global seed=1  kept 312  accuracy ", "hide\n"},
    {"DELETE FROM measurement WHERE step = 4 AND metric = 'accuracy'",
     "? rows are missing: 1 of measurements\n", "-> unknown on validation\n"},
    {"DELETE FROM event WHERE kind = 'note'", "? rows are missing: 1 of events\n", "tags"},
    {"PRAGMA foreign_keys=OFF; DELETE FROM step WHERE id = 2", "? rows are missing: 1 of steps\n",
     "#3 is not what"},
    {"PRAGMA foreign_keys=OFF; UPDATE event SET step = 77 WHERE kind = 'note'",
     "? rows speak of steps that are not there: 1\n", "tags"},
    {"UPDATE here SET head = 2", "? the session stands where none of its steps and moves led\n", "command"},
};

static void every_edited_row_is_marked(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct session s;
        struct buf text = {0};
        char name[32];
        snprintf(name, sizeof name, "%zu.db", i);
        const char *path = given(name);
        raw_sql(path, cases[i].sql);
        open_session(&s, path, true);
        says(&s, "history", "history", &text);
        holds(&text, cases[i].history);
        assert_null(strstr(buf_text(&text), "99.10"));
        says(&s, "diff 3 4", "diff", &text);
        holds(&text, cases[i].diff);
        assert_null(strstr(buf_text(&text), "0.991"));
        session_close(&s);
        buf_release(&text);
    }
}

static void a_session_as_it_was_has_no_mark(void **state)
{
    (void)state;
    struct session s;
    struct buf text = {0};
    open_session(&s, given("s.db"), true);
    says(&s, "history", "history", &text);
    assert_null(strchr(buf_text(&text), '?'));
    says(&s, "diff 3 4", "diff", &text);
    assert_null(strchr(buf_text(&text), '?'));
    session_close(&s);
    buf_release(&text);
}

/* The history's text; false: refused, here or at opening. */
static bool looks(const char *path, struct buf *out)
{
    static struct runner serial;
    struct session s;
    struct answer a;
    struct err e = {0};
    runner_serial(&serial, NULL);
    const struct session_options o = {.path = path, .seed = 1, .look = true};
    bool opened = session_open(&s, &o, &serial, no_clock, &e), ok = opened && cmd_run(&s, "history", &a, &e);
    buf_clear(out);
    if (ok) {
        cmd_find("history")->say(a.result, out);
        answer_release(&a);
    }
    if (!ok)
        assert_true(e.code == ERR_UNREADABLE || e.code == ERR_IO);
    if (opened)
        session_close(&s);
    err_release(&e);
    return ok;
}

/* Bits and stretches of the file turned, anywhere: refused, as it was, or with a mark. */
static void damage_is_refused_or_marked(void **state)
{
    (void)state;
    size_t n;
    int marked = 0, refusals = 0;
    struct buf before = {0}, after = {0};
    unsigned char *bytes = raw_bytes(given("s.db"), &n);
    char bad[256];
    snprintf(bad, sizeof bad, "%s", scratch_path("bad.db"));
    assert_true(looks(scratch_path("s.db"), &before));
    for (uint64_t i = 0; i < 400; i++) {
        unsigned char *copy = malloc(n);
        size_t at = (size_t)(rng_u64(9, 0, i) % n), length = i % 2 ? 1 : 40;
        memcpy(copy, bytes, n);
        for (size_t k = at; k < at + length && k < n; k++)
            copy[k] ^= (unsigned char)(i % 2 ? 1u << (rng_u64(9, 1, i) % 8) : 1 + rng_u64(9, 2, i + k) % 255);
        raw_write(bad, copy, n);
        free(copy);
        if (!looks(bad, &after))
            refusals++;
        else if (strchr(buf_text(&after), '?'))
            marked++;
        else if (strcmp(buf_text(&after), buf_text(&before)) != 0)
            fail_msg("%d bytes at %d changed the history without a mark:\n%s", (int)length, (int)at,
                     buf_text(&after));
    }
    print_message("# of 400 damaged sessions %d were refused, %d marked\n", refusals, marked);
    assert_true(marked > 5 && refusals > 5);
    free(bytes);
    buf_release(&before);
    buf_release(&after);
}

static void json_says_unknown_and_why(void **state)
{
    (void)state;
    struct session s;
    const char *path = given("s.db");
    raw_sql(
        path,
        "UPDATE measurement SET value = 0.991 WHERE step = 4; UPDATE step SET command = 'x' WHERE id = 3");
    open_session(&s, path, true);
    struct json *history = session_says(&s, "history"), *diff = session_says(&s, "diff 3 4");
    const struct json *third = json_next(json_next(json_first(json_get(history, "steps")))),
                      *fourth = json_next(third);
    assert_true(json_is_null(json_get(fourth, "accuracy")) && json_is_null(json_get(third, "kept")) &&
                json_is_null(json_get(third, "bytes")) && json_is_null(json_get(third, "mask")));
    assert_true(json_true(json_get(third, "broken")));
    assert_string_equal(json_str(json_first(json_get(third, "unverified"))), "step");
    assert_string_equal(json_str(json_first(json_get(fourth, "unverified"))), "accuracy");
    assert_true(json_is_null(json_get(diff, "same_mask")) && json_is_null(json_get(diff, "delta")));
    json_free(history);
    json_free(diff);
    session_close(&s);
}

static void drawn(struct at_once *a, int columns, int rows, struct buf *out)
{
    struct scratch memory = {0};
    struct scene scene;
    struct surface *s = surface_new(columns, rows);
    const struct look look = {GLYPHS_ASCII, false};
    ui_scene(&a->ui, &memory, &scene);
    scene_draw(&scene, s, &look);
    buf_clear(out);
    dump_text(out, s);
    surface_free(s);
    scratch_release(&memory);
}

static void the_screens_show_it(void **state)
{
    (void)state;
    static const int sizes[][2] = {{100, 30}, {80, 24}, {60, 20}};
    const char *path = given("s.db");
    raw_sql(path, "UPDATE measurement SET value = 0.991 WHERE step = 3 AND metric = 'accuracy'; UPDATE step "
                  "SET command = 'prune "
                  "0.2' WHERE id = 4");
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct session s;
        struct at_once a;
        struct buf text = {0};
        open_session(&s, path, false);
        at_once_init(&a, &s);
        at_once_settle(&a);
        drawn(&a, sizes[i][0], sizes[i][1], &text);
        holds(&text, "#4 (?) fails its hash");
        at_once_key(&a, "9");
        drawn(&a, sizes[i][0], sizes[i][1], &text);
        holds(&text, "(?) prune 0.2");
        assert_null(strstr(buf_text(&text), "99.1%"));
        if (i == 0) {
            holds(&text, "[half] accuracy: not w"); /* of #3 */
            holds(&text, "mask     ?");
            holds(&text, "accuracy ? (what is stored");
            holds(&text, "(?) not what its hash says");
        }
        at_once_release(&a);
        session_close(&s);
        buf_release(&text);
    }
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, scratch_make, scratch_remove)
    const struct CMUnitTest tests[] = {
        TEST(every_edited_row_is_marked),  TEST(a_session_as_it_was_has_no_mark),
        TEST(damage_is_refused_or_marked), TEST(json_says_unknown_and_why),
        TEST(the_screens_show_it),
    };
    return cmocka_run_group_tests_name("unverified", tests, NULL, NULL);
}
