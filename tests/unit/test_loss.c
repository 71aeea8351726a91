/* engine/learn/loss: derivatives of each loss by the outputs, first and second, against differences. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "engine/learn/loss.h"

enum { OUTPUTS = 4, LANES = 16 };

/* The loss of one record at these outputs, and its derivatives. */
static double loss_at(const struct loss *l, const struct dataset *d, const float *v, const float *tv,
                      float *seed, float *second)
{
    float block[OUTPUTS * LANES] = {0}, along[OUTPUTS * LANES] = {0}, s[OUTPUTS * LANES] = {0},
                          t[OUTPUTS * LANES] = {0};
    double value[LANES];
    const int64_t row = 0;
    for (int k = 0; k < OUTPUTS; k++) {
        block[k * LANES] = v[k];
        along[k * LANES] = tv ? tv[k] : 0;
    }
    loss_seed(l, d, &row, 1, LANES, block, tv ? along : NULL, value, s, tv ? t : NULL);
    for (int k = 0; k < OUTPUTS; k++) {
        assert_true(s[k * LANES + 1] == 0 && t[k * LANES + 1] == 0); /* only the record's lane */
        if (seed)
            seed[k] = s[k * LANES];
        if (second)
            second[k] = t[k * LANES];
    }
    return value[0];
}

static void check_loss(const struct loss *l, int32_t label)
{
    static const float v[OUTPUTS] = {0.4f, 0.3f, 0.1f, 0.2f}, tv[OUTPUTS] = {0.5f, -0.25f, 1, 0.75f};
    const float h = 0x1p-12f;
    float target[OUTPUTS] = {1, -1, 0.5f, 0}, seed[OUTPUTS], second[OUTPUTS], up[OUTPUTS], down[OUTPUTS],
          at[OUTPUTS];
    const struct dataset d = {.labels = &label, .targets = target, .n_targets = OUTPUTS};
    loss_at(l, &d, v, tv, seed, second);
    for (int k = 0; k < l->how.n_outputs; k++) {
        memcpy(at, v, sizeof at);
        at[k] = v[k] + h;
        double more = loss_at(l, &d, at, NULL, NULL, NULL), by = (double)at[k];
        at[k] = v[k] - h;
        by -= (double)at[k];
        double less = loss_at(l, &d, at, NULL, NULL, NULL);
        assert_float_equal(seed[k], (float)((more - less) / by), 1e-5f);
    }
    for (int sign = 1; sign >= -1; sign -= 2) {
        for (int k = 0; k < OUTPUTS; k++)
            at[k] = v[k] + (float)sign * h * tv[k];
        loss_at(l, &d, at, NULL, sign > 0 ? up : down, NULL);
    }
    for (int k = 0; k < l->how.n_outputs; k++)
        assert_float_equal(second[k], (up[k] - down[k]) / (2 * h), 3e-3f);
}

static void loss_slopes(void **state)
{
    static const struct reading many[] = {{TASK_CLASSIFICATION, OUTPUT_LOGITS, OUTPUTS, false},
                                          {TASK_CLASSIFICATION, OUTPUT_PROBABILITIES, OUTPUTS, false},
                                          {TASK_CLASSIFICATION, OUTPUT_LOGITS, 1, true},
                                          {TASK_CLASSIFICATION, OUTPUT_PROBABILITIES, 1, true},
                                          {TASK_REGRESSION, OUTPUT_VALUES, OUTPUTS, false}};
    (void)state;
    for (size_t i = 0; i < sizeof many / sizeof *many; i++)
        for (int32_t label = 0; label < 2; label++)
            check_loss(&(struct loss){.how = many[i]}, label);
    check_loss(&(struct loss){.kind = LOSS_OUTPUT, .output = 2, .how = many[0]}, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(loss_slopes)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
