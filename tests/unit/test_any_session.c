/* Sessions with several roots: a model opened twice is two models, and no mask may point into the other one. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "engine/base/rng.h"
#include "tests/unit/util_any_session.h"
#include "tests/unit/util_session.h"

enum { SESSIONS = 60, COMMANDS = 120, SEED = 20261207 };

static const char breast[] = "open samples/breast-cancer/model.onnx";

static void say(struct session *s, const char *line)
{
    json_free(session_says(s, line));
}

/* Every state's mask is over its own model. */
static void expect_own_masks(const struct session *s)
{
    int seen = 0;
    for (size_t i = 0; i < s->visited.n; i++) {
        const struct state *at = *(struct state **)by_step_nth(&s->visited, i);
        if (!at || !at->mask)
            continue;
        assert_true(mask_over(at->mask, &at->current->layers));
        seen++;
    }
    assert_true(seen > 2);
}

static void run_all(const char *const *lines)
{
    struct session s;
    session_begin(&s);
    for (; *lines; lines++)
        say(&s, *lines);
    expect_own_masks(&s);
    session_close(&s);
}

static void test_a_model_opened_twice_is_cut_in_its_own_masks(void **state)
{
    (void)state;
    const char *const lines[] = {breast, "prune 0.5", breast, "prune 0.5", NULL};
    run_all(lines);
}

static void test_a_curve_before_the_second_open_leaves_nothing_to_it(void **state)
{
    (void)state;
    const char *const lines[] = {breast, "curve points=0,0.5", breast, "prune 0.5", "curve points=0.5", NULL};
    run_all(lines);
}

static void test_a_model_shrunk_twice_is_cut_in_its_own_masks(void **state)
{
    (void)state;
    const char *const lines[] = {
        breast, "prune 0.3 structure=unit", "shrink", "prune 0.5", "undo", "undo", "shrink", "prune 0.5",
        NULL};
    run_all(lines);
}

/* A model that only a draft opened is gone with the draft. */
static void test_what_a_draft_opened_leaves_with_it(void **state)
{
    (void)state;
    struct session s;
    session_begin(&s);
    say(&s, breast);
    s.preview = true;
    say(&s, breast);
    s.preview = false;
    session_drop_draft(&s);
    say(&s, "prune 0.5");
    say(&s, "prune 0.6");
    expect_own_masks(&s);
    session_close(&s);
}

static void test_any_commands_on_several_roots(void **state)
{
    (void)state;
    struct any_session seen = {0};
    for (uint64_t i = 0; i < SESSIONS; i++) {
        uint8_t bytes[COMMANDS];
        for (uint64_t k = 0; k < COMMANDS; k++)
            bytes[k] = (uint8_t)rng_u64(SEED, i, k);
        any_session(bytes, COMMANDS, &seen);
    }
    assert_true(seen.done > SESSIONS * COMMANDS / 2 && seen.refused > SESSIONS);
    assert_true(seen.roots > 3 * SESSIONS && seen.shrunk > SESSIONS && seen.drafts > SESSIONS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_model_opened_twice_is_cut_in_its_own_masks),
        cmocka_unit_test(test_a_curve_before_the_second_open_leaves_nothing_to_it),
        cmocka_unit_test(test_a_model_shrunk_twice_is_cut_in_its_own_masks),
        cmocka_unit_test(test_what_a_draft_opened_leaves_with_it),
        cmocka_unit_test(test_any_commands_on_several_roots),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
