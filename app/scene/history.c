/* history: the ninth screen's scene: the tree of steps, with what was noted. */
#include "views/history.h"

#include <math.h>
#include <string.h>

#include "app/scene/facts_of.h"
#include "app/screens.h"
#include "engine/base/json.h"

struct tree {
    const struct json **steps; /* not hidden */
    size_t n;
    struct step_row *rows;
    const struct json **of_row;
    size_t n_rows;
};

static int64_t id_of(const struct json *step)
{
    return count_of(step, "step");
}

static const char *joined(struct scratch *memory, const struct json *list, const char *gap)
{
    struct buf text = {0};
    for (const struct json *t = json_first(list); t; t = json_next(t))
        buf_printf(&text, "%s%s", text.len ? gap : "", json_str(t));
    return text.len ? scratch_buf(memory, &text) : NULL;
}

/* Canonical text without hashes and paths' folders: what a person typed, about. */
static const char *short_command(struct scratch *memory, const char *command)
{
    struct buf text = {0};
    for (const char *word = command; *word;) {
        size_t n = strcspn(word, " ");
        bool hash = strncmp(word, "hash=", 5) == 0,
             usual = strncmp(word, "zeros=keep", 10) == 0 || strncmp(word, "skip_bad=no", 11) == 0;
        const char *slash = NULL;
        for (size_t i = 0; i < n; i++)
            if (word[i] == '/' && word[0] == '/')
                slash = word + i;
        const char *from = slash ? slash + 1 : word;
        if (!hash && !usual)
            buf_printf(&text, "%s%.*s", text.len ? " " : "", (int)(word + n - from), from);
        word += n + (word[n] == ' ');
    }
    return scratch_buf(memory, &text);
}

static void add_row(struct tree *t, struct scratch *memory, const struct json *step, int depth,
                    uint64_t trunks, bool last)
{
    t->of_row[t->n_rows] = step;
    t->rows[t->n_rows++] = (struct step_row){
        .id = id_of(step),
        .depth = depth,
        .trunks = trunks,
        .last = last,
        .text = short_command(memory, text_of(step, "command", "?")),
        .tag = joined(memory, json_get(step, "tags"), ", "),
        .note = joined(memory, json_get(step, "notes"), "; "),
        .metric = json_is_number(json_get(step, "accuracy")) ? amount_percent(number_of(step, "accuracy"), 1)
                                                             : (struct amount){0},
        .size = json_is_number(json_get(step, "bytes")) ? amount_bytes(number_of(step, "bytes"))
                                                        : (struct amount){0},
        .here = json_true(json_get(step, "here"))};
}

/* Parents first, each subtree whole; only children start a new depth where there are several. */
static void add_children(struct tree *t, struct scratch *memory, int64_t parent, int depth, uint64_t trunks)
{
    size_t left = 0;
    for (size_t i = 0; i < t->n; i++)
        left += count_of(t->steps[i], "parent") == parent;
    bool alone = left == 1 && parent > 0;
    for (size_t i = 0; i < t->n; i++) {
        if (count_of(t->steps[i], "parent") != parent)
            continue;
        bool last = --left == 0;
        int at = alone ? depth : depth + (parent > 0);
        add_row(t, memory, t->steps[i], at, trunks, last);
        uint64_t below = !last && at < 64 ? trunks | (uint64_t)1 << at : trunks;
        add_children(t, memory, id_of(t->steps[i]), at, below);
    }
}

static void make_tree(const struct ui *u, struct scratch *memory, struct tree *t)
{
    const struct json *list = json_get(u->board.item[BOARD_HISTORY], "steps");
    size_t n = json_count(list);
    *t = (struct tree){.steps = scratch_take(memory, n, sizeof *t->steps),
                       .rows = scratch_take(memory, n, sizeof *t->rows),
                       .of_row = scratch_take(memory, n, sizeof *t->of_row)};
    for (const struct json *s = json_first(list); s; s = json_next(s))
        if (!json_true(json_get(s, "hidden")))
            t->steps[t->n++] = s;
    add_children(t, memory, 0, 0, 0);
}

static void fill_note(struct scratch *memory, const struct json *step, struct history_scene *h)
{
    h->note = joined(memory, json_get(step, "notes"), "\n");
    h->note_title = scratch_printf(memory, "Step #%lld", (long long)id_of(step));
    if (!h->note)
        h->note = text_of(step, "command", NULL);
}

static const void *build(const struct ui *u, struct scratch *memory)
{
    struct history_scene *h = scratch_take(memory, 1, sizeof *h);
    struct tree t;
    make_tree(u, memory, &t);
    h->rows = t.rows;
    h->count = t.n_rows;
    h->selected = t.n_rows ? (size_t)clamp_to((int64_t)u->step, (int64_t)t.n_rows) : 0;
    size_t hidden = json_count(json_get(u->board.item[BOARD_HISTORY], "steps")) - t.n;
    h->summary = scratch_printf(
        memory, "%zu steps (%zu hidden); the newest stands for its whole branch by its hash", t.n, hidden);
    if (t.n_rows)
        fill_note(memory, t.of_row[h->selected], h);
    return h;
}

static void move(struct ui *u, int64_t by)
{
    int64_t n = (int64_t)json_count(json_get(u->board.item[BOARD_HISTORY], "steps"));
    u->step = (size_t)clamp_to((int64_t)u->step + by, n);
}

static void enter(struct ui *u)
{
    struct scratch memory = {0};
    struct tree t;
    make_tree(u, &memory, &t);
    if (t.n_rows)
        ui_post(u, REQUEST_COMMAND, "goto %lld",
                (long long)t.rows[clamp_to((int64_t)u->step, (int64_t)t.n_rows)].id);
    scratch_release(&memory);
}

/* The cursor begins where the session stands. */
static void open(struct ui *u)
{
    struct scratch memory = {0};
    struct tree t;
    make_tree(u, &memory, &t);
    for (size_t i = 0; i < t.n_rows; i++)
        if (t.rows[i].here)
            u->step = i;
    scratch_release(&memory);
}

static const struct sheet *table(const struct ui *u, struct scratch *memory)
{
    const struct json *list = json_get(u->board.item[BOARD_HISTORY], "steps");
    struct sheet *t =
        sheet_of(memory, list,
                 "step parent command mask kept sparsity bytes accuracy tags notes here hidden time hash");
    struct tree tree;
    size_t row = 0;
    make_tree(u, memory, &tree);
    for (const struct json *s = json_first(list); s; s = json_next(s), row++)
        if (tree.n_rows && s == tree.of_row[clamp_to((int64_t)u->step, (int64_t)tree.n_rows)])
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
    .table = table,
    .see = "Every step of the session as a tree; the marked one is where you stand.",
    .how = "A step holds the command in full, the masks before and after, and what was measured there. Going "
           "to a step brings its "
           "model back at once.",
    .careful = "Nothing is ever deleted: hiding only leaves a step out of this picture."};
