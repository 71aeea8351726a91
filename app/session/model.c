/* model: see model.h. */
#include "app/session/model.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/json.h"
#include "engine/base/mem.h"
#include "engine/graph/op.h"
#include "engine/graph/program.h"
#include "engine/prune/cost.h"
#include "engine/prune/mask.h"
#include "engine/shrink/shrink.h"

static void measure_dense(struct model *m)
{
    struct mask *all = mask_new(&m->layers);
    struct cost cost;
    cost_of(m->graph, &m->layers, &m->coupling, all, &cost);
    m->dense_macs = cost.dense_macs;
    m->file_bytes = model_file_export_bytes(m->file);
    cost_release(&cost);
    mask_unref(all);
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
                   : "the batch is fixed above 1: it runs, but no data set can be measured on it");
    return true;
}

/* ---- sizes ---- */

static bool bad_sizes(const char *one, struct err *e)
{
    err_set(e, ERR_USAGE, "shape=%s says no sizes", one);
    return err_hint(e, "write shape=INPUT:1x3x224x224; several inputs are parted by commas");
}

/* "1x3x224x224" */
static bool read_dims(const char *text, struct shape *out)
{
    *out = (struct shape){0};
    for (;;) {
        int64_t n = 0;
        size_t digits = strspn(text, "0123456789");
        if (digits < 1 || digits > 9 || out->rank == SHAPE_MAX)
            return false;
        for (size_t i = 0; i < digits; i++)
            n = n * 10 + (text[i] - '0');
        out->dim[out->rank++] = n;
        text += digits;
        if (!*text || n < 1)
            return n >= 1;
        if (*text++ != 'x')
            return false;
    }
}

/* Names may hold colons: the last one counts. */
static bool give_size(struct model_file *file, char *one, struct err *e)
{
    struct shape shape;
    char *colon = strrchr(one, ':');
    if (!colon || colon == one || !read_dims(colon + 1, &shape))
        return bad_sizes(one, e);
    *colon = '\0';
    return model_file_shape(file, one, &shape, e);
}

/* Does a name stand before this one? give_size left each and its sizes as texts of their own. */
static bool given_before(const char *first, const char *name)
{
    for (const char *at = first; at < name; at += strlen(at) + 1, at += strlen(at) + 1)
        if (strcmp(at, name) == 0)
            return true;
    return false;
}

static bool give_sizes(struct model_file *file, const char *sizes, struct err *e)
{
    char *copy = mem_text(sizes);
    bool ok = true;
    for (char *at = copy; ok && at;) {
        char *comma = strchr(at, ',');
        if (comma)
            *comma = '\0';
        ok = give_size(file, at, e);
        if (ok && given_before(copy, at)) {
            ok = err_set(e, ERR_USAGE, "shape= gives sizes of input %s twice", at);
            err_hint(e, "say once which are meant");
        }
        at = comma ? comma + 1 : NULL;
    }
    free(copy);
    return ok;
}

static void make_id(struct model *m, char id[HASH_HEX])
{
    struct buf text = {0};
    memcpy(id, model_file_hash(m->file), HASH_HEX);
    if (!m->sizes)
        return;
    buf_printf(&text, "%s %s", id, m->sizes);
    hash_bytes(text.data, text.len, id);
    buf_release(&text);
}

static bool describe(struct model *m, struct buf *notice, const struct kernels *k, struct err *e)
{
    if (!layers_find(m->graph, &m->layers, e) || !coupling_find(m->graph, &m->layers, &m->coupling, e))
        return false;
    note_unprunable(&m->layers, notice);
    measure_dense(m);
    return check_batch(m, notice, k, e);
}

static struct model *finish(struct model_file *file_take, const char *sizes, const struct kernels *k,
                            struct err *e)
{
    if (!file_take)
        return NULL;
    struct model *m = mem_zero(1, sizeof *m);
    struct buf notice = {0};
    m->refs = 1;
    m->file = file_take;
    m->sizes = sizes ? mem_text(sizes) : NULL;
    make_id(m, m->id);
    bool ok = give_sizes(m->file, sizes, e);
    m->graph = ok ? graph_bind(model_file_source(m->file), 0, e) : NULL;
    ok = m->graph && describe(m, &notice, k, e);
    m->notice = notice.len ? mem_text(buf_text(&notice)) : NULL;
    buf_release(&notice);
    if (ok) {
        wiring_find(m->graph, &m->layers, &m->coupling, NULL, &m->wiring);
        return m;
    }
    err_place(e, "%s", model_file_path(m->file));
    model_unref(m);
    return NULL;
}

struct model *model_open(const char *path, const char *sizes, const struct kernels *k, struct err *e)
{
    return finish(model_file_read(path, e), sizes, k, e);
}

struct model *model_parse(const void *bytes, size_t n, const char *path, const char *sizes,
                          const struct kernels *k, struct err *e)
{
    return finish(model_file_parse(bytes, n, path, e), sizes, k, e);
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
    free(m->sizes);
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
