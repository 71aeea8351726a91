/* onnx_edit: changes to a copy of a model's message, for export (the model_edit_ half of onnx.h). Whatever an edit does not name
 * stays as it was, fields that onnx.proto does not list included: protobuf-c keeps them. */
#include "engine/io/onnx.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/mem.h"
#include "engine/io/onnx_message.h"
#include "engine/io/onnx_proto.h"

enum {
    TYPE_FLOAT = 1,
    TYPE_INT64 = 7,
    IR_WITHOUT_INPUTS = 4 /* from here on initializers need not be inputs */
};

struct model_edit {
    Onnx__ModelProto *m;
    size_t n_lost, capacity;
    char **lost; /* names that a reader was taken from; owned */
};

/* The new elements of a tensor: exactly one of floats and integers is set. */
struct elements {
    const struct shape *shape;
    const float *floats;
    const int64_t *integers;
};

struct model_edit *model_edit_new(const struct model_file *m, struct err *e)
{
    struct externals *beside;
    const struct body *b = model_file_body(m, &beside);
    Onnx__ModelProto *message = onnx_message_whole(b, beside, e);
    struct model_edit *edit = message ? mem_zero(1, sizeof *edit) : NULL;
    if (!edit) {
        err_place(e, "%s", model_file_path(m));
        return NULL;
    }
    edit->m = message;
    return edit;
}

void model_edit_free(struct model_edit *edit)
{
    if (!edit)
        return;
    onnx_message_free(edit->m);
    for (size_t i = 0; i < edit->n_lost; i++)
        free(edit->lost[i]);
    free(edit->lost);
    free(edit);
}

/* ---- elements of a tensor message ---- */

static void clear_elements(Onnx__TensorProto *t)
{
    free(t->raw_data.data);
    free(t->float_data);
    free(t->int32_data);
    free(t->int64_data);
    free(t->double_data);
    free(t->uint64_data);
    t->has_raw_data = false;
    t->raw_data.data = NULL;
    t->float_data = NULL;
    t->int32_data = NULL;
    t->int64_data = NULL;
    t->double_data = NULL;
    t->uint64_data = NULL;
    t->raw_data.len = t->n_float_data = t->n_int32_data = t->n_int64_data = 0;
    t->n_double_data = t->n_uint64_data = 0;
}

/* Put n elements of raw bytes into the typed field of the message. */
static void set_typed(Onnx__TensorProto *t, const struct onnx_type *type, const uint8_t *raw, size_t n)
{
    switch (type->field) {
    case FIELD_FLOATS:
        t->n_float_data = n;
        t->float_data = mem_alloc(n, sizeof(float));
        for (size_t i = 0; i < n; i++) {
            uint32_t bits = (uint32_t)onnx_raw_bits(type, raw, (int64_t)i);
            memcpy(&t->float_data[i], &bits, sizeof bits);
        }
        break;
    case FIELD_INT32S:
        t->n_int32_data = n;
        t->int32_data = mem_alloc(n, sizeof(int32_t));
        for (size_t i = 0; i < n; i++)
            t->int32_data[i] = (int32_t)onnx_raw_signed(type, raw, (int64_t)i);
        break;
    case FIELD_INT64S:
        t->n_int64_data = n;
        t->int64_data = mem_alloc(n, sizeof(int64_t));
        for (size_t i = 0; i < n; i++)
            t->int64_data[i] = (int64_t)onnx_raw_bits(type, raw, (int64_t)i);
        break;
    case FIELD_DOUBLES:
        t->n_double_data = n;
        t->double_data = mem_alloc(n, sizeof(double));
        for (size_t i = 0; i < n; i++) {
            uint64_t bits = onnx_raw_bits(type, raw, (int64_t)i);
            memcpy(&t->double_data[i], &bits, sizeof bits);
        }
        break;
    case FIELD_UINT64S:
        t->n_uint64_data = n;
        t->uint64_data = mem_alloc(n, sizeof(uint64_t));
        for (size_t i = 0; i < n; i++)
            t->uint64_data[i] = onnx_raw_bits(type, raw, (int64_t)i);
        break;
    }
}

static void set_dims(Onnx__TensorProto *t, const struct shape *shape)
{
    free(t->dims);
    t->n_dims = (size_t)shape->rank;
    t->dims = shape->rank ? mem_copy(shape->dim, t->n_dims, sizeof *t->dims) : NULL;
}

static bool set_elements(Onnx__TensorProto *t, const char *name, const struct elements *new, struct err *e)
{
    int64_t n = shape_elements(new->shape);
    struct onnx_tensor old = onnx_message_tensor(t);
    const struct onnx_type *type = onnx_type_find(t->data_type);
    struct buf raw = {0};
    if (!type)
        return err_set(e, ERR_UNSUPPORTED, "constant %s holds no numbers (element type %d)", name,
                       t->data_type);
    bool typed =
        t->n_float_data || t->n_int32_data || t->n_int64_data || t->n_double_data || t->n_uint64_data;
    onnx_tensor_encode(type->code, new->floats, new->integers, n, &old, &raw);
    bool as_raw = t->has_raw_data || !typed;
    clear_elements(t);
    set_dims(t, new->shape);
    if (as_raw) {
        t->has_raw_data = true;
        t->raw_data.len = raw.len;
        t->raw_data.data = (uint8_t *)buf_take(&raw);
    } else {
        set_typed(t, type, (const uint8_t *)buf_text(&raw), (size_t)n);
        buf_release(&raw);
    }
    return true;
}

static Onnx__TensorProto *new_tensor(const char *name, int type)
{
    Onnx__TensorProto *t = mem_alloc(1, sizeof *t);
    onnx__tensor_proto__init(t);
    t->name = mem_text(name);
    t->has_data_type = true;
    t->data_type = type;
    return t;
}

/* ---- constants by name ---- */

static Onnx__TensorProto *find_initializer(const Onnx__GraphProto *g, const char *name)
{
    for (size_t i = 0; i < g->n_initializer; i++)
        if (strcmp(text_or_empty(g->initializer[i]->name), name) == 0)
            return g->initializer[i];
    return NULL;
}

static Onnx__NodeProto *find_producer(const Onnx__GraphProto *g, const char *name)
{
    for (size_t i = 0; i < g->n_node; i++)
        for (size_t k = 0; k < g->node[i]->n_output; k++)
            if (strcmp(g->node[i]->output[k], name) == 0)
                return g->node[i];
    return NULL;
}

/* Turn value_float, value_floats, value_int or value_ints into `value`, which takes any shape. */
static void make_tensor_attribute(Onnx__AttributeProto *a, int type)
{
    free(a->name);
    free(a->floats);
    free(a->ints);
    a->name = mem_text("value");
    a->floats = NULL;
    a->ints = NULL;
    a->n_floats = a->n_ints = 0;
    a->has_f = a->has_i = false;
    a->has_type = true;
    a->type = ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__TENSOR;
    a->t = new_tensor("", type);
}

/* The tensor of a Constant node; NULL if the node is none or holds no numbers. */
static Onnx__TensorProto *constant_tensor(Onnx__NodeProto *n)
{
    if (!n || strcmp(text_or_empty(n->op_type), "Constant") != 0 || n->n_attribute != 1)
        return NULL;
    Onnx__AttributeProto *a = n->attribute[0];
    const char *name = text_or_empty(a->name);
    if (strcmp(name, "value_float") == 0 || strcmp(name, "value_floats") == 0)
        make_tensor_attribute(a, TYPE_FLOAT);
    else if (strcmp(name, "value_int") == 0 || strcmp(name, "value_ints") == 0)
        make_tensor_attribute(a, TYPE_INT64);
    return strcmp(text_or_empty(a->name), "value") == 0 ? a->t : NULL;
}

/* ---- initializers that are listed as graph inputs, too ---- */

static Onnx__ValueInfoProto *find_input(const Onnx__GraphProto *g, const char *name)
{
    for (size_t i = 0; i < g->n_input; i++)
        if (strcmp(text_or_empty(g->input[i]->name), name) == 0)
            return g->input[i];
    return NULL;
}

static void set_port_shape(Onnx__TensorShapeProto *out, const struct shape *shape)
{
    for (size_t i = 0; i < out->n_dim; i++)
        protobuf_c_message_free_unpacked(&out->dim[i]->base, NULL);
    free(out->dim);
    out->n_dim = (size_t)shape->rank;
    out->dim = mem_alloc(out->n_dim, sizeof *out->dim);
    for (size_t i = 0; i < out->n_dim; i++) {
        out->dim[i] = mem_alloc(1, sizeof **out->dim);
        onnx__tensor_shape_proto__dimension__init(out->dim[i]);
        out->dim[i]->has_dim_value = true;
        out->dim[i]->dim_value = shape->dim[i];
    }
}

static void add_input(Onnx__GraphProto *g, const char *name, int type, const struct shape *shape)
{
    Onnx__ValueInfoProto *v = mem_alloc(1, sizeof *v);
    onnx__value_info_proto__init(v);
    v->name = mem_text(name);
    v->type = mem_alloc(1, sizeof *v->type);
    onnx__type_proto__init(v->type);
    v->type->tensor_type = mem_alloc(1, sizeof *v->type->tensor_type);
    onnx__type_proto__tensor__init(v->type->tensor_type);
    v->type->tensor_type->has_elem_type = true;
    v->type->tensor_type->elem_type = type;
    v->type->tensor_type->shape = mem_alloc(1, sizeof *v->type->tensor_type->shape);
    onnx__tensor_shape_proto__init(v->type->tensor_type->shape);
    set_port_shape(v->type->tensor_type->shape, shape);
    g->input = mem_resize(g->input, g->n_input + 1, sizeof *g->input);
    g->input[g->n_input++] = v;
}

/* ---- edits ---- */

static bool edit_constant(struct model_edit *edit, const char *name, const struct elements *new,
                          struct err *e)
{
    Onnx__GraphProto *g = edit->m->graph;
    Onnx__TensorProto *t = find_initializer(g, name);
    if (!t)
        t = constant_tensor(find_producer(g, name));
    if (!t)
        return err_set(e, ERR_UNKNOWN, "the model has no constant %s", name);
    if (!set_elements(t, name, new, e))
        return false;
    Onnx__ValueInfoProto *input = find_input(g, name);
    if (input && input->type && input->type->tensor_type && input->type->tensor_type->shape)
        set_port_shape(input->type->tensor_type->shape, new->shape);
    return true;
}

bool model_edit_tensor(struct model_edit *edit, const char *name, const struct shape *shape,
                       const float *data, struct err *e)
{
    const struct elements new = {shape, data, NULL};
    return edit_constant(edit, name, &new, e);
}

bool model_edit_integers(struct model_edit *edit, const char *name, const struct shape *shape,
                         const int64_t *data, struct err *e)
{
    const struct elements new = {shape, NULL, data};
    return edit_constant(edit, name, &new, e);
}

static Onnx__NodeProto *node_at(const struct model_edit *edit, int source_node)
{
    assert(source_node >= 0 && (size_t)source_node < edit->m->graph->n_node);
    return edit->m->graph->node[source_node];
}

static Onnx__AttributeProto *find_attribute(const Onnx__NodeProto *n, const char *name)
{
    for (size_t i = 0; i < n->n_attribute; i++)
        if (strcmp(text_or_empty(n->attribute[i]->name), name) == 0)
            return n->attribute[i];
    return NULL;
}

static Onnx__AttributeProto *add_list(Onnx__NodeProto *n, const char *name)
{
    Onnx__AttributeProto *a = mem_alloc(1, sizeof *a);
    onnx__attribute_proto__init(a);
    a->name = mem_text(name);
    a->has_type = true;
    a->type = ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__INTS;
    n->attribute = mem_resize(n->attribute, n->n_attribute + 1, sizeof *n->attribute);
    n->attribute[n->n_attribute++] = a;
    return a;
}

bool model_edit_attr(struct model_edit *edit, int source_node, const char *attr, const int64_t *values, int n,
                     struct err *e)
{
    Onnx__NodeProto *node = node_at(edit, source_node);
    Onnx__AttributeProto *a = find_attribute(node, attr);
    if (!a)
        a = add_list(node, attr);
    if (a->has_i && n == 1) {
        a->i = values[0];
        return true;
    }
    if (a->has_i || (!a->n_ints && a->type != ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__INTS))
        return err_set(e, ERR_UNSUPPORTED, "attribute %s of %s %s (node %d) does not take %d integers", attr,
                       text_or_empty(node->op_type), text_or_empty(node->name), source_node, n);
    free(a->ints);
    a->n_ints = (size_t)n;
    a->ints = mem_copy(values, (size_t)n, sizeof *values);
    return true;
}

/* The element type of the constant called name, or otherwise. */
static int type_of_constant(const Onnx__GraphProto *g, const char *name, int otherwise)
{
    const Onnx__TensorProto *t = find_initializer(g, name);
    if (!t) {
        const Onnx__NodeProto *n = find_producer(g, name);
        const Onnx__AttributeProto *a = n ? find_attribute(n, "value") : NULL;
        t = a ? a->t : NULL;
    }
    return t && onnx_type_find(t->data_type) ? t->data_type : otherwise;
}

static void set_slot(struct model_edit *edit, Onnx__NodeProto *n, size_t slot, const char *name)
{
    if (slot >= n->n_input)
        n->input = mem_resize(n->input, slot + 1, sizeof *n->input);
    while (n->n_input <= slot)
        n->input[n->n_input++] = mem_text("");
    edit->lost = mem_grow(edit->lost, edit->n_lost, &edit->capacity, sizeof *edit->lost);
    edit->lost[edit->n_lost++] = n->input[slot];
    n->input[slot] = mem_text(name);
}

static bool rewire(struct model_edit *edit, int source_node, int slot, const char *name, int otherwise,
                   const struct elements *new, struct err *e)
{
    Onnx__GraphProto *g = edit->m->graph;
    Onnx__NodeProto *n = node_at(edit, source_node);
    assert(slot >= 0);
    if (!name[0] || find_initializer(g, name) || find_producer(g, name) || find_input(g, name))
        return err_set(e, ERR_UNSUPPORTED, "the name %s is taken in the model", name);
    const char *now = (size_t)slot < n->n_input ? n->input[slot] : "";
    Onnx__TensorProto *t = new_tensor(name, now[0] ? type_of_constant(g, now, otherwise) : otherwise);
    set_elements(t, name, new, e); /* cannot fail: the type is one of the table */
    g->initializer = mem_resize(g->initializer, g->n_initializer + 1, sizeof *g->initializer);
    g->initializer[g->n_initializer++] = t;
    if (edit->m->ir_version < IR_WITHOUT_INPUTS)
        add_input(g, name, t->data_type, new->shape);
    set_slot(edit, n, (size_t)slot, name);
    return true;
}

bool model_edit_rewire(struct model_edit *edit, int source_node, int slot, const char *new_name,
                       const struct shape *shape, const float *data, struct err *e)
{
    const struct elements new = {shape, data, NULL};
    return rewire(edit, source_node, slot, new_name, TYPE_FLOAT, &new, e);
}

bool model_edit_rewire_integers(struct model_edit *edit, int source_node, int slot, const char *new_name,
                                const struct shape *shape, const int64_t *data, struct err *e)
{
    const struct elements new = {shape, NULL, data};
    return rewire(edit, source_node, slot, new_name, TYPE_INT64, &new, e);
}

void model_edit_drop_value_info(struct model_edit *edit)
{
    Onnx__GraphProto *g = edit->m->graph;
    for (size_t i = 0; i < g->n_value_info; i++)
        onnx__value_info_proto__free_unpacked(g->value_info[i], NULL);
    free(g->value_info);
    g->value_info = NULL;
    g->n_value_info = 0;
}

bool model_edit_serialise(struct model_edit *edit, struct buf *out, struct err *e)
{
    if (edit->n_lost)
        onnx_drop_unread(edit->m->graph, edit->lost, edit->n_lost);
    return onnx_message_pack(edit->m, out, e);
}
