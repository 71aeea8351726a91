/* onnx_apart: tensors whose data are not in the message: large ones stay where they lie in the model's file (wire_skim left a number
 * in their place), external ones lie beside it. They are read each into its one place; or, for an edit, into the message. */
#include <stdlib.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/mem.h"
#include "engine/io/onnx_body.h"
#include "engine/io/onnx_message.h"

enum { LOCATION_EXTERNAL = 1 };

static void free_entries(Onnx__TensorProto *t)
{
    for (size_t i = 0; i < t->n_external_data; i++)
        onnx__string_string_entry_proto__free_unpacked(t->external_data[i], NULL);
    free(t->external_data);
    t->external_data = NULL;
    t->n_external_data = 0;
    t->has_data_location = false;
}

static bool is_external(const Onnx__TensorProto *t)
{
    return t->has_data_location && t->data_location == LOCATION_EXTERNAL;
}

static bool read_cut(const void *from, void *out, size_t n, struct err *e)
{
    const struct apart *a = from;
    return body_read(a->b, a->cut.offset, out, n, e);
}

static bool read_external(const void *from, void *out, size_t n, struct err *e)
{
    const struct apart *a = from;
    return external_read(&a->range, out, n, e);
}

/* The field that wire_skim left in place of raw_data; NULL: it is here. The last one counts, as of any field. */
static ProtobufCMessageUnknownField *cut_of(const Onnx__TensorProto *t)
{
    for (unsigned i = t->base.n_unknown_fields; i-- > 0;)
        if (t->base.unknown_fields[i].tag == WIRE_CUT_FIELD)
            return &t->base.unknown_fields[i];
    return NULL;
}

static size_t cut_number(const ProtobufCMessageUnknownField *field)
{
    size_t number = 0;
    for (size_t i = 0; i < field->len; i++)
        number |= (size_t)(field->data[i] & 127) << 7 * i;
    return number;
}

static void drop_cuts(Onnx__TensorProto *t)
{
    unsigned kept = 0;
    for (unsigned i = 0; i < t->base.n_unknown_fields; i++) {
        if (t->base.unknown_fields[i].tag == WIRE_CUT_FIELD)
            free(t->base.unknown_fields[i].data);
        else
            t->base.unknown_fields[kept++] = t->base.unknown_fields[i];
    }
    t->base.n_unknown_fields = kept;
    if (kept == 0) {
        free(t->base.unknown_fields);
        t->base.unknown_fields = NULL;
    }
}

static bool find_external(const Onnx__TensorProto *t, struct externals *x, struct onnx_tensor *plain,
                          struct apart *at, struct err *e)
{
    struct external_place place = {NULL, NULL, NULL};
    const struct onnx_type *type = onnx_type_find(plain->type);
    struct shape shape;
    int64_t count;
    if (!type)
        return err_set(e, ERR_UNSUPPORTED, "it has external data of element type %d", plain->type);
    if (!onnx_tensor_shape(plain, &shape, &count, e))
        return false;
    for (size_t i = 0; i < t->n_external_data; i++) {
        const char *key = text_or_empty(t->external_data[i]->key);
        const char **slot = strcmp(key, "location") == 0 ? &place.location
                            : strcmp(key, "offset") == 0 ? &place.offset
                            : strcmp(key, "length") == 0 ? &place.length
                                                         : NULL;
        if (slot)
            *slot = t->external_data[i]->value;
    }
    plain->raw = NULL;
    plain->raw_bytes = (size_t)count * type->bytes;
    plain->read = read_external;
    return externals_find(x, &place, plain->raw_bytes, &at->range, e);
}

bool onnx_view(const Onnx__TensorProto *t, const struct body *b, struct externals *x,
               struct onnx_tensor *plain, struct apart *at, struct err *e)
{
    const ProtobufCMessageUnknownField *cut = cut_of(t);
    *plain = onnx_message_tensor(t);
    at->b = b;
    plain->from = at;
    if (is_external(t))
        return find_external(t, x, plain, at, e);
    if (cut) {
        at->cut = b->skim.cuts[cut_number(cut)];
        plain->raw = NULL;
        plain->raw_bytes = at->cut.length;
        plain->read = read_cut;
    }
    return true;
}

struct filling {
    const struct body *b;
    struct externals *x;
    bool read; /* the data, else only their length is set */
    struct err *e;
};

/* Let raw_data be of so many bytes, and hold them. */
static bool fill(const struct filling *f, Onnx__TensorProto *t, const struct onnx_tensor *plain)
{
    free(t->raw_data.data);
    t->has_raw_data = true;
    t->raw_data.len = plain->raw_bytes;
    t->raw_data.data = f->read ? mem_alloc(plain->raw_bytes, 1) : NULL;
    return !f->read || plain->read(plain->from, t->raw_data.data, plain->raw_bytes, f->e);
}

static bool fill_tensor(const struct filling *f, Onnx__TensorProto *t, bool beside)
{
    struct onnx_tensor plain;
    struct apart at;
    if (!(is_external(t) ? beside : cut_of(t) != NULL))
        return true;
    if (!onnx_view(t, f->b, f->x, &plain, &at, f->e) || !fill(f, t, &plain))
        return false;
    drop_cuts(t);
    if (is_external(t))
        free_entries(t);
    return true;
}

/* Every tensor of a message, wherever it stands. */
static bool fill_all(const struct filling *f, ProtobufCMessage *m)
{
    bool ok = true;
    if (m->descriptor == &onnx__tensor_proto__descriptor)
        return fill_tensor(f, (Onnx__TensorProto *)m, false);
    for (unsigned i = 0; ok && i < m->descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &m->descriptor->fields[i];
        char *at = (char *)m + field->offset;
        if (field->type != PROTOBUF_C_TYPE_MESSAGE)
            continue;
        bool list = field->label == PROTOBUF_C_LABEL_REPEATED;
        size_t n = 1;
        if (list)
            memcpy(&n, (char *)m + field->quantifier_offset, sizeof n);
        ProtobufCMessage **children = list ? *(ProtobufCMessage ***)(void *)at : (void *)at;
        for (size_t k = 0; ok && k < n; k++)
            ok = !children[k] || fill_all(f, children[k]);
    }
    return ok;
}

/* External data are taken in where poda reads them: initializers and attributes of nodes. */
static bool fill_message(const struct filling *f, Onnx__ModelProto *m)
{
    bool ok = true;
    for (size_t i = 0; ok && i < m->graph->n_initializer; i++)
        ok = fill_tensor(f, m->graph->initializer[i], true);
    for (size_t i = 0; ok && i < m->graph->n_node; i++)
        for (size_t k = 0; ok && k < m->graph->node[i]->n_attribute; k++) {
            Onnx__TensorProto *t = m->graph->node[i]->attribute[k]->t;
            ok = !t || fill_tensor(f, t, true);
        }
    return ok && fill_all(f, &m->base);
}

Onnx__ModelProto *onnx_message_whole(const struct body *b, struct externals *x, struct err *e)
{
    const struct filling f = {b, x, true, e};
    if (!body_unchanged(b, e) || !externals_unchanged(x, e))
        return NULL;
    Onnx__ModelProto *m = onnx_message_unpack(&b->skim.message); /* it was when the model was read */
    externals_restart(x);
    if (fill_message(&f, m))
        return m;
    onnx_message_free(m);
    return NULL;
}

bool onnx_measure(Onnx__ModelProto *m, const struct body *b, struct externals *x, int64_t *bytes,
                  struct err *e)
{
    const struct filling f = {b, x, false, e};
    externals_restart(x);
    bool ok = fill_message(&f, m);
    *bytes = (int64_t)onnx__model_proto__get_packed_size(m);
    return ok;
}
