/* cmd_tree: walking the session tree (undo, redo, goto) and writing on it (note, tag, hide). */
#include "app/cmd/cmd_rows.h"

#include <stdlib.h>

#include "engine/base/err.h"
#include "engine/base/json.h"
#include "engine/base/text.h"

static bool answer_step(struct session *s, struct answer *out)
{
    out->result = json_object();
    json_put_int(out->result, "step", store_head(s->store));
    return true;
}

/* To the parent, or to the child visited last; told is the step that was taken back or done again. */
static bool walk(struct session *s, bool undo, struct answer *out, struct err *e)
{
    int64_t before = store_head(s->store);
    if (!(undo ? store_undo(s->store, e) : store_redo(s->store, e)) || !session_stand(s, before, e))
        return false;
    char *told = session_command_at(s, undo ? before : store_head(s->store));
    answer_step(s, out);
    json_put_text(out->result, undo ? "undone" : "redone", told);
    if (undo)
        json_put_int(out->result, "undone_step", before);
    free(told);
    return true;
}

static bool run_undo(struct session *s, const struct words *w, struct answer *out, struct err *e)
{
    (void)w;
    return walk(s, true, out, e);
}

static bool run_redo(struct session *s, const struct words *w, struct answer *out, struct err *e)
{
    (void)w;
    return walk(s, false, out, e);
}

static bool run_goto(struct session *s, const struct words *w, struct answer *out, struct err *e)
{
    int64_t before = store_head(s->store), step = 0;
    if (!store_find(s->store, w->args[0], &step, e) || !store_goto(s->store, step, e) ||
        !session_stand(s, before, e))
        return false;
    buf_printf(&out->canonical, "goto %lld", (long long)step);
    return answer_step(s, out);
}

static bool run_note(struct session *s, const struct words *w, struct answer *out, struct err *e)
{
    if (!store_note(s->store, store_head(s->store), w->args[0], e))
        return false;
    answer_step(s, out);
    json_put_text(out->result, "note", w->args[0]);
    return true;
}

static bool run_tag(struct session *s, const struct words *w, struct answer *out, struct err *e)
{
    if (!store_tag(s->store, store_head(s->store), w->args[0], e))
        return false;
    answer_step(s, out);
    json_put_text(out->result, "tag", w->args[0]);
    return true;
}

/* Where the session stands, and which step it was done to. */
static bool answer_about(struct session *s, const char *member, int64_t step, struct answer *out)
{
    answer_step(s, out);
    json_put_int(out->result, member, step);
    return true;
}

static bool run_hide(struct session *s, const struct words *w, struct answer *out, struct err *e)
{
    int64_t step = 0;
    if (!store_find(s->store, w->args[0], &step, e) || !store_hide(s->store, step, e))
        return false;
    buf_printf(&out->canonical, "hide %lld", (long long)step);
    return answer_about(s, "hidden", step, out);
}

static bool run_unhide(struct session *s, const struct words *w, struct answer *out, struct err *e)
{
    int64_t step = 0;
    if (!store_find(s->store, w->args[0], &step, e) || !store_event(s->store, step, "unhide", NULL, e))
        return false;
    buf_printf(&out->canonical, "unhide %lld", (long long)step);
    return answer_about(s, "unhidden", step, out);
}

static void say_step(const struct json *r, struct buf *out)
{
    const char *undone = json_str(json_get(r, "undone")), *redone = json_str(json_get(r, "redone"));
    double step = json_num(json_get(r, "step"), 0);
    if (undone)
        buf_printf(out, "undid #%.0f %s; at step %.0f\n", json_num(json_get(r, "undone_step"), 0), undone,
                   step);
    else if (redone)
        buf_printf(out, "redid #%.0f %s\n", step, redone);
    else
        buf_printf(out, "at step %.0f\n", step);
}

static void say_event(const struct json *r, struct buf *out)
{
    const char *tag = json_str(json_get(r, "tag"));
    double step = json_num(json_get(r, "step"), 0);
    if (tag)
        buf_printf(out, "step %.0f is tagged %s\n", step, tag);
    else if (json_get(r, "note"))
        buf_printf(out, "the note stands on step %.0f\n", step);
    else if (json_get(r, "hidden"))
        buf_printf(out, "step %.0f is hidden; 'unhide %.0f' shows it again\n",
                   json_num(json_get(r, "hidden"), 0), json_num(json_get(r, "hidden"), 0));
    else
        buf_printf(out, "step %.0f is shown again\n", json_num(json_get(r, "unhidden"), 0));
}

const struct command command_undo = {.name = "undo",
                                     .kind = COMMAND_MOVE,
                                     .usage = "undo",
                                     .about = "go to the parent of this step; nothing is lost",
                                     .run = run_undo,
                                     .say = say_step};
const struct command command_redo = {.name = "redo",
                                     .kind = COMMAND_MOVE,
                                     .usage = "redo",
                                     .about = "go to the child visited last",
                                     .run = run_redo,
                                     .say = say_step};
const struct command command_goto = {.name = "goto",
                                     .kind = COMMAND_MOVE,
                                     .min_args = 1,
                                     .max_args = 1,
                                     .args = "STEP",
                                     .usage = "goto 12",
                                     .about = "go to a step by number or tag",
                                     .run = run_goto,
                                     .say = say_step};
const struct command command_note = {.name = "note",
                                     .kind = COMMAND_EVENT,
                                     .min_args = 1,
                                     .max_args = 1,
                                     .usage = "note \"too lossy\"",
                                     .about = "write a note on this step",
                                     .run = run_note,
                                     .say = say_event};
const struct command command_tag = {.name = "tag",
                                    .kind = COMMAND_EVENT,
                                    .min_args = 1,
                                    .max_args = 1,
                                    .usage = "tag candidate",
                                    .about = "give this step a name",
                                    .run = run_tag,
                                    .say = say_event};
const struct command command_hide = {.name = "hide",
                                     .kind = COMMAND_EVENT,
                                     .min_args = 1,
                                     .max_args = 1,
                                     .args = "STEP",
                                     .usage = "hide 7",
                                     .about = "leave a step out of the tree's picture",
                                     .run = run_hide,
                                     .say = say_event};
const struct command command_unhide = {.name = "unhide",
                                       .kind = COMMAND_EVENT,
                                       .min_args = 1,
                                       .max_args = 1,
                                       .usage = "unhide 7",
                                       .about = "show a hidden step again",
                                       .run = run_unhide,
                                       .say = say_event};
