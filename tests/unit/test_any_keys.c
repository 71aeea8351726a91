/* The explorer under a cat on the keyboard: thousands of keys, known and unknown, and sizes from 1x1 to 250x120, on a real session that
 * models are opened in again and again. Nothing may crash, leak or hang; the sanitizers watch in make check. Leaving is answered by starting anew; what is written goes to
 * a folder of the test's own. */
#include "app/at_once.h"
#include "app/keys.h"
#include "app/pool.h"
#include "engine/base/rng.h"
#include "tests/unit/util_session.h"
#include "views/view.h"

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

enum { KEYS = 10000, SEED = 20261124, MODELS = 4, KEYS_A_ROOT = 300 };

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

/* Another root of the session, as a person types it: the same model once more, or one with other layers, and more of them. */
static void type_open(struct at_once *a, char *const *paths, struct dice *d)
{
    char line[PATH_MAX + 16];
    snprintf(line, sizeof line, "open %s", paths[roll(d, MODELS)]);
    for (int i = 0; i < 4; i++)
        at_once_key(a, "Esc");
    at_once_key(a, ":");
    for (const char *c = line; *c; c++)
        at_once_key(a, (const char[]){*c, '\0'});
    at_once_key(a, "Enter");
}

static int64_t count_roots(struct session *s)
{
    struct json *r = session_says(s, "sql \"SELECT count(*) FROM step WHERE parent IS NULL\"");
    int64_t n = (int64_t)json_num(json_first(json_first(json_get(r, "rows"))), 0);
    json_free(r);
    return n;
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
    json_free(session_says(&session, "open samples/breast-cancer/model.onnx"));
    json_free(session_says(&session, "data samples/breast-cancer/dataset.json"));
    char *paths[MODELS] = {realpath("samples/breast-cancer/model.onnx", NULL),
                           realpath("samples/breast-cancer/model.onnx", NULL),
                           realpath("tests/data/foreign/mlp.onnx", NULL),
                           realpath("samples/digits-cnn/model.onnx", NULL)};
    char folder[] = "/tmp/poda-keys-XXXXXX";
    assert_non_null(mkdtemp(folder));
    assert_int_equal(chdir(folder), 0);
    setenv("XDG_STATE_HOME", folder, 1);
    at_once_init(&a, &session);
    int left = 0;
    for (int i = 0; i < KEYS; i++) {
        at_once_key(&a, any_key(&d));
        if (roll(&d, KEYS_A_ROOT) == 0)
            type_open(&a, paths, &d);
        if (roll(&d, 3) == 0)
            draw_somehow(&a.ui, s, &d);
        if (a.ui.quit) {
            left++;
            at_once_release(&a);
            at_once_init(&a, &session);
        }
    }
    assert_true(left > 10 && count_roots(&session) > KEYS / KEYS_A_ROOT / 2);
    assert_non_null(a.ui.board.item[BOARD_MODEL]);
    at_once_release(&a);
    for (int i = 0; i < MODELS; i++)
        free(paths[i]);
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
