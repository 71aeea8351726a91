/* Can a session be trusted: changes behind the program's back are seen, and questions in SQL change nothing. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/json.h"
#include "store/session.h"
#include "tests/unit/util_store.h"

static void collect_fault(void *data, const char *table, int64_t row, const char *what)
{
    buf_printf(data, "%s %lld %s;", table, (long long)row, what);
}

/* Each way of changing a row behind the program's back, and the rows that then stand out. */
static const struct {
    const char *sql, *faults;
} tampering[] = {
    {"UPDATE step SET result = 'better' WHERE id = 2", "step 2 is not what its hash says;"},
    {"UPDATE step SET result = NULL WHERE id = 1", "step 1 is not what its hash says;"},
    {"UPDATE step SET time = time + 1 WHERE id = 3", "step 3 is not what its hash says;"},
    {"UPDATE step SET parent = 1 WHERE id = 3", "step 3 is not what its hash says;"},
    {"UPDATE step SET parent = NULL WHERE id = 3", "step 3 is not what its hash says;"},
    {"UPDATE step SET hash = replace(hash, substr(hash, 1, 1), 'x') WHERE id = 1",
     "step 1 is not what its hash says;step 2 is not what its hash says;"},
    {"UPDATE step SET data_path = 'a', data_hash = NULL WHERE id = 1", "step 1 is not what its hash says;"},
    {"DELETE FROM measurement", "measurement 1 is missing;"},
    {"UPDATE measurement SET value = 0.76", "measurement 1 is not what its hash says;"},
    {"UPDATE measurement SET exact = 1", "measurement 1 is not what its hash says;"},
    {"UPDATE measurement SET slice = split, split = NULL", "measurement 1 is not what its hash says;"},
    {"UPDATE event SET text = 'fine' WHERE kind = 'note'", "event 1 is not what its hash says;"},
    {"DELETE FROM event WHERE id = 1", "event 1 is missing;"},
    {"DELETE FROM event WHERE id = 2", "event 2 is missing;"},
    {"UPDATE event SET step = 1 WHERE id = 2", "event 2 is not what its hash says;"},
    {"UPDATE blob SET bytes = zeroblob(3) WHERE id = 1", "blob 1 is not what its hash says;"},
};

static void tampering_is_seen(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof tampering / sizeof *tampering; i++) {
        char name[32];
        snprintf(name, sizeof name, "%zu.poda", i);
        const char *path = scratch_path(name);
        struct store *s = open_at(path);
        struct err e = {0};
        struct buf faults = {0};
        struct store_step first = {
            .parent = 0, .command = "open", .result = "r", .data_path = NULL, .data_hash = "a"};
        assert_true(store_add_step(s, &first, &e));
        free(first.hash);
        add_step(s, "two"), add_step(s, "three");
        assert_true(store_note(s, 2, "bad", &e) && store_tag(s, 2, "t", &e) && store_measure(s, &rough, &e));
        assert_true(store_check(s, &e));
        store_close(s);
        raw_sql(path, tampering[i].sql);
        s = open_at(path);
        assert_true(store_faults(s, collect_fault, &faults, &e));
        assert_string_equal(buf_text(&faults), tampering[i].faults);
        REFUSED(store_check(s, &e), ERR_UNREADABLE, "row");
        buf_release(&faults);
        store_close(s);
    }
}

static void count_fault(void *data, const char *table, int64_t row, const char *what)
{
    (void)table, (void)row, (void)what;
    ++*(int *)data;
}

/* The same rows, at the same times, in two sessions: as another's pages come into an open one when its file is copied over. */
static void rows_of_another_session_do_not_pass_for_its_own(void **state)
{
    (void)state;
    struct err e = {0};
    int faults = 0;
    const char *mine = scratch_path("mine.db"), *other = scratch_path("other.db");
    for (int i = 0; i < 2; i++) {
        clock_set(1000);
        struct store *s = open_at(i ? other : mine);
        add_step(s, "one"), add_step(s, "two");
        assert_true(store_note(s, 1, "bad", &e) && store_measure(s, &rough, &e));
        store_close(s);
    }
    char take[600];
    snprintf(
        take, sizeof take,
        "ATTACH '%s' AS o; PRAGMA foreign_keys=OFF; DELETE FROM step; INSERT INTO step SELECT * FROM o.step;"
        "DELETE FROM event; INSERT INTO event SELECT * FROM o.event;"
        "DELETE FROM measurement; INSERT INTO measurement SELECT * FROM o.measurement",
        other);
    raw_sql(mine, take);
    struct store *s = open_at(mine);
    assert_true(store_faults(s, count_fault, &faults, &e));
    assert_int_equal(faults, 4);
    store_close(s);
    raw_sql(other, "UPDATE self SET id = 'short'");
    REFUSED(store_open(other, STORE_LOOK, clock_now, &e), ERR_UNREADABLE, "its own id is missing");
    raw_sql(other, "DELETE FROM self");
    REFUSED(store_open(other, STORE_OPEN, clock_now, &e), ERR_UNREADABLE, "its own id is missing");
}

static char *ask(struct store *s, const char *sql)
{
    struct err e = {0};
    struct buf out = {0};
    struct json *j = store_sql(s, sql, &e);
    if (j)
        json_print(j, &out);
    else
        buf_printf(&out, "%s: %s", err_word(e.code), e.message);
    json_free(j);
    err_release(&e);
    return buf_take(&out);
}

static void check_answer(struct store *s, const char *sql, const char *wanted)
{
    char *answer = ask(s, sql);
    if (!strstr(answer, wanted))
        fail_msg("%s gives %s, not %s", sql, answer, wanted);
    free(answer);
}

static void sql_reads(void **state)
{
    (void)state;
    struct store *s = open_at(NULL);
    struct err e = {0};
    add_step(s, "a"), add_step(s, "b");
    assert_true(store_tag(s, 2, "t", &e) && store_note(s, 1, "n", &e) && store_measure(s, &rough, &e));
    check_answer(
        s, "SELECT id, parent, command FROM step ORDER BY id;",
        "{\"columns\":[\"id\",\"parent\",\"command\"],\"rows\":[[1,null,\"a\"],[2,1,\"b\"]],\"more\":false}");
    check_answer(s, "SELECT id, id FROM step WHERE 0",
                 "{\"columns\":[\"id\",\"id\"],\"rows\":[],\"more\":false}");
    check_answer(s, "SELECT name, step FROM tag UNION ALL SELECT text, step FROM note",
                 "[[\"t\",2],[\"n\",1]]");
    check_answer(s, "SELECT value, 1e999, bytes FROM measurement, blob LIMIT 1",
                 "[[0.75,null,\"(1 bytes)\"]]");
    check_answer(
        s, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000) SELECT i FROM n",
        "[10000]],\"more\":true}");
    store_close(s);
}

static void sql_cannot_write(void **state)
{
    (void)state;
    static const char *const refused[] = {
        "DELETE FROM step",
        "INSERT INTO event(step, kind, newest, time, hash) VALUES(1, 'x', 1, 1, '')",
        "UPDATE step SET command = 'x'",
        "DROP TABLE step",
        "CREATE TABLE x(y)",
        "CREATE TEMP TABLE x(y)",
        "ATTACH '/tmp/poda-no' AS x",
        "PRAGMA user_version = 7",
        "PRAGMA journal_mode = DELETE",
        "SELECT * FROM pragma_table_info('step')",
        "SELECT load_extension('x')",
        "BEGIN",
        "COMMIT",
        "VACUUM",
        "VACUUM INTO '/tmp/poda-no'",
        "REINDEX",
        "ANALYZE",
        "SELECT 1; DELETE FROM step",
        "",
        ";",
        "nonsense",
        "SELECT nothing FROM step",
        "WITH x AS (SELECT 1) DELETE FROM step",
        "DELETE FROM step RETURNING id",
        "SELECT zeroblob(2000000000)",
        "SELECT hex(zeroblob(3000000))"};
    const char *path = scratch_path("s.poda");
    struct store *s = open_at(path);
    add_step(s, "a");
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        check_answer(s, refused[i], "usage: sql: ");
    check_answer(s,
                 "WITH n(i) AS (VALUES(0),(1),(2),(3),(4),(5),(6),(7),(8),(9)) SELECT count(*)"
                 " FROM n a, n b, n c, n d, n e, n f, n g, n h",
                 "usage: sql: stopped");
    check_answer(s, "SELECT count(*) FROM step", "[[1]]");
    assert_int_equal(add_step(s, "b"), 2); /* and the program itself can still write */
    assert_int_equal(raw_number(path, "PRAGMA user_version"), 2);
    store_close(s);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, scratch_make, scratch_remove)
    const struct CMUnitTest tests[] = {
        TEST(tampering_is_seen),
        TEST(rows_of_another_session_do_not_pass_for_its_own),
        TEST(sql_reads),
        TEST(sql_cannot_write),
    };
    return cmocka_run_group_tests_name("store_trust", tests, NULL, NULL);
}
