/* Models of what exporters seldom write (tests/oracle/unusual.py): what a session says of them. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/cmd/words.h"
#include "app/session/rebuild.h"
#include "engine/base/file.h"
#include "engine/graph/op.h"
#include "engine/io/array.h"
#include "tests/unit/util_board.h"
#include "tests/unit/util_session.h"

#define DATA "tests/data/unusual/"

static void a_model_without_anything_prunable_says_so(void **state)
{
    (void)state;
    static const char *const lines[] = {"open " DATA "nothing.onnx"};
    struct session s;
    session_begin(&s);
    struct json *result = session_says(&s, lines[0]);
    const char *notice = json_str(json_get(result, "notice"));
    assert_non_null(notice);
    assert_memory_equal(notice, "nothing in this model can be pruned: a (Mul): ", 46);
    json_free(result);
    session_refuses(&s, "prune 0", ERR_UNREACHABLE, NULL);
    session_close(&s);

    struct bench b;
    bench_init(&b, lines, 1);
    bench_news(&b);
    char *screen = bench_screen(&b, 100, 30);
    assert_non_null(strstr(screen, "Nothing in this model can be pruned"));
    assert_null(strstr(screen, "No model is open"));
    free(screen);
    bench_release(&b);
}

static void given_sizes_are_remembered(void **state)
{
    (void)state;
    struct session s;
    struct err e = {0};
    session_begin(&s);
    struct json *result = session_says(&s, "open " DATA "free-sizes.onnx shape=x:1x2x5x7");
    char *command = session_command_at(&s, 1);
    assert_non_null(strstr(command, " shape=x:1x2x5x7"));
    double macs = (double)s.state->opened->dense_macs;
    json_free(result);

    /* another model, though the file and its hash are the same */
    result = session_says(&s, "open " DATA "free-sizes.onnx shape=x:1x2x10x7");
    assert_string_equal(model_file_hash(s.state->opened->file),
                        model_file_hash(session_state_at(&s, 1, &e)->opened->file));
    assert_string_not_equal(s.state->opened->id, session_state_at(&s, 1, &e)->opened->id);
    assert_true((double)s.state->opened->dense_macs > 1.9 * macs);
    json_free(result);

    struct store_step step;
    assert_true(store_get_step(s.store, 1, &step, &e));
    struct state *again = rebuild_state(&s, &step, NULL, &e);
    assert_non_null(again);
    assert_true((double)again->opened->dense_macs == macs);
    state_unref(again);
    store_step_release(&step);
    free(command);
    session_close(&s);
}

/* Several inputs: one by one or joined; other keys are still given once. */
static void sizes_are_a_list(void **state)
{
    (void)state;
    struct words w;
    struct buf text = {0};
    assert_true(words_parse("open m.onnx shape=a:1x2 zeros=cut shape=\"b c:1x3\",d:4", &w, NULL));
    assert_string_equal(words_key(&w, "shape"), "a:1x2,b c:1x3,d:4");
    words_print(&w, &text);
    assert_string_equal(buf_text(&text), "open m.onnx shape=\"a:1x2,b c:1x3,d:4\" zeros=cut");
    words_release(&w);
    buf_release(&text);
    assert_false(words_parse("open m.onnx zeros=cut zeros=keep", &w, NULL));
}

/* ---- what ONNX Runtime computed ---- */

static void check_answers(const char *name, const char *sizes)
{
    struct session s;
    struct err e = {0};
    struct array y = {0}, wanted = {0};
    char folder[] = "/tmp/poda_XXXXXX", command[200], path[100], there[100];
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/y.npy", folder);
    snprintf(there, sizeof there, DATA "%s.y.npy", name);
    session_begin(&s);
    snprintf(command, sizeof command, "open " DATA "%s.onnx %s", name, sizes);
    json_free(session_says(&s, command));
    snprintf(command, sizeof command, "predict " DATA "%s.x.npy %s", name, path);
    json_free(session_says(&s, command));
    assert_true(array_read(path, &y, &e) && array_read(there, &wanted, &e));
    assert_int_equal(y.n, wanted.n);
    for (int64_t i = 0; i < y.n; i++)
        assert_float_equal(array_real(&y, i), array_real(&wanted, i), 1e-5);
    array_release(&y);
    array_release(&wanted);
    session_close(&s);
    unlink(path);
    rmdir(folder);
}

static void given_sizes_are_computed(void **state)
{
    (void)state;
    check_answers("free-sizes", "shape=x:1x2x5x7");
}

static void layers_written_with_letters(void **state)
{
    (void)state;
    check_answers("einsum", "");
}

static void newer_sets_of_operators(void **state)
{
    (void)state;
    check_answers("opset-22", "");
    check_answers("opset-23", "");
    check_answers("opset-24", "");
    check_answers("opset-25", "");
}

/* The standard's own schemas were asked for each: tests/oracle/opsets.py. */
static void every_operator_was_compared_with_the_standard(void **state)
{
    (void)state;
    struct err e = {0};
    struct buf text = {0}, line = {0};
    buf_puts(&text, "\n");
    assert_true(file_read("tests/oracle/opsets.txt", 100000, &text, &e));
    for (int i = 0; op_at(i); i++) {
        buf_clear(&line);
        buf_printf(&line, "\n%s: ", op_at(i)->name);
        if (!op_at(i)->domain[0] && !strstr(buf_text(&text), buf_text(&line)))
            fail_msg("%s is not in tests/oracle/opsets.txt", op_at(i)->name);
    }
    buf_release(&text);
    buf_release(&line);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_model_without_anything_prunable_says_so),
        cmocka_unit_test(given_sizes_are_remembered),
        cmocka_unit_test(sizes_are_a_list),
        cmocka_unit_test(given_sizes_are_computed),
        cmocka_unit_test(newer_sets_of_operators),
        cmocka_unit_test(layers_written_with_letters),
        cmocka_unit_test(every_operator_was_compared_with_the_standard),
    };
    return cmocka_run_group_tests_name("unusual", tests, NULL, NULL);
}
