/* `shrink` in a session: compared with the masked model whatever number of records --memory lets each compute at a time; rebuilt
 * from what was stored. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "app/session/measure.h"
#include "app/session/rebuild.h"
#include "app/session/shrunk.h"
#include "tests/unit/util_session.h"

static int lanes(struct session *s)
{
    struct bound_program p;
    assert_true(measure_program(s, s->state->current, s->state->mask, NULL, 0, 0, &p, NULL));
    int n = program_lanes(p.program);
    bound_program_release(&p);
    return n;
}

/* From where one record fits to where both models take as many as they want. */
static void models_of_other_widths_are_compared(void **state)
{
    (void)state;
    static const char *const commands[] = {"open samples/digits-cnn/model.onnx", "prune 0.5 structure=unit",
                                           "shrink"};
    int differ = 0;
    double difference = -1;
    for (int64_t memory = 200000; memory < 8000000; memory += memory / 2) {
        struct session s;
        int width[2] = {0};
        session_begin(&s);
        s.options.memory = memory;
        for (int i = 0; i < 3; i++) {
            struct json *result = session_says(&s, commands[i]);
            difference = i == 2 ? result_number(result, "max_difference") : difference;
            width[i == 2] = lanes(&s);
            json_free(result);
        }
        differ += width[0] != width[1];
        assert_true(width[0] <= width[1]);
        assert_true(difference < 1e-4);
        session_close(&s);
    }
    assert_true(differ >= 2);
}

/* Another version of the program may have written the same smaller model in other bytes: here one with a producer's name behind it. A
 * model of other sizes is refused. */
static void a_stored_smaller_model_is_opened_as_it_is(void **state)
{
    (void)state;
    struct session s;
    struct buf onnx = {0};
    struct err e = {0};
    char hash[HASH_HEX];
    session_begin(&s);
    json_free(session_says(&s, "open samples/digits-cnn/model.onnx"));
    json_free(session_says(&s, "prune 0.5 structure=unit"));
    struct state *small = shrunk_state(&s, s.state, NULL, NULL, &onnx, &e);
    assert_non_null(small);
    struct json *result = json_object();
    buf_add(&onnx, "\x12\x05other", 7);
    hash_bytes(onnx.data, onnx.len, hash);
    assert_true(session_commit(&s, "shrink", result, small, &onnx, &e));
    struct store_step step;
    assert_true(store_get_step(s.store, 3, &step, &e));
    struct state *before = session_state_at(&s, 2, &e), *again = rebuild_state(&s, &step, before, &e);
    assert_non_null(again);
    assert_string_equal(model_file_hash(again->current->file), hash);
    state_unref(again);
    struct state *dense = session_state_at(&s, 1, &e);
    assert_null(rebuild_state(&s, &step, dense, &e));
    assert_non_null(strstr(e.message, "other sizes"));
    err_release(&e);
    store_step_release(&step);
    json_free(result);
    buf_release(&onnx);
    session_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(models_of_other_widths_are_compared),
        cmocka_unit_test(a_stored_smaller_model_is_opened_as_it_is),
    };
    return cmocka_run_group_tests_name("shrink_session", tests, NULL, NULL);
}
