/* A session that other programs touch while it is open: rows that come or change, the file deleted, renamed or replaced, its folder
 * gone, a disk that takes nothing. Nothing is lost, and what happened is told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/base/err.h"
#include "store/session.h"
#include "tests/unit/util_store.h"

struct seen {
    int64_t steps[16];
    int n;
};

static void see(void *data, int64_t step)
{
    struct seen *s = data;
    s->steps[s->n++] = step;
}

/* These steps, in this order (0 ends them), came since. */
static void since(struct store *s, struct store_seen *from, bool others, const int64_t *wanted)
{
    struct seen seen = {.n = 0};
    bool elsewhere;
    struct err e = {0};
    assert_true(store_since(s, from, &elsewhere, see, &seen, &e));
    assert_int_equal(elsewhere, others);
    for (int i = 0; i < seen.n; i++)
        assert_int_equal(seen.steps[i], wanted[i]);
    assert_int_equal(wanted[seen.n], 0);
}
#define STEPS(...) ((const int64_t[]){__VA_ARGS__, 0})

static void only_what_is_new_is_told(void **state)
{
    (void)state;
    struct err e = {0};
    struct store *s = open_at(scratch_path("s.db"));
    struct store_seen from = {0};
    add_step(s, "one");
    add_step(s, "two");
    assert_true(store_tag(s, 1, "best", &e));
    since(s, &from, false, STEPS(1, 2));
    since(s, &from, false, STEPS(0));
    assert_true(store_tag(s, 2, "best", &e)); /* leaves #1 */
    since(s, &from, false, STEPS(1, 2));
    assert_true(store_note(s, 2, "why", &e) && store_goto(s, 1, &e));
    since(s, &from, false, STEPS(2));
    assert_true(store_measure(s, &rough, &e));
    add_step(s, "three");
    since(s, &from, false, STEPS(1, 3));
    assert_true(store_hide(s, 3, &e));
    since(s, &from, false, STEPS(3));
    raw_sql(scratch_path("s.db"), "UPDATE step SET command = 'another' WHERE id = 2");
    since(s, &from, true, STEPS(0));
    since(s, &from, false, STEPS(0));
    store_close(s);
}

static void parents_come_before_their_children(void **state)
{
    (void)state;
    struct err e = {0};
    struct store_step step;
    struct store *s = open_at(scratch_path("s.db"));
    add_step(s, "one");
    add_step(s, "two");
    raw_sql(scratch_path("s.db"), "UPDATE step SET parent = 2 WHERE id = 1");
    assert_true(store_get_step(s, 1, &step, &e));
    assert_int_equal(step.parent, 0);
    assert_true(step.broken);
    store_step_release(&step);
    store_close(s);
}

/* Steps 1 to 3 are there and agree with their hashes. */
static void whole(const char *path)
{
    struct err e = {0};
    struct stat st;
    struct store *s = open_at(path);
    assert_false(store_is_readonly(s));
    assert_int_equal(store_last(s), 3);
    assert_int_equal(store_head(s), 3);
    if (!store_check(s, &e))
        fail_msg("%s", e.message);
    store_close(s);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
}

static struct store *two_steps(const char *path)
{
    struct store *s = open_at(path);
    add_step(s, "one");
    add_step(s, "two");
    assert_null(store_notice(s));
    return s;
}

static void a_file_that_is_deleted_is_written_again(void **state)
{
    (void)state;
    const char *path = scratch_path("s.db");
    struct store *s = two_steps(path);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(add_step(s, "three"), 3);
    assert_non_null(strstr(store_notice(s), "deleted or renamed"));
    assert_false(store_is_readonly(s));
    store_close(s);
    whole(path);
    assert_int_not_equal(access(scratch_path("s.db.saved"), F_OK), 0);
}

static void a_file_that_is_renamed_stays_as_it_was(void **state)
{
    (void)state;
    const char *path = scratch_path("s.db"), *other = scratch_path("other.db");
    struct store *s = two_steps(path);
    assert_int_equal(rename(path, other), 0);
    assert_int_equal(add_step(s, "three"), 3);
    store_close(s);
    whole(path);
    s = open_at(other);
    assert_int_equal(store_last(s), 2);
    assert_true(store_check(s, NULL));
    store_close(s);
}

/* The log of the file that was there must not be taken for the other one's: that would tear it. */
static void another_session_in_its_place_stays_whole(void **state)
{
    (void)state;
    const char *path = scratch_path("s.db"), *other = scratch_path("other.db");
    struct store *s = two_steps(other);
    add_step(s, "three");
    store_close(s);
    s = two_steps(path);
    assert_int_equal(rename(other, path), 0);
    add_step(s, "three of mine");
    store_close(s);
    whole(path);
    whole(scratch_path("s.db.saved"));
}

static void a_file_that_is_replaced_is_left_alone(void **state)
{
    (void)state;
    const char *path = scratch_path("s.db");
    struct store *s = two_steps(path);
    size_t n;
    assert_int_equal(unlink(path), 0);
    raw_write(path, "of somebody else", 16);
    assert_int_equal(add_step(s, "three"), 3);
    assert_string_equal(store_path(s), scratch_path("s.db.saved"));
    assert_non_null(strstr(store_notice(s), "goes on as"));
    assert_non_null(strstr(store_notice(s), scratch_path("s.db.saved")));
    store_close(s);
    whole(scratch_path("s.db.saved"));
    unsigned char *bytes = raw_bytes(path, &n);
    assert_int_equal(n, 16);
    assert_memory_equal(bytes, "of somebody else", 16);
    free(bytes);
}

/* The session's file, what stands beside it, and the folder. */
static void take_away(const char *folder, const char *path)
{
    assert_int_equal(unlink(path), 0);
    unlink(scratch_path("folder/s.db-wal"));
    unlink(scratch_path("folder/s.db-shm"));
    unlink(scratch_path("folder/s.db-lock"));
    assert_int_equal(rmdir(folder), 0);
}

static void without_a_folder_nothing_is_lost_either(void **state)
{
    (void)state;
    char text[] = "three";
    struct err e = {0};
    const char *folder = scratch_path("folder"), *path = scratch_path("folder/s.db");
    assert_int_equal(mkdir(folder, 0700), 0);
    struct store *s = two_steps(path);
    take_away(folder, path);
    struct store_step step = {.parent = -1, .command = text};
    REFUSED(store_add_step(s, &step, &e), ERR_IO, "still holds every step");
    assert_int_equal(store_last(s), 2);
    assert_int_equal(mkdir(folder, 0700), 0);
    assert_int_equal(add_step(s, "three"), 3);
    store_close(s);
    whole(path);
    unlink(path);
    rmdir(folder);
}

/* Nothing was written after the file went: the end writes it. */
static void a_file_deleted_before_the_end_is_written_again(void **state)
{
    (void)state;
    struct err e = {0};
    bool anew;
    const char *path = scratch_path("s.db");
    struct store *s = two_steps(path);
    add_step(s, "three");
    assert_true(store_keep(s, &anew, &e));
    assert_false(anew);
    assert_int_equal(unlink(path), 0);
    assert_true(store_keep(s, &anew, &e));
    assert_true(anew);
    assert_non_null(strstr(store_notice(s), "deleted or renamed"));
    assert_int_equal(unlink(path), 0);
    store_close(s);
    whole(path);
}

static void at_the_end_nobody_elses_file_is_touched(void **state)
{
    (void)state;
    const char *path = scratch_path("s.db");
    struct store *s = two_steps(path);
    size_t n;
    add_step(s, "three");
    assert_int_equal(unlink(path), 0);
    raw_write(path, "of somebody else", 16);
    store_close(s);
    whole(scratch_path("s.db.saved"));
    free(raw_bytes(path, &n));
    assert_int_equal(n, 16);
}

static void what_cannot_be_kept_is_told(void **state)
{
    (void)state;
    struct err e = {0};
    bool anew;
    const char *folder = scratch_path("folder"), *path = scratch_path("folder/s.db");
    assert_int_equal(mkdir(folder, 0700), 0);
    struct store *s = two_steps(path);
    take_away(folder, path);
    REFUSED(store_keep(s, &anew, &e), ERR_IO, "cannot be saved anew");
    store_close(s);
}

/* Who only looks writes nothing, nor does a session that could not be opened. */
static void nothing_is_written_where_nothing_was_to_be(void **state)
{
    (void)state;
    struct err e = {0};
    const char *path = scratch_path("s.db");
    store_close(two_steps(path));
    struct store *s = store_open(path, STORE_LOOK, clock_now, &e);
    assert_non_null(s);
    assert_int_equal(unlink(path), 0);
    store_close(s);
    assert_int_not_equal(access(path, F_OK), 0);
}

/* ---- the same file, with other bytes ---- */

/* As another program writes: what this one does to the descriptors of a file would cost SQLite its locks. */
static void written_by_another(const char *path, const void *bytes, size_t n)
{
    int status;
    pid_t child = fork();
    if (child == 0) {
        raw_write(path, bytes, n);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

/* Two steps that are in the file, not in the log. */
static struct store *reopened(const char *path)
{
    store_close(two_steps(path));
    return open_at(path);
}

static void a_file_that_is_cut_short_is_written_again(void **state)
{
    (void)state;
    static const size_t kept[] = {0, 1, 4096, 20000};
    for (size_t i = 0; i < 2 * sizeof kept / sizeof *kept; i++) {
        char path[256];
        size_t n;
        snprintf(path, sizeof path, "%s%d", scratch_path("s.db"), (int)i);
        struct store *s = i % 2 ? reopened(path) : two_steps(path);
        unsigned char *bytes = raw_bytes(path, &n);
        written_by_another(path, bytes, kept[i / 2]);
        free(bytes);
        assert_int_equal(add_step(s, "three"), 3);
        assert_non_null(strstr(store_notice(s), "cut the session's file short"));
        assert_string_equal(store_path(s), path);
        store_close(s);
        whole(path);
    }
}

/* Each function that changes something reads first; none stumbles over what is not there. */
static void a_cut_is_noticed_by_whatever_changes_something(void **state)
{
    (void)state;
    for (int i = 0; i < 6; i++) {
        char path[256];
        struct err e = {0};
        bool anew;
        snprintf(path, sizeof path, "%s%d", scratch_path("s.db"), i);
        struct store *s = reopened(path);
        written_by_another(path, "", 0);
        bool ok = i == 0   ? store_undo(s, &e)
                  : i == 1 ? store_goto(s, 1, &e)
                  : i == 2 ? store_note(s, 1, "x", &e)
                  : i == 3 ? store_measure(s, &rough, &e)
                  : i == 4 ? store_rebuild(s, &e)
                           : store_keep(s, &anew, &e);
        if (!ok)
            fail_msg("%d: %s", i, e.message);
        assert_non_null(strstr(store_notice(s), "cut the session's file short"));
        assert_true(store_check(s, &e));
        assert_int_equal(store_last(s), 2);
        store_close(s);
    }
}

/* Another session, an older state of the same one, something else: what was copied over the open file stays as it is, to the byte,
 * and the session goes on beside it, whole. */
static void what_is_copied_over_an_open_file_is_left_alone(void **state)
{
    (void)state;
    size_t n, after_n;
    char older[256], path[256];
    snprintf(path, sizeof path, "%s", scratch_path("s.db"));
    snprintf(older, sizeof older, "%s", scratch_path("older.db"));
    store_close(two_steps(older));
    store_close(two_steps(path));
    for (int i = 0; i < 4; i++) {
        unsigned char *bytes = raw_bytes(i % 2 ? older : path, &n);
        if (i % 2 == 0) { /* an older state: it has not moved */
            struct err e = {0};
            struct store *s = open_at(path);
            assert_true(store_undo(s, &e) && store_redo(s, &e));
            store_close(s);
        }
        struct store *s = open_at(path);
        if (i == 3)
            memset(bytes + 5000, 'x', 3000);
        if (i >= 2)
            add_step(s, "three");
        written_by_another(path, bytes, n);
        if (i < 2)
            add_step(s, "three");
        char saved[300];
        store_close(s);
        snprintf(saved, sizeof saved, "%s.saved", path);
        unsigned char *after = raw_bytes(path, &after_n);
        assert_int_equal(n, after_n);
        assert_memory_equal(bytes, after, n);
        whole(saved);
        assert_int_not_equal(access(scratch_path("s.db-wal"), F_OK), 0);
        free(after);
        free(bytes);
        remove(saved);
        raw_write(path, "", 0);
        remove(path);
        store_close(two_steps(path));
    }
}

/* The log cut short, deleted, or both cut: all that was confirmed stands in the file again. */
static void a_log_that_is_cut_short_is_written_again(void **state)
{
    (void)state;
    for (int i = 0; i < 8; i++) {
        char path[256], log[300];
        size_t n;
        snprintf(path, sizeof path, "%s%d", scratch_path("s.db"), i);
        snprintf(log, sizeof log, "%s-wal", path);
        struct store *s = i % 2 ? reopened(path) : two_steps(path);
        if (i % 2)
            add_step(s, "three");
        unsigned char *bytes = raw_bytes(log, &n);
        if (i / 2 == 3)
            assert_int_equal(unlink(log), 0);
        else
            written_by_another(log, bytes, i / 2 ? n - 4096 : 0);
        free(bytes);
        if (i / 2 == 2)
            written_by_another(path, "", 0);
        if (i % 2 == 0)
            assert_int_equal(add_step(s, "three"), 3);
        assert_true(store_note(s, 3, "why", NULL));
        assert_non_null(store_notice(s));
        assert_non_null(strstr(store_notice(s), "changed the session's log"));
        assert_string_equal(store_path(s), path);
        store_close(s);
        whole(path);
    }
}

/* `cp other.db* .` while both are open: each is whole, the one that was copied to the last byte. */
static void a_session_copied_over_with_its_log_takes_nothing_along(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        char path[256], other[256], log[300];
        size_t n, log_n;
        snprintf(path, sizeof path, "%s%d", scratch_path("s.db"), i);
        snprintf(other, sizeof other, "%s%d", scratch_path("other.db"), i);
        struct store *theirs = two_steps(other), *s = i ? reopened(path) : two_steps(path);
        add_step(theirs, "three");
        snprintf(log, sizeof log, "%s-wal", other);
        unsigned char *bytes = raw_bytes(other, &n), *log_bytes = raw_bytes(log, &log_n);
        store_close(theirs);
        snprintf(log, sizeof log, "%s-wal", path);
        written_by_another(path, bytes, n);
        written_by_another(log, log_bytes, log_n);
        free(bytes);
        free(log_bytes);
        assert_int_equal(add_step(s, "three"), 3);
        assert_non_null(strstr(store_notice(s), "goes on as"));
        snprintf(log, sizeof log, "%s", store_path(s));
        store_close(s);
        whole(path);
        whole(log);
    }
}

/* What is given up, as where the disk is full, leaves frames in the log that no commit ends. */
static void frames_that_were_given_up_are_no_alarm(void **state)
{
    (void)state;
    struct err e = {0};
    const char *path = scratch_path("s.db");
    struct store *s = reopened(path);
    raw_sql(
        path,
        "PRAGMA cache_size = 1; BEGIN; CREATE TEMP TABLE n AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL"
        " SELECT i + 1 FROM n WHERE i < 300) SELECT i FROM n; INSERT INTO blob(hash, bytes) SELECT 'h' || i,"
        " zeroblob(3000) FROM n; ROLLBACK");
    assert_true(store_note(s, 1, "one", &e) && store_note(s, 1, "two", &e));
    assert_null(store_notice(s));
    written_by_another(path, "", 0);
    assert_int_equal(add_step(s, "three"), 3);
    store_close(s);
    whole(path);
}

static void touching_the_file_changes_nothing(void **state)
{
    (void)state;
    const char *path = scratch_path("s.db");
    struct store *s = reopened(path);
    assert_int_equal(utimensat(AT_FDCWD, path, NULL, 0), 0);
    assert_int_equal(chmod(path, 0640), 0);
    assert_int_equal(chmod(path, 0600), 0);
    assert_int_equal(add_step(s, "three"), 3);
    assert_null(store_notice(s));
    store_close(s);
    whole(path);
}

/* What SQLite itself does for other programs is no stranger's write. */
static void rows_of_others_and_a_long_log_are_no_alarm(void **state)
{
    (void)state;
    const char *path = scratch_path("s.db");
    struct err e = {0};
    struct store *s = reopened(path);
    raw_sql(
        path,
        "CREATE TEMP TABLE n AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE"
        " i < 3000) SELECT i FROM n; INSERT INTO blob(hash, bytes) SELECT 'h' || i, zeroblob(3000) FROM n;"
        "PRAGMA wal_checkpoint(TRUNCATE); DELETE FROM blob WHERE hash LIKE 'h%'; PRAGMA wal_checkpoint");
    assert_int_equal(add_step(s, "three"), 3);
    assert_null(store_notice(s));
    char big[1 << 20], mask[HASH_HEX];
    for (int i = 0; i < 40; i++) { /* past the length at which the log goes into the file */
        memset(big, 'a' + i % 26, sizeof big);
        big[0] = (char)i;
        char text[] = "big";
        struct store_step step = {.parent = 1, .command = text, .mask_after = mask};
        assert_true(store_put_blob(s, big, sizeof big, mask, &e) && store_add_step(s, &step, &e));
        free(step.hash);
    }
    struct stat log;
    assert_int_equal(stat(scratch_path("s.db-wal"), &log), 0);
    assert_true(log.st_size < 38 << 20);
    written_by_another(path, "", 0);
    add_step(s, "after");
    assert_non_null(strstr(store_notice(s), "cut the session's file short"));
    assert_true(store_check(s, &e));
    assert_int_equal(store_last(s), 44);
    store_close(s);
}

static void without_a_log_another_session_is_not_written_to(void **state)
{
    (void)state;
    struct err e = {0};
    size_t n, after_n;
    char text[] = "three";
    char path[256], other[256];
    snprintf(path, sizeof path, "%s", scratch_path("s.db"));
    snprintf(other, sizeof other, "%s", scratch_path("other.db"));
    fault_install(false);
    for (int i = 0; i < 2; i++) {
        struct store *one = open_at(i ? path : other);
        add_step(one, "one"), add_step(one, "two");
        store_close(one);
    }
    struct store *s = open_at(path);
    unsigned char *bytes = raw_bytes(other, &n);
    written_by_another(path, bytes, n);
    struct store_step step = {.parent = -1, .command = text};
    REFUSED(store_add_step(s, &step, &e), ERR_IO, "another program put something else into the file");
    store_close(s);
    unsigned char *after = raw_bytes(path, &after_n);
    assert_int_equal(n, after_n);
    assert_memory_equal(bytes, after, n);
    free(bytes);
    free(after);
    fault_remove();
}

static void count(void *data, const struct store_measure *m)
{
    (void)m;
    ++*(int *)data;
}

/* What waits for the disk is seen all the same. */
static void a_full_disk_can_be_looked_at(void **state)
{
    (void)state;
    struct err e = {0};
    int n = 0;
    fault_install(true);
    struct store *s = two_steps(scratch_path("s.db"));
    struct store_seen from = {0};
    since(s, &from, false, STEPS(1, 2));
    assert_true(store_measure(s, &rough, &e));
    fault_arm(1, true, true);
    assert_true(store_measures(s, 1, count, &n, &e));
    assert_int_equal(n, 1);
    since(s, &from, false, STEPS(1));
    assert_true(fault_reached());
    fault_remove();
    store_close(s);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, scratch_make, scratch_remove)
    const struct CMUnitTest tests[] = {
        TEST(only_what_is_new_is_told),
        TEST(parents_come_before_their_children),
        TEST(a_file_that_is_deleted_is_written_again),
        TEST(a_file_that_is_renamed_stays_as_it_was),
        TEST(another_session_in_its_place_stays_whole),
        TEST(a_file_that_is_replaced_is_left_alone),
        TEST(without_a_folder_nothing_is_lost_either),
        TEST(a_file_deleted_before_the_end_is_written_again),
        TEST(at_the_end_nobody_elses_file_is_touched),
        TEST(what_cannot_be_kept_is_told),
        TEST(nothing_is_written_where_nothing_was_to_be),
        TEST(a_file_that_is_cut_short_is_written_again),
        TEST(a_cut_is_noticed_by_whatever_changes_something),
        TEST(what_is_copied_over_an_open_file_is_left_alone),
        TEST(a_log_that_is_cut_short_is_written_again),
        TEST(a_session_copied_over_with_its_log_takes_nothing_along),
        TEST(frames_that_were_given_up_are_no_alarm),
        TEST(touching_the_file_changes_nothing),
        TEST(rows_of_others_and_a_long_log_are_no_alarm),
        TEST(without_a_log_another_session_is_not_written_to),
        TEST(a_full_disk_can_be_looked_at),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
