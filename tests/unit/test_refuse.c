/* A key that cannot act: on every screen, every key of every other screen says the truth about where it would. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "app/keys.h"
#include "app/refuse.h"
#include "engine/base/buf.h"
#include "tests/unit/util_typed.h"
#include "views/view.h"

static const struct {
    enum view_id view;
    const char *key;
} screens[] = {{VIEW_OVERVIEW, "1"}, {VIEW_STRATEGY, "2"}, {VIEW_CURVE, "3"}, {VIEW_LAYER, "4"},
               {VIEW_NEURON, "5"},   {VIEW_HISTORY, "9"},  {VIEW_JOBS, "J"}};
enum { SCREENS = sizeof screens / sizeof *screens };

static bool has(enum view_id view, const char *key)
{
    for (size_t i = 0; i < key_row_count; i++)
        if (key_rows[i].context == (int)view && strcmp(key_rows[i].key, key) == 0)
            return true;
    return false;
}

/* Named with the key that leads there, or in the sentence of a key that one screen alone has. */
static bool names(const char *message, size_t screen)
{
    char many[64], one[64];
    snprintf(many, sizeof many, "%s (%s)", views[screens[screen].view].name, screens[screen].key);
    snprintf(one, sizeof one, "belongs to the %s screen: press %s", views[screens[screen].view].name,
             screens[screen].key);
    return strstr(message, many) || strstr(message, one);
}

static void test_every_key_on_every_screen(void **state)
{
    struct typed *t = *state;
    int refused = 0;
    for (size_t at = 0; at < SCREENS; at++)
        for (size_t i = 0; i < key_row_count; i++) {
            const char *key = key_rows[i].key;
            bool somewhere = false;
            for (size_t s = 0; s < SCREENS; s++)
                somewhere |= has(screens[s].view, key);
            if (!somewhere || key_find((int)screens[at].view, key))
                continue;
            typed_keys(t, screens[at].key);
            typed_keys(t, key);
            assert_int_equal(t->ui.screen, screens[at].view);
            for (size_t s = 0; s < SCREENS; s++)
                if (names(t->ui.message, s) != has(screens[s].view, key))
                    fail_msg("%s on %s says '%s', which is wrong about %s", key, views[screens[at].view].name,
                             t->ui.message, views[screens[s].view].name);
            refused++;
        }
    assert_true(refused > 100);
}

/* Keys that no screen has yet say what they are for, and each is still needed. */
static void test_keys_of_later_versions(void **state)
{
    struct typed *t = *state;
    static const char *const keys[] = {"K", ";", "e"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        for (size_t at = 0; at < SCREENS; at++) {
            assert_null(key_find((int)screens[at].view, keys[i]));
            typed_keys(t, screens[at].key);
            typed_keys(t, keys[i]);
            assert_null(strstr(t->ui.message, "does nothing"));
        }
}

static void test_space_says_its_name(void **state)
{
    struct typed *t = *state;
    typed_keys(t, "3 Space");
    assert_non_null(strstr(t->ui.message, "Space"));
    assert_non_null(strstr(t->ui.message, "press 2"));
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, typed_set_up, typed_tear_down)
    const struct CMUnitTest tests[] = {TEST(test_every_key_on_every_screen),
                                       TEST(test_keys_of_later_versions), TEST(test_space_says_its_name)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
