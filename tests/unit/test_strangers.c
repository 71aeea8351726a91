/* Another person's session: what its schema would run is refused by name, numbers of any size and gaps cost nothing, and rows that
 * no poda wrote are read without harm. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/cmd/cmd.h"
#include "app/session/by_step.h"
#include "app/session/look.h"
#include "engine/base/err.h"
#include "engine/base/json.h"
#include "store/session.h"
#include "tests/unit/util_session.h"
#include "tests/unit/util_store.h"

/* Two steps, a note, a tag, a measurement. */
static const char *given(const char *name)
{
    struct err e = {0};
    const char *path = scratch_path(name);
    struct store *s = open_at(path);
    add_step(s, "one"), add_step(s, "two");
    assert_true(store_note(s, 1, "a note", &e) && store_tag(s, 2, "t", &e) && store_measure(s, &rough, &e));
    store_close(s);
    return path;
}

static const struct {
    const char *sql, *says;
} schemas[] = {
    {"CREATE TRIGGER rewrites AFTER INSERT ON event BEGIN UPDATE step SET command = 'x'; END",
     "holds the trigger rewrites, which no session of poda has"},
    {"CREATE TRIGGER hangs BEFORE INSERT ON step BEGIN SELECT count(*) FROM (WITH RECURSIVE n(i) AS (SELECT 1"
     " UNION ALL SELECT i + 1 FROM n) SELECT i FROM n); END",
     "holds the trigger hangs,"},
    {"CREATE VIEW \"more\n\" AS SELECT 1", "holds the view more\\x0a,"},
    {"DROP VIEW note; CREATE VIEW note AS SELECT 1 AS id, 1 AS step, 'x' AS text, 1 AS time", "damaged"},
    {"CREATE TABLE later(x)", "holds the table later,"},
    {"CREATE INDEX other ON step(command)", "holds the index other,"},
    {"ANALYZE", "holds the table sqlite_stat1,"},
    {"CREATE VIRTUAL TABLE f USING fts5(x)", "holds the table f"},
    {"ALTER TABLE step ADD COLUMN more TEXT", "this is not what poda makes: step"},
    {"ALTER TABLE step RENAME TO old; CREATE VIEW step AS SELECT * FROM old", "holds the table old,"},
    {"DROP INDEX event_text", "missing"},
    {"DROP VIEW tag", "missing"},
    {"UPDATE sqlite_sequence SET seq = 9223372036854775807 WHERE name = 'step'", "its table step"},
    {"UPDATE sqlite_sequence SET seq = -5 WHERE name = 'event'", "its table event"},
    {"INSERT INTO step(id, command, time, hash) VALUES(9223372036854775807, 'x', 0, '')", "its table step"},
    {"INSERT INTO step(id, command, time, hash) VALUES(-1, 'x', 0, '')", "its table step"},
    {"INSERT INTO measurement SELECT 9007199254740992, step, metric, split, slice, n, value, low, high, "
     "exact,"
     " environment, time, hash FROM measurement",
     "its table measurement"},
};

static void what_is_not_ours_is_refused_by_name(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof schemas / sizeof *schemas; i++) {
        char name[32];
        snprintf(name, sizeof name, "%zu.db", i);
        const char *path = given(name);
        int64_t steps, time;
        char *model;
        struct err e = {0};
        raw_sql(path, schemas[i].sql);
        for (int mode = 0; mode < 2; mode++)
            REFUSED(store_open(path, mode ? STORE_LOOK : STORE_OPEN, clock_now, &e), ERR_UNREADABLE,
                    schemas[i].says);
        REFUSED(store_peek(path, &steps, &time, &model, &e), ERR_UNREADABLE, schemas[i].says);
        REFUSED(store_open(path, STORE_OPEN, clock_now, &e), ERR_UNREADABLE, "sessions repair");
    }
}

/* What another program puts in while the session is open is not run either. */
static void a_trigger_that_comes_later_is_not_run(void **state)
{
    (void)state;
    struct err e = {0};
    const char *path = given("s.db");
    struct store *s = open_at(path);
    raw_sql(path, schemas[0].sql);
    assert_true(store_note(s, 1, "another", &e));
    assert_int_equal(add_step(s, "three"), 3);
    store_close(s);
    assert_int_equal(raw_number(path, "SELECT count(*) FROM step WHERE command = 'x'"), 0);
}

static double no_clock(void)
{
    return 0;
}

static void open_session(struct session *s, const char *path, bool look)
{
    static struct runner serial;
    struct err e = {0};
    runner_serial(&serial, NULL);
    if (!session_open(s, &(struct session_options){.path = path, .seed = 1, .look = look}, &serial, no_clock,
                      &e))
        fail_msg("%s", e.message);
}

/* What is as long as the highest number would not fit into any memory. */
static void numbers_with_gaps_cost_nothing(void **state)
{
    (void)state;
    const char *path = scratch_path("s.db");
    struct session s;
    open_session(&s, path, false);
    json_free(session_says(&s, "open samples/breast-cancer/model.onnx"));
    json_free(session_says(&s, "prune 0.5"));
    session_close(&s);
    raw_sql(path, "PRAGMA foreign_keys=OFF; DELETE FROM visited; UPDATE here SET head = 4611686018427;"
                  "UPDATE step SET id = 4611686018427 WHERE id = 2;"
                  "UPDATE sqlite_sequence SET seq = 4611686018427 WHERE name = 'step'");
    for (int look = 0; look < 2; look++) {
        open_session(&s, path, look);
        struct json *history = session_says(&s, "history");
        const struct json *steps = json_get(history, "steps"), *second = json_next(json_first(steps));
        assert_int_equal(json_count(steps), 2);
        assert_true(json_num(json_get(second, "step"), 0) == 4611686018427.0);
        assert_true(json_true(json_get(second, "broken")));
        json_free(history);
        bool whole;
        json_free(look_news(&s, &whole, NULL));
        json_free(session_says(&s, "diff 1 4611686018427"));
        json_free(session_says(&s, "undo"));
        json_free(session_says(&s, "goto 4611686018427"));
        session_close(&s);
    }
    open_session(&s, path, false);
    json_free(session_says(&s, "prune 0.7"));
    assert_true(store_head(s.store) == 4611686018428);
    session_close(&s);
}

static void at_the_end_of_numbers_a_step_is_refused(void **state)
{
    (void)state;
    char command[] = "three", last[] = "last";
    struct err e = {0};
    const char *path = given("s.db");
    raw_sql(path, "UPDATE sqlite_sequence SET seq = 9007199254740990 WHERE name = 'step'");
    struct store *s = open_at(path);
    struct store_step step = {.parent = -1, .command = command}, next = {.parent = -1, .command = last};
    assert_true(store_add_step(s, &step, &e));
    assert_true(step.id == 9007199254740991);
    REFUSED(store_add_step(s, &next, &e), ERR_IO, "all numbers of the table step are taken");
    assert_true(store_head(s) == 9007199254740991);
    store_close(s);
    store_close(open_at(path));
    free(step.hash);
}

static void rows_that_no_poda_wrote_are_read_without_harm(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "INSERT INTO event(step, kind, text, newest, time, hash) VALUES(1, 'tag', NULL, 2, 1, '')",
        "INSERT INTO event(step, kind, text, newest, time, hash) VALUES(1, 'note', NULL, 2, 1, '')",
        "INSERT INTO event(step, kind, text, newest, time, hash) VALUES(1, 'tag', char(27, 10), 2, 1, '')",
        "UPDATE step SET result = '{', model_path = char(27), parent = 99, hash = 'x'",
        "UPDATE step SET result = '[' || replace(hex(zeroblob(50000)), '0', '[')",
        "UPDATE measurement SET metric = '', split = char(27), n = -1, value = 1e308, step = 2",
        "UPDATE here SET head = NULL",
        "DELETE FROM here",
        "DELETE FROM blob",
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char name[32];
        struct session s;
        snprintf(name, sizeof name, "%zu.db", i);
        const char *path = given(name);
        raw_sql(path, "PRAGMA foreign_keys=OFF");
        raw_sql(path, rows[i]);
        open_session(&s, path, true);
        struct json *history = session_says(&s, "history");
        struct buf text = {0};
        assert_int_equal(json_count(json_get(history, "steps")), 2);
        cmd_find("history")->say(history, &text);
        buf_release(&text);
        json_free(history);
        session_close(&s);
    }
}

/* Opened for working: the state is rebuilt from steps that say nothing, or what their hash denies. */
static void steps_without_their_answers_are_worked_on(void **state)
{
    (void)state;
    static const char *const edits[] = {
        "UPDATE step SET result = NULL WHERE id = 2",
        "UPDATE step SET result = '{\"portions\":7,\"cut_portions\":3}' WHERE id = 2",
        "UPDATE step SET result = '{\"portions\":' WHERE id = 2",
    };
    for (size_t i = 0; i < sizeof edits / sizeof *edits; i++) {
        char path[256];
        struct session s;
        snprintf(path, sizeof path, "%s%d", scratch_path("s.db"), (int)i);
        open_session(&s, path, false);
        json_free(session_says(&s, "open samples/breast-cancer/model.onnx"));
        json_free(session_says(&s, "prune 0.5"));
        session_close(&s);
        raw_sql(path, edits[i]);
        open_session(&s, path, false);
        json_free(session_says(&s, "sizes"));
        assert_true(s.state->portions == -1 && s.state->cut_portions == -1);
        session_close(&s);
    }
}

static void entries_stay_in_order_of_their_steps(void **state)
{
    (void)state;
    static const int64_t steps[] = {5, 1, INT64_MAX, 3, 4, 5, 2, INT64_MIN};
    struct by_step b = {.size = sizeof(int)};
    for (int i = 0; i < 8; i++)
        *(int *)by_step_add(&b, steps[i]) += i + 1;
    assert_int_equal(b.n, 7);
    for (size_t i = 1; i < b.n; i++)
        assert_true(b.steps[i - 1] < b.steps[i]);
    assert_int_equal(*(int *)by_step_at(&b, 5), 1 + 6);
    assert_int_equal(*(int *)by_step_at(&b, INT64_MAX), 3);
    assert_int_equal(*(int *)by_step_at(&b, INT64_MIN), 8);
    assert_null(by_step_at(&b, 6));
    by_step_clear(&b);
    assert_null(by_step_at(&b, 5));
    assert_int_equal(*(int *)by_step_add(&b, 5), 0);
    by_step_release(&b);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, scratch_make, scratch_remove)
    const struct CMUnitTest tests[] = {
        TEST(what_is_not_ours_is_refused_by_name),
        TEST(a_trigger_that_comes_later_is_not_run),
        TEST(numbers_with_gaps_cost_nothing),
        TEST(at_the_end_of_numbers_a_step_is_refused),
        TEST(rows_that_no_poda_wrote_are_read_without_harm),
        TEST(steps_without_their_answers_are_worked_on),
        TEST(entries_stay_in_order_of_their_steps),
    };
    return cmocka_run_group_tests_name("strangers", tests, NULL, NULL);
}
