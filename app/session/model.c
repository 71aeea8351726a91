/* model: see model.h. */
#include "app/session/model.h"

#include <stdlib.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/json.h"
#include "engine/base/mem.h"
#include "engine/graph/op.h"
#include "engine/graph/program.h"
#include "engine/prune/cost.h"
#include "engine/prune/mask.h"
#include "engine/shrink/shrink.h"

static bool measure_dense(struct model *m, struct err *e)
{
    struct buf bytes = {0};
    struct mask *all = mask_new(&m->layers);
    bool ok = export_masked(m->file, m->graph, &m->layers, &m->coupling, all, NULL, &bytes, e);
    m->file_bytes = (int64_t)bytes.len;
    struct cost cost;
    cost_of(m->graph, &m->layers, &m->coupling, all, &cost);
    m->dense_macs = cost.dense_macs;
    cost_release(&cost);
    mask_unref(all);
    buf_release(&bytes);
    return ok;
}

/* A model without anything prunable opens, and says so: what its first constants are instead. */
static void note_unprunable(const struct layers *l, struct buf *out)
{
    enum { NAMED = 3 };
    if (l->n > 0)
        return;
    buf_puts(out, "nothing in this model can be pruned: ");
    for (int i = 0; i < l->n_unprunable && i < NAMED; i++)
        buf_printf(out, "%s%s (%s): %s", i ? "; " : "", l->unprunable[i].name, l->unprunable[i].op,
                   l->unprunable[i].reason);
    if (l->n_unprunable > NAMED)
        buf_printf(out, "; and %d more constants", l->n_unprunable - NAMED);
    if (l->n_unprunable == 0)
        buf_puts(out, "the file holds no constant that could be a weight");
}

/* The batch of a file decides how far its answers can be checked on open. */
static bool check_batch(const struct model *m, struct buf *notice, const struct kernels *k, struct err *e)
{
    if (m->graph->batch == BATCH_FREE)
        return program_check_batch(model_file_source(m->file), m->graph, k, e);
    buf_printf(notice, "%s%s", notice->len ? "; " : "",
               m->graph->batch == BATCH_ONE
                   ? "the file fixes the batch at 1: opened without the two-samples check"
                   : "the file fixes the batch above 1: it runs, but no data set can be measured on it");
    return true;
}

static struct model *finish(struct model_file *file_take, const struct kernels *k, struct err *e)
{
    if (!file_take)
        return NULL;
    struct model *m = mem_zero(1, sizeof *m);
    m->refs = 1;
    m->file = file_take;
    m->graph = graph_bind(model_file_source(m->file), 0, e);
    struct buf notice = {0};
    bool ok = m->graph && layers_find(m->graph, &m->layers, e) &&
              coupling_find(m->graph, &m->layers, &m->coupling, e);
    if (ok)
        note_unprunable(&m->layers, &notice);
    ok = ok && check_batch(m, &notice, k, e) && measure_dense(m, e);
    m->notice = notice.len ? mem_text(buf_text(&notice)) : NULL;
    buf_release(&notice);
    if (ok) {
        wiring_find(m->graph, &m->layers, NULL, &m->wiring);
        return m;
    }
    err_place(e, "%s", model_file_path(m->file));
    model_unref(m);
    return NULL;
}

struct model *model_open(const char *path, const struct kernels *k, struct err *e)
{
    return finish(model_file_read(path, e), k, e);
}

struct model *model_parse(const void *bytes, size_t n, const char *path, const struct kernels *k,
                          struct err *e)
{
    return finish(model_file_parse(bytes, n, path, e), k, e);
}

struct model *model_ref(struct model *m)
{
    m->refs++;
    return m;
}

static void free_lists(int64_t **lists, int n)
{
    for (int i = 0; lists && i < n; i++)
        free(lists[i]);
    free(lists);
}

void model_unref(struct model *m)
{
    if (!m || --m->refs > 0)
        return;
    free_lists(m->numbers, m->layers.n);
    free_lists(m->input_numbers, m->layers.n);
    wiring_release(&m->wiring);
    routes_release(&m->routes);
    coupling_release(&m->coupling);
    layers_release(&m->layers);
    graph_free(m->graph);
    model_file_free(m->file);
    free(m->notice);
    free(m);
}

int64_t model_unit(const struct model *m, int layer, int64_t unit)
{
    return m->numbers ? m->numbers[layer][unit] : unit;
}

int64_t model_input(const struct model *m, int layer, int64_t input)
{
    return m->input_numbers ? m->input_numbers[layer][input] : input;
}

static void put_shape(struct json *object, const struct shape *s)
{
    struct json *dims = json_put_array(object, "shape");
    for (int d = 0; d < s->rank; d++)
        json_push_int(dims, s->dim[d]);
}

static void put_values(struct json *result, const char *list, const struct graph *g, const int *values, int n)
{
    struct json *array = json_put_array(result, list);
    for (int i = 0; i < n; i++) {
        const struct value *v = &g->values[values[i]];
        struct json *one = json_push_object(array);
        json_put_text(one, "name", v->name);
        json_put_text(one, "op", v->producer >= 0 ? g->nodes[v->producer].op->name : "input");
        put_shape(one, &v->shape);
    }
}

static void put_layers(struct json *result, const struct model *m)
{
    struct json *array = json_put_array(result, "layers");
    for (int i = 0; i < m->layers.n; i++) {
        const struct layer *l = &m->layers.v[i];
        struct json *one = json_push_object(array);
        json_put_text(one, "name", l->name);
        json_put_text(one, "tensor", l->tensor);
        json_put_text(one, "op", l->op);
        put_shape(one, &m->graph->values[l->value].shape);
        json_put_int(one, "weights", l->weights);
        json_put_int(one, "units", l->units);
    }
}

static void put_unprunable(struct json *result, const struct model *m)
{
    struct json *array = json_put_array(result, "unprunable");
    for (int i = 0; i < m->layers.n_unprunable; i++) {
        const struct unprunable *u = &m->layers.unprunable[i];
        struct json *one = json_push_object(array);
        json_put_text(one, "name", u->name);
        json_put_text(one, "op", u->op);
        put_shape(one, &u->shape);
        json_put_text(one, "reason", u->reason);
    }
}

struct json *model_json(const struct model *m)
{
    struct json *result = json_object();
    json_put_text(result, "name", model_file_name(m->file));
    json_put_text(result, "format", "onnx");
    json_put_text(result, "hash", model_file_hash(m->file));
    json_put_int(result, "parameters", m->layers.parameters);
    json_put_int(result, "prunable", m->layers.prunable);
    put_layers(result, m);
    put_values(result, "inputs", m->graph, m->graph->inputs, m->graph->n_inputs);
    put_values(result, "outputs", m->graph, m->graph->outputs, m->graph->n_outputs);
    put_unprunable(result, m);
    json_put_text(result, "notice", m->notice);
    return result;
}
