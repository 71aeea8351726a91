/* What `y c` copies is a command that exec takes where the screen stands: for every screen, with and without data, drafts and shrunk
 * models; where no command tells what is shown, nothing is copied. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/at_once.h"
#include "app/cmd/cmd.h"
#include "app/copy.h"
#include "tests/unit/util_session.h"

struct case_of {
    const char *lines[5];
};

static const struct case_of cases[] = {
    {{"open samples/breast-cancer/model.onnx", "data samples/breast-cancer/dataset.json", "prune 0.5"}},
    {{"open samples/breast-cancer/model.onnx"}},
    {{"open samples/breast-cancer/model.onnx", "data samples/breast-cancer/dataset.json",
      "prune 0.4 structure=unit", "protect unit:fc2/3", "shrink"}},
    {{"open tests/data/kinds/values.onnx", "data tests/data/kinds/values.json", "cut fc1/0"}},
    {{"open tests/data/kinds/classes.onnx", "data tests/data/kinds/unlabelled.json", "prune 0.3"}},
    {{"open tests/data/foreign/dynamo-cnn.onnx", "prune 0.3 structure=unit"}},
};

/* Keys to a state, and how what is copied there begins; NULL: nothing can be. */
static const struct {
    const char *keys, *begins;
} states[] = {
    {"1", "layers"},
    {"1 j s d", "layers"},
    {"1 ?", "layers"},
    {"1 :", "layers"},
    {"2", "prune "},
    {"2 l", "prune "},
    {"2 L L j j l", "prune "},
    {"2 l Enter", "prune "},
    {"3", "curve "},
    {"3 r", "curve points="},
    {"3 r l l", "curve points="},
    {"3 r 2 j l 3 r j", "curve points="},
    {"4", "layer "},
    {"4 o", "layer "},
    {"4 o o", "layer "},
    {"4 ] v", "layer "},
    {"4 >", "layer "},
    {"5", "neuron "},
    {"5 Tab j", "neuron "},
    {"5 } ]", "neuron "},
    {"4 Enter", "neuron "},
    {"9", "history"},
    {"9 k k", "history"},
    {"J", NULL},
};

static char *copied(struct ui *u)
{
    const struct copy_look look = {100, 30, {GLYPHS_ASCII, false}, THEME_DEFAULT};
    struct buf out = {0};
    struct err e = {0};
    if (copy_make(u, "command", &look, &out, &e))
        return buf_take(&out);
    assert_true(e.message && e.hint);
    err_release(&e);
    buf_release(&out);
    return NULL;
}

static void press(struct at_once *a, const char *keys)
{
    char key[16];
    at_once_settle(a);
    for (int n; sscanf(keys, "%15s%n", key, &n) == 1; keys += n)
        at_once_key(a, key);
}

static void check(const struct case_of *one, size_t at)
{
    struct session s;
    struct at_once a;
    session_begin(&s);
    for (size_t i = 0; one->lines[i]; i++)
        json_free(session_says(&s, one->lines[i]));
    at_once_init(&a, &s);
    press(&a, states[at].keys);
    char *line = copied(&a.ui);
    at_once_release(&a);
    const char *wanted = states[at].begins;
    if (!line != !wanted || (line && strncmp(line, wanted, strlen(wanted)) != 0))
        fail_msg("%s, keys %s: copied %s", one->lines[0], states[at].keys, line ? line : "nothing");
    if (line)
        json_free(session_says(&s, line));
    free(line);
    session_close(&s);
}

static void test_what_is_copied_runs(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (size_t k = 0; k < sizeof states / sizeof *states; k++)
            check(&cases[i], k);
}

/* The curve and the layer are copied as they stand. */
static void test_the_state_is_copied(void **state)
{
    static const char *const wanted[][2] = {
        {"4 o o", "layer fc1 order=loss"},
        {"4 ]", "layer fc2 order=index"},
        {"2 l", "prune 0.51 criterion=magnitude structure=weight scope=global seed=1"}};
    (void)state;
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        struct session s;
        struct at_once a;
        session_begin(&s);
        for (size_t k = 0; cases[0].lines[k]; k++)
            json_free(session_says(&s, cases[0].lines[k]));
        at_once_init(&a, &s);
        press(&a, wanted[i][0]);
        char *line = copied(&a.ui);
        assert_string_equal(line, wanted[i][1]);
        free(line);
        at_once_release(&a);
        session_close(&s);
    }
}

/* Without a model no command has an answer; the history has. */
static void test_without_a_model(void **state)
{
    (void)state;
    for (size_t k = 0; k < sizeof states / sizeof *states; k++) {
        struct session s;
        struct at_once a;
        session_begin(&s);
        at_once_init(&a, &s);
        press(&a, states[k].keys);
        char *line = copied(&a.ui);
        at_once_release(&a);
        if (line)
            json_free(session_says(&s, line));
        free(line);
        session_close(&s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_copied_runs),
        cmocka_unit_test(test_the_state_is_copied),
        cmocka_unit_test(test_without_a_model),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
