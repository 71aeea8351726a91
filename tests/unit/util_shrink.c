/* util_shrink: see util_shrink.h. */
#include "tests/unit/util_shrink.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "engine/base/err.h"
#include "engine/graph/op.h"
#include "tests/unit/util_file.h"
#include "tests/unit/util_source.h"

void gemm(struct source *s, const char *inputs, const char *output)
{
    net_node(s, "Gemm", inputs, output);
    net_int(s, "transB", 1);
}

void conv(struct source *s, const char *inputs, const char *output, int kernel, int pad, int groups)
{
    net_node(s, "Conv", inputs, output);
    net_int_list(s, "kernel_shape", DIMS(kernel, kernel));
    net_int_list(s, "pads", DIMS(pad, pad, pad, pad));
    net_int(s, "group", groups);
}

struct source *map_start(int64_t opset)
{
    struct source *s = net_new(opset);
    net_input(s, "x", 1, DIMS(FREE, 1, 2, 2));
    net_output(s, "y", 1);
    net_floats(s, "a.weight", DIMS(4, 1, 1, 1), NULL);
    net_floats(s, "a.bias", DIMS(4), NULL);
    conv(s, "x a.weight a.bias", "h", 1, 0, 1);
    return s;
}

struct opened opened(struct source *s_take)
{
    struct opened m;
    opened_file(&m, file_of(s_take));
    return m;
}

void reopen(const struct shrunk *s, struct opened *m)
{
    opened_bytes(m, &s->onnx);
}

void done(struct shrunk *s, struct opened *m, struct opened *small)
{
    shrunk_release(s);
    opened_close(m);
    opened_close(small);
}

int layer(const struct opened *m, const char *name)
{
    struct err e = {0};
    int i = layer_by_name(&m->l, name, &e);
    opened_must(i >= 0, &e);
    return i;
}

void starve(const struct opened *m, struct mask *mask, const char *name, int64_t unit)
{
    int i = layer(m, name);
    const struct layer *l = &m->l.v[i];
    for (int64_t k = 0; k < l->inputs; k++)
        for (int64_t t = 0; t < l->taps; t++)
            mask_set(mask, i, layer_index(l, unit, k, t), false);
}

void take(const struct opened *m, struct mask *mask, const char *name, int64_t unit)
{
    const struct coupled_set *s = &m->c.sets[m->c.set_of[layer(m, name)][unit]];
    assert_false(s->pinned);
    for (int i = 0; i < s->n_units; i++)
        mask_set_removed(mask, s->units[i].layer, s->units[i].unit, true);
}

void expect_left(const struct opened *m, const struct shrunk *s, const char *name, int64_t n,
                 const int64_t *units)
{
    const struct shrunk_layer *l = &s->layers[layer(m, name)];
    assert_int_equal(l->n_removed, n);
    for (int64_t i = 0; i < n; i++)
        assert_int_equal(l->removed[i], units[i]);
}

void expect_stayed(const struct shrunk *s, int64_t unit, const char *start, const char *reason)
{
    bool found = false;
    for (int i = 0; i < s->n_stayed; i++)
        found |= s->stayed[i].unit.layer == 0 && s->stayed[i].unit.unit == unit &&
                 strncmp(s->stayed[i].why, start, strlen(start)) == 0 && strstr(s->stayed[i].why, reason);
    if (!found)
        fail_msg("nothing says that a/%lld stays: %s ... %s (%d texts: %s)", (long long)unit, start, reason,
                 s->n_stayed, s->n_stayed ? s->stayed[0].why : "");
}

const struct tensor *constant_at(const struct opened *m, const char *op, int from, int slot)
{
    for (int i = 0; i < m->g->n_nodes; i++) {
        const struct node *n = &m->g->nodes[i];
        if (n->source_node >= from && strcmp(n->op->name, op) == 0) {
            assert_true(slot < n->n_inputs && n->inputs[slot] >= 0);
            assert_non_null(m->g->values[n->inputs[slot]].constant);
            return m->g->values[n->inputs[slot]].constant;
        }
    }
    fail_msg("no %s", op);
    return NULL;
}

void expect_floats(const struct tensor *t, int64_t n, const float *expected)
{
    assert_int_equal(shape_elements(&t->shape), n);
    for (int64_t i = 0; i < n; i++)
        assert_float_equal(t->f[i], expected[i], 1e-5f);
}
