/* What the READMEs of the samples claim is what the program computes: their numbers are put into their sentences again. Areas under
 * curves are not among them: the program does not compute those (tests/oracle/samples.py does). */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/session/measure.h"
#include "engine/base/buf.h"
#include "engine/base/file.h"
#include "engine/base/num.h"
#include "engine/stats/paired.h"
#include "tests/unit/util_session.h"

struct sample {
    const char *name;
    struct session s;
    struct buf text; /* of its README, lines joined */
};

static void do_line(struct session *s, const char *line)
{
    json_free(session_says(s, line));
}

static void begin(struct sample *a, const char *name)
{
    struct buf line = {0}, raw = {0};
    *a = (struct sample){.name = name};
    buf_printf(&line, "samples/%s/README.md", name);
    assert_true(file_read(buf_text(&line), 1 << 20, &raw, NULL));
    for (size_t i = 0; i < raw.len; i++)
        buf_putc(&a->text, raw.data[i] == '\n' ? ' ' : raw.data[i]);
    session_begin(&a->s);
    buf_clear(&line);
    buf_printf(&line, "open samples/%s/model.onnx", name);
    do_line(&a->s, buf_text(&line));
    buf_clear(&line);
    buf_printf(&line, "data samples/%s/dataset.json", name);
    do_line(&a->s, buf_text(&line));
    buf_release(&line);
    buf_release(&raw);
}

static void end(struct sample *a)
{
    session_close(&a->s);
    buf_release(&a->text);
}

static void claims(const struct sample *a, const char *format, ...)
{
    char sentence[200];
    va_list args;
    va_start(args, format);
    vsnprintf(sentence, sizeof sentence, format, args);
    va_end(args);
    if (!strstr(buf_text(&a->text), sentence))
        fail_msg("samples/%s/README.md does not say: %s", a->name, sentence);
}

/* Records answered right of a split, in the state at hand. */
static int64_t right_on(struct sample *a, const char *split)
{
    struct buf line = {0};
    buf_printf(&line, "eval split=%s", split);
    struct json *r = session_says(&a->s, buf_text(&line));
    int64_t n = (int64_t)nearbyint(result_number(r, "accuracy") * result_number(r, "n"));
    json_free(r);
    buf_release(&line);
    return n;
}

static int64_t right_after(struct sample *a, const char *line)
{
    do_line(&a->s, line);
    return right_on(a, "test");
}

static void claims_sizes(struct sample *a, const char *between)
{
    struct json *r = session_says(&a->s, "layers");
    struct buf parameters = {0}, weights = {0};
    int64_t n = 0;
    for (const struct json *l = json_first(json_get(r, "layers")); l; l = json_next(l))
        n += (int64_t)result_number(l, "weights");
    json_free(r);
    num_count(&weights, n);
    r = session_says(&a->s, "prune 0");
    num_count(&parameters, (int64_t)result_number(r, "parameters"));
    claims(a, "%s parameters (%s weights)%s", buf_text(&parameters), buf_text(&weights), between);
    json_free(r);
    do_line(&a->s, "undo");
    buf_release(&parameters);
    buf_release(&weights);
}

static void test_breast_cancer(void **state)
{
    (void)state;
    struct sample a;
    begin(&a, "breast-cancer");
    claims_sizes(&a, "");
    int64_t test = right_on(&a, "test"), validation = right_on(&a, "validation");
    claims(&a, "test %.4f (%lld of 142;", (double)test / 142, (long long)test);
    claims(&a, "validation %.3f (%lld of 85)", (double)validation / 85, (long long)validation);
    struct json *r = session_says(&a.s, "prune 0.8");
    claims(&a, "cutting 80 %% by magnitude %.0f weights are left", result_number(r, "kept"));
    assert_int_equal(json_count(json_get(r, "cut_inputs")), 6);
    claims(&a, "six inputs no longer reach the output");
    json_free(r);
    claims(&a, "%lld of 142 test records are still right", (long long)right_on(&a, "test"));
    end(&a);
}

static void test_credit(void **state)
{
    (void)state;
    struct sample a;
    begin(&a, "credit");
    claims_sizes(&a, "");
    int64_t test = right_on(&a, "test"), validation = right_on(&a, "validation");
    claims(&a, "test %.3f (%lld of 250;", (double)test / 250, (long long)test);
    claims(&a, "validation %.2f (%lld of 100)", (double)validation / 100, (long long)validation);
    claims(&a, "keeps %lld right", (long long)right_after(&a, "prune 0.7"));
    claims(&a, "from every layer keeps %lld,", (long long)right_after(&a, "prune 0.7 scope=layer"));
    int64_t alone[3];
    for (int i = 0; i < 3; i++) {
        char line[40];
        snprintf(line, sizeof line, "prune 0.7 layers=fc%d", i + 1);
        do_line(&a.s, "goto 2");
        alone[i] = right_after(&a, line);
    }
    claims(&a, "(%lld, %lld and %lld)", (long long)alone[0], (long long)alone[1], (long long)alone[2]);
    end(&a);
}

static void claims_group(struct sample *a, const char *name)
{
    const struct dataset *d = a->s.state->data->set;
    const struct outcome *dense, *pruned;
    struct comparison c;
    int64_t all, n = 0, wrong = 0, right = 0;
    double low, high;
    assert_true(measure_pair(&a->s, a->s.state, SPLIT_VALIDATION, 0, &c, &dense, &pruned, NULL));
    const int64_t *order = measure_order(&a->s, a->s.state, SPLIT_VALIDATION, &all);
    const struct record_group *g = d->groups;
    while (strcmp(g->name, name) != 0)
        assert_true(++g < d->groups + d->n_groups);
    for (int64_t i = 0; i < all; i++) {
        n += g->member[order[i]];
        wrong += g->member[order[i]] && dense->right[i] && !pruned->right[i];
        right += g->member[order[i]] && !dense->right[i] && pruned->right[i];
    }
    paired_interval(wrong, right, n, &low, &high);
    claims(a, "the %lld people aged 80 or more it falls by %.1f points (%+.1f to %+.1f)", (long long)n,
           100.0 * (double)(wrong - right) / (double)n, 100 * low, 100 * high);
}

static void test_readmit(void **state)
{
    (void)state;
    struct sample a;
    begin(&a, "readmit");
    claims_sizes(&a, "");
    claims(&a, "4,808 for training, 4,096 for validation, 3,096 for testing");
    assert_int_equal(a.s.state->data->set->n_split[SPLIT_TRAIN], 4808);
    assert_int_equal(a.s.state->data->set->n_split[SPLIT_VALIDATION], 4096);
    assert_int_equal(a.s.state->data->set->n_split[SPLIT_TEST], 3096);
    struct buf count = {0};
    int64_t test = right_on(&a, "test");
    num_count(&count, test);
    claims(&a, "test %.4f (%s of 3,096;", (double)test / 3096, buf_text(&count));
    claims(&a, "validation %.4f", (double)right_on(&a, "validation") / 4096);
    do_line(&a.s, "prune 0.8");
    struct json *r = session_says(&a.s, "eval split=validation");
    claims(&a, "validation records moves by %+.1f points (%+.1f to %+.1f)", 100 * result_number(r, "delta"),
           100 * result_number(r, "delta_low"), 100 * result_number(r, "delta_high"));
    claims_group(&a, "age 80+");
    json_free(r);
    buf_release(&count);
    end(&a);
}

/* On 10,000 images another machine's products may let two records answer differently (test_samples.c). */
enum { SLACK = 2 };

static void claims_right(const struct sample *a, const char *format, int64_t right)
{
    for (int64_t n = right - SLACK; n <= right + SLACK; n++) {
        char sentence[200];
        struct buf count = {0};
        num_count(&count, n);
        snprintf(sentence, sizeof sentence, format, buf_text(&count));
        buf_release(&count);
        if (strstr(buf_text(&a->text), sentence))
            return;
    }
    fail_msg("samples/%s/README.md does not say %lld in: %s", a->name, (long long)right, format);
}

static void test_digits_mlp(void **state)
{
    (void)state;
    struct sample a;
    begin(&a, "digits-mlp");
    claims_sizes(&a, ", layers fc1 fc2 fc3");
    int64_t dense = right_on(&a, "test");
    claims_right(&a, "(%s of 10,000)", dense);
    claims_right(&a, "Half of all weights can go for %s records", dense - right_after(&a, "prune 0.5"));
    claims_right(&a, "keeps %s right", right_after(&a, "prune 0.8"));
    claims_right(&a, "one per layer %s:", right_after(&a, "prune 0.8 scope=layer"));
    claims_right(&a, "(30 %%: %s)", right_after(&a, "prune 0.3 structure=unit"));
    end(&a);
}

static void test_digits_cnn(void **state)
{
    (void)state;
    struct sample a;
    begin(&a, "digits-cnn");
    claims_sizes(&a, "");
    int64_t dense = right_on(&a, "test");
    claims_right(&a, "(%s of 10,000)", dense);
    claims_right(&a, "from every layer %s are lost", dense - right_after(&a, "prune 0.5 scope=layer"));
    claims(&a, "Half of all weights can go for one record in 10,000");
    assert_in_range(dense - right_after(&a, "prune 0.5") - 1 + SLACK, 0, 2 * SLACK);
    claims(&a, "A fifth costs about 1.7 points"); /* 165 to 174 records, rounded */
    assert_in_range(dense - right_after(&a, "prune 0.2 structure=unit") - 165 + SLACK, 0, 9 + 2 * SLACK);
    end(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_breast_cancer), cmocka_unit_test(test_credit),
        cmocka_unit_test(test_readmit),       cmocka_unit_test(test_digits_mlp),
        cmocka_unit_test(test_digits_cnn),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
