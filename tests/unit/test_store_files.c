/* Session files as they are met: new, foreign, newer, cut short, read-only, already open, damaged. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/file.h"
#include "store/session.h"
#include "tests/unit/util_store.h"

/* A session of n steps, the second tagged, the first measured. */
static void make_session(const char *path, int n)
{
    struct err e = {0};
    struct store *s = open_at(path);
    for (int i = 0; i < n; i++) {
        char command[32];
        snprintf(command, sizeof command, "prune 0.%04d", i);
        assert_int_equal(add_step(s, command), i + 1);
    }
    struct store_measure m = {
        .step = 1, .metric = "accuracy", .n = 10, .value = 0.5, .low = 0.4, .high = 0.6};
    assert_true(store_tag(s, n, "last", &e) && store_measure(s, &m, &e));
    store_close(s);
}

static void refuses(const char *path, enum store_mode mode, const char *part)
{
    struct err e = {0};
    struct store *s = store_open(path, mode, clock_now, &e);
    assert_null(s);
    assert_int_equal(e.code, ERR_UNREADABLE);
    if (!strstr(e.message, part) || !strstr(e.message, path))
        fail_msg("'%s' is not in '%s'", part, e.message);
    assert_non_null(e.hint);
    err_release(&e);
}

/* Refused in every mode, and not one byte is changed nor a file left beside it. */
static void refused_untouched(const char *path, const char *part)
{
    size_t before_n, after_n;
    struct stat before, after;
    int64_t steps, time;
    char *model = NULL;
    unsigned char *bytes = raw_bytes(path, &before_n);
    assert_int_equal(stat(path, &before), 0);
    refuses(path, STORE_OPEN, part);
    refuses(path, STORE_LOOK, part);
    assert_false(store_peek(path, &steps, &time, &model, NULL));
    assert_int_equal(stat(path, &after), 0);
    unsigned char *now = raw_bytes(path, &after_n);
    assert_int_equal(before_n, after_n);
    assert_memory_equal(bytes, now, before_n);
    assert_int_equal(before.st_mode, after.st_mode);
    assert_int_equal(before.st_mtime, after.st_mtime);
    static const char *const tails[] = {"-wal", "-shm", "-journal", "-lock"};
    for (size_t i = 0; i < 4; i++) {
        char beside[256];
        snprintf(beside, sizeof beside, "%s%s", path, tails[i]);
        assert_false(file_exists(beside));
    }
    free(bytes);
    free(now);
}

static void a_new_file_is_private(void **state)
{
    (void)state;
    struct stat st;
    const char *path = scratch_path("s.poda"), *log = scratch_path("s.poda-wal");
    mode_t old = umask(0);
    struct store *s = open_at(path);
    add_step(s, "a");
    umask(old);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    if (stat(log, &st) == 0)
        assert_int_equal(st.st_mode & 0777, 0600);
    assert_string_equal(store_path(s), path);
    assert_false(store_is_readonly(s));
    store_close(s);
    assert_false(file_exists(log)); /* one file is left */
    assert_false(file_exists(scratch_path("s.poda-lock")));
    assert_int_equal(raw_number(path, "PRAGMA application_id"), 0x706f6461);
    assert_int_equal(raw_number(path, "PRAGMA user_version"), 2);
    assert_int_equal(
        raw_number(path, "SELECT count(*) FROM pragma_table_list WHERE schema = 'main' AND type = 'table'"
                         " AND name NOT LIKE 'sqlite%' AND NOT strict"),
        0);
}

static void names_have_no_second_meaning(void **state)
{
    (void)state;
    char old[256];
    assert_non_null(getcwd(old, sizeof old));
    assert_int_equal(chdir(scratch_path("")), 0);
    static const char *const names[] = {":memory:", "file:x?mode=memory", "%41 b#c?.poda"};
    for (size_t i = 0; i < 3; i++) {
        make_session(names[i], 2);
        assert_true(file_exists(names[i]));
    }
    assert_int_equal(chdir(old), 0);
}

static void what_is_no_session_is_refused_untouched(void **state)
{
    (void)state;
    const char *text = scratch_path("text"), *sqlite = scratch_path("other.db"),
               *wal = scratch_path("wal.db");
    char noise[8192];
    for (size_t i = 0; i < sizeof noise; i++)
        noise[i] = (char)(i * 37 + 11);
    raw_write(text, noise, sizeof noise);
    refused_untouched(text, "session");
    raw_write(text, "x", 1);
    refused_untouched(text, "session");
    raw_sql(sqlite, "CREATE TABLE step(x); INSERT INTO step VALUES(1)");
    refused_untouched(sqlite, "no session of poda");
    raw_sql(wal, "PRAGMA journal_mode=WAL; CREATE TABLE t(x); PRAGMA user_version=1");
    refused_untouched(wal, "no session of poda");
    refuses(scratch_path(""), STORE_OPEN, "a folder");
    refuses(scratch_path("missing"), STORE_LOOK, "no such session");
    refuses("/dev/null", STORE_OPEN, "regular");
    raw_write(text, "", 0);
    refuses(text, STORE_LOOK, "empty");
    struct err e = {0};
    assert_null(store_open(scratch_path("no/such/folder"), STORE_OPEN, clock_now, &e));
    assert_int_equal(e.code, ERR_IO);
    assert_non_null(strstr(e.message, "No such file"));
    err_release(&e);
}

static void a_newer_format_is_refused_untouched(void **state)
{
    (void)state;
    const char *path = scratch_path("s.poda");
    make_session(path, 3);
    raw_sql(path, "PRAGMA user_version=3; CREATE TABLE later(x)");
    refused_untouched(path, "version 3 of the session format");
    raw_sql(path, "PRAGMA journal_mode=DELETE");
    refused_untouched(path, "version 3 of the session format");
}

static void a_session_cut_short_is_refused_untouched(void **state)
{
    (void)state;
    size_t n;
    const char *path = scratch_path("s.poda"), *cut = scratch_path("cut.poda");
    make_session(path, 50);
    unsigned char *bytes = raw_bytes(path, &n);
    for (size_t keep = 1; keep < n; keep += keep < 200 ? 13 : 4099) {
        raw_write(cut, bytes, keep);
        refused_untouched(cut, "session");
    }
    free(bytes);
    raw_sql(path, "DROP TABLE event");
    refused_untouched(path, "tables are missing");
}

/* Bytes overwritten anywhere: an error or an answer, but no crash; what can be read can be saved. */
static void a_damaged_session_never_crashes(void **state)
{
    (void)state;
    size_t n;
    const char *path = scratch_path("s.poda"), *bad = scratch_path("bad.poda"),
               *saved = scratch_path("saved.poda");
    make_session(path, 40);
    unsigned char *bytes = raw_bytes(path, &n);
    for (size_t at = 0; at + 64 <= n; at += 2503) {
        unsigned char *copy = malloc(n);
        memcpy(copy, bytes, n);
        memset(copy + at, (int)(at % 255), 64);
        raw_write(bad, copy, n);
        struct err e = {0};
        struct store_saved saved_rows;
        struct store *s = store_open(bad, STORE_LOOK, clock_now, &e);
        if (s)
            store_check(s, &e);
        store_close(s);
        assert_true(!e.code || e.code == ERR_UNREADABLE || e.code == ERR_IO);
        if (store_repair(bad, saved, &saved_rows, NULL)) {
            s = open_at(saved);
            assert_int_equal(store_is_readonly(s), false);
            store_close(s);
        }
        remove(saved);
        err_release(&e);
        free(copy);
    }
    free(bytes);
}

static void the_second_writer_looks(void **state)
{
    (void)state;
    const char *path = scratch_path("s.poda");
    struct err e = {0};
    struct store *first = open_at(path);
    add_step(first, "a"), add_step(first, "b");
    struct store *second = open_at(path);
    assert_true(store_is_readonly(second));
    assert_non_null(strstr(store_notice(second), "another program"));
    assert_int_equal(store_head(second), 2);
    char hash[HASH_HEX];
    struct store_step step = {.parent = -1, .command = "c"};
    assert_false(store_add_step(second, &step, &e) || store_put_blob(second, "x", 1, hash, NULL));
    assert_int_equal(e.code, ERR_READONLY);
    assert_non_null(strstr(e.message, "another program"));
    err_release(&e);
    assert_false(store_note(second, 1, "x", NULL) || store_tag(second, 1, "x", NULL) ||
                 store_hide(second, 1, NULL) || store_rebuild(second, NULL));
    add_step(first, "c"); /* the writer goes on, and who looks sees it */
    assert_int_equal(store_last(second), 3);
    store_close(second);
    struct store *third = open_at(path); /* closing the second did not free the first one's lock */
    assert_true(store_is_readonly(third));
    store_close(third);
    store_close(first);
    first = open_at(path);
    assert_false(store_is_readonly(first));
    store_close(first);
}

static void looking_leaves_no_trace(void **state)
{
    (void)state;
    size_t before_n, after_n;
    const char *path = scratch_path("s.poda");
    struct err e = {0};
    struct store *s = open_at(path);
    add_step(s, "1"), add_step(s, "2");
    assert_true(store_undo(s, &e));
    add_step(s, "3");
    store_close(s);
    unsigned char *before = raw_bytes(path, &before_n);
    s = store_open(path, STORE_LOOK, clock_now, &e);
    assert_true(store_is_readonly(s));
    assert_true(store_goto(s, 2, &e) && store_undo(s, &e) && store_redo(s, &e));
    assert_int_equal(store_head(s), 2); /* visited last in this window */
    assert_true(store_undo(s, &e));
    store_close(s);
    unsigned char *after = raw_bytes(path, &after_n);
    assert_int_equal(before_n, after_n);
    assert_memory_equal(before, after, before_n);
    free(before);
    free(after);
    s = store_open(path, STORE_LOOK, clock_now, &e);
    assert_int_equal(store_head(s), 3);
    assert_true(store_undo(s, &e) && store_redo(s, &e));
    assert_int_equal(store_head(s), 3);
    store_close(s);
}

/* As a user without rights (root may write anything): 0 if all is as it should be, else the number of what is not. */
static int look_without_rights(const char *path, const char *folder_says)
{
    struct err e = {0};
    if (geteuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0))
        return 1;
    struct store *s = store_open(path, STORE_OPEN, clock_now, &e);
    if (!s)
        return 2;
    bool looks = store_is_readonly(s) && strstr(store_notice(s), folder_says);
    bool reads = store_head(s) == 3 && store_check(s, &e);
    bool refuses_note = !store_note(s, 1, "x", &e) && e.code == ERR_READONLY;
    store_close(s);
    err_release(&e);
    return looks && reads && refuses_note ? 0 : 3;
}

static int in_child(const char *path, const char *says)
{
    int status;
    pid_t child = fork();
    if (child == 0)
        _exit(look_without_rights(path, says));
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void read_only_files_and_folders_open_for_looking(void **state)
{
    (void)state;
    const char *folder = scratch_path(""), *path = scratch_path("s.poda");
    make_session(path, 3);
    chmod(folder, 0777);
    chmod(path, 0444);
    assert_int_equal(in_child(path, "the file may not be written"), 0);
    remove(scratch_path("s.poda-wal"));
    remove(scratch_path("s.poda-shm"));
    chmod(path, 0666);
    chmod(folder, 0555);
    assert_int_equal(in_child(path, "folder may not be written"), 0);
    chmod(folder, 0700);
}

static void without_shared_memory_there_is_a_journal(void **state)
{
    (void)state;
    const char *path = scratch_path("s.poda");
    make_session(path, 2);
    fault_install(false);
    raw_sql(path, "SELECT 1");
    fault_remove();
    raw_sql(path, "PRAGMA journal_mode=DELETE");
    fault_install(false);
    struct store *s = open_at(path);
    assert_false(store_is_readonly(s));
    assert_non_null(strstr(store_notice(s), "rollback journal"));
    assert_int_equal(add_step(s, "c"), 3);
    store_close(s);
    fault_remove();
    assert_int_equal(raw_number(path, "SELECT count(*) FROM step"), 3);
    assert_int_equal(
        raw_number(path, "SELECT count(*) FROM pragma_journal_mode WHERE journal_mode = 'delete'"), 1);
}

static void peeking_tells_what_a_list_shows(void **state)
{
    (void)state;
    const char *path = scratch_path("s.poda");
    struct err e = {0};
    int64_t steps = -1, time = -1;
    char *model = NULL;
    struct store *s = open_at(path);
    assert_true(store_peek(path, &steps, &time, &model, &e)); /* also while it is open */
    assert_int_equal(steps, 0);
    assert_null(model);
    struct store_step first = {.parent = 0, .command = "open", .model_path = "/m/a.onnx"};
    clock_set(1234);
    assert_true(store_add_step(s, &first, &e));
    free(first.hash);
    clock_set(99999);
    add_step(s, "no model");
    assert_true(store_peek(path, &steps, &time, &model, &e));
    assert_int_equal(steps, 2);
    assert_int_equal(time, 99999);
    assert_string_equal(model, "/m/a.onnx");
    free(model);
    assert_int_equal(add_step(s, "goes on"), 3);
    store_close(s);
}

static void repair_saves_what_can_be_read(void **state)
{
    (void)state;
    size_t n;
    const char *path = scratch_path("s.poda"), *saved = scratch_path("saved.poda");
    struct err e = {0};
    int64_t found = 0;
    struct store_saved rows;
    make_session(path, 400);
    assert_true(store_repair(path, saved, &rows, &e)); /* a whole one: everything */
    assert_int_equal(rows.steps.saved, 400);
    assert_true(rows.steps.left == 0 && rows.events.left == 0 && rows.measurements.left == 0 &&
                rows.blobs.left == 0 && rows.broken == 0);
    struct store *s = open_at(saved);
    assert_true(store_check(s, &e) && store_find(s, "last", &found, &e));
    assert_int_equal(found, 400);
    assert_int_equal(store_head(s), 400);
    store_close(s);
    assert_false(store_repair(path, saved, &rows, &e));
    assert_int_equal(e.code, ERR_IO);
    assert_non_null(strstr(e.message, "is there already"));
    err_release(&e);
    remove(saved);

    unsigned char *bytes = raw_bytes(path, &n);
    int64_t leaf = raw_number(
        path, "SELECT pageno FROM dbstat WHERE name = 'step' AND pagetype = 'leaf' LIMIT 1 OFFSET 3");
    memset(bytes + (leaf - 1) * 4096, 0xee, 4096);
    raw_write(path, bytes, n);
    assert_true(store_repair(path, saved, &rows, &e));
    assert_true(rows.steps.saved > 350 && rows.steps.saved < 400); /* one page of 4,096 bytes is lost */
    s = open_at(saved);
    assert_int_equal(store_last(s), 400);
    assert_int_equal(add_step(s, "goes on"), 401);
    assert_false(store_check(s, &e)); /* and it says what is missing */
    assert_non_null(strstr(e.message, "missing"));
    err_release(&e);
    store_close(s);
    remove(saved);

    raw_write(path, bytes, n / 2); /* the file's end is lost */
    assert_true(store_repair(path, saved, &rows, &e));
    assert_true(rows.steps.saved > 50);
    remove(saved);
    memset(bytes, 0, n);
    raw_write(path, bytes, n);
    assert_false(store_repair(path, saved, &rows, &e));
    assert_int_equal(e.code, ERR_UNREADABLE);
    assert_false(file_exists(saved));
    err_release(&e);
    free(bytes);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, scratch_make, scratch_remove)
    const struct CMUnitTest tests[] = {
        TEST(a_new_file_is_private),
        TEST(names_have_no_second_meaning),
        TEST(what_is_no_session_is_refused_untouched),
        TEST(a_newer_format_is_refused_untouched),
        TEST(a_session_cut_short_is_refused_untouched),
        TEST(a_damaged_session_never_crashes),
        TEST(the_second_writer_looks),
        TEST(looking_leaves_no_trace),
        TEST(read_only_files_and_folders_open_for_looking),
        TEST(without_shared_memory_there_is_a_journal),
        TEST(peeking_tells_what_a_list_shows),
        TEST(repair_saves_what_can_be_read),
    };
    return cmocka_run_group_tests_name("store_files", tests, NULL, NULL);
}
