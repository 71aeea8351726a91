/* cmd_open: the commands that bring something in: open (a model), data (a data set). */
#include "app/cmd/cmd_rows.h"

#include <stdlib.h>
#include <string.h>

#include "app/cmd/report_json.h"
#include "app/session/load.h"
#include "engine/base/err.h"
#include "engine/base/file.h"
#include "engine/base/json.h"
#include "engine/base/mem.h"
#include "engine/base/num.h"
#include "engine/base/text.h"

enum { ZEROS_KEEP, ZEROS_CUT };
static const char *const zeros_words[] = {[ZEROS_KEEP] = "keep", [ZEROS_CUT] = "cut", NULL};

static void canonical_file(const char *verb, const char *path, const char *hash, struct buf *out)
{
    char *absolute = file_absolute(path);
    buf_printf(out, "%s ", verb);
    text_quote(out, absolute);
    buf_printf(out, " hash=%s", hash);
    free(absolute);
}

/* zeros=cut: weights that the file has as 0 count as cut. */
static void cut_zeros(struct mask *mask, const struct model *m)
{
    for (int i = 0; i < m->layers.n; i++) {
        const float *w = layer_weights(m->graph, &m->layers.v[i]);
        for (int64_t k = 0; k < m->layers.v[i].weights; k++)
            if (w[k] == 0)
                mask_set(mask, i, k, false);
    }
}

static bool run_open(struct session *s, const struct words *w, struct answer *out, struct err *e)
{
    const char *path = w->args[0];
    int zeros;
    if (!read_choice(w, "zeros", zeros_words, ZEROS_KEEP, &zeros, e))
        return false;
    bool zeros_cut = zeros == ZEROS_CUT;
    struct model *m = load_model(s, w, e);
    if (!m)
        return false;
    struct state *next = state_new();
    state_set_model(next, m);
    if (zeros_cut)
        cut_zeros(next->mask, m);
    canonical_file("open", path, model_file_hash(m->file), &out->canonical);
    buf_puts(&out->canonical, zeros_cut ? " zeros=cut" : " zeros=keep");
    if (m->sizes) {
        buf_puts(&out->canonical, " shape=");
        text_quote(&out->canonical, m->sizes);
    }
    out->result = model_json(m);
    return session_commit(s, buf_text(&out->canonical), out->result, next, NULL, e);
}

static void say_open(const struct json *result, struct buf *out)
{
    buf_printf(out, "%s: ", json_str(json_get(result, "name")));
    num_count(out, (int64_t)json_num(json_get(result, "parameters"), 0));
    buf_puts(out, " parameters, ");
    num_count(out, (int64_t)json_num(json_get(result, "prunable"), 0));
    enum { NAMED = 8 };
    size_t layers = json_count(json_get(result, "layers")), shown = 0;
    buf_puts(out, " prunable weights");
    if (layers)
        buf_printf(out, " in %zu layers:", layers);
    for (const struct json *l = json_first(json_get(result, "layers")); l && shown < NAMED; l = json_next(l))
        buf_printf(out, " %s", json_str(json_get(l, "name"))), shown++;
    if (layers > shown)
        buf_printf(out, " and %zu more ('layers' lists them)", layers - shown);
    buf_putc(out, '\n');
    const char *notice = json_str(json_get(result, "notice"));
    if (notice)
        buf_printf(out, "note: %s\n", notice);
}

static bool run_data(struct session *s, const struct words *w, struct answer *out, struct err *e)
{
    const char *path = w->args[0];
    bool skip;
    if (!session_need_model(s, e) || !read_yes(w, "skip_bad", &skip, e))
        return false;
    struct data *data = load_data(s->state, w, e);
    if (!data)
        return false;
    struct state *next = state_copy(s->state);
    state_set_data(next, data);
    canonical_file("data", path, data->set->hash, &out->canonical);
    if (words_key(w, "label")) {
        buf_puts(&out->canonical, " label=");
        text_quote(&out->canonical, words_key(w, "label"));
    }
    buf_puts(&out->canonical, skip ? " skip_bad=yes" : " skip_bad=no");
    out->result = data_json(data->set);
    return session_commit(s, buf_text(&out->canonical), out->result, next, NULL, e);
}

static void say_data(const struct json *result, struct buf *out)
{
    buf_printf(out, "%s: ", json_str(json_get(result, "name")));
    const char *gap = "";
    for (const struct json *split = json_first(json_get(result, "splits")); split; split = json_next(split)) {
        buf_printf(out, "%s%s ", gap, json_name(split));
        num_count(out, (int64_t)json_num(split, 0));
        gap = ", ";
    }
    buf_printf(out, "; %zu classes, %zu groups", json_count(json_get(result, "classes")),
               json_count(json_get(result, "groups")));
    double skipped = json_num(json_get(result, "skipped"), 0);
    if (skipped > 0)
        buf_printf(out, "; %.0f rows skipped", skipped);
    buf_puts(out, json_true(json_get(result, "synthetic")) ? "; synthetic\n" : "\n");
}

static const struct command_key open_keys[] = {
    {"zeros", "keep|cut", "whether weights that are 0 count as cut"},
    {"shape", "INPUT:1x3x224x224",
     "sizes of an input that the file leaves free; several joined by commas or given one by one"},
    {"hash", "SHA-256", "the content that is meant"},
    {NULL, NULL, NULL}};
static const struct command_key data_keys[] = {
    {"label", "COLUMN", "the label of a plain CSV"},
    {"skip_bad", "yes|no", "go on without rows that do not parse or are not finite"},
    {"hash", "SHA-256", "the content that is meant"},
    {NULL, NULL, NULL}};

const struct command command_open = {.name = "open",
                                     .kind = COMMAND_STEP,
                                     .min_args = 1,
                                     .max_args = 1,
                                     .args = "FILE",
                                     .usage = "open model.onnx",
                                     .about = "load and validate a model",
                                     .keys = open_keys,
                                     .run = run_open,
                                     .say = say_open};
const struct command command_data = {.name = "data",
                                     .kind = COMMAND_STEP,
                                     .min_args = 1,
                                     .max_args = 1,
                                     .args = "FILE",
                                     .usage = "data dataset.json",
                                     .about = "load a data set: a manifest or a plain CSV",
                                     .keys = data_keys,
                                     .run = run_data,
                                     .say = say_data};
