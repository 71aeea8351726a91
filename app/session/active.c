/* active: see active.h. */
#include "app/session/active.h"

#include <stdlib.h>
#include <string.h>

#include "app/session/measure.h"
#include "engine/base/mem.h"

/* Everything that it depends on, as text. */
static char *key_of(const struct state *at, int layer)
{
    struct buf key = {0};
    char mask[HASH_HEX];
    mask_hash(at->mask, mask);
    buf_printf(&key, "%s %s %s %d %d", at->current->id, at->data->set->hash, mask,
               (int)dataset_default_split(at->data->set), layer);
    return buf_take(&key);
}

static bool measure(struct session *s, const struct state *at, int layer, struct activity *out, struct err *e)
{
    const struct model *m = at->current;
    struct bound_program dense, pruned = {0};
    int64_t n;
    int value = activity_value(&m->layers, m->graph, layer);
    const int64_t *order = measure_order(s, at, dataset_default_split(at->data->set), &n);
    bool ok = measure_program(s, m, NULL, &value, 1, 0, &dense, e) &&
              measure_program(s, m, at->mask, &value, 1, 0, &pruned, e) &&
              activity_measure(dense.program, pruned.program, at->data->set, &m->layers.v[layer], value,
                               order, n, s->runner, out, e);
    bound_program_release(&dense);
    bound_program_release(&pruned);
    return ok;
}

const struct activity *active_layer(struct session *s, const struct state *at, int layer, struct err *e)
{
    char *key = key_of(at, layer);
    if (s->active && strcmp(key, s->active_key) == 0) {
        free(key);
        return s->active;
    }
    struct activity *found = mem_zero((size_t)at->current->layers.v[layer].units, sizeof *found);
    if (!measure(s, at, layer, found, e)) {
        free(key);
        free(found);
        return NULL;
    }
    free(s->active);
    free(s->active_key);
    s->active_key = key;
    return s->active = found;
}
