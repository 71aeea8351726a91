/* case: see case.h. */
#include "tests/conformance/case.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/file.h"
#include "engine/base/mem.h"
#include "engine/graph/graph.h"
#include "engine/graph/program.h"
#include "engine/kernels/kernels.h"
#include "onnx.pb-c.h"
#include "tests/conformance/lanes.h"

/* TensorProto.DataType */
enum { FLOAT = 1, INT32 = 6, INT64 = 7, BOOL = 9 };

static size_t element_bytes(int type)
{
    return type == BOOL ? 1 : type == INT64 ? 8 : 4;
}

static void store(struct tensor *t, int64_t i, int type, const unsigned char *raw)
{
    float f;
    int32_t narrow;
    int64_t wide;
    switch (type) {
    case FLOAT:
        memcpy(&f, raw, sizeof f);
        t->f[i] = f;
        break;
    case BOOL:
        t->f[i] = *raw ? 1.0f : 0.0f;
        break;
    case INT32:
        memcpy(&narrow, raw, sizeof narrow);
        t->i[i] = narrow;
        break;
    default:
        memcpy(&wide, raw, sizeof wide);
        t->i[i] = wide > INT32_MAX ? INT32_MAX : wide < INT32_MIN ? INT32_MIN : (int32_t)wide;
    }
}

/* The elements as little-endian bytes, whichever field holds them. NULL if there are too few. */
static const unsigned char *raw_of(const Onnx__TensorProto *p, size_t count, struct buf *own)
{
    if (count == 0)
        return (const unsigned char *)"";
    if (p->has_raw_data)
        return p->raw_data.len == count * element_bytes(p->data_type) ? p->raw_data.data : NULL;
    if (p->data_type == FLOAT && p->n_float_data == count)
        return (const unsigned char *)p->float_data;
    if (p->data_type == INT32 && p->n_int32_data == count)
        return (const unsigned char *)p->int32_data;
    if (p->data_type == INT64 && p->n_int64_data == count)
        return (const unsigned char *)p->int64_data;
    for (size_t i = 0; p->data_type == BOOL && i < p->n_int32_data; i++)
        buf_putc(own, (char)(p->int32_data[i] != 0));
    return own->len == count ? (const unsigned char *)buf_text(own) : NULL;
}

static struct tensor *tensor_of(const Onnx__TensorProto *p, const char *path, struct err *e)
{
    struct shape shape = {.rank = (int)p->n_dims};
    struct buf own = {0};
    int64_t count;
    if (p->n_dims > SHAPE_MAX ||
        (p->data_type != FLOAT && p->data_type != INT32 && p->data_type != INT64 && p->data_type != BOOL)) {
        err_set(e, ERR_UNSUPPORTED, "%s: element type %d", path, p->data_type);
        return NULL;
    }
    for (int d = 0; d < shape.rank; d++)
        shape.dim[d] = p->dims[d];
    const unsigned char *raw = shape_count(&shape, &count) ? raw_of(p, (size_t)count, &own) : NULL;
    struct tensor *t = NULL;
    if (raw) {
        enum dtype type = p->data_type == FLOAT ? DT_F32 : p->data_type == BOOL ? DT_BOOL : DT_I32;
        t = tensor_new(type, &shape);
        for (int64_t i = 0; i < count; i++)
            store(t, i, p->data_type, raw + (size_t)i * element_bytes(p->data_type));
    } else
        err_set(e, ERR_UNREADABLE, "%s: elements are missing", path);
    buf_release(&own);
    return t;
}

static bool read_tensor(const char *path, const char *name, struct source_tensor *out, struct err *e)
{
    struct buf bytes = {0};
    if (!file_read(path, (size_t)1 << 30, &bytes, e))
        return false;
    Onnx__TensorProto *p = onnx__tensor_proto__unpack(NULL, bytes.len, (const uint8_t *)buf_text(&bytes));
    buf_release(&bytes);
    if (!p)
        return err_set(e, ERR_UNREADABLE, "%s: no TensorProto", path);
    *out = (struct source_tensor){.name = mem_text(name), .file_type = p->data_type};
    out->tensor = tensor_of(p, path, e);
    onnx__tensor_proto__free_unpacked(p, NULL);
    return out->tensor != NULL;
}

static bool read_ports(const char *folder, const char *kind, const struct source_port *ports, int n,
                       struct source_tensor *out, int *count, struct err *e)
{
    if (n > CASE_PORTS)
        return err_set(e, ERR_UNSUPPORTED, "%s: more than %d %ss", folder, CASE_PORTS, kind);
    for (*count = 0; *count < n; ++*count) {
        struct buf path = {0};
        buf_printf(&path, "%s/%s_%d.pb", folder, kind, *count);
        bool ok = read_tensor(buf_text(&path), ports[*count].name, &out[*count], e);
        buf_release(&path);
        if (!ok) {
            free(out[*count].name);
            return false;
        }
    }
    return true;
}

bool case_read(struct test_case *c, const char *model, const char *data, struct err *e)
{
    *c = (struct test_case){0};
    c->model = model_file_read(model, e);
    if (!c->model)
        return false;
    c->source = model_file_source(c->model);
    return read_ports(data, "input", c->source->inputs, c->source->n_inputs, c->inputs, &c->n_inputs, e) &&
           read_ports(data, "output", c->source->outputs, c->source->n_outputs, c->outputs, &c->n_outputs, e);
}

void case_release(struct test_case *c)
{
    for (int i = 0; i < c->n_inputs; i++) {
        free(c->inputs[i].name);
        tensor_free(c->inputs[i].tensor);
    }
    for (int i = 0; i < c->n_outputs; i++) {
        free(c->outputs[i].name);
        tensor_free(c->outputs[i].tensor);
    }
    model_file_free(c->model);
    *c = (struct test_case){0};
}

/* ---- comparing ---- */

static bool same_number(const struct tensor *expected, const float *got, int64_t i,
                        const struct tolerance *by)
{
    if (expected->type == DT_I32)
        return expected->i[i] == ((const int32_t *)(const void *)got)[i];
    double a = (double)expected->f[i], b = (double)got[i];
    if (isnan(a) || isnan(b))
        return isnan(a) && isnan(b);
    return a == b || fabs(a - b) <= by->absolute + by->relative * fabs(a);
}

static bool compare(const struct source_tensor *expected, const struct value *v, const void *got,
                    const struct tolerance *by, struct err *e)
{
    const struct tensor *t = expected->tensor;
    if (!shape_equal(&t->shape, &v->shape)) {
        struct buf text = {0};
        shape_print(&v->shape, &text);
        buf_puts(&text, " instead of ");
        shape_print(&t->shape, &text);
        err_set(e, ERR_INTERNAL, "output %s has shape %s", expected->name, buf_text(&text));
        buf_release(&text);
        return false;
    }
    if (t->type != v->type)
        return err_set(e, ERR_INTERNAL, "output %s has type %d instead of %d", expected->name, v->type,
                       t->type);
    for (int64_t i = 0; i < shape_elements(&t->shape); i++)
        if (!same_number(t, got, i, by))
            return err_set(e, ERR_INTERNAL, "output %s[%lld] is %g instead of %g", expected->name,
                           (long long)i,
                           t->type == DT_I32 ? ((const int32_t *)got)[i] : (double)((const float *)got)[i],
                           tensor_real(t, i));
    return true;
}

/* ---- running ---- */

/* Which inputs become constants at attempt 0, 1, 2, 3. */
static bool binds(const struct test_case *c, int i, int attempt)
{
    return attempt == 3 || (i > 0 && (attempt == 2 || (attempt == 1 && c->inputs[i].tensor->type == DT_I32)));
}

static bool run_one_lane(const struct test_case *c, const struct graph *g, const struct tensor *const *inputs,
                         const struct tolerance *by, struct err *e)
{
    struct program_options options = {.lanes = 1};
    struct kernels k;
    if (!kernels_choose(NULL, &k, e))
        return false;
    options.kernels = &k;
    struct program *p = program_new(g, NULL, &options, e);
    if (!p)
        return false;
    struct run *r = run_new(p);
    for (int i = 0; i < g->n_inputs; i++)
        memcpy(run_input(r, i), inputs[i]->data, (size_t)shape_elements(&inputs[i]->shape) * 4);
    run_forward(r, NULL);
    bool ok = g->n_outputs == c->n_outputs ||
              err_set(e, ERR_INTERNAL, "%d outputs instead of %d", g->n_outputs, c->n_outputs);
    for (int i = 0; ok && i < c->n_outputs; i++)
        ok = compare(&c->outputs[i], &g->values[g->outputs[i]], run_output(r, i), by, e);
    run_free(r);
    program_free(p);
    return ok;
}

static bool run_graph(const struct test_case *c, struct graph *g, int attempt, const struct tolerance *by,
                      struct err *e)
{
    const struct tensor *inputs[CASE_PORTS];
    for (int i = 0, n = 0; i < c->n_inputs; i++)
        if (!binds(c, i, attempt))
            inputs[n++] = c->inputs[i].tensor;
    for (int i = 0; i < g->n_inputs; i++)
        if (!shape_equal(&inputs[i]->shape, &g->values[g->inputs[i]].shape))
            return err_set(e, ERR_UNREADABLE, "input_%d.pb has another shape than the model's input", i);
    return run_one_lane(c, g, inputs, by, e) && lanes_agree(g, inputs, e);
}

/* The model as if the chosen inputs were initializers. */
static struct source with_constants(struct test_case *c, int attempt)
{
    struct source s = *c->source;
    size_t tensors = (size_t)s.n_tensors;
    s.tensors = mem_alloc(tensors + CASE_PORTS, sizeof *s.tensors);
    s.inputs = mem_alloc((size_t)s.n_inputs, sizeof *s.inputs);
    if (tensors)
        memcpy(s.tensors, c->source->tensors, tensors * sizeof *s.tensors);
    s.n_inputs = c->bound = 0;
    for (int i = 0; i < c->n_inputs; i++)
        if (binds(c, i, attempt)) {
            s.tensors[s.n_tensors++] = c->inputs[i];
            c->bound++;
        } else
            s.inputs[s.n_inputs++] = c->source->inputs[i];
    return s;
}

bool case_run(struct test_case *c, const struct tolerance *by, struct err *e)
{
    struct err first = {0};
    for (int attempt = 0; attempt < 4; attempt++) {
        struct err later = {0};
        struct source s = with_constants(c, attempt);
        struct graph *g = graph_bind(&s, 0, attempt ? &later : &first);
        bool ok = g && run_graph(c, g, attempt, by, e);
        bool done = g != NULL;
        graph_free(g);
        free(s.tensors);
        free(s.inputs);
        err_release(&later);
        if (done) {
            err_release(&first);
            return ok;
        }
    }
    err_set(e, first.code, "%s", first.message);
    err_release(&first);
    return false;
}
