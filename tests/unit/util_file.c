/* util_file: see util_file.h. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/util_file.h"

#include <stdlib.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/mem.h"
#include "engine/io/onnx.h"
#include "tests/unit/util_onnx.h"

enum { TYPE_FLOAT = 1, TYPE_INT64 = 7 };

static void put_float(struct buf *b, int field, float v)
{
    buf_putc(b, (char)(field << 3 | 5));
    buf_add(b, &v, 4);
}

static void put_tensor(struct buf *b, int field, const char *name, const struct tensor *t)
{
    struct buf m = {0};
    int64_t n = shape_elements(&t->shape);
    for (int d = 0; d < t->shape.rank; d++)
        put_int(&m, 1, t->shape.dim[d]);
    put_int(&m, 2, t->type == DT_I32 ? TYPE_INT64 : TYPE_FLOAT);
    put_text(&m, 8, name);
    if (t->type == DT_I32) {
        int64_t *wide = mem_alloc((size_t)n, sizeof *wide);
        for (int64_t i = 0; i < n; i++)
            wide[i] = t->i[i];
        put_bytes(&m, 9, wide, (size_t)n * sizeof *wide);
        free(wide);
    } else {
        put_bytes(&m, 9, t->f, (size_t)n * sizeof *t->f);
    }
    put_message(b, field, &m);
}

static void put_attr(struct buf *b, const struct attr *a)
{
    static const int types[] = {[ATTR_INT] = 2,    [ATTR_FLOAT] = 1,   [ATTR_STRING] = 3, [ATTR_INTS] = 7,
                                [ATTR_FLOATS] = 6, [ATTR_STRINGS] = 8, [ATTR_TENSOR] = 4};
    struct buf m = {0};
    put_text(&m, 1, a->name);
    if (a->kind == ATTR_INT)
        put_int(&m, 3, a->ints[0]);
    else if (a->kind == ATTR_FLOAT)
        put_float(&m, 2, a->floats[0]);
    else if (a->kind == ATTR_STRING)
        put_text(&m, 4, a->texts[0]);
    else if (a->kind == ATTR_TENSOR)
        put_tensor(&m, 5, "", a->tensor);
    for (int64_t i = 0; a->kind == ATTR_INTS && i < a->n; i++)
        put_int(&m, 8, a->ints[i]);
    for (int64_t i = 0; a->kind == ATTR_FLOATS && i < a->n; i++)
        put_float(&m, 7, a->floats[i]);
    put_int(&m, 20, types[a->kind]);
    put_message(b, 5, &m);
}

static void put_node(struct buf *b, const struct source_node *n)
{
    struct buf m = {0};
    for (int i = 0; i < n->n_inputs; i++)
        put_text(&m, 1, n->inputs[i]);
    for (int i = 0; i < n->n_outputs; i++)
        put_text(&m, 2, n->outputs[i]);
    put_text(&m, 3, n->name);
    put_text(&m, 4, n->op);
    for (int i = 0; i < n->n_attrs; i++)
        put_attr(&m, &n->attrs[i]);
    put_text(&m, 7, n->domain);
    put_message(b, 1, &m);
}

static void put_port(struct buf *b, int field, const struct source_port *p)
{
    struct buf port = {0}, type = {0}, tensor = {0}, shape = {0};
    put_int(&tensor, 1, p->file_type);
    for (int d = 0; d < p->rank; d++) {
        struct buf dim = {0};
        if (p->dim[d] < 0)
            put_text(&dim, 2, "batch");
        else
            put_int(&dim, 1, p->dim[d]);
        put_message(&shape, 1, &dim);
    }
    if (p->rank >= 0)
        put_message(&tensor, 2, &shape);
    put_message(&type, 1, &tensor);
    put_text(&port, 1, p->name);
    put_message(&port, 2, &type);
    put_message(b, field, &port);
}

void file_bytes(const struct source *s, struct buf *out)
{
    struct buf graph = {0};
    for (int i = 0; i < s->n_nodes; i++)
        put_node(&graph, &s->nodes[i]);
    put_text(&graph, 2, "g");
    for (int i = 0; i < s->n_tensors; i++)
        put_tensor(&graph, 5, s->tensors[i].name, s->tensors[i].tensor);
    for (int i = 0; i < s->n_inputs; i++)
        put_port(&graph, 11, &s->inputs[i]);
    for (int i = 0; i < s->n_outputs; i++)
        put_port(&graph, 12, &s->outputs[i]);
    make_model(out, &graph, s->opset);
}

struct model_file *file_of(struct source *s_take)
{
    struct buf bytes = {0};
    struct err e = {0};
    file_bytes(s_take, &bytes);
    struct model_file *file = model_file_parse(bytes.data, bytes.len, "sketch.onnx", &e);
    if (!file)
        fail_msg("%s", e.message);
    buf_release(&bytes);
    source_free(s_take);
    return file;
}
