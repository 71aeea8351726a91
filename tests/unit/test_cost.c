/* prune/cost: closed forms of sizes, parameters and multiply-adds. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "engine/base/rng.h"
#include "engine/prune/cost.h"
#include "engine/prune/prune.h"
#include "tests/unit/util_graphs.h"
#include "tests/unit/util_model.h"
#include "tests/unit/util_source.h"

/* A 300x784 layer at 90 %: 23,520 kept. dense 940,800 bytes, csr 142,324, bitmask 123,480, to which 300 biases come: 1,200. */
static void test_published_storage_example(void **state)
{
    (void)state;
    struct model m;
    model_bind(&m, sketch_mlp(1));
    struct mask *mask = mask_copy(m.all);
    struct cost cost;
    for (int64_t i = 0; i < 235200; i++)
        if (i % 10)
            mask_set(mask, 0, i, false);
    cost_of(m.g, &m.l, &m.c, mask, &cost);
    const struct layer_cost *l = &cost.layers[0];
    assert_int_equal(l->kept, 23520);
    assert_int_equal(l->dense_bytes, 940800 + 1200);
    assert_int_equal(l->csr_bytes, 142324 + 1200);
    assert_int_equal(l->bitmask_bytes, 123480 + 1200);
    assert_int_equal(cost.other_bytes, 0);
    assert_int_equal(cost.dense_bytes, 4 * (266200 + 410));
    assert_int_equal(cost.kept, 23520 + 31000);
    assert_int_equal(cost.prunable, 266200);
    assert_int_equal(cost.dense_parameters, 266610);
    assert_int_equal(cost.parameters, 23520 + 31000 + 410);
    assert_int_equal(cost.macs, 23520 + 31000);
    assert_int_equal(cost.dense_macs, 266200);
    /* csr of all three against bitmask of all three */
    int64_t csr = 142324 + 30000 * 6 + 404 + 1000 * 6 + 44 + 1640;
    int64_t bitmask = 123480 + 3750 + 120000 + 125 + 4000 + 1640;
    assert_int_equal(cost.csr_bytes, csr);
    assert_int_equal(cost.bitmask_bytes, bitmask);
    assert_string_equal(cost.smallest, "bitmask");
    assert_int_equal(cost.smallest_bytes, bitmask);
    cost_release(&cost);
    mask_unref(mask);
    model_release(&m);
}

static void test_dense_is_smallest_while_nothing_is_cut(void **state)
{
    (void)state;
    struct model m;
    model_bind(&m, sketch_mlp(1));
    struct mask *mask = mask_copy(m.all);
    struct cost cost;
    cost_of(m.g, &m.l, &m.c, mask, &cost);
    assert_string_equal(cost.smallest, "dense");
    cost_release(&cost);
    for (int i = 0; i < 3; i++)
        memset(mask_edit(mask, i), 0, (size_t)((m.l.v[i].weights + 63) / 64 * 8));
    cost_of(m.g, &m.l, &m.c, mask, &cost);
    assert_string_equal(cost.smallest, "csr"); /* of nothing only row starts are left */
    assert_int_equal(cost.csr_bytes, 4 * 413 + 1640);
    assert_int_equal(cost.macs, 0);
    cost_release(&cost);
    mask_unref(mask);
    model_release(&m);
}

/* Indices take four bytes from 65,536 columns on. */
static void test_wide_layers_need_wide_indices(void **state)
{
    (void)state;
    for (int wide = 0; wide < 2; wide++) {
        struct source *s = net_new(17);
        struct model m;
        int64_t columns = 65535 + wide;
        net_input(s, "x", 1, DIMS(FREE, columns));
        net_floats(s, "w", DIMS(2, columns), NULL);
        net_node(s, "Gemm", "x w", "y");
        net_int(s, "transB", 1);
        net_output(s, "y", 1);
        model_bind(&m, s);
        struct mask *mask = mask_copy(m.all);
        struct cost cost;
        cost_of(m.g, &m.l, &m.c, mask, &cost);
        assert_int_equal(cost.csr_bytes, 2 * columns * (wide ? 8 : 6) + 12);
        cost_release(&cost);
        mask_unref(mask);
        model_release(&m);
    }
}

/* 3 -> 4 channels on 4x4, normalised, depthwise 3x3, pooled away, dense to 2: everything by hand. */
static void test_convolutions_and_removed_units(void **state)
{
    (void)state;
    struct model m;
    struct sketch k = sketch_new(1);
    net_input(k.s, "x", 1, DIMS(FREE, 3, 4, 4));
    const char *x = sketch_batch_norm(&k, "bn", sketch_conv(&k, "c", "x", 3, 4, 3, 1), 4);
    x = sketch_op(&k, "GlobalAveragePool", sketch_conv(&k, "dw", x, 4, 4, 3, 4));
    x = sketch_linear(&k, "fc", sketch_op(&k, "Flatten", x), 4, 2);
    net_output(k.s, x, 1);
    model_bind(&m, k.s);
    struct mask *mask = mask_copy(m.all);
    struct cost cost;
    cost_of(m.g, &m.l, &m.c, mask, &cost);
    assert_int_equal(cost.dense_macs, 108 * 16 + 36 * 16 + 8);
    assert_int_equal(cost.macs, cost.dense_macs);
    assert_int_equal(cost.parameters, 108 + 36 + 8 + 4 + 4 + 2 + 8);
    assert_int_equal(cost.other_bytes, 4 * 16);
    assert_int_equal(cost.dense_bytes, 4 * (108 + 36 + 8 + 10));
    cost_release(&cost);
    mask_set_removed(mask, 0, 1, true);
    mask_set_removed(mask, 1, 1, true);
    cost_of(m.g, &m.l, &m.c, mask, &cost);
    assert_int_equal(cost.kept, 81 + 27 + 6);
    assert_int_equal(cost.macs, 81 * 16 + 27 * 16 + 6);
    assert_int_equal(cost.parameters, 81 + 27 + 6 + 3 + 3 + 2 + 6);
    assert_int_equal(cost.dense_parameters, 170);
    cost_release(&cost);
    mask_unref(mask);
    model_release(&m);
}

/* Clearing bits never makes anything larger, and kept agrees with a count by single bits. */
static void test_cost_never_rises(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 50; seed++) {
        struct model m;
        model_bind(&m, sketch_random(seed, 1));
        struct mask *mask = mask_copy(m.all);
        struct cost cost;
        cost_of(m.g, &m.l, &m.c, mask, &cost);
        assert_int_equal(cost.parameters, cost.dense_parameters);
        assert_int_equal(cost.macs, cost.dense_macs);
        for (uint64_t step = 0; step < 40; step++) {
            struct cost next;
            int layer = (int)(rng_u64(seed, 5, step) % (uint64_t)m.l.n);
            const struct layer *l = &m.l.v[layer];
            int set = m.c.set_of[layer][rng_u64(seed, 6, step) % (uint64_t)l->units];
            if (step % 4 || m.c.sets[set].pinned)
                mask_set(mask, layer, (int64_t)(rng_u64(seed, 7, step) % (uint64_t)l->weights), false);
            else
                for (int i = 0; i < m.c.sets[set].n_units; i++)
                    mask_set_removed(mask, m.c.sets[set].units[i].layer, m.c.sets[set].units[i].unit, true);
            cost_of(m.g, &m.l, &m.c, mask, &next);
            assert_true(next.kept <= cost.kept && next.macs <= cost.macs);
            assert_true(next.parameters <= cost.parameters && next.bitmask_bytes <= cost.bitmask_bytes);
            assert_true(next.csr_bytes <= cost.csr_bytes && next.dense_bytes == cost.dense_bytes);
            cost_release(&cost);
            cost = next;
        }
        int64_t kept = 0;
        for (int i = 0; i < m.l.n; i++)
            for (int64_t k = 0; k < m.l.v[i].weights; k++) {
                int64_t unit, input, tap;
                layer_position(&m.l.v[i], k, &unit, &input, &tap);
                int set = m.c.set_read[i][input];
                const struct unit *from = set >= 0 ? &m.c.sets[set].units[0] : NULL;
                kept += mask_weight(mask, i, k) && !mask_removed(mask, i, unit) &&
                        !(from && mask_removed(mask, from->layer, from->unit));
            }
        assert_int_equal(cost.kept, kept);
        cost_release(&cost);
        mask_unref(mask);
        model_release(&m);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_published_storage_example),
        cmocka_unit_test(test_dense_is_smallest_while_nothing_is_cut),
        cmocka_unit_test(test_wide_layers_need_wide_indices),
        cmocka_unit_test(test_convolutions_and_removed_units),
        cmocka_unit_test(test_cost_never_rises),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
