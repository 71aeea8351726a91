/* look_tree: the session tree as rows, one a step, from what is stored: all of them, or those that are news. See look.h. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "app/session/look.h"
#include "app/session/look_rows.h"
#include "engine/base/err.h"
#include "engine/base/json.h"
#include "engine/base/mem.h"

/* ---- what belongs to a step ---- */

static bool holds(const struct json *list, const char *text)
{
    for (const struct json *one = json_first(list); one; one = json_next(one))
        if (strcmp(json_str(one), text) == 0)
            return true;
    return false;
}

/* A tag may have moved to another step since, or been given to this one before. */
static bool stands_at(const struct gather *g, const char *tag, int64_t step)
{
    int64_t at = 0;
    return !holds(g->tags, tag) && store_find(g->store, tag, &at, NULL) && at == step;
}

bool row_unverified(const struct json *row, const char *what)
{
    return holds(json_get(row, "unverified"), what);
}

static void doubt(struct gather *g, const char *what)
{
    if (!holds(g->unverified, what))
        json_push_text(g->unverified, what);
}

/* As people are to read it: what is not what its hash says begins with a mark. */
static void push_said(struct json *list, const struct store_said *said)
{
    struct buf text = {0};
    buf_printf(&text, "%s%s", said->broken ? "(?) " : "", said->text);
    json_push_text(list, buf_text(&text));
    buf_release(&text);
}

static bool is_tag(const struct store_said *said)
{
    return strcmp(said->kind, "tag") == 0 && said->text;
}

static void take_event(void *data, const struct store_said *said)
{
    struct gather *g = data;
    bool hides = strcmp(said->kind, "hide") == 0;
    if (said->broken)
        doubt(g, said->kind);
    if (strcmp(said->kind, "note") == 0 && said->text) {
        push_said(g->notes, said);
        json_push_int(g->noted, said->time);
    }
    if (is_tag(said) && !g->all && stands_at(g, said->text, said->step))
        push_said(g->tags, said);
    if (hides || strcmp(said->kind, "unhide") == 0)
        g->hidden = hides && !said->broken;
}

/* Does the row speak of this measurement's split? A newer one takes over, but none from the default split. */
static bool take_split(struct gather *g, const char *split)
{
    for (unsigned i = 0; i < SPLITS; i++)
        g->measured |= strcmp(split, split_names[i]) == 0 ? 1u << i : 0;
    if (g->only && strcmp(g->only, split) != 0)
        return false;
    if (strcmp(g->split, split) == 0)
        return true;
    if (g->split[0] && strcmp(g->split, g->live) == 0)
        return false;
    g->split[0] = '\0';
    strncat(g->split, split, sizeof g->split - 1);
    g->accuracy = g->mse = g->delta = g->low = g->high = NAN;
    return true;
}

static void take_measure(void *data, const struct store_measure *m)
{
    struct gather *g = data;
    bool accuracy = strcmp(m->metric, "accuracy") == 0, mse = strcmp(m->metric, "mse") == 0,
         delta = strcmp(m->metric, "delta") == 0 || strcmp(m->metric, "delta_mse") == 0;
    if (m->broken)
        doubt(g, m->metric);
    if (m->slice || !(accuracy || mse || delta) || !take_split(g, m->split ? m->split : ""))
        return;
    if (delta) {
        g->delta = m->broken ? NAN : m->value;
        g->low = m->broken ? NAN : m->low;
        g->high = m->broken ? NAN : m->high;
        return;
    }
    *(accuracy ? &g->accuracy : &g->mse) = m->broken ? NAN : m->value;
    g->n = m->n;
}

static const char *live_split(const struct session *s)
{
    return s->state->data ? split_names[dataset_default_split(s->state->data->set)] : "";
}

static void gather_init(const struct session *s, const char *only, struct gather *g)
{
    *g = (struct gather){.store = s->store,
                         .live = live_split(s),
                         .only = only,
                         .notes = json_array(),
                         .noted = json_array(),
                         .tags = json_array(),
                         .unverified = json_array(),
                         .accuracy = NAN,
                         .mse = NAN,
                         .delta = NAN,
                         .low = NAN,
                         .high = NAN};
}

static void gather_drop(struct gather *g)
{
    json_free(g->notes);
    json_free(g->noted);
    json_free(g->tags);
    json_free(g->unverified);
    g->notes = g->noted = g->tags = g->unverified = NULL;
}

/* ---- what is kept at a step ---- */

/* NULL: none, or it cannot be read or trusted. */
static struct json *stored_result(const struct store_step *step)
{
    return step->result && !step->broken
               ? json_parse(step->result, strlen(step->result), "stored result", NULL)
               : NULL;
}

/* A stored count; NaN: unknown, or none that can be. */
static double stored_count(const struct json *result, const char *name)
{
    double v = json_num(json_get(result, name), NAN);
    return v >= 0 && v <= 9007199254740991.0 ? v : NAN;
}

/* What the step itself says (of one that is not what its hash says: nothing); false: it changed no mask, and what the step before
 * left stands. */
static bool own_kept(const struct store_step *step, const struct json *result, struct kept *out)
{
    *out = (struct kept){.weights = stored_count(result, "kept"),
                         .sparsity = json_num(json_get(result, "sparsity"), NAN)};
    if (!isnan(out->weights) || step->parent > 0 || step->broken)
        return !isnan(out->weights) || step->broken;
    bool zeros_cut = strstr(step->command, "zeros=cut") != NULL; /* at an open all are kept */
    out->weights = stored_count(result, zeros_cut ? "kept" : "prunable");
    out->sparsity = zeros_cut ? NAN : 0;
    return true;
}

/* Up the tree to the nearest step of which it is known, and down again. */
static struct kept kept_at(struct session *s, int64_t id)
{
    struct kept kept = {.weights = NAN, .sparsity = NAN};
    int64_t *path = NULL;
    size_t n = 0, capacity = 0;
    for (bool found = false; !found && id > 0;) {
        struct store_step step;
        const struct kept *known = by_step_at(&s->kept, id);
        if (known) {
            kept = *known;
            break;
        }
        if (!store_get_step(s->store, id, &step, NULL))
            break;
        struct json *result = stored_result(&step);
        found = own_kept(&step, result, &kept);
        path = mem_grow(path, n, &capacity, sizeof *path);
        path[n++] = id;
        id = step.parent;
        json_free(result);
        store_step_release(&step);
    }
    while (n-- > 0)
        *(struct kept *)by_step_add(&s->kept, path[n]) = kept;
    free(path);
    return kept;
}

static double smallest(const struct json *sizes)
{
    static const char *const storages[] = {"dense", "bitmask", "csr"};
    double least = NAN;
    for (int i = 0; i < 3; i++)
        least = fmin(least, json_num(json_get(sizes, storages[i]), NAN));
    return least;
}

/* ---- rows ---- */

/* The step's row; the lists of g are handed over. */
static void push_step(struct session *s, struct json *steps, const struct store_step *step, struct gather *g)
{
    struct json *one = json_push_object(steps), *result = stored_result(step);
    struct kept kept;
    if (step->broken)
        doubt(g, "step");
    if (!own_kept(step, result, &kept))
        kept = kept_at(s, step->parent);
    *(struct kept *)by_step_add(&s->kept, step->id) = kept;
    json_put_int(one, "step", step->id);
    json_put_int(one, "parent", step->parent);
    json_put_text(one, "command", step->command);
    json_put_text(one, "mask", step->broken ? NULL : step->mask_after);
    json_put_num(one, "kept", kept.weights);
    json_put_num(one, "sparsity", kept.sparsity);
    json_put_num(one, "bytes", smallest(json_get(result, "sizes")));
    json_put(one, "tags", g->tags);
    json_put(one, "notes", g->notes);
    json_put(one, "noted", g->noted);
    json_put_num(one, "accuracy", g->accuracy);
    json_put_num(one, "mse", g->mse);
    json_put_text(one, "split", g->split[0] ? g->split : NULL);
    json_put_bool(one, "here", step->id == store_head(s->store));
    json_put_bool(one, "hidden", g->hidden);
    json_put_bool(one, "broken", step->broken);
    json_put(one, "unverified", g->unverified);
    json_put_int(one, "time", step->time);
    json_put_text(one, "hash", step->hash);
    json_free(result);
}

struct json *row_of(struct session *s, const struct store_step *step, const char *only, struct gather *g,
                    struct err *e)
{
    gather_init(s, only, g);
    if (store_events(s->store, step->id, NULL, take_event, g, e) &&
        store_measures(s->store, step->id, take_measure, g, e)) {
        struct json *rows = json_array();
        push_step(s, rows, step, g);
        return rows;
    }
    gather_drop(g);
    return NULL;
}

/* What belongs to each step: asked for all at once, as sessions have thousands. */
struct all_steps {
    struct session *session;
    struct by_step gathered; /* struct gather */
    struct json *steps;
    int64_t unplaced; /* rows about steps that are not there */
    struct put_tag *tags;
    size_t n_tags, tags_capacity;
};

/* A tag as it was given, the n-th. */
struct put_tag {
    char *text;
    int64_t step;
    size_t nth;
    bool broken;
};

static void keep_tag(struct all_steps *all, const struct store_said *said)
{
    all->tags = mem_grow(all->tags, all->n_tags, &all->tags_capacity, sizeof *all->tags);
    all->tags[all->n_tags] = (struct put_tag){mem_text(said->text), said->step, all->n_tags, said->broken};
    all->n_tags++;
}

static int by_text(const void *a, const void *b)
{
    const struct put_tag *x = a, *y = b;
    int order = strcmp(x->text, y->text);
    return order ? order : (x->nth > y->nth) - (x->nth < y->nth);
}

static int by_time(const void *a, const void *b)
{
    const struct put_tag *x = a, *y = b;
    return (x->nth > y->nth) - (x->nth < y->nth);
}

/* A name stands where it was put last. Told from the rows alone, as an index may be damaged. */
static void place_tags(struct all_steps *all)
{
    size_t left = 0;
    if (all->n_tags == 0)
        return;
    qsort(all->tags, all->n_tags, sizeof *all->tags, by_text);
    for (size_t i = 0; i < all->n_tags; i++)
        if (i + 1 == all->n_tags || strcmp(all->tags[i].text, all->tags[i + 1].text) != 0)
            all->tags[left++] = all->tags[i];
        else
            free(all->tags[i].text);
    qsort(all->tags, left, sizeof *all->tags, by_time);
    for (size_t i = 0; i < left; i++) {
        const struct store_said said = {.text = all->tags[i].text, .broken = all->tags[i].broken};
        push_said(((struct gather *)by_step_at(&all->gathered, all->tags[i].step))->tags, &said);
        free(all->tags[i].text);
    }
    free(all->tags);
}

static void all_numbers(void *data, int64_t step)
{
    struct all_steps *all = data;
    struct gather *g = by_step_add(&all->gathered, step);
    gather_init(all->session, NULL, g);
    g->all = true;
}

static void all_events(void *data, const struct store_said *said)
{
    struct all_steps *all = data;
    struct gather *g = by_step_at(&all->gathered, said->step);
    all->unplaced += !g;
    if (g && is_tag(said))
        keep_tag(all, said);
    if (g)
        take_event(g, said);
}

static void all_measures(void *data, const struct store_measure *m)
{
    struct all_steps *all = data;
    struct gather *g = by_step_at(&all->gathered, m->step);
    all->unplaced += !g;
    if (g)
        take_measure(g, m);
}

static void all_push(void *data, const struct store_step *step)
{
    struct all_steps *all = data;
    struct gather *g = by_step_at(&all->gathered, step->id);
    if (!g)
        return;
    push_step(all->session, all->steps, step, g);
    g->notes = g->noted = g->tags = g->unverified = NULL;
}

/* Rows that are known to be missing or belong nowhere, and a head that nothing led to. */
static bool put_gaps(struct session *s, int64_t unplaced, struct json *result, struct err *e)
{
    struct store_gaps gaps;
    if (!store_gaps(s->store, &gaps, e))
        return false;
    struct json *missing = json_put_object(result, "missing");
    json_put_int(missing, "steps", gaps.steps);
    json_put_int(missing, "events", gaps.events);
    json_put_int(missing, "measurements", gaps.measurements);
    json_put_int(result, "unplaced", unplaced);
    json_put_bool(result, "astray", gaps.astray);
    return true;
}

struct json *look_history(struct session *s, struct err *e)
{
    struct json *result = json_object();
    struct all_steps all = {.session = s, .gathered.size = sizeof(struct gather)};
    all.steps = json_put_array(result, "steps");
    by_step_clear(&s->kept);
    bool ok =
        store_numbers(s->store, all_numbers, &all, e) && store_events(s->store, 0, NULL, all_events, &all, e);
    place_tags(&all);
    ok = ok && store_measures(s->store, 0, all_measures, &all, e) &&
         store_steps(s->store, all_push, &all, e) && put_gaps(s, all.unplaced, result, e);
    for (size_t i = 0; i < all.gathered.n; i++)
        gather_drop(by_step_nth(&all.gathered, i));
    by_step_release(&all.gathered);
    if (ok)
        return result;
    json_free(result);
    return NULL;
}

/* ---- news ---- */

struct news_of {
    int64_t *steps;
    size_t n, capacity;
};

static void add_step(void *data, int64_t step)
{
    struct news_of *all = data;
    if (step <= 0)
        return;
    all->steps = mem_grow(all->steps, all->n, &all->capacity, sizeof *all->steps);
    all->steps[all->n++] = step;
}

static int by_number(const void *a, const void *b)
{
    const int64_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static bool push_row(struct session *s, struct json *steps, int64_t id, struct err *e)
{
    struct store_step step;
    struct gather g;
    if (!store_get_step(s->store, id, &step, e))
        return false;
    struct json *rows = row_of(s, &step, NULL, &g, e);
    store_step_release(&step);
    if (!rows)
        return false;
    json_push(steps, json_take_first(rows));
    json_free(rows);
    return true;
}

static struct json *rows_of(struct session *s, struct news_of *all, struct err *e)
{
    struct json *result = json_object(), *steps = json_put_array(result, "steps");
    bool ok = true;
    if (all->n > 0)
        qsort(all->steps, all->n, sizeof *all->steps, by_number);
    for (size_t i = 0; ok && i < all->n; i++)
        ok = (i > 0 && all->steps[i] == all->steps[i - 1]) || push_row(s, steps, all->steps[i], e);
    if (ok)
        return result;
    json_free(result);
    return NULL;
}

struct json *look_news(struct session *s, bool *whole, struct err *e)
{
    struct told *told = &s->told;
    struct told now = {.any = true, .head = store_head(s->store), .live = live_split(s), .seen = told->seen};
    struct news_of all = {0};
    bool elsewhere;
    if (!store_since(s->store, &now.seen, &elsewhere, add_step, &all, e)) {
        free(all.steps);
        return NULL;
    }
    *whole = !told->any || elsewhere || strcmp(told->live, now.live) != 0;
    if (!*whole && told->head != now.head) {
        add_step(&all, told->head);
        add_step(&all, now.head);
    }
    struct json *result = *whole ? look_history(s, e) : rows_of(s, &all, e);
    if (result && elsewhere)
        json_put_bool(result, "elsewhere", true);
    if (result)
        *told = now;
    free(all.steps);
    return result;
}
