/* frame: what stands around every screen, from the ui and the board. */
#include <math.h>
#include <string.h>

#include "app/find.h"
#include "app/keys.h"
#include "app/palette.h"
#include "app/prompt.h"
#include "app/scene/facts_of.h"
#include "app/screens.h"
#include "engine/base/json.h"
#include "engine/base/num.h"

enum { FOOTER = 14, WHICH_KEYS = 24 };

static size_t footer_keys(int context, struct key_hint *out, size_t most)
{
    size_t n = 0;
    for (int pass = 0; pass < (context == VIEW_HELP ? 1 : 2); pass++) /* there, letters are typed */
        for (size_t i = 0; i < key_row_count && n < most; i++)
            if (key_rows[i].label && key_rows[i].context == (pass ? KEYS_EVERYWHERE : context)) {
                const char *label = key_rows[i].label, *word = strrchr(label, ' ');
                bool shows_key = strncmp(label, key_rows[i].key, strlen(key_rows[i].key)) == 0 && word;
                out[n++] = (struct key_hint){key_rows[i].key, shows_key ? word + 1 : label};
            }
    return n;
}

static void fill_headline(const struct ui *u, struct scratch *memory, struct frame_scene *f)
{
    const struct json *status = u->board.item[BOARD_STATUS], *mask = u->board.item[BOARD_MASK];
    const struct json *e = u->board.item[BOARD_EVAL], *sizes = json_get(mask, "sizes");
    static const char *const storages[] = {"dense", "bitmask", "csr"};
    f->model = text_of(u->board.item[BOARD_MODEL], "name", NULL);
    f->step = f->model ? scratch_printf(memory, "#%lld", (long long)count_of(status, "step")) : NULL;
    f->broken = json_true(json_get(status, "broken"));
    if (json_is_number(json_get(e, "accuracy"))) {
        f->metric = "acc";
        f->now = trusted(u, BOARD_EVAL, amount_percent(number_of(e, "accuracy"), 1));
        f->dense = amount_percent(number_of(e, "dense_accuracy"), 1);
    } else if (json_is_number(json_get(e, "mse"))) {
        f->metric = "mse";
        f->now = trusted(u, BOARD_EVAL, amount_plain(number_of(e, "mse"), 4));
        f->dense = amount_plain(number_of(e, "dense_mse"), 4);
    }
    for (int i = 0; i < 3; i++)
        if (!f->storage || number_of(sizes, storages[i]) < f->size.v) {
            f->size = trusted(u, BOARD_MASK, amount_bytes(number_of(sizes, storages[i])));
            f->storage = storages[i];
        }
    if (!sizes) {
        f->storage = NULL;
        f->size = (struct amount){0};
    }
    f->mode = json_true(json_get(status, "look")) || (!f->model && text_of(status, "missing", NULL))
                  ? MODE_LOOK
              : u->readonly ? MODE_READ_ONLY
              : u->frozen   ? MODE_FROZEN
                            : MODE_LIVE;
}

/* " in 6 ms"; nothing where no clock ran. */
static const char *how_long(const struct json *eval, struct scratch *memory)
{
    struct buf text = {0};
    if (!(number_of(eval, "seconds") > 0))
        return "";
    buf_puts(&text, " in ");
    num_seconds(&text, number_of(eval, "seconds"));
    return scratch_buf(memory, &text);
}

/* "test ", and nothing where the data are not split. */
static const char *split_before(const struct json *eval, struct scratch *memory)
{
    const char *split = text_of(eval, "split", "all");
    return strcmp(split, "all") == 0 ? "" : scratch_printf(memory, "%s ", split);
}

static void fill_status(const struct ui *u, struct scratch *memory, struct frame_scene *f)
{
    const struct json *status = u->board.item[BOARD_STATUS],
                      *e = u->board.item[u->drafting ? BOARD_DRAFT_EVAL : BOARD_EVAL];
    const char *path = text_of(status, "path", NULL);
    f->notice = u->notice;
    f->message = u->message;
    f->status_left = u->drafting ? "draft" : "ready";
    if (e && u->board.stale[u->drafting ? BOARD_DRAFT_EVAL : BOARD_EVAL])
        f->status_middle = "* of an earlier setting";
    else if (e && !partial(e))
        f->status_middle =
            scratch_printf(memory, "exact: measured all %s %srecords%s", count_text(memory, count_of(e, "n")),
                           split_before(e, memory), how_long(e, memory));
    else if (e)
        f->status_middle =
            scratch_printf(memory, "measured %s of %s records%s", count_text(memory, count_of(e, "n")),
                           count_text(memory, count_of(e, "total")), how_long(e, memory));
    f->status_right = path ? "saved" : status ? "in memory, not saved" : NULL;
    if (text_of(status, "notice", NULL))
        f->status_right = text_of(status, "notice", NULL);
    const struct job *job = job_log_running(&u->jobs);
    if (job && !job->quiet)
        f->job = (struct job_scene){
            .what = job->what, .done = job->done, .total = job->total, .left = seconds_amount(job_left(job))};
}

static const char *failed_open(const struct job_log *l)
{
    for (size_t i = 0; i < l->n; i++)
        if (l->jobs[i].state == JOB_FAILED && strncmp(l->jobs[i].what, "open ", 5) == 0)
            return l->jobs[i].note;
    return NULL;
}

/* Why a screen stays empty, where no number will come by itself. */
static const struct message_scene *page_of(const struct ui *u, struct scratch *memory)
{
    const struct json *status = u->board.item[BOARD_STATUS];
    const char *missing = text_of(status, "missing", NULL), *failed = failed_open(&u->jobs);
    bool stored = json_true(json_get(status, "look"));
    if (u->board.item[BOARD_MODEL] || !(missing || stored || failed))
        return NULL;
    struct message_scene *m = scratch_take(memory, 1, sizeof *m);
    if (stored)
        *m = (struct message_scene){"Only what is stored is shown", STYLE_TITLE,
                                    "No model is loaded for that.",
                                    "9 shows the history, with every step's numbers."};
    else if (missing)
        *m =
            (struct message_scene){"The session's model cannot be loaded", STYLE_WARN, missing,
                                   "Put the file back and open the session again. 9 shows the history, which "
                                   "needs no model."};
    else
        *m = (struct message_scene){"No model is open", STYLE_WARN, failed,
                                    ":open FILE opens a model or a session."};
    return m;
}

/* The keys that may follow the prefix. */
static void fill_which(const struct ui *u, struct scratch *memory, struct frame_scene *f)
{
    const struct key_row *row;
    const char *second;
    if (!u->which || !u->prefix[0])
        return;
    struct key_hint *keys = scratch_take(memory, WHICH_KEYS, sizeof *keys);
    while (f->which_count < WHICH_KEYS &&
           (row = key_after((int)u->screen, u->prefix, f->which_count, &second)))
        keys[f->which_count++] = (struct key_hint){second, row->about};
    f->which_title = key_prefix_title(u->prefix);
    f->which = keys;
}

void ui_scene(const struct ui *u, struct scratch *memory, struct scene *out)
{
    const struct screen *s = screen_of(u->screen);
    struct key_hint *keys = scratch_take(memory, FOOTER, sizeof *keys);
    *out = (struct scene){.view = u->help ? VIEW_HELP : u->screen};
    fill_headline(u, memory, &out->frame);
    fill_status(u, memory, &out->frame);
    out->frame.page = page_of(u, memory);
    out->frame.tab = s ? s->tab : 0;
    out->frame.keys = keys;
    out->frame.key_count = palette_footer(u, keys);
    if (out->frame.key_count == 0)
        out->frame.key_count = footer_keys(u->help ? VIEW_HELP : (int)u->screen, keys, FOOTER);
    prompt_scene(u, memory, &out->frame.prompt);
    if (u->finding != FIND_NONE)
        find_prompt(u, memory, &out->frame.prompt);
    if (u->question)
        out->frame.prompt = (struct prompt_scene){.open = true, .sign = u->question, .selected = SIZE_MAX};
    fill_which(u, memory, &out->frame);
    out->frame.mouse_off = !u->mouse;
    out->body = u->help ? screen_help.scene(u, memory) : s ? s->scene(u, memory) : NULL;
}
