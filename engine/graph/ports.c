/* ports: the inputs and outputs of a graph under construction: which first dimensions are the batch, and which outputs are
 * labels that nobody needs. The nodes between them are bind.c's. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/base/mem.h"
#include "engine/graph/bind.h"

/* TensorProto.DataType */
enum {
    FILE_FLOAT = 1,
    FILE_STRING = 8,
    FILE_BOOL = 9,
    FILE_FLOAT16 = 10,
    FILE_DOUBLE = 11,
    FILE_BFLOAT16 = 16
};

static bool is_integer_type(int file_type)
{
    return (file_type >= 2 && file_type <= 7) || file_type == 12 || file_type == 13;
}

/* A file that does not say means reals. */
static bool port_type(const struct source_port *p, enum dtype *type, struct err *e)
{
    switch (p->file_type) {
    case 0:
    case FILE_FLOAT:
    case FILE_FLOAT16:
    case FILE_DOUBLE:
    case FILE_BFLOAT16:
        *type = DT_F32;
        return true;
    case FILE_BOOL:
        *type = DT_BOOL;
        return true;
    default:
        *type = DT_I32;
        return is_integer_type(p->file_type) ||
               err_set(e, ERR_UNSUPPORTED, "input %s holds %s, which poda does not compute with", p->name,
                       p->file_type == FILE_STRING ? "strings" : "elements of an unknown type");
    }
}

static bool check_port(const struct source *s, const struct source_port *p, struct err *e)
{
    if (p->rank < 0 || p->rank > SHAPE_MAX) {
        err_set(e, ERR_UNSUPPORTED, "input %s has no shape in the file", p->name);
        return source_shape_hint(s, e);
    }
    for (int d = 1; d < p->rank; d++)
        if (p->dim[d] < 0) {
            err_set(e, ERR_UNSUPPORTED,
                    "dimension %d of input %s is free (%s); only the first, the batch, may be open", d,
                    p->name, p->dim_names[d] && p->dim_names[d][0] ? p->dim_names[d] : "without a name");
            return source_shape_hint(s, e);
        }
    return true;
}

/* The first dimension of the first input that has one decides; a free one anywhere makes the batch free. Inputs whose first
 * dimension is fixed beside free ones do not belong to the records (a mask, a table): they keep it. */
static enum batch_kind batch_of(const struct source *s)
{
    enum batch_kind kind = BATCH_ONE;
    bool decided = false;
    for (int i = 0; i < s->n_inputs; i++) {
        const struct source_port *p = &s->inputs[i];
        if (p->rank < 1)
            continue;
        if (p->dim[0] < 0)
            return BATCH_FREE;
        if (!decided && p->dim[0] > 1)
            kind = BATCH_ABOVE_ONE;
        decided = true;
    }
    return kind;
}

static bool bind_input(struct binder *b, int i)
{
    const struct source_port *p = &b->s->inputs[i];
    struct shape shape = {.rank = p->rank};
    enum dtype type;
    int64_t count;
    if (!check_port(b->s, p, b->e) || !port_type(p, &type, b->e))
        return false;
    for (int d = 0; d < p->rank; d++)
        shape.dim[d] = d == 0 && p->dim[0] < 0 ? b->batch : p->given[d] ? p->dim[d] * b->stretch : p->dim[d];
    if (!shape_count(&shape, &count))
        return err_set(b->e, ERR_UNREADABLE,
                       "the shape of input %s is too large (limit %" PRId64 " elements)", p->name,
                       TENSOR_ELEMENTS_MAX);
    int value = bind_value(b, p->name, type, &shape);
    b->g->values[value].is_input = true;
    b->g->inputs[i] = value;
    b->defs[i].value = value; /* the first definitions are the inputs, in order */
    return true;
}

bool bind_inputs(struct binder *b)
{
    b->g->inputs = mem_zero((size_t)b->s->n_inputs, sizeof *b->g->inputs);
    b->g->batch = batch_of(b->s);
    for (int i = 0; i < b->s->n_inputs; i++) {
        b->g->n_inputs++;
        if (!bind_input(b, i))
            return false;
    }
    return true;
}

/* ---- outputs ---- */

static bool is_one_of(const char *word, const char *const *list)
{
    for (; *list; list++)
        if (!strcmp(word, *list))
            return true;
    return false;
}

/* Does the value come out of an ai.onnx.ml operator, perhaps through casts and reshapes? skl2onnx ends its label branch with
 * ArgMax -> ArrayFeatureExtractor -> Cast -> Reshape. */
static bool from_ml(const struct binder *b, int def)
{
    static const char *const through[] = {"Cast",      "Reshape",  "Flatten", "Squeeze",
                                          "Unsqueeze", "Identity", NULL};
    while (def >= 0 && b->defs[def].kind == FROM_NODE) {
        const struct source_node *n = &b->s->nodes[b->defs[def].index];
        if (!strcmp(n->domain, "ai.onnx.ml"))
            return strcmp(n->op, "ZipMap") != 0;
        if (!is_one_of(n->op, through) || n->n_inputs < 1)
            return false;
        def = names_get(&b->names, n->inputs[0]);
    }
    return false;
}

static bool is_label(const struct binder *b, int output, int def)
{
    int type = b->s->outputs[output].file_type;
    return (is_integer_type(type) || type == FILE_STRING) && from_ml(b, def);
}

bool bind_outputs(struct binder *b)
{
    const struct source *s = b->s;
    int *all = mem_alloc((size_t)s->n_outputs, sizeof *all);
    int labels = 0;
    bool ok = s->n_outputs > 0 || err_set(b->e, ERR_UNREADABLE, "the model has no outputs");
    for (int i = 0; i < s->n_outputs && ok; i++) {
        all[i] = names_get(&b->names, s->outputs[i].name);
        ok = all[i] >= 0 ||
             err_set(b->e, ERR_UNREADABLE, "nothing produces the model's output %s", s->outputs[i].name);
        labels += ok && is_label(b, i, all[i]);
    }
    b->outputs = mem_alloc((size_t)s->n_outputs, sizeof *b->outputs);
    for (int i = 0; i < s->n_outputs && ok; i++)
        if (labels == s->n_outputs || !is_label(b, i, all[i]))
            b->outputs[b->n_outputs++] = all[i];
    free(all);
    return ok;
}
