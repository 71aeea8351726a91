/* What repair saves where the schema's text is damaged, what it says was left, and that it never calls nothing a success. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/err.h"
#include "engine/base/file.h"
#include "store/session.h"
#include "tests/unit/util_store.h"

enum { STEPS = 30 };

/* Steps with a mask each, the first measured, the last tagged and noted. */
static const char *given(void)
{
    struct err e = {0};
    const char *path = scratch_path("s.db");
    struct store *s = open_at(path);
    for (int i = 0; i < STEPS; i++) {
        char command[32];
        snprintf(command, sizeof command, "prune 0.%02d", i);
        add_step(s, command);
    }
    assert_true(store_measure(s, &rough, &e) && store_tag(s, STEPS, "last", &e) &&
                store_note(s, STEPS, "why", &e));
    store_close(s);
    return path;
}

static struct store_saved repaired(const char *path, const char *to)
{
    struct err e = {0};
    struct store_saved saved;
    remove(to);
    if (!store_repair(path, to, &saved, &e))
        fail_msg("%s", e.message);
    assert_false(file_exists(scratch_path("saved.db-copy")));
    return saved;
}

/* All is there, agrees with its hash, and stands where it stood. */
static void all_saved(const char *path)
{
    struct err e = {0};
    int64_t last = 0;
    const char *to = scratch_path("saved.db");
    const struct store_saved saved = repaired(path, to);
    assert_int_equal(saved.steps.saved, STEPS);
    assert_int_equal(saved.events.saved, 2);
    assert_int_equal(saved.measurements.saved, 1);
    assert_int_equal(saved.blobs.saved, STEPS);
    assert_true(saved.steps.left == 0 && saved.events.left == 0 && saved.measurements.left == 0 &&
                saved.blobs.left == 0 && saved.broken == 0 && !saved.id_lost);
    struct store *s = open_at(to);
    if (!store_check(s, &e))
        fail_msg("%s", e.message);
    assert_true(store_find(s, "last", &last, &e) && last == STEPS && store_head(s) == STEPS);
    assert_int_equal(add_step(s, "goes on"), STEPS + 1);
    store_close(s);
}

/* Where the text stands in the file, once. */
static size_t place_of(const unsigned char *bytes, size_t n, const char *text)
{
    size_t length = strlen(text);
    for (size_t i = 0; i + length <= n; i++)
        if (memcmp(bytes + i, text, length) == 0)
            return i;
    fail_msg("no %s in the file", text);
    return 0;
}

/* One bit of each few bytes of what the schema says of a table: its kind, its name, its text. */
static void a_bit_in_the_schema_costs_no_row(void **state)
{
    (void)state;
    static const char *const tables[] = {"step", "blob", "event", "measurement", "self", "here", "visited"};
    size_t n;
    char bad[256];
    unsigned char *bytes = raw_bytes(given(), &n);
    snprintf(bad, sizeof bad, "%s", scratch_path("bad.db")); /* outlives the ring */
    for (size_t t = 0; t < sizeof tables / sizeof *tables; t++) {
        char text[40];
        snprintf(text, sizeof text, "CREATE TABLE %s(", tables[t]);
        size_t from = place_of(bytes, n, text), length = strlen(text);
        for (size_t at = 0; at < length + 60; at += 3) {
            bytes[from + at] ^= 1;
            raw_write(bad, bytes, n);
            all_saved(bad);
            bytes[from + at] ^= 1;
        }
        for (size_t at = 2; at <= 2 * strlen(tables[t]) + 2;
             at++) { /* its name twice, before the root page's number */
            bytes[from - at] ^= 4;
            raw_write(bad, bytes, n);
            all_saved(bad);
            bytes[from - at] ^= 4;
        }
    }
    memset(bytes + place_of(bytes, n, "CREATE TABLE step(") + 2, 'x', 150);
    raw_write(bad, bytes, n);
    all_saved(bad);
    free(bytes);
}

static void what_a_stranger_added_is_left_out(void **state)
{
    (void)state;
    const char *path = given();
    raw_sql(path, "CREATE TRIGGER t AFTER INSERT ON step BEGIN DELETE FROM event; END; CREATE TABLE more(x);"
                  "CREATE VIEW v AS SELECT 1; UPDATE sqlite_sequence SET seq = seq + 3 WHERE name = 'event'");
    const struct store_saved saved = repaired(path, scratch_path("saved.db"));
    assert_int_equal(saved.steps.saved, STEPS);
    assert_int_equal(saved.events.left, 3);
    store_close(open_at(scratch_path("saved.db")));
}

static void what_is_left_is_counted(void **state)
{
    (void)state;
    const char *path = given();
    raw_sql(path,
            "PRAGMA foreign_keys=OFF; DELETE FROM step WHERE id IN (3, 7, 30); DELETE FROM blob WHERE id = 5;"
            "DELETE FROM measurement; UPDATE event SET text = 'because' WHERE kind = 'note'");
    struct store_saved saved = repaired(path, scratch_path("saved.db"));
    assert_true(saved.steps.saved == STEPS - 3 && saved.steps.left == 3);
    assert_true(saved.events.saved == 2 && saved.events.left == 0);
    assert_true(saved.measurements.saved == 0 && saved.measurements.left == 1);
    assert_true(saved.blobs.saved == STEPS - 1 && saved.blobs.left == 1);
    assert_int_equal(saved.broken, 3); /* the note, and the steps whose parent's hash is gone */
    raw_sql(path, "UPDATE step SET id = 4000000000000 WHERE id = 29");
    saved = repaired(path, scratch_path("saved.db"));
    assert_int_equal(saved.steps.left, -1);
}

/* A row that was given an impossible number is no row less. */
static void rows_with_odd_numbers_are_counted(void **state)
{
    (void)state;
    static const char *const odd[] = {"9223372036854775807", "-5", "0"};
    const char *to = scratch_path("saved.db");
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
        const char *path = given();
        char sql[200];
        snprintf(
            sql, sizeof sql,
            "UPDATE step SET id = %s WHERE id = 30; UPDATE sqlite_sequence SET seq = 29 WHERE name = 'step'",
            odd[i]);
        raw_sql(path, sql);
        const struct store_saved saved = repaired(path, to);
        assert_int_equal(saved.steps.saved, STEPS - 1);
        assert_int_equal(saved.steps.left, 1);
        remove(path);
    }
}

/* Of a cell of SQLite's: how long its row is and the row's number, in base 128. */
static unsigned char *after_number(unsigned char *at, int64_t *n)
{
    *n = 0;
    do
        *n = *n << 7 | (*at & 127);
    while (*at++ & 128);
    return at;
}

enum { PAGE = 4096, LEAF = 13, LEAF_HEAD = 8 };

/* The number of the step with this number, in whatever leaf it is. */
static unsigned char *number_of_step(unsigned char *bytes, size_t n, int64_t id)
{
    char command[32];
    snprintf(command, sizeof command, "prune 0.%02d", (int)id - 1);
    for (unsigned char *page = bytes + PAGE; page + PAGE <= bytes + n; page += PAGE)
        for (int i = 0; page[0] == LEAF && i < page[3] * 256 + page[4]; i++) {
            int64_t length, number;
            unsigned char *cell = page + page[LEAF_HEAD + 2 * i] * 256 + page[LEAF_HEAD + 2 * i + 1];
            unsigned char *at = after_number(cell, &length), *row = after_number(at, &number);
            for (int64_t k = 0; number == id && k + 10 < length; k++)
                if (memcmp(row + k, command, strlen(command)) == 0)
                    return at;
        }
    fail_msg("no cell of step %d", (int)id);
    return NULL;
}

/* The last number of a leaf leads back to the beginning, and the next leaf cannot be read: who looks on from there has no end. */
static void a_tree_that_leads_back_has_an_end(void **state)
{
    (void)state;
    size_t n;
    int first = STEPS;
    const char *path = given();
    unsigned char *bytes = raw_bytes(path, &n);
    size_t page = (size_t)(number_of_step(bytes, n, STEPS) - bytes) / PAGE;
    while ((size_t)(number_of_step(bytes, n, first - 1) - bytes) / PAGE == page)
        first--;
    *number_of_step(bytes, n, first - 1) = 1;
    bytes[page * PAGE] = 0;
    raw_write(path, bytes, n);
    free(bytes);
    alarm(60);
    const struct store_saved saved = repaired(path, scratch_path("saved.db"));
    alarm(0);
    assert_int_equal(saved.steps.saved, first - 2);
    assert_int_equal(saved.steps.left, STEPS - (first - 2));
}

static void without_its_id_no_row_passes(void **state)
{
    (void)state;
    struct err e = {0};
    const char *path = given();
    raw_sql(path, "DELETE FROM self");
    const struct store_saved saved = repaired(path, scratch_path("saved.db"));
    assert_true(saved.id_lost && saved.steps.saved == STEPS && saved.broken == STEPS + 3);
    struct store *s = open_at(scratch_path("saved.db"));
    REFUSED(store_check(s, &e), ERR_UNREADABLE, "row 1 of step");
    store_close(s);
}

static void an_old_session_is_saved_as_it_verified(void **state)
{
    (void)state;
    struct err e = {0};
    const struct store_saved saved = repaired("tests/data/sessions/version_1.poda", scratch_path("saved.db"));
    assert_true(saved.steps.saved == 3 && saved.events.saved == 4 && saved.broken == 0);
    struct store *s = open_at(scratch_path("saved.db"));
    if (!store_check(s, &e))
        fail_msg("%s", e.message);
    assert_int_equal(store_head(s), 2);
    assert_int_equal(add_step(s, "goes on"), 4);
    assert_true(store_check(s, &e));
    store_close(s);
}

static void nothing_is_no_success(void **state)
{
    (void)state;
    size_t n;
    struct err e = {0};
    struct store_saved saved;
    const char *path = given(), *to = scratch_path("saved.db");
    int64_t root = raw_number(path, "SELECT rootpage FROM sqlite_schema WHERE name = 'step'");
    unsigned char *bytes = raw_bytes(path, &n);
    memset(bytes + (root - 1) * 4096, 0xee, 4096);
    raw_write(path, bytes, n);
    free(bytes);
    REFUSED(store_repair(path, to, &saved, &e), ERR_UNREADABLE, "no step in it can be read");
    assert_false(file_exists(to));
    store_close(open_at(scratch_path("empty.db")));
    REFUSED(store_repair(scratch_path("empty.db"), to, &saved, &e), ERR_UNREADABLE, "no step in it");
    assert_false(file_exists(to));
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, scratch_make, scratch_remove)
    const struct CMUnitTest tests[] = {
        TEST(a_bit_in_the_schema_costs_no_row),
        TEST(what_a_stranger_added_is_left_out),
        TEST(what_is_left_is_counted),
        TEST(rows_with_odd_numbers_are_counted),
        TEST(a_tree_that_leads_back_has_an_end),
        TEST(without_its_id_no_row_passes),
        TEST(an_old_session_is_saved_as_it_verified),
        TEST(nothing_is_no_success),
    };
    return cmocka_run_group_tests_name("store_repair", tests, NULL, NULL);
}
