/* prune/overrides: the constants that a mask computes with. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "engine/base/mem.h"
#include "engine/prune/prune.h"
#include "tests/unit/util_graphs.h"
#include "tests/unit/util_model.h"
#include "tests/unit/util_source.h"

/* What is computed with: masked weights 0, rows, biases, normalisation and read columns of removed units 0, all else as it was. */
static void test_overrides(void **state)
{
    (void)state;
    struct sketch k = sketch_new(2);
    net_input(k.s, "x", 1, DIMS(FREE, 3));
    const char *x = sketch_batch_norm(&k, "bn", sketch_linear(&k, "a", "x", 3, 4), 4);
    net_output(k.s, sketch_linear(&k, "b", x, 4, 2), 1);
    struct model m;
    model_bind(&m, k.s);
    struct mask *mask = mask_copy(m.all);
    struct overrides o;
    overrides_make(m.g, &m.l, &m.c, mask, NULL, &o);
    for (int v = 0; v < o.n_values; v++)
        assert_null(o.v[v]);
    overrides_release(&o);
    mask_set_removed(mask, 0, 2, true);
    mask_set(mask, 0, 1, false);
    overrides_make(m.g, &m.l, &m.c, mask, NULL, &o);
    static const char *const names[] = {"a.weight", "a.bias", "bn.weight", "bn.bias", "b.weight"};
    for (int i = 0; i < 5; i++) {
        int v = graph_value(m.g, names[i]);
        const struct tensor *now = o.v[v], *was = m.g->values[v].constant;
        assert_non_null(now);
        for (int64_t j = 0; j < shape_elements(&was->shape); j++) {
            bool gone = i == 0 ? j / 3 == 2 || j == 1 : i == 4 ? j % 4 == 2 : j == 2;
            assert_true(now->f[j] == (gone ? 0 : was->f[j]));
        }
    }
    assert_null(o.v[graph_value(m.g, "bn.running_mean")]);
    assert_null(o.v[graph_value(m.g, "b.bias")]);
    overrides_release(&o);
    mask_unref(mask);
    model_release(&m);
}

static void test_overrides_reach_folded_copies_and_new_weights(void **state)
{
    (void)state;
    struct sketch k = sketch_new(2);
    net_input(k.s, "x", 1, DIMS(FREE, 3));
    sketch_floats(&k, "w", DIMS(4, 3));
    net_node(k.s, "Transpose", "w", "wt");
    net_node(k.s, "MatMul", "x wt", "y");
    net_output(k.s, "y", 1);
    struct model m;
    model_bind(&m, k.s);
    int w = graph_value(m.g, "w"), wt = graph_value(m.g, "wt");
    assert_true(m.l.v[0].transposed[0]);
    struct tensor *tuned = tensor_copy(m.g->values[w].constant);
    tuned->f[4] = 77;
    const struct tensor **weights = mem_zero((size_t)m.g->n_values, sizeof *weights);
    weights[w] = tuned;
    struct mask *mask = mask_copy(m.all);
    struct overrides o;
    overrides_make(m.g, &m.l, &m.c, mask, weights, &o);
    assert_true(o.v[wt]->f[1 * 4 + 1] == 77); /* [1][1] of 4x3 is [1][1] of 3x4 */
    overrides_release(&o);
    mask_set(mask, 0, 4, false);
    overrides_make(m.g, &m.l, &m.c, mask, weights, &o);
    assert_true(o.v[wt]->f[5] == 0);
    assert_true(o.v[wt]->f[4] == tuned->f[1]);
    assert_true(tuned->f[4] == 77);
    overrides_release(&o);
    mask_unref(mask);
    free(weights);
    tensor_free(tuned);
    model_release(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_overrides),
        cmocka_unit_test(test_overrides_reach_folded_copies_and_new_weights),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
