/* util_source: see util_source.h. */
#include "tests/unit/util_source.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/mem.h"

static int count_dims(const int64_t *dims)
{
    int n = 0;
    while (dims[n] != DIMS_END)
        n++;
    return n;
}

struct source *net_new(int64_t opset)
{
    struct source *s = mem_zero(1, sizeof *s);
    s->opset = opset;
    s->ml_opset = 1;
    return s;
}

static struct source_port *new_port(struct source_port **ports, int *n, const char *name, int file_type)
{
    *ports = mem_resize(*ports, (size_t)*n + 1, sizeof **ports);
    struct source_port *p = &(*ports)[(*n)++];
    *p = (struct source_port){.name = mem_text(name), .file_type = file_type, .rank = -1};
    return p;
}

void net_input(struct source *s, const char *name, int file_type, const int64_t *dims)
{
    struct source_port *p = new_port(&s->inputs, &s->n_inputs, name, file_type);
    p->rank = count_dims(dims);
    for (int d = 0; d < p->rank; d++) {
        p->dim[d] = dims[d];
        p->dim_names[d] = dims[d] < 0 ? mem_text(d ? "length" : "batch") : NULL;
    }
}

void net_output(struct source *s, const char *name, int file_type)
{
    new_port(&s->outputs, &s->n_outputs, name, file_type);
}

struct source *from_x(const int64_t *dims)
{
    return from_x_at(OPSET, dims);
}

struct source *from_x_at(int64_t opset, const int64_t *dims)
{
    struct source *s = net_new(opset);
    net_input(s, "x", FLOAT, dims);
    net_output(s, "y", FLOAT);
    return s;
}

static struct tensor *new_tensor(struct source *s, const char *name, enum dtype type, const int64_t *dims)
{
    struct shape shape = {.rank = count_dims(dims)};
    memcpy(shape.dim, dims, (size_t)shape.rank * sizeof *dims);
    s->tensors = mem_resize(s->tensors, (size_t)s->n_tensors + 1, sizeof *s->tensors);
    struct source_tensor *t = &s->tensors[s->n_tensors++];
    *t = (struct source_tensor){mem_text(name), tensor_new(type, &shape), type == DT_F32 ? 1 : 7};
    return t->tensor;
}

void net_floats(struct source *s, const char *name, const int64_t *dims, const float *values)
{
    struct tensor *t = new_tensor(s, name, DT_F32, dims);
    for (int64_t i = 0; i < shape_elements(&t->shape); i++)
        t->f[i] = values ? values[i] : (float)i;
}

void net_ints(struct source *s, const char *name, const int64_t *dims, const int32_t *values)
{
    struct tensor *t = new_tensor(s, name, DT_I32, dims);
    for (int64_t i = 0; i < shape_elements(&t->shape); i++)
        t->i[i] = values ? values[i] : (int32_t)i;
}

static char **words(const char *text, int *n)
{
    char **list = NULL;
    *n = 0;
    while (*text) {
        size_t length = strcspn(text, " ");
        char *word = mem_copy(text, length + 1, 1);
        word[length] = '\0';
        if (!strcmp(word, "-"))
            word[0] = '\0';
        list = mem_resize(list, (size_t)*n + 1, sizeof *list);
        list[(*n)++] = word;
        text += length;
        text += *text == ' ';
    }
    return list;
}

void net_node(struct source *s, const char *op, const char *inputs, const char *outputs)
{
    char name[64];
    snprintf(name, sizeof name, "%s_%d", op, s->n_nodes);
    s->nodes = mem_resize(s->nodes, (size_t)s->n_nodes + 1, sizeof *s->nodes);
    struct source_node *n = &s->nodes[s->n_nodes++];
    *n = (struct source_node){.domain = mem_text(""), .op = mem_text(op), .name = mem_text(name)};
    n->inputs = words(inputs, &n->n_inputs);
    n->outputs = words(outputs, &n->n_outputs);
}

void net_domain(struct source *s, const char *domain)
{
    free(s->nodes[s->n_nodes - 1].domain);
    s->nodes[s->n_nodes - 1].domain = mem_text(domain);
}

static struct attr *new_attr(struct source *s, const char *name, enum attr_kind kind, int64_t count)
{
    struct source_node *n = &s->nodes[s->n_nodes - 1];
    n->attrs = mem_resize(n->attrs, (size_t)n->n_attrs + 1, sizeof *n->attrs);
    struct attr *a = &n->attrs[n->n_attrs++];
    *a = (struct attr){.name = mem_text(name), .kind = kind, .n = count};
    return a;
}

void net_int(struct source *s, const char *attr, int64_t value)
{
    new_attr(s, attr, ATTR_INT, 1)->ints = mem_copy(&value, 1, sizeof value);
}

void net_int_list(struct source *s, const char *attr, const int64_t *dims)
{
    int n = count_dims(dims);
    new_attr(s, attr, ATTR_INTS, n)->ints = mem_copy(dims, (size_t)n, sizeof *dims);
}

void net_float(struct source *s, const char *attr, float value)
{
    new_attr(s, attr, ATTR_FLOAT, 1)->floats = mem_copy(&value, 1, sizeof value);
}

void net_float_list(struct source *s, const char *attr, int n, const float *values)
{
    new_attr(s, attr, ATTR_FLOATS, n)->floats = mem_copy(values, (size_t)n, sizeof *values);
}

void net_text(struct source *s, const char *attr, const char *value)
{
    char *copy = mem_text(value);
    new_attr(s, attr, ATTR_STRING, 1)->texts = mem_copy(&copy, 1, sizeof copy);
}

void net_tensor(struct source *s, const char *attr, const struct tensor *value)
{
    new_attr(s, attr, ATTR_TENSOR, 1)->tensor = tensor_copy(value);
}
