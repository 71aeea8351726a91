/* Files written beside the terminal's thread: what became of each comes back. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <unistd.h>

#include "app/outbox.h"
#include "engine/base/file.h"

static void send(struct outbox *o, char *path_take, const char *text, bool replace, bool make_folder)
{
    struct parcel p = {.path = path_take, .replace = replace, .make_folder = make_folder};
    buf_puts(&p.bytes, text);
    outbox_put(o, &p);
    assert_null(p.path);
}

/* The next one that is done; the pipe says when. */
static enum parcel_fate fate(struct outbox *o, int wake)
{
    struct parcel p;
    char byte;
    while (!outbox_take(o, &p))
        assert_int_equal(read(wake, &byte, 1), 1);
    enum parcel_fate f = p.fate;
    assert_int_equal(f == PARCEL_FAILED, p.err.message != NULL);
    parcel_release(&p);
    return f;
}

static void test_every_file_comes_back(void **state)
{
    (void)state;
    int wake[2];
    char folder[] = "/tmp/outboxXXXXXX";
    assert_non_null(mkdtemp(folder));
    assert_int_equal(pipe(wake), 0);
    struct outbox *o = outbox_new(wake[1]);
    assert_true(outbox_idle(o));
    send(o, file_join(folder, "new/a.txt"), "one", false, true);
    send(o, file_join(folder, "new/a.txt"), "two", false, true);
    send(o, file_join(folder, "none/a.txt"), "three", false, false);
    assert_int_equal(fate(o, wake[0]), PARCEL_WRITTEN);
    assert_int_equal(fate(o, wake[0]), PARCEL_EXISTS);
    assert_int_equal(fate(o, wake[0]), PARCEL_FAILED);
    assert_true(outbox_idle(o));
    send(o, file_join(folder, "new/a.txt"), "four", true, false);
    outbox_free(o); /* what is queued is written first */
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

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_every_file_comes_back)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
