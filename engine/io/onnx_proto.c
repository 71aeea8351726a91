/* onnx_proto: bytes to message and back by protobuf-c, and a message to a source. Edits of a message are onnx_edit.c's, data that
 * are not in the message onnx_apart.c's, element types onnx_tensor.c's, bounds on the bytes wire.c's. */
#include "engine/io/onnx_proto.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/mem.h"
#include "engine/graph/source.h"
#include "engine/io/onnx_body.h"
#include "engine/io/onnx_external.h"
#include "engine/io/onnx_message.h"
#include "engine/io/onnx_tensor.h"
#include "engine/io/wire.h"

/* What the sets from 22 on changed in the operators that poda knows are element types alone: tests/oracle/opsets.txt. */
enum { OPSET_MIN = 7, OPSET_MAX = 25 };

/* ---- bytes to message ---- */

static void *take_memory(void *unused, size_t n)
{
    (void)unused;
    return mem_alloc(n, 1);
}

static void give_memory(void *unused, void *block)
{
    (void)unused;
    free(block);
}

enum { RAW_DATA = 9 }; /* TensorProto's field */

/* What a field is, by the generated descriptors: for wire_skim. */
static void lookup(const void *message, uint32_t number, struct wire_field *out)
{
    const ProtobufCFieldDescriptor *f = protobuf_c_message_descriptor_get_field(message, number);
    if (!f)
        return;
    switch (f->type) {
    case PROTOBUF_C_TYPE_MESSAGE:
        out->kind = WIRE_MESSAGE;
        out->child = f->descriptor;
        out->size = ((const ProtobufCMessageDescriptor *)f->descriptor)->sizeof_message;
        break;
    case PROTOBUF_C_TYPE_STRING:
    case PROTOBUF_C_TYPE_BYTES:
        out->kind = WIRE_BYTES;
        out->long_bytes = message == &onnx__tensor_proto__descriptor && number == RAW_DATA;
        break;
    default:
        out->kind = WIRE_NUMBER;
        out->size = 8;
        out->fixed = f->type == PROTOBUF_C_TYPE_FLOAT || f->type == PROTOBUF_C_TYPE_DOUBLE;
    }
}

Onnx__ModelProto *onnx_message_unpack(const struct buf *message)
{
    ProtobufCAllocator memory = {take_memory, give_memory, NULL};
    return onnx__model_proto__unpack(&memory, message->len, (const uint8_t *)buf_text(message));
}

void onnx_message_free(Onnx__ModelProto *m)
{
    if (m)
        onnx__model_proto__free_unpacked(m, NULL);
}

bool onnx_message_pack(const Onnx__ModelProto *m, struct buf *out, struct err *e)
{
    size_t n = onnx__model_proto__get_packed_size(m);
    if (n > INT32_MAX)
        return err_set(e, ERR_UNSUPPORTED, "the model takes %zu bytes; ONNX files end at 2 GiB", n);
    size_t start = out->len;
    buf_fill(out, 0, n);
    onnx__model_proto__pack(m, (uint8_t *)out->data + start);
    return true;
}

/* Says that the file is no model, and takes `why` over. */
static bool not_a_model(struct err *why, struct err *e)
{
    err_set(e, ERR_UNREADABLE, "not an ONNX model: %s", why->message);
    err_release(why);
    return err_hint(e, "models are .onnx files, as torch.onnx.export, tf2onnx and skl2onnx write them");
}

bool onnx_proto_head(const void *bytes, size_t n, size_t total, struct err *e)
{
    struct err why = {0};
    return wire_check_head(bytes, n, total, &why) || not_a_model(&why, e);
}

static bool read_body(void *body, size_t offset, void *out, size_t n, struct err *e)
{
    return body_read(body, offset, out, n, e);
}

/* A checked and unpacked message without its large tensors, or NULL. */
static Onnx__ModelProto *parse(struct body *b, struct err *e)
{
    struct err why = {0};
    Onnx__ModelProto *m = NULL;
    const struct wire_source from = {read_body, b, b->size};
    if (wire_skim(&from, &onnx__model_proto__descriptor, lookup, &b->skim, &why)) {
        m = onnx_message_unpack(&b->skim.message);
        if (!m)
            err_set(&why, ERR_UNREADABLE, "a field has the wrong type");
        else if (!m->graph)
            err_set(&why, ERR_UNREADABLE, "it holds no graph");
    }
    if (!why.message)
        return m;
    not_a_model(&why, e);
    onnx_message_free(m);
    return NULL;
}

/* ---- tensors ---- */

struct onnx_tensor onnx_message_tensor(const Onnx__TensorProto *t)
{
    return (struct onnx_tensor){
        .type = t->has_data_type ? t->data_type : 0,
        .rank = t->n_dims,
        .dim = t->dims,
        .raw = t->has_raw_data ? t->raw_data.data : NULL,
        .raw_bytes = t->has_raw_data ? t->raw_data.len : 0,
        .floats = t->float_data,
        .int32s = t->int32_data,
        .int64s = t->int64_data,
        .doubles = t->double_data,
        .uint64s = t->uint64_data,
        .n_floats = t->n_float_data,
        .n_int32s = t->n_int32_data,
        .n_int64s = t->n_int64_data,
        .n_doubles = t->n_double_data,
        .n_uint64s = t->n_uint64_data,
    };
}

/* Everything that poda converts passes here. */
struct reading {
    const struct body *b;
    struct externals *x;
    struct err *e;
};

/* *out stays NULL for types without numbers. */
static bool read_tensor(struct reading *r, const Onnx__TensorProto *t, struct tensor **out)
{
    struct onnx_tensor plain;
    struct apart at;
    if (!onnx_view(t, r->b, r->x, &plain, &at, r->e))
        return false;
    if (!onnx_type_find(plain.type))
        return true;
    *out = onnx_tensor_decode(&plain, r->e);
    return *out != NULL;
}

/* ---- attributes and nodes ---- */

static char *text_of(const ProtobufCBinaryData *s)
{
    char *text = mem_alloc(s->len + 1, 1);
    if (s->len)
        memcpy(text, s->data, s->len);
    text[s->len] = '\0';
    return text;
}

/* Files of the first IR versions leave the type out. */
static int attribute_type(const Onnx__AttributeProto *a)
{
    if (a->has_type && a->type != ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__UNDEFINED)
        return a->type;
    return a->has_f       ? ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__FLOAT
           : a->has_i     ? ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__INT
           : a->has_s     ? ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__STRING
           : a->t         ? ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__TENSOR
           : a->n_floats  ? ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__FLOATS
           : a->n_ints    ? ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__INTS
           : a->n_strings ? ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__STRINGS
                          : ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__UNDEFINED;
}

static void set_ints(struct attr *out, enum attr_kind kind, const int64_t *values, size_t n)
{
    out->kind = kind;
    out->n = (int64_t)n;
    out->ints = mem_copy(values, n, sizeof *values);
}

static void set_floats(struct attr *out, enum attr_kind kind, const float *values, size_t n)
{
    out->kind = kind;
    out->n = (int64_t)n;
    out->floats = mem_copy(values, n, sizeof *values);
}

static void set_texts(struct attr *out, enum attr_kind kind, const ProtobufCBinaryData *values, size_t n)
{
    out->kind = kind;
    out->n = (int64_t)n;
    out->texts = mem_alloc(n, sizeof *out->texts);
    for (size_t i = 0; i < n; i++)
        out->texts[i] = text_of(&values[i]);
}

static bool read_attribute(struct reading *r, const Onnx__AttributeProto *a, struct attr *out)
{
    out->name = mem_text(text_or_empty(a->name));
    out->kind = ATTR_OTHER;
    out->n = 1;
    switch (attribute_type(a)) {
    case ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__FLOAT:
        set_floats(out, ATTR_FLOAT, &a->f, 1);
        break;
    case ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__INT:
        set_ints(out, ATTR_INT, &a->i, 1);
        break;
    case ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__STRING:
        set_texts(out, ATTR_STRING, &a->s, 1);
        break;
    case ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__FLOATS:
        set_floats(out, ATTR_FLOATS, a->floats, a->n_floats);
        break;
    case ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__INTS:
        set_ints(out, ATTR_INTS, a->ints, a->n_ints);
        break;
    case ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__STRINGS:
        set_texts(out, ATTR_STRINGS, a->strings, a->n_strings);
        break;
    case ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__TENSOR: {
        struct tensor *t = NULL;
        if (a->t && !read_tensor(r, a->t, &t))
            return err_place(r->e, "attribute %s", out->name);
        if (t) {
            out->kind = ATTR_TENSOR;
            out->tensor = t;
        }
        break;
    }
    default: /* graphs, lists of tensors, references of functions */
        break;
    }
    return true;
}

static char **copy_names(char *const *names, size_t n)
{
    char **copy = mem_alloc(n, sizeof *copy);
    for (size_t i = 0; i < n; i++)
        copy[i] = mem_text(text_or_empty(names[i]));
    return copy;
}

/* The standard's operators go by two domain names. */
static const char *domain_of(const char *domain)
{
    return !domain || strcmp(domain, "ai.onnx") == 0 ? "" : domain;
}

/* The word before the last of a list as Python prints it: ['', 'blocks', 'blocks.0', 'linear'] gives blocks.0. */
static char *module_of(const char *scopes)
{
    char *copy = mem_text(scopes), *last = strrchr(copy, ','), *word = NULL;
    if (last && last > copy && last[-1] == '\'') {
        last[-1] = 0;
        word = strrchr(copy, '\'');
    }
    char *module = mem_text(word ? word + 1 : "");
    free(copy);
    return module;
}

/* PyTorch's exporter of 2024 and later leaves the modules here, no more in the node's name. */
static char *scope_of(const Onnx__NodeProto *n)
{
    for (size_t i = 0; i < n->n_metadata_props; i++)
        if (strcmp(text_or_empty(n->metadata_props[i]->key), "pkg.torch.onnx.name_scopes") == 0)
            return module_of(text_or_empty(n->metadata_props[i]->value));
    return mem_text("");
}

static bool read_node(struct reading *r, const Onnx__NodeProto *n, struct source_node *out)
{
    out->domain = mem_text(domain_of(n->domain));
    out->op = mem_text(text_or_empty(n->op_type));
    out->name = mem_text(text_or_empty(n->name));
    out->scope = scope_of(n);
    out->inputs = copy_names(n->input, n->n_input);
    out->n_inputs = (int)n->n_input;
    out->outputs = copy_names(n->output, n->n_output);
    out->n_outputs = (int)n->n_output;
    out->attrs = mem_zero(n->n_attribute, sizeof *out->attrs);
    for (size_t i = 0; i < n->n_attribute; i++) {
        out->n_attrs++;
        if (!read_attribute(r, n->attribute[i], &out->attrs[i]))
            return false;
    }
    return out->op[0] || err_set(r->e, ERR_UNREADABLE, "it names no operator");
}

static bool read_nodes(struct reading *r, const Onnx__GraphProto *g, struct source *s)
{
    s->nodes = mem_zero(g->n_node, sizeof *s->nodes);
    for (size_t i = 0; i < g->n_node; i++) {
        s->n_nodes++;
        if (!read_node(r, g->node[i], &s->nodes[i]))
            return err_place(r->e, "%s %s (node %zu)", s->nodes[i].op, s->nodes[i].name, i);
    }
    return true;
}

/* ---- initializers and ports ---- */

static bool read_initializers(struct reading *r, const Onnx__GraphProto *g, struct source *s)
{
    s->tensors = mem_zero(g->n_initializer, sizeof *s->tensors);
    for (size_t i = 0; i < g->n_initializer; i++) {
        const Onnx__TensorProto *from = g->initializer[i];
        struct source_tensor *t = &s->tensors[i];
        s->n_tensors++;
        t->name = mem_text(text_or_empty(from->name));
        t->file_type = from->data_type;
        if (!read_tensor(r, from, &t->tensor))
            return err_place(r->e, "initializer %s", t->name);
    }
    return true;
}

static bool read_dim(const Onnx__TensorShapeProto__Dimension *d, struct source_port *p, int i, struct err *e)
{
    p->dim[i] = d->has_dim_value ? d->dim_value : -1;
    if (!d->has_dim_value && d->dim_param && d->dim_param[0])
        p->dim_names[i] = mem_text(d->dim_param);
    return p->dim[i] >= -1 || err_set(e, ERR_UNREADABLE, "its dimension %d is %lld", i, (long long)p->dim[i]);
}

static bool read_port(const Onnx__ValueInfoProto *v, struct source_port *p, struct err *e)
{
    p->name = mem_text(text_or_empty(v->name));
    p->rank = -1;
    if (!v->type || !v->type->tensor_type)
        return true;
    p->file_type = v->type->tensor_type->elem_type;
    const Onnx__TensorShapeProto *shape = v->type->tensor_type->shape;
    if (!shape)
        return true;
    if (shape->n_dim > SHAPE_MAX)
        return err_set(e, ERR_UNSUPPORTED, "it has %zu dimensions, more than %d", shape->n_dim, SHAPE_MAX);
    p->rank = (int)shape->n_dim;
    for (int i = 0; i < p->rank; i++)
        if (!read_dim(shape->dim[i], p, i, e))
            return false;
    return true;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Inputs without those that are initializers: IR version 3 lists these, too. */
static bool read_inputs(const Onnx__GraphProto *g, struct source *s, struct err *e)
{
    const char **known = mem_alloc((size_t)s->n_tensors, sizeof *known);
    for (int i = 0; i < s->n_tensors; i++)
        known[i] = s->tensors[i].name;
    qsort(known, (size_t)s->n_tensors, sizeof *known, compare_names);
    s->inputs = mem_zero(g->n_input, sizeof *s->inputs);
    bool ok = true;
    for (size_t i = 0; i < g->n_input && ok; i++) {
        const char *name = text_or_empty(g->input[i]->name);
        if (bsearch(&name, known, (size_t)s->n_tensors, sizeof *known, compare_names))
            continue;
        ok = read_port(g->input[i], &s->inputs[s->n_inputs++], e) || err_place(e, "input %s", name);
    }
    free(known);
    return ok;
}

static bool read_outputs(const Onnx__GraphProto *g, struct source *s, struct err *e)
{
    s->outputs = mem_zero(g->n_output, sizeof *s->outputs);
    for (size_t i = 0; i < g->n_output; i++) {
        s->n_outputs++;
        if (!read_port(g->output[i], &s->outputs[i], e))
            return err_place(e, "output %s", s->outputs[i].name);
    }
    return true;
}

/* ---- the whole model ---- */

static bool uses_standard_operators(const Onnx__GraphProto *g)
{
    for (size_t i = 0; i < g->n_node; i++)
        if (domain_of(g->node[i]->domain)[0] == '\0')
            return true;
    return false;
}

static bool read_opsets(const Onnx__ModelProto *m, struct source *s, struct err *e)
{
    for (size_t i = 0; i < m->n_opset_import; i++) {
        const char *domain = domain_of(m->opset_import[i]->domain);
        if (domain[0] == '\0')
            s->opset = m->opset_import[i]->version;
        else if (strcmp(domain, "ai.onnx.ml") == 0)
            s->ml_opset = m->opset_import[i]->version;
    }
    if (s->opset == 0 && (m->n_opset_import == 0 || uses_standard_operators(m->graph)))
        return err_set(e, ERR_UNREADABLE,
                       "it does not say which version of the ONNX operators it uses "
                       "(no opset_import)");
    if (s->opset != 0 && (s->opset < OPSET_MIN || s->opset > OPSET_MAX)) {
        err_set(e, ERR_UNSUPPORTED, "it uses ONNX operator set %lld; %d to %d are supported",
                (long long)s->opset, OPSET_MIN, OPSET_MAX);
        return err_hint(e, "export it again with opset_version between %d and %d", OPSET_MIN, OPSET_MAX);
    }
    return true;
}

static bool refuse_unsupported(const Onnx__ModelProto *m, struct err *e)
{
    if (m->n_functions) {
        err_set(e, ERR_UNSUPPORTED, "it defines functions of its own (%s); they are not supported",
                text_or_empty(m->functions[0]->name));
        return err_hint(e, "export it with its functions inlined");
    }
    if (m->graph->n_sparse_initializer) {
        const Onnx__TensorProto *t = m->graph->sparse_initializer[0]->values;
        err_set(e, ERR_UNSUPPORTED, "sparse initializer %s: sparse initializers are not supported",
                t ? text_or_empty(t->name) : "");
        return err_hint(e, "export its weights as dense tensors");
    }
    return true;
}

struct source *onnx_proto_source(struct body *b, struct externals *x, int64_t *export_bytes, struct err *e)
{
    Onnx__ModelProto *m = parse(b, e);
    if (!m)
        return NULL;
    struct reading r = {b, x, e};
    struct source *s = mem_zero(1, sizeof *s);
    bool ok = read_opsets(m, s, e) && refuse_unsupported(m, e) && read_nodes(&r, m->graph, s) &&
              read_initializers(&r, m->graph, s) && read_inputs(m->graph, s, e) &&
              read_outputs(m->graph, s, e) && onnx_measure(m, b, x, export_bytes, e);
    onnx_message_free(m);
    if (ok)
        return s;
    source_free(s);
    return NULL;
}
