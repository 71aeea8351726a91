/* util_model: see util_model.h. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/util_model.h"

#include "engine/base/err.h"
#include "tests/unit/util_source.h"
#include "engine/prune/effect.h"

void model_bind(struct model *m, struct source *s_take)
{
    struct err e = {0};
    *m = (struct model){.s = s_take, .g = graph_bind(s_take, 0, &e)};
    if (!m->g || !layers_find(m->g, &m->l, &e) || !coupling_find(m->g, &m->l, &m->c, &e))
        fail_msg("%s", e.message);
    m->all = mask_new(&m->l);
}

void model_release(struct model *m)
{
    mask_unref(m->all);
    coupling_release(&m->c);
    layers_release(&m->l);
    graph_free(m->g);
    source_free(m->s);
}

struct ranking *model_rank(const struct model *m, const struct strategy *s)
{
    struct err e = {0};
    struct ranking *r = ranking_new(m->g, &m->l, &m->c, NULL, s, &e);
    if (!r)
        fail_msg("%s", e.message);
    return r;
}

struct cut model_cut(const struct ranking *r, const struct mask *current, const struct guards *g,
                     double amount)
{
    struct cut out;
    struct err e = {0};
    if (!ranking_cut(r, current, g, amount, &out, &e))
        fail_msg("%s", e.message);
    return out;
}

enum err_code model_refusal(const struct ranking *r, const struct mask *current, const struct guards *g,
                            double amount)
{
    struct cut out;
    struct err e = {0};
    assert_false(ranking_cut(r, current, g, amount, &out, &e));
    enum err_code code = e.code;
    assert_non_null(e.hint);
    err_release(&e);
    return code;
}

int64_t model_kept(const struct model *m, const struct mask *mask)
{
    return effect_kept(&m->l, &m->c, mask, NULL);
}

static void product(struct source *s, const char *inputs, const char *output)
{
    net_node(s, "Gemm", inputs, output);
    net_int(s, "transB", 1);
}

void model_tiny(struct model *m, const float *a, const float *b)
{
    struct source *s = net_new(17);
    net_input(s, "x", 1, DIMS(FREE, 4));
    net_floats(s, "a.weight", DIMS(3, 4), a);
    net_floats(s, "b.weight", DIMS(2, 3), b);
    product(s, "x a.weight", "h");
    product(s, "h b.weight", "y");
    net_output(s, "y", 1);
    model_bind(m, s);
}

void model_paired(struct model *m)
{
    static const float a[6] = {1, 0, 0, 5, 0, 0}, b[6] = {9, 0, 0, 1, 0, 0}, c[4] = {1, 1, 1, 1};
    struct source *s = net_new(17);
    net_input(s, "x", 1, DIMS(FREE, 3));
    net_floats(s, "a.weight", DIMS(2, 3), a);
    net_floats(s, "b.weight", DIMS(2, 3), b);
    net_floats(s, "c.weight", DIMS(2, 2), c);
    product(s, "x a.weight", "p");
    product(s, "x b.weight", "q");
    net_node(s, "Add", "p q", "r");
    product(s, "r c.weight", "y");
    net_output(s, "y", 1);
    model_bind(m, s);
}

bool model_superset(const struct model *m, const struct mask *small, const struct mask *large)
{
    for (int i = 0; i < m->l.n; i++) {
        for (int64_t k = 0; k < m->l.v[i].weights; k++)
            if (!mask_weight(small, i, k) && mask_weight(large, i, k))
                return false;
        for (int64_t u = 0; u < m->l.v[i].units; u++)
            if (mask_removed(small, i, u) && !mask_removed(large, i, u))
                return false;
    }
    return true;
}
