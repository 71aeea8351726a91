/* Sessions: the tree of steps and what belongs to it, as session.h promises. Files and disks that misbehave: test_store_files.c,
 * test_store_faults.c. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "store/session.h"
#include "tests/unit/util_store.h"

static struct store *open_again(struct store *s, const char *path)
{
    store_close(s);
    return open_at(path);
}

static void a_step_comes_back_as_it_was(void **state)
{
    (void)state;
    const char *path = scratch_path("s.poda");
    struct store *s = open_at(path);
    struct err e = {0};
    char mask[HASH_HEX], weights[HASH_HEX];
    assert_true(store_put_blob(s, "mask", 4, mask, &e));
    assert_true(store_put_blob(s, "weights", 7, weights, &e));
    clock_set(1234567);
    struct store_step in = {.parent = -1,
                            .command = "open m.onnx",
                            .result = "{\"name\":\"\xc3\xa9\"}",
                            .mask_before = NULL,
                            .mask_after = mask,
                            .weights = weights,
                            .model_path = "/a/m.onnx",
                            .model_hash = "ab",
                            .data_path = "",
                            .data_hash = NULL};
    assert_true(store_add_step(s, &in, &e));
    assert_int_equal(in.id, 1);
    assert_int_equal(in.parent, 0);
    assert_int_equal(in.time, 1234567);
    s = open_again(s, path);
    struct store_step out;
    assert_true(store_get_step(s, 1, &out, &e));
    assert_string_equal(out.command, in.command);
    assert_string_equal(out.result, in.result);
    assert_null(out.mask_before);
    assert_string_equal(out.mask_after, mask);
    assert_string_equal(out.weights, weights);
    assert_string_equal(out.model_path, "/a/m.onnx");
    assert_string_equal(out.model_hash, "ab");
    assert_string_equal(out.data_path, "");
    assert_null(out.data_hash);
    assert_int_equal(out.time, 1234567);
    assert_string_equal(out.hash, in.hash);
    assert_false(out.broken);
    store_step_release(&out);
    free(in.hash);
    REFUSED(store_get_step(s, 2, &out, &e), ERR_UNKNOWN, "no step 2");
    store_close(s);
}

/* The canonical form of facts.c, written out by hand and hashed by coreutils' sha256sum (see the comment). */
static void a_hash_can_be_computed_by_anyone(void **state)
{
    (void)state;
    const char *path = scratch_path("s.poda");
    store_close(open_at(path));
    raw_sql(path, "UPDATE self SET id = '0123456789abcdef0123456789abcdef'");
    struct store *s = open_at(path);
    struct err e = {0};
    clock_set(5);
    struct store_step a = {.parent = 0, .command = "open m"},
                      b = {.parent = -1, .command = "data d", .result = ""};
    assert_true(store_add_step(s, &a, &e));
    clock_set(6);
    assert_true(store_add_step(s, &b, &e));
    /* printf 'step32:0123456789abcdef0123456789abcdef1:1-6:open m--------1:5-' | sha256sum */
    assert_string_equal(a.hash, "4cc15eb9c5990c6dddd11e0042851183256933c4f555f2ef2193631e85cbdd37");
    /* printf 'step32:0123456789abcdef0123456789abcdef1:21:16:data d0:-------1:664:%s' "$A" | sha256sum */
    assert_string_equal(b.hash, "5c22d1f6f9ae71c0776e3082f37471cfd7647b8f23d346566522ca5e155eaf19");
    free(a.hash);
    free(b.hash);
    store_close(s);
}

static void a_hash_stands_for_the_branch(void **state)
{
    (void)state;
    char newest[2][HASH_HEX];
    for (int i = 0; i < 2; i++) {
        struct err e = {0};
        struct store *s = open_at(NULL);
        struct store_step step;
        clock_set(0);
        add_step(s, i ? "prune 0.5" : "prune 0.6");
        clock_set(100);
        add_step(s, "prune 0.7");
        assert_true(store_get_step(s, 2, &step, &e));
        memcpy(newest[i], step.hash, HASH_HEX);
        store_step_release(&step);
        store_close(s);
    }
    assert_string_not_equal(newest[0], newest[1]);
}

static void numbers_go_on(void **state)
{
    (void)state;
    const char *path = scratch_path("s.poda");
    struct store *s = open_at(path);
    struct err e = {0};
    assert_int_equal(store_last(s), 0);
    assert_int_equal(add_step(s, "a"), 1);
    assert_int_equal(add_step(s, "b"), 2);
    struct store_step step = {.parent = 9, .command = "c"};
    REFUSED(store_add_step(s, &step, &e), ERR_UNKNOWN, "no step 9");
    step = (struct store_step){.parent = 1, .command = "c", .mask_after = "no such blob"};
    REFUSED(store_add_step(s, &step, &e), ERR_INTERNAL, "not stored");
    assert_int_equal(store_head(s), 2);
    assert_int_equal(add_step(s, "c"), 3);
    s = open_again(s, path);
    assert_int_equal(add_step(s, "d"), 4);
    store_close(s);
    raw_sql(path, "DELETE FROM visited; UPDATE here SET head = 3; DELETE FROM step WHERE id = 4");
    s = open_at(path);
    assert_int_equal(add_step(s, "e"), 5); /* 4 was given already */
    REFUSED(store_check(s, &e), ERR_UNREADABLE, "row 4 of step is missing");
    err_release(&e);
    store_close(s);
}

static void undo_and_redo_walk_the_tree(void **state)
{
    (void)state;
    const char *path = scratch_path("s.poda");
    struct store *s = open_at(path);
    struct err e = {0};
    REFUSED(store_undo(s, &e), ERR_NOTHING_TO_UNDO, "no step yet");
    REFUSED(store_redo(s, &e), ERR_NOTHING_TO_UNDO, "redo");
    add_step(s, "1"), add_step(s, "2");
    assert_true(store_undo(s, &e));
    assert_int_equal(store_head(s), 1);
    assert_int_equal(add_step(s, "3"), 3); /* 1 has the children 2 and 3 */
    assert_true(store_undo(s, &e));
    REFUSED(store_undo(s, &e), ERR_NOTHING_TO_UNDO, "opened");
    assert_true(store_redo(s, &e));
    assert_int_equal(store_head(s), 3); /* visited last */
    assert_true(store_goto(s, 2, &e));
    assert_true(store_undo(s, &e));
    s = open_again(s, path); /* where one stands and redo goes outlive closing */
    assert_int_equal(store_head(s), 1);
    assert_true(store_redo(s, &e));
    assert_int_equal(store_head(s), 2);
    REFUSED(store_redo(s, &e), ERR_NOTHING_TO_UNDO, "no step follows");
    REFUSED(store_goto(s, 4, &e), ERR_UNKNOWN, "1 to 3");
    assert_int_equal(store_head(s), 2);
    assert_int_equal(store_last(s), 3); /* walking adds none */
    store_close(s);
}

static void a_second_root_stands_apart(void **state)
{
    (void)state;
    struct store *s = open_at(NULL);
    struct err e = {0};
    add_step(s, "1"), add_step(s, "2");
    struct store_step other = {.parent = 0, .command = "open other"};
    assert_true(store_add_step(s, &other, &e));
    free(other.hash);
    assert_int_equal(store_head(s), 3);
    REFUSED(store_undo(s, &e), ERR_NOTHING_TO_UNDO, "goto STEP");
    assert_true(store_goto(s, 2, &e));
    add_step(s, "4");
    assert_true(store_undo(s, &e));
    assert_int_equal(store_head(s), 2);
    store_close(s);
}

static void rebuilding_finds_the_same_place(void **state)
{
    (void)state;
    const char *path = scratch_path("s.poda");
    struct store *s = open_at(path);
    struct err e = {0};
    add_step(s, "1"), add_step(s, "2");
    assert_true(store_goto(s, 1, &e));
    add_step(s, "3"), add_step(s, "4");
    assert_true(store_goto(s, 2, &e) && store_undo(s, &e));
    store_close(s);
    raw_sql(path, "UPDATE here SET head = NULL; DELETE FROM visited; INSERT INTO visited VALUES(1, 3)");
    s = open_at(path);
    assert_int_equal(store_head(s), 0);
    assert_true(store_rebuild(s, &e));
    assert_int_equal(store_head(s), 1);
    assert_true(store_redo(s, &e));
    assert_int_equal(store_head(s), 2);
    assert_true(store_goto(s, 3, &e) && store_redo(s, &e));
    assert_int_equal(store_head(s), 4);
    store_close(s);
}

static void blobs_are_found_by_what_they_hold(void **state)
{
    (void)state;
    const char *path = scratch_path("s.poda");
    struct store *s = open_at(path);
    struct err e = {0};
    char a[HASH_HEX], b[HASH_HEX], none[HASH_HEX];
    struct buf out = {0};
    assert_true(store_put_blob(s, "abc", 3, a, &e));
    assert_string_equal(
        a, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"); /* FIPS 180-2, B.1 */
    assert_true(store_get_blob(s, a, &out, &e));                                /* it waits */
    assert_string_equal(buf_text(&out), "abc");
    assert_true(store_put_blob(s, "abc", 3, b, &e) && store_put_blob(s, "", 0, none, &e));
    add_step(s, "1");
    assert_true(store_put_blob(s, "abc", 3, b, &e));
    assert_string_equal(a, b);
    add_step(s, "2");
    s = open_again(s, path);
    buf_clear(&out);
    assert_true(store_get_blob(s, a, &out, &e) && store_get_blob(s, none, &out, &e));
    assert_int_equal(out.len, 3);
    assert_int_equal(raw_number(path, "SELECT count(*) FROM blob"), 4);
    raw_sql(path, "UPDATE blob SET bytes = x'616264' WHERE bytes = x'616263'");
    REFUSED(store_get_blob(s, a, &out, &e), ERR_UNREADABLE, "damaged");
    a[0] = '0';
    REFUSED(store_get_blob(s, a, &out, &e), ERR_UNREADABLE, "missing");
    assert_int_equal(out.len, 3);
    buf_release(&out);
    store_close(s);
}

static void collect_event(void *data, const struct store_said *said)
{
    buf_printf(data, "%lld %s %s%s;", (long long)said->step, said->kind, said->text ? said->text : "-",
               said->broken ? "?" : "");
}

static void what_people_say_stays_in_order(void **state)
{
    (void)state;
    const char *path = scratch_path("s.poda");
    struct store *s = open_at(path);
    struct err e = {0};
    struct buf out = {0};
    int64_t step = 0;
    REFUSED(store_note(s, 0, "x", &e), ERR_NO_MODEL, "open");
    add_step(s, "1"), add_step(s, "2");
    assert_true(store_note(s, 2, "too \"lossy\"", &e) && store_tag(s, 2, "best", &e) && store_hide(s, 1, &e));
    assert_true(store_undo(s, &e) && store_tag(s, 1, "best", &e));
    assert_true(store_event(s, 1, "export", "{\"path\":\"x\"}", &e) && store_note(s, 2, "second", &e));
    REFUSED(store_note(s, 3, "x", &e), ERR_UNKNOWN, "no step 3");
    s = open_again(s, path);
    assert_true(store_events(s, 0, NULL, collect_event, &out, &e));
    assert_string_equal(buf_text(&out),
                        "2 note too \"lossy\";2 tag best;1 hide -;1 undo -;1 tag best;1 export "
                        "{\"path\":\"x\"};2 note second;");
    buf_clear(&out);
    assert_true(store_events(s, 2, "note", collect_event, &out, &e));
    assert_string_equal(buf_text(&out), "2 note too \"lossy\";2 note second;");
    buf_clear(&out);
    assert_true(store_events(s, 0, "tag", collect_event, &out, &e) &&
                store_events(s, 1, NULL, collect_event, &out, &e));
    assert_string_equal(buf_text(&out),
                        "2 tag best;1 tag best;1 hide -;1 undo -;1 tag best;1 export {\"path\":\"x\"};");
    assert_true(store_find(s, "best", &step, &e)); /* moved */
    assert_int_equal(step, 1);
    assert_int_equal(raw_number(path, "SELECT step FROM tag WHERE name = 'best'"), 1);
    raw_sql(path, "UPDATE event SET text = 'fine' WHERE id = 1");
    buf_clear(&out);
    assert_true(store_events(s, 2, "note", collect_event, &out, &e));
    assert_string_equal(buf_text(&out), "2 note fine?;2 note second;");
    buf_release(&out);
    store_close(s);
}

static void steps_are_found_by_number_or_name(void **state)
{
    (void)state;
    struct store *s = open_at(NULL);
    struct err e = {0};
    int64_t step = 0;
    add_step(s, "1"), add_step(s, "2");
    assert_true(store_tag(s, 2, "candidate", &e) && store_tag(s, 1, "two words", &e));
    assert_true(store_find(s, "2", &step, &e) && step == 2);
    assert_true(store_find(s, "#1", &step, &e) && step == 1);
    assert_true(store_find(s, "candidate", &step, &e) && step == 2);
    assert_true(store_find(s, "two words", &step, &e) && step == 1);
    REFUSED(store_find(s, "3", &step, &e), ERR_UNKNOWN, "1 to 2");
    REFUSED(store_find(s, "-1", &step, &e), ERR_UNKNOWN, "no step -1");
    REFUSED(store_find(s, "candidat", &step, &e), ERR_UNKNOWN, "did you mean candidate?");
    REFUSED(store_find(s, "zebra", &step, &e), ERR_UNKNOWN, "1 to 2");
    static const char *const bad[] = {
        "",     "12",   "#12",
        "-3",   "a/b",  "a#b",
        "a\nb", "\x7f", "0123456789012345678901234567890123456789012345678901234567890123x"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        REFUSED(store_tag(s, 1, bad[i], &e), ERR_USAGE, "tag");
    store_close(s);
}

static void collect_measure(void *data, const struct store_measure *m)
{
    buf_printf(data, "%s/%s/%s n%lld %g[%g,%g]%s %s%s;", m->metric, m->split ? m->split : "-",
               m->slice ? m->slice : "-", (long long)m->n, m->value, m->low, m->high, m->exact ? "=" : "~",
               m->environment ? m->environment : "-", m->broken ? "?" : "");
}

static void measurements_come_back_with_what_is_unknown(void **state)
{
    (void)state;
    const char *path = scratch_path("s.poda");
    struct store *s = open_at(path);
    struct err e = {0};
    struct buf out = {0};
    add_step(s, "1");
    struct store_measure exact = rough, group = rough, none = rough;
    exact.value = 0.1 + 0.2, exact.exact = true, exact.n = 1000, exact.low = NAN, exact.high = INFINITY;
    group.slice = "age 80+", group.environment = NULL;
    none.step = 7;
    assert_true(store_measure(s, &rough, &e) && store_measure(s, &group, &e) && store_measure(s, &exact, &e));
    REFUSED(store_measure(s, &none, &e), ERR_UNKNOWN, "no step 7");
    none.step = 0;
    assert_true(store_measure(s, &none, &e)); /* dropped */
    assert_true(store_measures(s, 1, collect_measure, &out, &e));
    assert_string_equal(buf_text(&out), "accuracy/test/age 80+ n64 0.75[0.7,0.8]~ -;"
                                        "accuracy/test/- n1000 0.3[nan,inf]= avx2;");
    assert_int_equal(raw_number(path, "SELECT count(*) FROM measurement WHERE value IS NULL OR low IS NULL"),
                     1);
    assert_true(store_check(s, &e));
    raw_sql(path, "UPDATE measurement SET value = 0.99 WHERE slice IS NOT NULL");
    buf_clear(&out);
    assert_true(store_measures(s, 1, collect_measure, &out, &e));
    assert_non_null(strstr(buf_text(&out), "0.99[0.7,0.8]~ -?;"));
    buf_release(&out);
    store_close(s);
}

static void measurements_are_written_together(void **state)
{
    (void)state;
    const char *path = scratch_path("s.poda"), *count = "SELECT count(*) FROM measurement";
    struct store *s = open_at(path);
    struct err e = {0};
    add_step(s, "1");
    clock_set(1000000);
    assert_true(store_measure(s, &rough, &e));
    clock_set(1199999);
    assert_true(store_measure(s, &rough, &e));
    assert_int_equal(raw_number(path, count), 0);
    clock_set(1200000);
    assert_true(store_measure(s, &rough, &e));
    assert_int_equal(raw_number(path, count), 3); /* 200 ms after the first */
    assert_true(store_measure(s, &rough, &e));
    assert_int_equal(raw_number(path, count), 3);
    assert_true(store_flush(s, &e));
    assert_int_equal(raw_number(path, count), 4);
    assert_true(store_measure(s, &rough, &e));
    add_step(s, "2");
    assert_int_equal(raw_number(path, count), 5);
    assert_true(store_measure(s, &rough, &e));
    store_close(s);
    assert_int_equal(raw_number(path, count), 6);
}

static void collect_step(void *data, const struct store_step *step)
{
    buf_printf(data, "%lld<%lld %s%s;", (long long)step->id, (long long)step->parent, step->command,
               step->broken ? "?" : "");
}

static void all_steps_come_parents_first(void **state)
{
    (void)state;
    const char *path = scratch_path("s.poda");
    struct store *s = open_at(path);
    struct err e = {0};
    struct buf out = {0};
    add_step(s, "a"), add_step(s, "b");
    assert_true(store_undo(s, &e));
    add_step(s, "c");
    assert_true(store_steps(s, collect_step, &out, &e));
    assert_string_equal(buf_text(&out), "1<0 a;2<1 b;3<1 c;");
    buf_clear(&out);
    raw_sql(path, "UPDATE step SET command = 'x' WHERE id = 2");
    assert_true(store_steps(s, collect_step, &out, &e));
    assert_string_equal(buf_text(&out), "1<0 a;2<1 x?;3<1 c;");
    buf_release(&out);
    store_close(s);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, scratch_make, scratch_remove)
    const struct CMUnitTest tests[] = {
        TEST(a_step_comes_back_as_it_was),
        TEST(a_hash_can_be_computed_by_anyone),
        TEST(a_hash_stands_for_the_branch),
        TEST(numbers_go_on),
        TEST(undo_and_redo_walk_the_tree),
        TEST(a_second_root_stands_apart),
        TEST(rebuilding_finds_the_same_place),
        TEST(blobs_are_found_by_what_they_hold),
        TEST(what_people_say_stays_in_order),
        TEST(steps_are_found_by_number_or_name),
        TEST(measurements_come_back_with_what_is_unknown),
        TEST(measurements_are_written_together),
        TEST(all_steps_come_parents_first),
    };
    return cmocka_run_group_tests_name("store", tests, NULL, NULL);
}
