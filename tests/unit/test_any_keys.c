/* The explorer under a cat on the keyboard: thousands of keys, known and unknown, and sizes from 1x1 to 250x120, on a real session.
 * Nothing may crash, leak or hang; the sanitizers watch in make check. Leaving is answered by starting anew; what is written goes to
 * a folder of the test's own. */
#include "app/at_once.h"
#include "app/cmd/cmd.h"
#include "app/keys.h"
#include "app/pool.h"
#include "engine/base/rng.h"
#include "views/view.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { KEYS = 10000, SEED = 20261124 };

struct dice {
    uint64_t rolled;
};

static uint64_t roll(struct dice *d, uint64_t sides)
{
    return rng_u64(SEED, 0, d->rolled++) % sides;
}

static double seconds(void)
{
    return 0;
}

static const char *const others[] = {"Esc",     "Esc", "Enter", "Tab", "Backspace", "Delete", "Insert",
                                     "Resize",  "C-a", "C-w",   "F5",  "F12",       " ",      "0",
                                     "1",       "8",   "%",     ".",   "\"",        "ä",      "漢",
                                     "e\u0301", "p",   "r",     "u",   "n",         "c"};

static const char *any_key(struct dice *d)
{
    uint64_t n = key_row_count + sizeof others / sizeof *others;
    uint64_t i = roll(d, n);
    return i < key_row_count ? key_rows[i].key : others[i - key_row_count];
}

static void draw_somehow(const struct ui *u, struct surface *s, struct dice *d)
{
    struct scratch memory = {0};
    struct scene scene;
    struct look look = {.glyphs = (enum glyphs)roll(d, GLYPHS_LEVELS), .peek = u->peek};
    if (roll(d, 4) == 0)
        surface_resize(s, 1 + (int)roll(d, 250), 1 + (int)roll(d, 120));
    ui_scene(u, &memory, &scene);
    scene_draw(&scene, s, &look);
    scratch_release(&memory);
}

static void run(struct session *session, const char *command)
{
    struct answer a;
    struct err e = {0};
    if (!cmd_run(session, command, &a, &e))
        fail_msg("%s: %s", command, e.message);
    answer_release(&a);
}

static void test_any_keys(void **state)
{
    (void)state;
    struct pool *pool = pool_new(1);
    struct session session;
    struct err e = {0};
    struct dice d = {0};
    struct surface *s = surface_new(100, 30);
    struct at_once a;
    assert_true(session_open(&session, &(struct session_options){.seed = 1}, pool_runner(pool), seconds, &e));
    run(&session, "open samples/breast-cancer/model.onnx");
    run(&session, "data samples/breast-cancer/dataset.json");
    char folder[] = "/tmp/poda-keys-XXXXXX";
    assert_non_null(mkdtemp(folder));
    assert_int_equal(chdir(folder), 0);
    setenv("XDG_STATE_HOME", folder, 1);
    at_once_init(&a, &session);
    int left = 0;
    for (int i = 0; i < KEYS; i++) {
        at_once_key(&a, any_key(&d));
        if (roll(&d, 3) == 0)
            draw_somehow(&a.ui, s, &d);
        if (a.ui.quit) {
            left++;
            at_once_release(&a);
            at_once_init(&a, &session);
        }
    }
    assert_true(left > 10);
    assert_non_null(a.ui.board.item[BOARD_MODEL]);
    at_once_release(&a);
    session_close(&session);
    surface_free(s);
    pool_free(pool);
    char remove[64];
    snprintf(remove, sizeof remove, "rm -rf %s", folder);
    assert_int_equal(system(remove), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_any_keys)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
