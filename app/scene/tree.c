/* tree: what the rows of a history say, and keeping them up with what is new. See tree.h; where they stand is tree_order.c. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "app/scene/facts_of.h"
#include "app/scene/tree_parts.h"
#include "app/session/look_rows.h"
#include "engine/base/json.h"
#include "engine/base/mem.h"

static const char *joined(struct scratch *memory, const struct json *list, const char *gap)
{
    struct buf text = {0};
    for (const struct json *t = json_first(list); t; t = json_next(t))
        buf_printf(&text, "%s%s", text.len ? gap : "", json_str(t));
    return text.len ? scratch_buf(memory, &text) : NULL;
}

/* Words that say what is so by default, and hashes. */
static bool usual(const char *word, size_t n)
{
    static const char *const words[] = {
        "zeros=keep", "skip_bad=no", "criterion=magnitude", "structure=weight", "scope=global",
        "norm=l2",    "seed=1"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strlen(words[i]) == n && strncmp(word, words[i], n) == 0)
            return true;
    return strncmp(word, "hash=", 5) == 0;
}

/* Canonical text without defaults, hashes and paths' folders: what a person typed, about. */
static const char *short_command(struct scratch *memory, const char *command)
{
    struct buf text = {0};
    for (const char *word = command; *word;) {
        size_t n = strcspn(word, " ");
        const char *from = word;
        for (size_t i = 0; i < n && word[0] == '/'; i++)
            if (word[i] == '/')
                from = word + i + 1;
        if (!usual(word, n))
            buf_printf(&text, "%s%.*s", text.len ? " " : "", (int)(word + n - from), from);
        word += n + (word[n] == ' ');
    }
    return scratch_buf(memory, &text);
}

static struct tm local(const struct json *step)
{
    time_t seconds = (time_t)(number_of(step, "time") / 1e6);
    struct tm tm = {0};
    localtime_r(&seconds, &tm);
    return tm;
}

/* HH:MM on the day of the newest step, else the day. */
static const char *time_text(struct scratch *memory, const struct json *step, const struct tm *newest)
{
    char text[32];
    if (!json_is_number(json_get(step, "time")) || number_of(step, "time") <= 0)
        return NULL;
    struct tm tm = local(step);
    bool today = tm.tm_year == newest->tm_year && tm.tm_yday == newest->tm_yday;
    strftime(text, sizeof text, today ? "%H:%M" : tm.tm_year == newest->tm_year ? "%m-%d" : "%Y-%m-%d", &tm);
    return scratch_printf(memory, "%s", text);
}

/* "a; b", where both may be missing. */
static const char *both(struct scratch *memory, const char *a, const char *b)
{
    return a && b ? scratch_printf(memory, "%s; %s", a, b) : a ? a : b;
}

/* Accuracy, or of values the mean squared error; "?" where what is stored is not what its hash says. */
static struct amount metric_of(const struct json *step)
{
    const struct json *accuracy = json_get(step, "accuracy"), *mse = json_get(step, "mse");
    return json_is_number(accuracy) || row_unverified(step, "accuracy")
               ? amount_percent(json_num(accuracy, NAN), 1)
           : json_is_number(mse) || row_unverified(step, "mse") ? amount_plain(json_num(mse, NAN), 4)
                                                                : (struct amount){0};
}

const char *tree_doubt(struct scratch *memory, const struct json *step)
{
    const struct json *list = json_get(step, "unverified");
    bool broken = json_true(json_get(step, "broken")), alone = broken && json_count(list) <= 1;
    if (json_count(list) == 0 && !broken)
        return NULL;
    return scratch_printf(memory, "%s%snot what its hash says", alone ? "" : joined(memory, list, ", "),
                          alone ? "" : ": ");
}

static void fill_row(const struct tree *t, struct branch *b)
{
    struct scratch *m = &b->memory;
    const struct tm newest = local(t->branches[t->steps - 1].step);
    const char *note;
    scratch_clear(m);
    b->row = (struct step_row){.id = b->id,
                               .text = short_command(m, text_of(b->step, "command", "?")),
                               .tag = joined(m, json_get(b->step, "tags"), ", "),
                               .time = time_text(m, b->step, &newest),
                               .metric = metric_of(b->step),
                               .size = json_is_number(json_get(b->step, "bytes")) ||
                                               row_unverified(b->step, "step")
                                           ? amount_bytes(number_of(b->step, "bytes"))
                                           : (struct amount){0},
                               .here = json_true(json_get(b->step, "here")),
                               .hidden = json_true(json_get(b->step, "hidden")),
                               .broken = json_true(json_get(b->step, "broken")),
                               .same = b->same};
    const char *doubt = tree_doubt(m, b->step), *notes = joined(m, json_get(b->step, "notes"), "; ");
    bool numbers = b->row.broken || b->row.metric.trust == TRUST_UNKNOWN; /* a note has its mark in itself */
    note = numbers ? both(m, doubt, notes) : both(m, notes, doubt);
    b->name = scratch_printf(m, "#%lld %s %s %s", (long long)b->id, b->row.text, b->row.tag ? b->row.tag : "",
                             note ? note : "");
    b->row.note = both(m, b->same ? scratch_printf(m, "same mask as #%lld", (long long)b->same) : NULL, note);
}

/* ---- the same mask by another way ---- */

static const char *mask_of(const struct tree *t, int i)
{
    return text_of(t->branches[i].step, "mask", NULL);
}

static size_t mask_slot(const struct tree *t, const char *mask)
{
    uint64_t h = 14695981039346656037u; /* FNV-1a */
    for (const char *c = mask; *c; c++)
        h = (h ^ (unsigned char)*c) * 1099511628211u;
    size_t at = (size_t)h & (t->n_masks - 1);
    while (t->masks[at] != NOBODY && strcmp(mask_of(t, t->masks[at]), mask) != 0)
        at = (at + 1) & (t->n_masks - 1);
    return at;
}

static void keep_mask(struct tree *t, int i)
{
    size_t at = mask_of(t, i) ? mask_slot(t, mask_of(t, i)) : 0;
    if (mask_of(t, i) && t->masks[at] == NOBODY)
        t->masks[at] = i;
}

/* At most half full. */
static void grow_masks(struct tree *t)
{
    if (2 * t->steps <= t->n_masks)
        return;
    t->n_masks = t->n_masks ? 2 * t->n_masks : 64;
    t->masks = mem_resize(t->masks, t->n_masks, sizeof *t->masks);
    for (size_t i = 0; i < t->n_masks; i++)
        t->masks[i] = NOBODY;
    for (size_t i = 0; i < t->steps; i++)
        keep_mask(t, (int)i);
}

/* A step that changed the mask into one that an earlier step had already. */
static int64_t twin_of(const struct tree *t, int i)
{
    int parent = t->branches[i].parent, first;
    const char *mask = mask_of(t, i);
    if (!mask || parent == NOBODY || strcmp(text_of(t->branches[parent].step, "mask", ""), mask) == 0)
        return 0;
    first = t->masks[mask_slot(t, mask)];
    return first == i ? 0 : t->branches[first].id;
}

/* ---- taking rows ---- */

static void read_branch(struct tree *t, struct branch *b)
{
    int notes = (int)json_count(json_get(b->step, "notes"));
    fill_row(t, b);
    t->hidden += b->row.hidden;
    t->notes += (size_t)notes;
    b->notes = notes;
    b->tags = (int)json_count(json_get(b->step, "tags"));
    b->left_out = b->row.hidden && !b->row.here; /* where the session stands is shown all the same */
}

static void add_branch(struct tree *t, const struct json *step)
{
    int i = (int)t->steps, parent = tree_index(t, count_of(step, "parent"));
    t->branches = mem_grow(t->branches, t->steps, &t->capacity, sizeof *t->branches);
    int64_t id = count_of(step, "step");
    t->branches[i] = (struct branch){.step = step, .id = id, .parent = parent};
    t->branches[i].root = parent == NOBODY ? id : t->branches[parent].root;
    t->steps++;
    grow_masks(t);
    keep_mask(t, i);
    t->branches[i].same = twin_of(t, i);
}

/* Is the newest step of another day than the one before it, so that all say their times anew? */
static bool other_day(const struct tree *t)
{
    if (t->steps < 2)
        return false;
    struct tm a = local(t->branches[t->steps - 2].step), b = local(t->branches[t->steps - 1].step);
    return a.tm_year != b.tm_year || a.tm_yday != b.tm_yday;
}

static void read_tags(struct tree *t)
{
    t->n_tags = 0;
    for (size_t i = 0; i < t->steps; i++)
        if (t->branches[i].tags > 0)
            for (const struct json *tag = json_first(json_get(t->branches[i].step, "tags")); tag;
                 tag = json_next(tag)) {
                t->tags = mem_grow(t->tags, t->n_tags, &t->tags_capacity, sizeof *t->tags);
                t->tags[t->n_tags++] = (struct tree_tag){json_str(tag), t->branches[i].id};
            }
}

struct tree *tree_new(struct json *history)
{
    struct tree *t = mem_zero(1, sizeof *t);
    t->list = json_member(history, "steps");
    for (const struct json *s = json_first(t->list); s; s = json_next(s))
        add_branch(t, s);
    for (size_t i = 0; i < t->steps; i++)
        read_branch(t, &t->branches[i]);
    read_tags(t);
    tree_order(t);
    tree_settle(t);
    return t;
}

/* In place of the row that it had. True: rows move by it. */
static bool replace(struct tree *t, struct branch *b, struct json *row_take)
{
    bool left_out = b->left_out;
    t->hidden -= b->row.hidden;
    t->notes -= (size_t)b->notes;
    json_swap(t->list, (struct json *)(uintptr_t)b->step, row_take);
    b->step = row_take;
    read_branch(t, b);
    tree_refresh(t, b);
    return left_out != b->left_out;
}

/* True: it is new. */
static bool append(struct tree *t, struct json *row_take)
{
    json_push(t->list, row_take);
    add_branch(t, row_take);
    for (size_t i = other_day(t) ? 0 : t->steps - 1; i < t->steps; i++)
        fill_row(t, &t->branches[i]);
    read_branch(t, &t->branches[t->steps - 1]);
    return true;
}

void tree_take(struct tree *t, struct json *rows)
{
    bool moved = false, tagged = false;
    for (struct json *row; (row = json_take_first(rows));) {
        int at = tree_index(t, count_of(row, "step"));
        tagged =
            tagged || json_count(json_get(row, "tags")) > 0 || (at != NOBODY && t->branches[at].tags > 0);
        if (at != NOBODY)
            moved = replace(t, &t->branches[at], row) || moved;
        else
            moved = append(t, row);
    }
    if (tagged)
        read_tags(t);
    if (moved)
        tree_order(t);
    tree_settle(t);
}

void tree_free(struct tree *t)
{
    if (!t)
        return;
    for (size_t i = 0; i < t->steps; i++)
        scratch_release(&t->branches[i].memory);
    tree_rows_release(&t->all);
    tree_rows_release(&t->shown);
    tree_rows_release(&t->narrowed);
    free(t->branches);
    free(t->masks);
    free(t->tags);
    free(t->words);
    free(t);
}

const struct json *tree_step(const struct tree *t, int64_t id)
{
    int at = t ? tree_index(t, id) : NOBODY;
    return at == NOBODY ? NULL : t->branches[at].step;
}

const struct json *tree_nth(const struct tree *t, size_t i)
{
    return t->branches[i].step;
}

const struct json *tree_newest(const struct tree *t)
{
    return t->steps ? t->branches[t->steps - 1].step : NULL;
}

const struct step_row *tree_row(const struct tree *t, int64_t id)
{
    int at = t ? tree_index(t, id) : NOBODY;
    return at == NOBODY ? NULL : &t->branches[at].row;
}

int64_t tree_root(const struct tree *t, int64_t id)
{
    int at = t ? tree_index(t, id) : NOBODY;
    return at == NOBODY ? 0 : t->branches[at].root;
}
