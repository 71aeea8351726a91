/* report_json: see report_json.h. */
#include "app/cmd/report_json.h"

#include <math.h>
#include <stdlib.h>

#include "engine/base/buf.h"
#include "engine/base/hash.h"
#include "engine/base/json.h"
#include "engine/base/num.h"
#include "engine/explain/wiring.h"
#include "engine/io/dataset.h"
#include "engine/prune/cost.h"

void put_sizes(struct json *object, const struct cost *c, int64_t file_bytes)
{
    struct json *sizes = json_put_object(object, "sizes");
    json_put_int(sizes, "dense", c->dense_bytes);
    json_put_int(sizes, "bitmask", c->bitmask_bytes);
    json_put_int(sizes, "csr", c->csr_bytes);
    json_put_int(sizes, "other", c->other_bytes);
    json_put_int(sizes, "file", file_bytes);
}

static void put_wiring(struct json *result, const struct state *at)
{
    const struct wiring *w = state_wiring(at);
    json_put_int(result, "dead", w->dead_total);
    struct json *names = json_put_array(result, "cut_inputs");
    for (int64_t i = 0; i < w->n_inputs; i++) {
        if (w->input_alive[i] || !at->opened->wiring.input_alive[i])
            continue;
        char *name = state_input_name(at, i);
        json_push_text(names, name);
        free(name);
    }
}

/* The counts speak of the model as it was opened, also after a shrink. */
struct json *mask_json(const struct state *at)
{
    const struct model *m = at->current;
    struct json *result = json_object();
    struct cost c;
    char hash[HASH_HEX];
    int64_t prunable = at->opened->layers.prunable;
    cost_of(m->graph, &m->layers, &m->coupling, at->mask, &c);
    mask_hash(at->mask, hash);
    json_put_int(result, "kept", c.kept);
    json_put_int(result, "prunable", prunable);
    json_put_num(result, "sparsity", prunable ? 1 - (double)c.kept / (double)prunable : NAN);
    json_put_num(result, "portions", at->portions >= 0 ? (double)at->portions : NAN);
    json_put_num(result, "cut_portions", at->cut_portions >= 0 ? (double)at->cut_portions : NAN);
    json_put_int(result, "parameters", c.parameters);
    json_put_int(result, "macs", c.macs);
    json_put_int(result, "dense_macs", at->opened->dense_macs);
    put_sizes(result, &c, m->file_bytes);
    json_put_text(result, "mask", hash);
    put_wiring(result, at);
    cost_release(&c);
    return result;
}

static double number(const struct json *object, const char *name)
{
    return json_num(json_get(object, name), NAN);
}

void say_mask(const struct json *result, struct buf *out)
{
    const struct json *sizes = json_get(result, "sizes"), *cut = json_get(result, "cut_inputs");
    buf_puts(out, "kept ");
    num_count(out, (int64_t)number(result, "kept"));
    buf_puts(out, " of ");
    num_count(out, (int64_t)number(result, "prunable"));
    buf_puts(out, " weights (");
    num_percent(out, number(result, "sparsity"), 1);
    buf_puts(out, " cut); ");
    num_bytes(out, number(sizes, "bitmask"));
    buf_puts(out, " as bitmask, ");
    num_bytes(out, number(sizes, "csr"));
    buf_puts(out, " as csr, ");
    num_bytes(out, number(sizes, "dense"));
    buf_puts(out, " dense\nmultiply-adds ");
    num_count(out, (int64_t)number(result, "macs"));
    buf_puts(out, " of ");
    num_count(out, (int64_t)number(result, "dense_macs"));
    buf_printf(out, "; dead units %.0f; inputs cut off %zu", number(result, "dead"), json_count(cut));
    int shown = 0;
    for (const struct json *i = json_first(cut); i && shown < 6; i = json_next(i), shown++)
        buf_printf(out, "%s %s", shown ? ";" : ":", json_str(i));
    buf_puts(out, json_count(cut) > 6 ? " ...\n" : "\n");
}

static void put_features(struct json *result, const struct dataset *d)
{
    struct json *list = json_put_array(result, "features");
    for (int64_t i = 0; d->features && i < d->n_features; i++) {
        struct json *one = json_push_object(list);
        json_put_text(one, "name", d->features[i].name);
        json_put_text(one, "column", d->features[i].column);
        json_put_text(one, "unit", d->features[i].unit);
        json_put_text(one, "about", d->features[i].about);
        json_put_num(one, "mean", d->features[i].mean);
        json_put_num(one, "std", d->features[i].std);
    }
}

struct json *data_json(const struct dataset *d)
{
    static const char *const tasks[] = {"classification", "regression", "none"};
    struct json *result = json_object(), *splits, *classes, *groups;
    json_put_text(result, "name", d->name);
    json_put_text(result, "task", tasks[d->task]);
    json_put_int(result, "rows", d->n);
    splits = json_put_object(result, "splits");
    for (int i = 0; i < SPLIT_ALL; i++)
        if (d->n_split[i] > 0)
            json_put_int(splits, split_names[i], d->n_split[i]);
    json_put_int(splits, "all", d->n);
    put_features(result, d);
    classes = json_put_array(result, "classes");
    for (int i = 0; i < d->n_classes; i++)
        json_push_text(classes, d->classes[i]);
    groups = json_put_array(result, "groups");
    for (int i = 0; i < d->n_groups; i++)
        json_push_text(groups, d->groups[i].name);
    json_put_int(result, "skipped", d->skipped);
    json_put_text(result, "hash", d->hash);
    json_put_bool(result, "synthetic", d->synthetic);
    return result;
}
