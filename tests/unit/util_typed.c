/* util_typed: see util_typed.h. */
#include "tests/unit/util_typed.h"

#include <assert.h>
#include <string.h>

#include "engine/base/json.h"
#include "engine/base/mem.h"
#include "engine/base/text.h"
#include "views/dump.h"

static void post(void *data, enum request_kind kind, const char *line)
{
    static const char *const kinds[REQUEST_KINDS] = {[REQUEST_COMMAND] = "command",
                                                     [REQUEST_PREVIEW] = "preview",
                                                     [REQUEST_UNDRAFT] = "undraft",
                                                     [REQUEST_NEURON] = "look",
                                                     [REQUEST_CURVE] = "curve"};
    struct typed *t = data;
    if (kinds[kind]) /* else what a screen asks for by itself */
        buf_printf(&t->posted, "%s %s\n", kinds[kind], line);
}

static void cancel(void *data, int64_t job)
{
    struct typed *t = data;
    (void)job;
    t->cancels++;
}

static void freeze(void *data, bool on)
{
    (void)data;
    (void)on;
}

static void beside(void *data, enum aside_kind kind, const char *text)
{
    static const char *const kinds[] = {
        [ASIDE_FOLDER] = "folder", [ASIDE_RECALL] = "recall", [ASIDE_TYPED] = "typed"};
    struct typed *t = data;
    buf_printf(&t->asides, "%s %s\n", kinds[kind], text);
}

void typed_open(struct typed *t)
{
    *t = (struct typed){.now = 100};
    const struct ui_port port = {
        .post = post, .cancel = cancel, .freeze = freeze, .aside = beside, .data = t};
    ui_init(&t->ui, &port);
}

void typed_release(struct typed *t)
{
    ui_release(&t->ui);
    buf_release(&t->posted);
    buf_release(&t->asides);
}

void typed_put(struct typed *t, enum board_item item, const char *json)
{
    struct news n = {.kind = NEWS_BOARD, .item = item, .json = json_parse(json, strlen(json), "test", NULL)};
    assert(n.json);
    ui_news(&t->ui, &n);
    news_release(&n);
}

void typed_fail(struct typed *t, const char *line, const char *message)
{
    struct news n = {.kind = NEWS_FAILED, .request = REQUEST_COMMAND, .line = mem_text(line)};
    err_set(&n.err, ERR_UNKNOWN, "%s", message);
    ui_news(&t->ui, &n);
    news_release(&n);
}

void typed_board(struct typed *t, size_t layers)
{
    struct buf text = {0};
    buf_puts(&text, "{\"layers\":[");
    for (size_t i = 0; i < layers; i++)
        buf_printf(&text,
                   "%s{\"name\":\"%s%zu\",\"shape\":[64,42],\"units\":64,\"inputs\":42,\"weights\":2688,"
                   "\"kept\":1344,\"first\":0,\"last\":63}",
                   i ? "," : "", layers > 100 ? "block.conv" : "fc", i + 1);
    buf_puts(&text, "]}");
    typed_put(t, BOARD_LAYERS, buf_text(&text));
    typed_put(t, BOARD_MODEL, "{\"name\":\"readmit\"}");
    typed_put(t, BOARD_STATUS, "{\"step\":3}");
    typed_put(
        t, BOARD_DATA,
        "{\"features\":[{\"name\":\"age\"},{\"name\":\"prior stays\",\"about\":\"in the year before\"}]}");
    typed_put(t, BOARD_HISTORY,
              "{\"steps\":[{\"step\":1,\"parent\":0,\"command\":\"open model.onnx\"},"
              "{\"step\":2,\"parent\":1,\"command\":\"prune 0.5\",\"tags\":[\"half\"]},"
              "{\"step\":3,\"parent\":2,\"command\":\"prune 0.9\",\"here\":true}]}");
    buf_clear(&t->posted);
    buf_release(&text);
}

void typed_text(struct typed *t, const char *text)
{
    for (size_t n, left = strlen(text); left > 0; text += n, left -= n) {
        char one[8] = {0};
        text_decode(text, left, &n);
        memcpy(one, text, n);
        t->now += 3;
        ui_key(&t->ui, one, true, t->now);
    }
}

void typed_keys(struct typed *t, const char *keys)
{
    while (*keys) {
        char name[64] = {0};
        size_t n = strcspn(keys, " ");
        assert(n < sizeof name);
        memcpy(name, keys, n);
        keys += n + (keys[n] == ' ');
        if (name[0] == '\'' && n > 1) {
            typed_text(t, name + 1);
        } else if (strcmp(name, "Space") == 0) {
            typed_text(t, " ");
        } else {
            t->now += 3;
            ui_key(&t->ui, name, n == 1, t->now);
        }
    }
}

void typed_draw(struct typed *t, int columns, int rows, struct buf *out)
{
    struct scratch memory = {0};
    struct scene scene;
    struct surface *s = surface_new(columns, rows);
    const struct look look = {GLYPHS_ASCII, false};
    ui_scene(&t->ui, &memory, &scene);
    scene_draw(&scene, s, &look);
    buf_clear(out);
    dump_text(out, s);
    surface_free(s);
    scratch_release(&memory);
}

int typed_set_up(void **state)
{
    static struct typed t;
    typed_open(&t);
    typed_board(&t, 3);
    *state = &t;
    return 0;
}

int typed_tear_down(void **state)
{
    typed_release(*state);
    return 0;
}
