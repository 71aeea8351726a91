/* After another model was opened the explorer shows what it would had that one been opened first: nothing of the first stays. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/at_once.h"
#include "tests/unit/util_session.h"
#include "views/dump.h"
#include "views/view.h"

static const char readmit[] = "open samples/readmit/model.onnx",
                  readmit_data[] = "data samples/readmit/dataset.json",
                  breast[] = "open samples/breast-cancer/model.onnx";

/* An explorer on a session of its own; neither may move. */
struct bench {
    struct session session;
    struct at_once at;
};

static void begin(struct bench *d, const char *const *lines)
{
    session_begin(&d->session);
    for (; *lines; lines++)
        json_free(session_says(&d->session, *lines));
    at_once_init(&d->at, &d->session);
    at_once_settle(&d->at);
}

static void end(struct bench *d)
{
    at_once_release(&d->at);
    session_close(&d->session);
}

/* Divided by single blanks. */
static void keys(struct bench *d, const char *names)
{
    char key[16];
    for (size_t n; *names; names += n + (names[n] == ' ')) {
        n = strcspn(names, " ");
        snprintf(key, sizeof key, "%.*s", (int)n, names);
        at_once_key(&d->at, key);
    }
}

static void type(struct bench *d, const char *line)
{
    at_once_key(&d->at, ":");
    for (; *line; line++)
        at_once_key(&d->at, (const char[]){*line, '\0'});
    at_once_key(&d->at, "Enter");
}

static char *screen(struct bench *d)
{
    struct scratch memory = {0};
    struct scene scene;
    struct surface *s = surface_new(100, 30);
    struct buf text = {0};
    ui_scene(&d->at.ui, &memory, &scene);
    scene_draw(&scene, s, &(struct look){.glyphs = GLYPHS_ASCII});
    dump_text(&text, s);
    scratch_release(&memory);
    surface_free(s);
    return buf_take(&text);
}

/* Both show the same on every screen of one model. */
static void expect_same(struct bench *a, struct bench *b)
{
    static const char *const digits[] = {"1", "2", "3", "4", "5"};
    for (size_t i = 0; i < sizeof digits / sizeof *digits; i++) {
        keys(a, digits[i]);
        keys(b, digits[i]);
        char *one = screen(a), *other = screen(b);
        if (strcmp(one, other) != 0)
            fail_msg("%s\nin place of\n%s", one, other);
        free(one);
        free(other);
    }
}

static void expect_shown(struct bench *d, const char *text, bool shown)
{
    char *now = screen(d);
    if (!strstr(now, text) == shown)
        fail_msg("%s %s:\n%s", text, shown ? "is not shown" : "is shown", now);
    free(now);
}

static void test_another_model_leaves_nothing_of_the_first(void **state)
{
    (void)state;
    static const char *const first[] = {readmit, readmit_data, "prune 0.5", NULL};
    static const char *const only[] = {breast, breast, breast, NULL};
    struct bench a, b;
    begin(&a, first);
    keys(&a, "1 j j Enter j l Enter 2 3 9 1");
    a.at.ui.left_out[1] = true; /* a layer that is not to be cut */
    expect_shown(&a, "acc ", true);
    type(&a, breast);
    begin(&b, only);
    type(&b, breast);
    keys(&a, "9");
    keys(&b, "9");
    expect_shown(&a, "(dense", false);
    expect_shown(&a, "84.4%*", false); /* step 3 has its own 84.4% */
    expect_same(&a, &b);
    end(&a);
    end(&b);
}

/* The ticks stand as the step's command has them, by the layers of its own model. */
static void test_the_strategy_follows_to_another_model(void **state)
{
    (void)state;
    static const char *const lines[] = {breast, "prune 0.4 layers=fc2", "open tests/data/foreign/mlp.onnx",
                                        NULL};
    struct bench a;
    begin(&a, lines);
    keys(&a, "2");
    type(&a, "goto 2");
    assert_true(a.at.ui.left_out[0] && !a.at.ui.left_out[1] && a.at.ui.left_out[2]);
    end(&a);
}

static void test_a_step_without_data_shows_none(void **state)
{
    (void)state;
    static const char *const first[] = {readmit, readmit_data, NULL};
    struct bench a;
    begin(&a, first);
    expect_shown(&a, "n=4,096", true);
    keys(&a, "u");
    expect_shown(&a, "no data yet", true);
    expect_shown(&a, "acc ", false);
    end(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_another_model_leaves_nothing_of_the_first),
        cmocka_unit_test(test_the_strategy_follows_to_another_model),
        cmocka_unit_test(test_a_step_without_data_shows_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
