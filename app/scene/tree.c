/* tree: see tree.h. */
#include "app/scene/tree.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "app/scene/facts_of.h"
#include "engine/base/json.h"
#include "engine/base/mem.h"

enum { NOBODY = -1, TRUNKS = 64 };

/* One step while the tree is made. Indexes are places in the list of steps, which is in order of their numbers. */
struct branch {
    const struct json *step;
    int64_t id;
    int parent, first, last, next; /* NOBODY: none */
    int children, depth;
    uint64_t trunks, below; /* lines that pass this row, and those below it */
    bool hidden;
    struct step_row row;
    const char *name;
};

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
    static const char *const words[] = {"zeros=keep", "skip_bad=no", "criterion=magnitude",
                                        "structure=weight", "scope=global"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strlen(words[i]) == n && strncmp(word, words[i], n) == 0)
            return true;
    return strncmp(word, "hash=", 5) == 0 || strncmp(word, "seed=", 5) == 0;
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

static struct amount number_if(const struct json *step, const char *name, struct amount a)
{
    return json_is_number(json_get(step, name)) ? a : (struct amount){0};
}

static void fill_row(struct tree *t, struct branch *n, const struct tm *newest)
{
    struct scratch *m = &t->memory;
    n->row = (struct step_row){
        .id = n->id,
        .text = short_command(m, text_of(n->step, "command", "?")),
        .tag = joined(m, json_get(n->step, "tags"), ", "),
        .note = joined(m, json_get(n->step, "notes"), "; "),
        .time = time_text(m, n->step, newest),
        .metric = number_if(n->step, "accuracy", amount_percent(number_of(n->step, "accuracy"), 1)),
        .size = number_if(n->step, "bytes", amount_bytes(number_of(n->step, "bytes"))),
        .here = json_true(json_get(n->step, "here")),
        .hidden = n->hidden,
        .broken = json_true(json_get(n->step, "broken"))};
    if (n->row.broken)
        n->row.note = scratch_printf(m, "not what its hash says%s%s", n->row.note ? "; " : "",
                                     n->row.note ? n->row.note : "");
    n->name = scratch_printf(m, "#%lld %s %s %s", (long long)n->id, n->row.text, n->row.tag ? n->row.tag : "",
                             n->row.note ? n->row.note : "");
}

static int place_of(const struct branch *nodes, int n, int64_t id)
{
    int from = 0, to = n;
    while (from < to) {
        int middle = from + (to - from) / 2;
        if (nodes[middle].id < id)
            from = middle + 1;
        else
            to = middle;
    }
    return from < n && nodes[from].id == id ? from : NOBODY;
}

/* ---- the same mask by another way ---- */

struct mask_key {
    const char *mask;
    int at;
};

static int by_mask(const void *a, const void *b)
{
    const struct mask_key *x = a, *y = b;
    int order = strcmp(x->mask, y->mask);
    return order ? order : x->at - y->at;
}

/* A step that changed the mask into one that an earlier step had already. */
static void find_twins(struct tree *t, struct branch *nodes, int n)
{
    struct mask_key *keys = mem_zero((size_t)n + 1, sizeof *keys);
    int count = 0;
    for (int i = 0; i < n; i++) {
        const char *mask = text_of(nodes[i].step, "mask", NULL);
        if (mask)
            keys[count++] = (struct mask_key){mask, i};
    }
    qsort(keys, (size_t)count, sizeof *keys, by_mask);
    for (int i = 0, first = 0; i < count; i++) {
        if (strcmp(keys[i].mask, keys[first].mask) != 0)
            first = i;
        struct branch *node = &nodes[keys[i].at];
        int parent = place_of(nodes, n, count_of(node->step, "parent"));
        const char *before = parent != NOBODY ? text_of(nodes[parent].step, "mask", "") : "";
        if (i == first || strcmp(before, keys[i].mask) == 0 || parent == NOBODY)
            continue;
        node->row.same = nodes[keys[first].at].id;
        node->row.note = scratch_printf(&t->memory, "same mask as #%lld%s%s", (long long)node->row.same,
                                        node->row.note ? "; " : "", node->row.note ? node->row.note : "");
    }
    free(keys);
}

/* ---- the order ---- */

/* Children in order of their numbers, under the nearest ancestor that is shown. */
static void link_nodes(struct branch *nodes, int n, bool all, int *first_root)
{
    int last_root = NOBODY;
    *first_root = NOBODY;
    for (int i = 0; i < n; i++)
        nodes[i].first = nodes[i].last = nodes[i].next = NOBODY, nodes[i].children = 0;
    for (int i = 0; i < n; i++) {
        int up = place_of(nodes, n, count_of(nodes[i].step, "parent"));
        up = up < i ? up : NOBODY;
        if (up != NOBODY && nodes[up].hidden && !all)
            up = nodes[up].parent;
        nodes[i].parent = up;
        if (nodes[i].hidden && !all)
            continue;
        int *first = up == NOBODY ? first_root : &nodes[up].first,
            *last = up == NOBODY ? &last_root : &nodes[up].last;
        if (*last == NOBODY)
            *first = i;
        else
            nodes[*last].next = i;
        *last = i;
        if (up != NOBODY)
            nodes[up].children++;
    }
}

/* A single child goes on in its parent's column; several begin a new one. */
static void set_place(struct branch *nodes, int at)
{
    struct branch *n = &nodes[at];
    const struct branch *up = n->parent == NOBODY ? NULL : &nodes[n->parent];
    bool alone = up && up->children == 1, last = n->next == NOBODY;
    n->depth = !up ? 0 : alone ? up->depth : up->depth + 1;
    n->trunks = n->below = up ? up->below : 0;
    if (!alone && !last && n->depth < TRUNKS)
        n->below |= (uint64_t)1 << n->depth;
    n->row.depth = n->depth;
    n->row.trunks = n->trunks;
    n->row.last = last;
    n->row.chain = alone;
}

static void order_rows(struct tree *t, struct branch *nodes, int n, bool all, struct tree_rows *out)
{
    int at;
    link_nodes(nodes, n, all, &at);
    out->rows = scratch_take(&t->memory, (size_t)n + 1, sizeof *out->rows);
    out->steps = scratch_take(&t->memory, (size_t)n + 1, sizeof *out->steps);
    out->names = scratch_take(&t->memory, (size_t)n + 1, sizeof *out->names);
    while (at != NOBODY) {
        set_place(nodes, at);
        out->rows[out->n] = nodes[at].row;
        out->steps[out->n] = nodes[at].step;
        out->names[out->n++] = nodes[at].name;
        if (nodes[at].first != NOBODY) {
            at = nodes[at].first;
            continue;
        }
        while (at != NOBODY && nodes[at].next == NOBODY)
            at = nodes[at].parent;
        at = at != NOBODY ? nodes[at].next : NOBODY;
    }
}

static void keep_numbers(struct tree *t, const struct branch *nodes)
{
    t->by_number = scratch_take(&t->memory, t->steps + 1, sizeof *t->by_number);
    t->roots = scratch_take(&t->memory, t->steps + 1, sizeof *t->roots);
    for (size_t i = 0; i < t->steps; i++) {
        int up = place_of(nodes, (int)t->steps, count_of(nodes[i].step, "parent"));
        t->by_number[i] = nodes[i].step;
        t->roots[i] = up != NOBODY && (size_t)up < i ? t->roots[up] : nodes[i].id;
    }
}

/* Where the session stands is shown even if it was hidden. */
static void read_nodes(struct tree *t, struct branch *nodes, const struct json *list)
{
    struct tm newest = {0};
    int i = 0;
    for (const struct json *s = json_first(list); s; s = json_next(s), i++) {
        bool hidden = json_true(json_get(s, "hidden"));
        nodes[i] = (struct branch){.step = s, .id = count_of(s, "step"), .hidden = hidden};
        t->newest = s;
        t->hidden += hidden;
        t->tags += json_count(json_get(s, "tags"));
        t->notes += json_count(json_get(s, "notes"));
    }
    if (t->newest)
        newest = local(t->newest);
    t->steps = (size_t)i;
    for (i = 0; i < (int)t->steps; i++) {
        fill_row(t, &nodes[i], &newest);
        nodes[i].hidden = nodes[i].hidden && !nodes[i].row.here;
    }
}

struct tree *tree_new(const struct json *history)
{
    struct tree *t = mem_zero(1, sizeof *t);
    const struct json *list = json_get(history, "steps");
    struct branch *nodes = mem_zero(json_count(list) + 1, sizeof *nodes);
    read_nodes(t, nodes, list);
    keep_numbers(t, nodes);
    find_twins(t, nodes, (int)t->steps);
    order_rows(t, nodes, (int)t->steps, true, &t->all);
    for (size_t i = 0; i < t->steps; i++)
        t->leaves += nodes[i].children == 0;
    order_rows(t, nodes, (int)t->steps, false, &t->shown);
    free(nodes);
    return t;
}

void tree_free(struct tree *t)
{
    if (!t)
        return;
    scratch_release(&t->memory);
    free(t);
}

/* Where that number stands in by_number; SIZE_MAX: nowhere. */
static size_t place_in(const struct tree *t, int64_t id)
{
    size_t from = 0, to = t ? t->steps : 0;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        if (count_of(t->by_number[middle], "step") < id)
            from = middle + 1;
        else
            to = middle;
    }
    return t && from < t->steps && count_of(t->by_number[from], "step") == id ? from : SIZE_MAX;
}

const struct json *tree_step(const struct tree *t, int64_t id)
{
    size_t at = place_in(t, id);
    return at == SIZE_MAX ? NULL : t->by_number[at];
}

int64_t tree_root(const struct tree *t, int64_t id)
{
    size_t at = place_in(t, id);
    return at == SIZE_MAX ? 0 : t->roots[at];
}
