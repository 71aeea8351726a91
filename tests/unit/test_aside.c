/* Work with files beside the terminal's thread: what became of each comes back. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/aside.h"
#include "engine/base/file.h"
#include "engine/base/json.h"
#include "engine/base/mem.h"

static void send(struct aside *o, char *path_take, const char *text, bool replace, bool make_folder)
{
    struct chore p = {.kind = ASIDE_WRITE, .text = path_take, .replace = replace, .make_folder = make_folder};
    buf_puts(&p.bytes, text);
    aside_ask(o, &p);
    assert_null(p.text);
}

/* The next one that is done; the pipe says when. */
static enum chore_fate fate(struct aside *o, int wake)
{
    struct chore p;
    char byte;
    while (!aside_take(o, &p))
        assert_int_equal(read(wake, &byte, 1), 1);
    enum chore_fate f = p.fate;
    assert_int_equal(f == CHORE_FAILED, p.err.message != NULL);
    chore_release(&p);
    return f;
}

static void test_every_file_comes_back(void **state)
{
    (void)state;
    int wake[2];
    char folder[] = "/tmp/asideXXXXXX";
    assert_non_null(mkdtemp(folder));
    assert_int_equal(pipe(wake), 0);
    struct aside *o = aside_new(wake[1]);
    assert_true(aside_idle(o));
    send(o, file_join(folder, "new/a.txt"), "one", false, true);
    send(o, file_join(folder, "new/a.txt"), "two", false, true);
    send(o, file_join(folder, "none/a.txt"), "three", false, false);
    assert_int_equal(fate(o, wake[0]), CHORE_DONE);
    assert_int_equal(fate(o, wake[0]), CHORE_EXISTS);
    assert_int_equal(fate(o, wake[0]), CHORE_FAILED);
    assert_true(aside_idle(o));
    send(o, file_join(folder, "new/a.txt"), "four", true, false);
    aside_free(o); /* what is queued is written first */
    char *path = file_join(folder, "new/a.txt");
    struct buf got = {0};
    assert_true(file_read(path, 100, &got, NULL));
    assert_string_equal(buf_text(&got), "four");
    unlink(path);
    free(path);
    buf_release(&got);
    path = file_join(folder, "new");
    rmdir(path);
    rmdir(folder);
    free(path);
    close(wake[0]);
    close(wake[1]);
}

static void test_a_file_of_the_session_is_not_replaced(void **state)
{
    (void)state;
    int wake[2];
    char folder[] = "/tmp/asideXXXXXX", byte;
    struct own_file own[] = {{NULL, "a file of the data"}};
    const struct own_files all = {.n = 1, .files = own};
    assert_non_null(mkdtemp(folder));
    assert_int_equal(pipe(wake), 0);
    char *path = file_join(folder, "table.csv"), *other = file_join(folder, "other.csv");
    own[0].path = path;
    assert_true(file_write(path, "kept", 4, NULL));
    assert_int_equal(link(path, other), 0);
    struct aside *a = aside_new(wake[1]);
    for (int i = 0; i < 4; i++) { /* by both names; asked and at once */
        struct chore c = {.kind = ASIDE_WRITE, .text = mem_text(i & 1 ? path : other), .replace = i > 1};
        own_files_copy(&all, &c.own);
        buf_puts(&c.bytes, "lost");
        aside_ask(a, &c);
        while (!aside_take(a, &c))
            assert_int_equal(read(wake[0], &byte, 1), 1);
        assert_int_equal(c.fate, CHORE_FAILED);
        assert_non_null(
            strstr(c.err.message, "is a file of the data of this session, which is never replaced"));
        chore_release(&c);
    }
    struct buf got = {0};
    assert_true(file_read(path, 100, &got, NULL));
    assert_string_equal(buf_text(&got), "kept");
    assert_true(file_same(path, other));
    buf_release(&got);
    aside_free(a);
    unlink(path);
    unlink(other);
    rmdir(folder);
    free(path);
    free(other);
    close(wake[0]);
    close(wake[1]);
}

static void test_a_folder_is_looked_into(void **state)
{
    int wake[2];
    char byte, folder[] = "/tmp/asideXXXXXX", *inner;
    struct chore c = {.kind = ASIDE_FOLDER};
    (void)state;
    assert_non_null(mkdtemp(folder));
    assert_int_equal(pipe(wake), 0);
    inner = file_join(folder, "b");
    assert_int_equal(mkdir(inner, 0700), 0);
    c.text = file_join(folder, "a");
    assert_true(file_write(c.text, "", 0, NULL));
    free(c.text);
    c.text = mem_text(folder);
    struct aside *a = aside_new(wake[1]);
    aside_ask(a, &c);
    assert_int_equal(read(wake[0], &byte, 1), 1);
    assert_true(aside_take(a, &c));
    const struct json *file = json_first(json_get(c.found, "files"));
    assert_string_equal(json_str(json_get(file, "name")), "a");
    assert_false(json_true(json_get(file, "folder")));
    file = json_next(file);
    assert_string_equal(json_str(json_get(file, "name")), "b");
    assert_true(json_true(json_get(file, "folder")));
    assert_null(json_next(file));
    chore_release(&c);
    c = (struct chore){.kind = ASIDE_FOLDER, .text = file_join(folder, "none")};
    aside_ask(a, &c);
    assert_int_equal(read(wake[0], &byte, 1), 1);
    assert_true(aside_take(a, &c)); /* what is not there is empty */
    assert_null(json_first(json_get(c.found, "files")));
    chore_release(&c);
    assert_false(aside_take(a, &c));
    aside_free(a);
    rmdir(inner);
    free(inner);
    inner = file_join(folder, "a");
    unlink(inner);
    free(inner);
    rmdir(folder);
    close(wake[0]);
    close(wake[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_every_file_comes_back),
                                       cmocka_unit_test(test_a_file_of_the_session_is_not_replaced),
                                       cmocka_unit_test(test_a_folder_is_looked_into)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
