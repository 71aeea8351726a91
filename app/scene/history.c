/* history: the ninth screen's scene: the tree of steps, the difference of the selected one to another, what was noted. The tree
 * itself is made with the history (tree.h); here a frame takes what it shows of it. */
#include "views/history.h"

#include <math.h>
#include <string.h>
#include <time.h>

#include "app/find.h"
#include "app/scene/facts_of.h"
#include "app/scene/tree.h"
#include "app/screens.h"
#include "engine/base/json.h"

enum {
    NEAR = 250
}; /* rows each way of the cursor that a frame can show where the terminal's height is not known */

/* The rows that the screen lists now, hidden ones and the filter considered. */
static const struct tree_rows *listed(const struct ui *u)
{
    static const struct tree_rows none = {0};
    return u->board.tree ? tree_list(u->board.tree, u->history.all, find_filter(u)) : &none;
}

static size_t cursor(const struct ui *u)
{
    return u->board.tree ? tree_place(u->board.tree, listed(u), u->history.at) : 0;
}

static int64_t selected(const struct ui *u)
{
    const struct tree_rows *rows = listed(u);
    return rows->n ? rows->rows[cursor(u)].id : 0;
}

static int64_t here(const struct ui *u)
{
    return count_of(u->board.item[BOARD_STATUS], "step");
}

/* The step to compare the given one with; 0: there is none. */
static int64_t other(const struct ui *u, int64_t id)
{
    const struct tree *t = u->board.tree;
    int64_t with = u->history.against == AGAINST_PARENT  ? count_of(tree_step(t, id), "parent")
                   : u->history.against == AGAINST_DENSE ? tree_root(t, id)
                                                         : u->history.marked;
    return with != id && tree_step(t, with) ? with : 0;
}

/* Ask for the difference that the pane shows. */
static void ask(struct ui *u)
{
    int64_t to = selected(u), from = other(u, to);
    if (from > 0 && to > 0)
        ui_post(u, REQUEST_DIFF, "diff %lld %lld", (long long)from, (long long)to);
}

void history_follow(struct ui *u)
{
    if (u->history.at == 0)
        u->history.at = here(u);
    ask(u);
}

bool history_stands(struct ui *u)
{
    int64_t at = selected(u);
    if (here(u) == 0) {
        ui_say(u, NOTICE_INFO, "there is no step yet to write on: open MODEL.onnx makes the first");
        return false;
    }
    if (u->screen != VIEW_HISTORY || at == 0 || at == here(u))
        return true;
    ui_say(u, NOTICE_INFO,
           "the cursor is on #%lld, you stand on #%lld, and notes and tags go where you stand: Esc, then "
           "Enter goes there first",
           (long long)at, (long long)here(u));
    return false;
}

/* ---- the scene ---- */

static const char *short_text(const struct ui *u, struct scratch *memory, int64_t id)
{
    const struct step_row *row = tree_row(u->board.tree, id);
    return !row ? "?" : row->broken ? scratch_printf(memory, "(?) %s", row->text) : row->text;
}

static const struct json *difference(const struct json *diff, const char *what)
{
    const struct json *d = json_first(json_get(diff, "differences"));
    while (d && strcmp(text_of(d, "what", ""), what) != 0)
        d = json_next(d);
    return d;
}

static void add_note(struct fact_list *list, struct scratch *memory, const char *label, const char *note)
{
    fact_add(list, memory, label, (struct amount){0})->note = note;
}

/* Is the step the dense model of the branch where one stands, of which the board knows more than the history? */
static bool is_dense(const struct ui *u, const struct json *step)
{
    const struct tree *t = u->board.tree;
    return number_of(step, "sparsity") == 0 &&
           tree_root(t, count_of(step, "step")) == tree_root(t, here(u)) &&
           number_of(step, "kept") == number_of(u->board.item[BOARD_DENSE], "kept");
}

static double bytes_of(const struct ui *u, int64_t id)
{
    const struct json *step = tree_step(u->board.tree, id);
    double bytes = number_of(step, "bytes");
    return isnan(bytes) && is_dense(u, step)
               ? number_of(json_get(u->board.item[BOARD_DENSE], "sizes"), "dense")
               : bytes;
}

static void add_size(const struct ui *u, struct scratch *memory, int64_t from, int64_t to,
                     struct fact_list *list)
{
    double a = bytes_of(u, from), b = bytes_of(u, to);
    const struct step_row *row_a = tree_row(u->board.tree, from), *row_b = tree_row(u->board.tree, to);
    if ((row_a && row_a->broken) || (row_b && row_b->broken))
        add_note(list, memory, "size", "?");
    if (isnan(a) || isnan(b))
        return;
    struct buf text = {0};
    amount_text(&text, amount_bytes(a));
    buf_puts(&text, " -> ");
    amount_text(&text, amount_bytes(b));
    add_note(list, memory, "size", a == b ? "the same" : scratch_buf(memory, &text));
    buf_release(&text);
}

/* Is a number missing because its row, or its step's, is not what its hash says? */
static bool doubtful(const struct json *diff, const char *side)
{
    for (const struct json *one = json_first(json_get(diff, side)); one; one = json_next(one))
        if (strcmp(json_str(one), "step") == 0 || strcmp(json_str(one), "accuracy") == 0 ||
            strcmp(json_str(one), "mse") == 0 || strncmp(json_str(one), "delta", 5) == 0)
            return true;
    return false;
}

/* Of records without labels there is none to wait for. */
static void add_metric(const struct ui *u, struct scratch *memory, const struct json *diff,
                       struct fact_list *list)
{
    const struct json *e = u->board.item[BOARD_EVAL];
    bool values = json_is_number(json_get(diff, "delta_mse")) || json_is_number(json_get(e, "mse"));
    const char *name = values ? "sq. error" : "accuracy";
    double delta = number_of(diff, values ? "delta_mse" : "delta"),
           low = number_of(diff, values ? "delta_mse_low" : "delta_low"),
           high = number_of(diff, values ? "delta_mse_high" : "delta_high");
    if (isnan(delta) && (doubtful(diff, "a_unverified") || doubtful(diff, "b_unverified"))) {
        add_note(list, memory, name, "? (what is stored fails its hash)");
        return;
    }
    if (isnan(delta) && e && !values && !json_is_number(json_get(e, "accuracy")))
        return;
    if (isnan(delta)) {
        add_note(list, memory, name, "not measured yet");
        return;
    }
    const char *split = text_of(diff, "split", "");
    if (strcmp(split, text_of(u->board.item[BOARD_STATUS], "split", split)) != 0)
        name = scratch_printf(memory, "%s on %s", name, split);
    struct fact *f = fact_add(list, memory, name, values ? amount_signed(delta, 4) : amount_points(delta, 1));
    if (isnan(low)) {
        f->note = "no interval kept";
        return;
    }
    f->lo = values ? amount_signed(low, 4) : amount_points(low, 1);
    f->hi = values ? amount_signed(high, 4) : amount_points(high, 1);
    add_note(list, memory, "", low > 0 || high < 0 ? "more than noise" : "cannot tell from noise");
}

static const char *changes(struct scratch *memory, int64_t added, int64_t removed)
{
    struct buf text = {0};
    if (added)
        buf_printf(&text, "%s back", count_text(memory, added));
    if (removed)
        buf_printf(&text, "%s%s cut", added ? ", " : "", count_text(memory, removed));
    return scratch_buf(memory, &text);
}

static void add_weights(struct scratch *memory, const struct json *diff, struct fact_list *list)
{
    const struct json *same = json_get(diff, "same_mask"), *weights = difference(diff, "weights");
    add_note(list, memory, "mask", json_is_null(same) ? "?" : json_true(same) ? "the same" : "another");
    if (weights)
        add_note(list, memory, "weights",
                 changes(memory, count_of(weights, "added"), count_of(weights, "removed")));
    else if (json_true(same))
        add_note(list, memory, "weights", "none differs");
}

static void fill_diff(const struct ui *u, struct scratch *memory, int64_t to, struct history_scene *h)
{
    static const char *const names[] = {"step before", "dense", "marked"};
    const struct json *diff = u->board.item[BOARD_DIFF];
    struct fact_list list = {0};
    int64_t from = other(u, to);
    if (from == 0)
        return;
    h->diff_title = scratch_printf(memory, "#%lld -> #%lld (%s)", (long long)from, (long long)to,
                                   names[u->history.against]);
    add_note(&list, memory, scratch_printf(memory, "#%lld", (long long)from), short_text(u, memory, from));
    add_note(&list, memory, scratch_printf(memory, "#%lld", (long long)to), short_text(u, memory, to));
    if (count_of(diff, "a") == from && count_of(diff, "b") == to) {
        add_weights(memory, diff, &list);
        add_size(u, memory, from, to, &list);
        add_metric(u, memory, diff, &list);
    } else {
        add_note(&list, memory, "weights", "being compared");
    }
    h->diff = list.rows;
    h->diff_count = list.n;
}

static const char *why_no_diff(const struct ui *u)
{
    return u->history.against == AGAINST_PARENT
               ? "No step before this one: a model was opened here. d compares with another."
           : u->history.against == AGAINST_DENSE ? "This is the dense model itself. d compares with another."
           : u->history.marked                   ? "This is the marked step itself: go to another to compare."
                                                 : "No step is marked: D marks the one under the cursor.";
}

static const char *clock_text(struct scratch *memory, double microseconds, const char *format)
{
    char text[40];
    time_t seconds = (time_t)(microseconds / 1e6);
    struct tm tm;
    if (!(microseconds > 0) || !localtime_r(&seconds, &tm))
        return "";
    strftime(text, sizeof text, format, &tm);
    return scratch_printf(memory, "%s", text);
}

/* What was noted, with its time; then the command in full. */
static void fill_note(struct scratch *memory, const struct json *step, const struct step_row *row,
                      struct history_scene *h)
{
    struct buf text = {0};
    const struct json *when = json_first(json_get(step, "noted"));
    for (const struct json *n = json_first(json_get(step, "notes")); n; n = json_next(n)) {
        buf_printf(&text, "%s\n", json_str(n));
        if (when)
            buf_printf(&text, "-- %s\n", clock_text(memory, json_num(when, 0), "%Y-%m-%d %H:%M"));
        when = when ? json_next(when) : NULL;
    }
    const char *doubt = tree_doubt(memory, step);
    if (doubt)
        buf_printf(&text, "(?) %s\n", doubt);
    buf_printf(&text, "%s\nhash %.16s", text_of(step, "command", "?"), text_of(step, "hash", "?"));
    h->note = scratch_buf(memory, &text);
    h->note_title =
        scratch_printf(memory, "Step #%lld%s%s%s%s%s", (long long)row->id, row->tag ? " (tags: " : "",
                       row->tag ? row->tag : "", row->tag ? ")" : "", row->time ? ", " : "",
                       row->time ? clock_text(memory, number_of(step, "time"), "%Y-%m-%d %H:%M") : "");
}

static const char *plural(struct scratch *memory, size_t n, const char *one, const char *many)
{
    return scratch_printf(memory, "%s %s", count_text(memory, (int64_t)n), n == 1 ? one : many);
}

/* What is known to have been stored and is not there; a head that nothing led to. */
static void add_missing(const struct ui *u, struct buf *out)
{
    static const char *const kinds[] = {"steps", "events", "measurements"};
    const struct json *history = u->board.item[BOARD_HISTORY], *missing = json_get(history, "missing");
    for (int i = 0; i < 3; i++)
        if (count_of(missing, kinds[i]) > 0)
            buf_printf(out, ", ? %lld of %s missing", (long long)count_of(missing, kinds[i]), kinds[i]);
    if (count_of(history, "unplaced") > 0)
        buf_printf(out, ", ? %lld rows of no step", (long long)count_of(history, "unplaced"));
    if (json_true(json_get(history, "astray")))
        buf_puts(out, ", ? no step or move led here");
}

static void fill_summary(const struct ui *u, struct scratch *memory, struct history_scene *h)
{
    const struct tree *t = u->board.tree;
    const struct json *newest = tree_newest(t);
    const char *hash = text_of(newest, "hash", "");
    struct buf text = {0};
    buf_printf(&text, "%s", plural(memory, t->steps, "step", "steps"));
    if (t->hidden)
        buf_printf(&text, " (%s hidden)", count_text(memory, (int64_t)t->hidden));
    buf_printf(&text, ", %s, %s, %s", plural(memory, t->leaves, "leaf", "leaves"),
               plural(memory, t->n_tags, "tag", "tags"), plural(memory, t->notes, "note", "notes"));
    add_missing(u, &text);
    double bytes = number_of(u->board.item[BOARD_STATUS], "bytes");
    if (bytes > 0) {
        buf_puts(&text, ", ");
        amount_text(&text, amount_bytes(bytes));
    }
    if (*hash)
        buf_printf(&text, "; hash of #%lld and its branch: %.16s", (long long)count_of(newest, "step"), hash);
    h->summary = scratch_buf(memory, &text);
}

/* What was measured on other records than those that are measured live stands apart, as it compares with none of them. */
static void part_split(const struct ui *u, struct scratch *memory, const struct json *step,
                       struct step_row *row)
{
    const char *live = text_of(u->board.item[BOARD_STATUS], "split", NULL),
               *split = text_of(step, "split", NULL);
    struct buf text = {0};
    if (!live || !split || !amount_shown(row->metric) || strcmp(live, split) == 0)
        return;
    amount_text(&text, row->metric);
    buf_printf(&text, " on %s%s%s", split, row->note ? "; " : "", row->note ? row->note : "");
    row->note = scratch_buf(memory, &text);
    row->metric = (struct amount){0};
}

/* Numbers that no measurement of the step gives, but the board knows: where one stands while it is measured; the dense model. */
static void patch_numbers(const struct ui *u, const struct json *step, struct step_row *row)
{
    const struct json *e = u->board.item[BOARD_EVAL];
    if (amount_shown(row->metric) && amount_shown(row->size))
        return;
    bool dense = is_dense(u, step), values = json_is_number(json_get(e, "mse"));
    const char *name = row->here ? (values ? "mse" : "accuracy")
                       : dense   ? (values ? "dense_mse" : "dense_accuracy")
                                 : "";
    double v = number_of(e, name);
    if (!amount_shown(row->metric) && !isnan(v))
        row->metric = trusted(u, BOARD_EVAL, values ? amount_plain(v, 4) : amount_percent(v, 1));
    if (!amount_shown(row->size) && dense)
        row->size = amount_bytes(bytes_of(u, row->id));
}

/* What changes from frame to frame, in the rows that can be seen: the accuracy of where one stands while it is measured, and the
 * mark. */
static void patch_rows(const struct ui *u, struct scratch *memory, struct history_scene *h)
{
    size_t reach = u->rows > 0 ? (size_t)u->rows : NEAR;
    size_t from = h->selected > reach ? h->selected - reach : 0,
           to = h->count - h->selected > reach ? h->selected + reach : h->count;
    struct step_row *near = scratch_take(memory, to - from + 1, sizeof *near);
    for (size_t i = from; i < to; i++) {
        struct step_row *row = &near[i - from];
        *row = h->rows[i];
        const struct json *step = tree_step(u->board.tree, row->id);
        part_split(u, memory, step, row);
        patch_numbers(u, step, row);
        if (row->id == u->history.marked)
            row->note =
                scratch_printf(memory, "marked (D)%s%s", row->note ? "; " : "", row->note ? row->note : "");
        h->columns.note = h->columns.note || row->note;
        h->columns.metric = h->columns.metric || amount_shown(row->metric);
        h->columns.size = h->columns.size || amount_shown(row->size);
    }
    h->near = near;
    h->near_from = from;
    h->near_count = to - from;
}

static const void *build(const struct ui *u, struct scratch *memory)
{
    struct history_scene *h = scratch_take(memory, 1, sizeof *h);
    const struct tree *t = u->board.tree;
    const struct tree_rows *rows = listed(u);
    if (!t)
        return h;
    h->rows = rows->rows;
    h->count = rows->n;
    h->selected = cursor(u);
    h->columns = rows->columns;
    h->metric = json_is_number(json_get(u->board.item[BOARD_EVAL], "mse"))        ? "mse"
                : json_is_number(json_get(u->board.item[BOARD_EVAL], "accuracy")) ? "acc"
                                                                                  : NULL;
    h->chip = find_chip(u, memory, (u->history.all ? t->all.n : t->shown.n) - rows->n);
    fill_summary(u, memory, h);
    h->diff_hint = rows->n ? why_no_diff(u) : NULL;
    if (rows->n) {
        const struct step_row *at = &rows->rows[h->selected];
        patch_rows(u, memory, h);
        fill_diff(u, memory, at->id, h);
        fill_note(memory, tree_step(t, at->id), at, h);
    }
    return h;
}

/* ---- what keys do ---- */

static void go_to_row(struct ui *u, size_t row)
{
    const struct tree_rows *rows = listed(u);
    if (rows->n == 0)
        return;
    u->history.at = rows->rows[row].id;
    ask(u);
}

static void move(struct ui *u, int64_t by)
{
    go_to_row(u, step_to(u, cursor(u), by, listed(u)->n, "step"));
}

static void names(const struct ui *u, struct scratch *memory, struct row_names *out)
{
    const struct tree_rows *rows = listed(u);
    (void)memory;
    *out = (struct row_names){rows->names, rows->n, cursor(u)};
}

void history_chapter(struct ui *u, const char *arg)
{
    const struct tree_rows *rows = listed(u);
    int64_t by = arg && arg[0] == '-' ? -1 : 1, at = (int64_t)cursor(u) + by;
    while (at >= 0 && at < (int64_t)rows->n && !rows->rows[at].tag)
        at += by;
    if (at >= 0 && at < (int64_t)rows->n)
        go_to_row(u, (size_t)at);
    else
        ui_say(u, NOTICE_INFO, "no tag %s this step; t gives one", by > 0 ? "after" : "before");
}

void history_against(struct ui *u, const char *arg)
{
    (void)arg;
    u->history.against = (enum against)((u->history.against + 1) % (AGAINST_MARKED + 1));
    if (u->history.against == AGAINST_MARKED && u->history.marked == 0)
        u->history.against = AGAINST_PARENT;
    ask(u);
}

void history_mark(struct ui *u, const char *arg)
{
    (void)arg;
    int64_t at = selected(u);
    if (at == 0)
        return;
    u->history.marked = at == u->history.marked ? 0 : at;
    u->history.against = u->history.marked ? AGAINST_MARKED : AGAINST_PARENT;
    ui_say(u, NOTICE_INFO,
           u->history.marked ? "marked #%lld: other steps are compared with it" : "#%lld is no longer marked",
           (long long)at);
    ask(u);
}

void history_hide(struct ui *u, const char *arg)
{
    (void)arg;
    int64_t at = selected(u);
    bool hidden = json_true(json_get(tree_step(u->board.tree, at), "hidden"));
    if (at > 0)
        ui_post(u, REQUEST_COMMAND, "%s %lld", hidden ? "unhide" : "hide", (long long)at);
}

void history_hidden(struct ui *u, const char *arg)
{
    (void)arg;
    size_t n = u->board.tree ? u->board.tree->hidden : 0;
    u->history.all = !u->history.all;
    if (n == 0)
        ui_say(u, NOTICE_INFO, "no step is hidden; H hides one");
    else
        ui_say(u, NOTICE_INFO,
               u->history.all ? "hidden steps are shown, dimmed" : "hidden steps are left out");
    ask(u);
}

static void enter(struct ui *u)
{
    int64_t at = selected(u);
    if (at > 0)
        ui_post(u, REQUEST_COMMAND, "goto %lld", (long long)at);
}

/* The cursor begins where the session stands. */
static void open(struct ui *u)
{
    u->history.at = here(u);
    ask(u);
}

static void command(const struct ui *u, struct buf *out)
{
    (void)u;
    buf_puts(out, "history");
}

static const struct sheet *table(const struct ui *u, struct scratch *memory)
{
    const struct json *list = json_get(u->board.item[BOARD_HISTORY], "steps");
    struct sheet *t = sheet_of(memory, list,
                               "step parent command mask kept sparsity bytes accuracy mse split tags notes "
                               "here hidden time hash unverified");
    size_t row = 0;
    for (const struct json *s = json_first(list); s; s = json_next(s), row++)
        if (count_of(s, "step") == u->history.at)
            t->selected = row;
    return t;
}

const struct screen screen_history = {
    .view = VIEW_HISTORY,
    .tab = '9',
    .scene = build,
    .move = move,
    .enter = enter,
    .open = open,
    .command = command,
    .table = table,
    .rows = names,
    .filters = true,
    .see = "Every step of the session as a tree, with its accuracy (of values, the mean squared error) and "
           "smallest size; the marked one is where you stand. A step that "
           "is alone after another goes on in its column; several branch "
           "off. Right: what differs between the step under the "
           "cursor and the one before it, the dense model, or the one you "
           "marked with D. Below: notes and the command in full.",
    .how = "A step holds the command in full, the masks before and after, "
           "and what was measured there. Going to a step brings its "
           "model back at once. Its hash covers its facts and its parent's "
           "hash, so that the newest stands for its whole branch. "
           "Accuracy change: the same records through both steps, 95% "
           "interval by Bonett and Price (2012); change of the "
           "squared error: mean difference +- 1.96 standard errors; "
           "where both were measured or one of them is dense.",
    .careful = "Nothing is ever deleted: H only leaves a step out of this "
               "picture, . shows it again. Notes and tags go to the step "
               "where you stand, not to the one under the cursor: Enter "
               "goes there. The same mask under another command is said."};
