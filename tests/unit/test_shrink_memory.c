/* `shrink` compares the smaller model with the masked one whatever number of records --memory lets each compute at a time. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "app/session/measure.h"
#include "tests/unit/util_session.h"

static int lanes(struct session *s)
{
    struct bound_program p;
    assert_true(measure_program(s, s->state->current, s->state->mask, NULL, 0, &p, NULL));
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

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(models_of_other_widths_are_compared)};
    return cmocka_run_group_tests_name("shrink_memory", tests, NULL, NULL);
}
