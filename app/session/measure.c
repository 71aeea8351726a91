/* measure: see measure.h. */
#include "app/session/measure.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/base/mem.h"
#include "engine/base/rng.h"
#include "engine/eval/variants.h"

enum {
    PRUNED_KEPT = 64
}; /* outcomes of pruned models that stay after a trim: a walk back and forth needs no work */

struct entry {
    char model[HASH_HEX], mask[HASH_HEX], data[HASH_HEX]; /* mask "" is the dense model */
    enum split split;
    struct outcome *outcome;
    double seconds; /* that it took */
};

struct order {
    char data[HASH_HEX];
    enum split split;
    int64_t *rows;
};

struct outcomes {
    struct entry *entries;
    size_t n, capacity;
    struct order *orders;
    size_t n_orders, orders_capacity;
};

struct outcomes *outcomes_new(void)
{
    return mem_zero(1, sizeof(struct outcomes));
}

void outcomes_free(struct outcomes *o)
{
    if (!o)
        return;
    for (size_t i = 0; i < o->n; i++)
        outcome_free(o->entries[i].outcome);
    for (size_t i = 0; i < o->n_orders; i++)
        free(o->orders[i].rows);
    free(o->entries);
    free(o->orders);
    free(o);
}

void outcomes_trim(struct outcomes *o)
{
    size_t pruned = 0, kept = 0;
    for (size_t i = 0; i < o->n; i++)
        pruned += o->entries[i].mask[0] != '\0';
    for (size_t i = 0; i < o->n; i++) {
        struct entry *entry = &o->entries[i];
        if (entry->mask[0] && pruned > PRUNED_KEPT) {
            outcome_free(entry->outcome);
            pruned--;
        } else {
            o->entries[kept++] = *entry;
        }
    }
    o->n = kept;
}

/* The one order in which a split's records are visited, the same in every session, so that verify can repeat it. */
static const int64_t *split_order(struct outcomes *o, const struct dataset *d, enum split split)
{
    for (size_t i = 0; i < o->n_orders; i++)
        if (o->orders[i].split == split && strcmp(o->orders[i].data, d->hash) == 0)
            return o->orders[i].rows;
    o->orders = mem_grow(o->orders, o->n_orders, &o->orders_capacity, sizeof *o->orders);
    struct order *order = &o->orders[o->n_orders++];
    int64_t n = d->n_split[split];
    order->split = split;
    memcpy(order->data, d->hash, sizeof order->data);
    order->rows = mem_alloc((size_t)n, sizeof *order->rows);
    rng_permutation(0, (uint64_t)split, n, order->rows);
    for (int64_t i = 0; i < n; i++)
        order->rows[i] = d->rows[split][order->rows[i]];
    return order->rows;
}

const int64_t *measure_order(struct session *s, const struct state *at, enum split split, int64_t *n)
{
    *n = at->data->set->n_split[split];
    return split_order(s->outcomes, at->data->set, split);
}

static bool same_entry(const struct entry *a, const struct entry *b)
{
    return a->split == b->split && strcmp(a->mask, b->mask) == 0 && strcmp(a->model, b->model) == 0 &&
           strcmp(a->data, b->data) == 0;
}

/* Nothing was cut: the dense model under another name. */
static bool is_dense(const struct state *at, const struct mask *mask)
{
    const struct layers *l = &at->current->layers;
    bool whole = at->current == at->opened;
    for (int i = 0; whole && i < l->n; i++)
        whole = mask_count(mask, i) == l->v[i].weights;
    return whole;
}

/* What an outcome depends on; mask NULL: the dense model. */
static struct entry entry_key(const struct state *at, enum split split, const struct mask *mask)
{
    struct entry key = {.split = split};
    memcpy(key.model, (mask ? at->current : at->opened)->id, HASH_HEX);
    memcpy(key.data, at->data->set->hash, HASH_HEX);
    if (mask && !is_dense(at, mask))
        mask_hash(mask, key.mask);
    return key;
}

static struct entry *find_entry(struct outcomes *o, const struct entry *key)
{
    for (size_t i = 0; i < o->n; i++)
        if (same_entry(&o->entries[i], key))
            return &o->entries[i];
    o->entries = mem_grow(o->entries, o->n, &o->capacity, sizeof *o->entries);
    o->entries[o->n] = *key;
    return &o->entries[o->n++];
}

int64_t measure_known(struct session *s, const struct state *at, enum split split, double *seconds)
{
    const struct entry key = entry_key(at, split, at->mask);
    *seconds = 0;
    for (size_t i = 0; i < s->outcomes->n; i++)
        if (same_entry(&s->outcomes->entries[i], &key)) {
            *seconds = s->outcomes->entries[i].seconds;
            return s->outcomes->entries[i].outcome->n;
        }
    return 0;
}

/* Whole outcome of a mask by its hash; NULL: not in memory. */
static const struct outcome *whole_outcome(struct session *s, const char *mask, enum split split)
{
    const struct state *at = s->state;
    struct entry key = {.split = split};
    char dense[HASH_HEX] = "";
    struct mask *all = mask_new(&at->current->layers);
    mask_hash(all, dense);
    mask_unref(all);
    memcpy(key.model, at->current->id, HASH_HEX);
    memcpy(key.data, at->data->set->hash, HASH_HEX);
    if (at->current != at->opened || strcmp(mask, dense) != 0)
        memcpy(key.mask, mask, HASH_HEX);
    for (size_t i = 0; i < s->outcomes->n; i++) {
        const struct outcome *o = s->outcomes->entries[i].outcome;
        if (o && o->n == o->total && same_entry(&s->outcomes->entries[i], &key))
            return o;
    }
    return NULL;
}

bool measure_between(struct session *s, const char *mask_a, const char *mask_b, const char *split_name,
                     struct comparison *out)
{
    if (!s->state->data || !s->state->current || strlen(mask_a) != HASH_HEX - 1 ||
        strlen(mask_b) != HASH_HEX - 1)
        return false;
    int split = dataset_split(s->state->data->set, split_name, NULL);
    if (split < 0)
        return false;
    const struct outcome *a = whole_outcome(s, mask_a, (enum split)split),
                         *b = whole_outcome(s, mask_b, (enum split)split);
    if (!a || !b)
        return false;
    outcome_compare(a, b, &s->state->data->reading, out);
    return true;
}

bool measure_program(struct session *s, const struct model *m, const struct mask *mask, const int *keep,
                     int n_keep, int64_t records, struct bound_program *out, struct err *e)
{
    const struct program_options options = {.kernels = &s->kernels,
                                            .memory = s->options.memory,
                                            .keep = keep,
                                            .n_keep = n_keep,
                                            .records = records};
    *out = (struct bound_program){0};
    if (mask)
        overrides_make(m->graph, &m->layers, &m->coupling, mask, NULL, &out->overrides);
    out->program = program_new(m->graph, out->overrides.v, &options, e);
    if (!out->program)
        bound_program_release(out);
    return out->program != NULL;
}

void bound_program_release(struct bound_program *p)
{
    program_free(p->program);
    overrides_release(&p->overrides);
    *p = (struct bound_program){0};
}

/* Measure records [from, to) and join them to what is there. */
static bool extend(struct session *s, const struct state *at, const struct model *m, const struct mask *mask,
                   struct entry *entry, int64_t to, struct err *e)
{
    const struct dataset *d = at->data->set;
    int64_t from = entry->outcome ? entry->outcome->n : 0, total = d->n_split[entry->split];
    const int64_t *order = split_order(s->outcomes, d, entry->split);
    double started = s->seconds();
    struct bound_program p;
    if (!measure_program(s, m, mask, NULL, 0, 0, &p, e))
        return false;
    struct outcome *piece =
        outcome_measure(p.program, d, &at->data->reading, order + from, to - from, total, s->runner, e);
    bound_program_release(&p);
    if (!piece)
        return false;
    entry->outcome = entry->outcome ? outcome_join(entry->outcome, piece) : piece;
    entry->seconds += s->seconds() - started;
    return true;
}

static void drop_unmeasured(struct outcomes *o)
{
    size_t kept = 0;
    for (size_t i = 0; i < o->n; i++)
        if (o->entries[i].outcome)
            o->entries[kept++] = o->entries[i];
    o->n = kept;
}

/* Losses that were added up in another order serve curves alone. */
static void forget_near(struct entry *entry)
{
    if (!entry->outcome || !entry->outcome->near)
        return;
    outcome_free(entry->outcome);
    entry->outcome = NULL;
    entry->seconds = 0;
}

static const struct outcome *measured(struct session *s, const struct state *at, enum split split, int64_t n,
                                      const struct mask *mask, struct err *e)
{
    const struct model *m = mask ? at->current : at->opened;
    const struct dataset *d = at->data->set;
    const struct entry key = entry_key(at, split, mask);
    int64_t to = n > 0 && n < d->n_split[split] ? n : d->n_split[split];
    struct entry *entry = find_entry(s->outcomes, &key);
    forget_near(entry);
    if (!entry->outcome || entry->outcome->n < to)
        if (!extend(s, at, m, mask, entry, to, e)) {
            drop_unmeasured(s->outcomes);
            return NULL;
        }
    return entry->outcome;
}

const struct outcome *measure_pruned(struct session *s, const struct state *at, enum split split, int64_t n,
                                     struct err *e)
{
    return measured(s, at, split, n, at->mask, e);
}

/* ---- several masks together ---- */

/* Masks whose outcomes end at the same record, and where those are. */
struct joint {
    const struct model *m;
    bool any_order;
    const struct mask **masks;
    size_t *entries;
    int n;
};

static void make_overrides(void *data, int i, struct overrides *out)
{
    const struct joint *j = data;
    overrides_make(j->m->graph, &j->m->layers, &j->m->coupling, j->masks[i], NULL, out);
}

/* Measure records [from, to) of all of them. */
static bool extend_jointly(struct session *s, const struct state *at, enum split split, struct joint *j,
                           int64_t from, int64_t to, int *together, struct err *e)
{
    const struct dataset *d = at->data->set;
    struct outcome **pieces = mem_zero((size_t)j->n, sizeof(struct outcome *));
    double started = s->seconds();
    const struct variants v = {.g = j->m->graph,
                               .kernels = &s->kernels,
                               .memory = s->options.memory,
                               .any_order = j->any_order,
                               .n = j->n,
                               .make = make_overrides,
                               .data = j,
                               .set = d,
                               .how = &at->data->reading,
                               .order = split_order(s->outcomes, d, split) + from,
                               .records = to - from,
                               .total = d->n_split[split]};
    int at_once;
    bool ok = variants_measure(&v, s->runner, pieces, &at_once, e);
    if (ok && at_once < j->n)
        *together = at_once;
    double each = (s->seconds() - started) / j->n;
    for (int i = 0; ok && i < j->n; i++) {
        struct entry *entry = &s->outcomes->entries[j->entries[i]];
        entry->outcome = entry->outcome ? outcome_join(entry->outcome, pieces[i]) : pieces[i];
        entry->seconds += each;
    }
    free(pieces);
    return ok;
}

/* Those of masks whose outcomes have as few records as the first that has too few; none: false. */
static bool next_joint(struct session *s, const size_t *entries, struct mask *const *masks, int n, int64_t to,
                       struct joint *out, int64_t *from)
{
    out->n = 0;
    for (int i = 0; i < n; i++) {
        const struct outcome *o = s->outcomes->entries[entries[i]].outcome;
        int64_t has = o ? o->n : 0;
        bool listed = has >= to || (out->n && has != *from);
        for (int k = 0; k < out->n && !listed; k++)
            listed = out->entries[k] == entries[i];
        if (listed)
            continue;
        *from = has;
        out->masks[out->n] = masks[i];
        out->entries[out->n++] = entries[i];
    }
    return out->n > 0;
}

static bool measure_jointly(struct session *s, const struct state *at, enum split split, int64_t to,
                            struct mask *const *masks, int n, const struct outcome **out, struct measured *m,
                            struct err *e)
{
    size_t *entries = mem_alloc((size_t)n * 2, sizeof *entries);
    struct joint j = {.m = at->current,
                      .any_order = m->any_order,
                      .masks = mem_alloc((size_t)n, sizeof(struct mask *)),
                      .entries = entries + n};
    int64_t from = 0;
    bool ok = true;
    for (int i = 0; i < n; i++) {
        const struct entry key = entry_key(at, split, masks[i]);
        struct entry *entry = find_entry(s->outcomes, &key);
        entries[i] = (size_t)(entry - s->outcomes->entries);
        if (!m->any_order)
            forget_near(entry);
    }
    while (ok && next_joint(s, entries, masks, n, to, &j, &from))
        ok = extend_jointly(s, at, split, &j, from, to, &m->together, e);
    for (int i = 0; ok && i < n; i++)
        out[i] = s->outcomes->entries[entries[i]].outcome;
    if (!ok)
        drop_unmeasured(s->outcomes);
    free(entries);
    free(j.masks);
    return ok;
}

/* The dense model goes with the others: what no cut reaches is computed for it. A shrunk model is another graph. */
bool measure_masks(struct session *s, const struct state *at, enum split split, int64_t n, struct measured *m,
                   struct err *e)
{
    int64_t all = at->data->set->n_split[split], to = n > 0 && n < all ? n : all;
    bool own = at->current != at->opened;
    size_t count = (size_t)m->n + 1;
    struct mask **masks = mem_alloc(count, sizeof(struct mask *));
    const struct outcome **out = mem_alloc(count, sizeof(struct outcome *));
    memcpy(masks, m->masks, (size_t)m->n * sizeof(struct mask *));
    masks[m->n] = mask_new(&at->current->layers);
    m->together = 0;
    m->dense = own ? measured(s, at, split, to, NULL, e) : NULL;
    bool ok = (!own || m->dense) && measure_jointly(s, at, split, to, masks, m->n + !own, out, m, e);
    if (ok && !own)
        m->dense = out[m->n];
    memcpy(m->pruned, out, ok ? (size_t)m->n * sizeof(struct outcome *) : 0);
    mask_unref(masks[m->n]);
    free(masks);
    free(out);
    return ok;
}

bool measure_pair(struct session *s, const struct state *at, enum split split, int64_t n,
                  struct comparison *out, const struct outcome **dense, const struct outcome **pruned,
                  struct err *e)
{
    *dense = measured(s, at, split, n, NULL, e);
    *pruned = *dense ? measure_pruned(s, at, split, n, e) : NULL;
    if (!*pruned)
        return false;
    outcome_compare(*dense, *pruned, &at->data->reading, out);
    return true;
}
