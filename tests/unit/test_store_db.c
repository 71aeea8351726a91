/* The gate to SQLite, and the session files of every version that was ever given out. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"
#include "store/db.h"
#include "store/session.h"
#include "tests/unit/util_store.h"

static void a_transaction_remembers_who_opened_it(void **state)
{
    (void)state;
    struct err e = {0};
    int64_t n = -1;
    struct db *d = db_open(NULL, DB_LOOK, &e);
    assert_true(db_script(d, "CREATE TABLE t(x)", &e) && db_begin(d, &e));
    REFUSED(db_begin(d, &e), ERR_INTERNAL, "test_store_db.c:");
    assert_true(db_do(d, &e, "INSERT INTO t VALUES(1)", ""));
    assert_false(db_finish(d, false, &e)); /* taken back */
    assert_true(db_number(d, "SELECT count(*) FROM t", 0, -1, &n, &e));
    assert_int_equal(n, 0);
    assert_true(db_begin(d, &e) && db_finish(d, db_do(d, &e, "INSERT INTO t VALUES(2)", ""), &e));
    assert_true(db_number(d, "SELECT x FROM t WHERE x = ?", 2, -1, &n, &e) && n == 2);
    assert_true(db_number(d, "SELECT x FROM t WHERE x = ?", 3, -1, &n, &e) && n == -1);
    REFUSED(db_number(d, "SELECT nothing", 0, 0, &n, &e), ERR_IO, "nothing");
    db_close(d);
}

static void statements_nest_and_keep_their_values(void **state)
{
    (void)state;
    struct err e = {0};
    struct rows outer, inner;
    int pairs = 0;
    const struct value v[] = {value_int(-5), value_real(NAN), value_text(NULL), value_text("x")};
    struct db *d = db_open(NULL, DB_LOOK, &e);
    assert_true(db_script(d, "CREATE TABLE t(a, b, c, d)", &e));
    assert_true(db_do_values(d, &e, "INSERT INTO t VALUES(?,?,?,?)", v, 4));
    assert_true(db_do(d, &e, "INSERT INTO t(a, d) VALUES(?,?)", "ib", (int64_t)7, "bytes", (size_t)5));
    assert_true(db_rows(d, &outer, &e, "SELECT * FROM t ORDER BY a", ""));
    while (db_next(&outer, &e)) { /* the same text twice at once */
        assert_true(db_rows(d, &inner, &e, "SELECT * FROM t ORDER BY a", ""));
        while (db_next(&inner, &e))
            pairs++;
        db_end(&inner);
        assert_true(isnan(row_double(&outer, 1)));
        assert_null(row_text(&outer, 2));
        assert_int_equal(row_value(&outer, 3).kind, row_int(&outer, 0) == 7 ? VALUE_BYTES : VALUE_TEXT);
    }
    db_end(&outer);
    assert_int_equal(pairs, 4);
    db_close(d);
}

/* All of them hold the same: a tag, a note, a hidden step, a measurement, and undo at the end. */
static void sessions_of_every_version_open_forever(void **state)
{
    (void)state;
    static const char *const kept[] = {"version_1.poda", "version_2.poda"};
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++) {
        struct err e = {0};
        int64_t step = 0;
        char path[64];
        snprintf(path, sizeof path, "tests/data/sessions/%s", kept[i]);
        struct store *s = store_open(path, STORE_LOOK, clock_now, &e);
        if (!s)
            fail_msg("%s", e.message);
        assert_int_equal(store_last(s), 3);
        assert_int_equal(store_head(s), 2);
        assert_true(store_find(s, "candidate", &step, &e) && store_check(s, &e) && store_redo(s, &e));
        assert_int_equal(step, 3);
        store_close(s);
    }
}

/* A row of before keeps its hash, and those that come stand under the session's id. */
static void an_old_session_goes_on_in_the_new_format(void **state)
{
    (void)state;
    size_t n;
    struct err e = {0};
    struct store_step before, after;
    const char *path = scratch_path("s.db");
    unsigned char *bytes = raw_bytes("tests/data/sessions/version_1.poda", &n);
    raw_write(path, bytes, n);
    free(bytes);
    struct store *s = store_open(path, STORE_LOOK, clock_now, &e);
    assert_true(store_get_step(s, 3, &before, &e));
    store_close(s);
    s = open_at(path);
    assert_true(store_check(s, &e));
    assert_int_equal(add_step(s, "prune 0.9"), 4);
    assert_true(store_note(s, 4, "new", &e) && store_measure(s, &rough, &e) && store_check(s, &e));
    assert_true(store_get_step(s, 3, &after, &e));
    assert_string_equal(before.hash, after.hash);
    store_step_release(&before);
    store_step_release(&after);
    store_close(s);
    assert_int_equal(raw_number(path, "PRAGMA user_version"), 2);
    assert_int_equal(raw_number(path, "SELECT old_step FROM self"), 3);
    raw_sql(path, "UPDATE self SET id = lower(hex(randomblob(16)))");
    s = open_at(path);
    REFUSED(store_check(s, &e), ERR_UNREADABLE, "row 4 of step");
    store_close(s);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, scratch_make, scratch_remove)
    const struct CMUnitTest tests[] = {
        TEST(a_transaction_remembers_who_opened_it),
        TEST(statements_nest_and_keep_their_values),
        TEST(sessions_of_every_version_open_forever),
        TEST(an_old_session_goes_on_in_the_new_format),
    };
    return cmocka_run_group_tests_name("store_db", tests, NULL, NULL);
}
