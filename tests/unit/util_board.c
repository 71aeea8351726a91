/* util_board: see util_board.h. */
#include "tests/unit/util_board.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "app/cmd/cmd.h"
#include "app/facts.h"
#include "engine/base/json.h"
#include "tests/unit/util_file.h"
#include "views/dump.h"

static double no_seconds(void)
{
    return 0;
}

static void put(void *data, enum board_item item, struct json *result_take)
{
    struct bench *b = data;
    struct news n = {.kind = NEWS_BOARD, .item = item, .json = result_take};
    ui_news(&b->ui, &n);
    news_release(&n);
}

void bench_news(struct bench *b)
{
    facts_head(&b->session, put, b);
}

static void run(struct bench *b, const char *line, enum request_kind kind)
{
    struct answer a;
    struct err e = {0};
    struct news n = {.kind = NEWS_FAILED, .request = kind};
    if (cmd_run(&b->session, line, &a, &e)) {
        if (kind == REQUEST_DIFF)
            put(b, BOARD_DIFF, json_copy(a.result));
        else if (kind == REQUEST_COMMAND)
            bench_news(b);
        answer_release(&a);
        return;
    }
    n.err = e;
    ui_news(&b->ui, &n);
    news_release(&n);
}

static void post(void *data, enum request_kind kind, const char *line)
{
    struct bench *b = data;
    buf_printf(&b->posted, "%s\n", line);
    run(b, line, kind);
}

static void cancel(void *data, int64_t job)
{
    (void)data;
    (void)job;
}

static void freeze(void *data, bool on)
{
    (void)data;
    (void)on;
}

void bench_init(struct bench *b, const char *const *lines, size_t n)
{
    const struct session_options o = {.seed = 1};
    struct err e = {0};
    setenv("TZ", "UTC", 1);
    *b = (struct bench){0};
    const struct ui_port port = {.post = post, .cancel = cancel, .freeze = freeze, .data = b};
    ui_init(&b->ui, &port);
    runner_serial(&b->runner, NULL);
    assert_true(session_open(&b->session, &o, &b->runner, no_seconds, &e));
    for (size_t i = 0; i < n; i++)
        run(b, lines[i], REQUEST_PREVIEW);
    bench_news(b);
}

void bench_release(struct bench *b)
{
    session_close(&b->session);
    buf_release(&b->posted);
    ui_release(&b->ui);
}

void bench_keys(struct bench *b, const char *keys)
{
    while (*keys) {
        char key[16] = "";
        size_t n = strcspn(keys, " ");
        memcpy(key, keys, n < sizeof key ? n : sizeof key - 1);
        ui_key(&b->ui, key, n == 1, 0);
        keys += n + strspn(keys + n, " ");
    }
}

void bench_type(struct bench *b, const char *text)
{
    for (; *text; text++) {
        const char key[2] = {*text, '\0'};
        ui_key(&b->ui, key, true, 0);
    }
}

char *bench_screen(struct bench *b, int columns, int rows)
{
    struct surface *s = surface_new(columns, rows);
    struct scratch memory = {0};
    struct scene scene;
    struct buf out = {0};
    const struct look look = {GLYPHS_ASCII, b->ui.peek};
    ui_scene(&b->ui, &memory, &scene);
    scene_draw(&scene, s, &look);
    dump_text(&out, s);
    scratch_release(&memory);
    surface_free(s);
    return buf_take(&out);
}
