/* explain/pattern: blocks, bins, fans and the threshold of small layers, worked out by hand. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>

#include "engine/explain/pattern.h"
#include "engine/io/onnx.h"
#include "tests/unit/util_model.h"

/* a: 3 units hear 4 inputs. Cut: unit 0 all but input 3, unit 1 input 0, unit 2 nothing. */
static const float a[12] = {0.5f, -1, 1.5f, 8, /**/ -2, 3, 4, -5, /**/ 6, 7, -7, 2};
static const float b[6] = {1, 2, 3, 4, 5, 6};

static void cut_some(struct model *m, struct mask *mask)
{
    for (int i = 0; i < 3; i++)
        mask_set(mask, 0, layer_index(&m->l.v[0], 0, i, 0), false);
    mask_set(mask, 0, layer_index(&m->l.v[0], 1, 0, 0), false);
}

static void find(struct model *m, const struct mask *mask, int layer, int rows, int columns,
                 enum pattern_order order, struct layer_pattern *out)
{
    const struct pattern_wish wish = {rows, columns, order};
    pattern_find(&m->l, &m->c, layer, layer_weights(m->g, &m->l.v[layer]), mask, &wish, out);
}

static void near(double got, double expect)
{
    assert_true(fabs(got - expect) < 1e-12 * fmax(1, fabs(expect)));
}

static void check_block(const struct pattern_block *k, int64_t kept, int64_t of, double mean, double lost)
{
    assert_int_equal(k->kept, kept);
    assert_int_equal(k->of, of);
    if (isnan(mean))
        assert_true(isnan(k->mean));
    else
        near(k->mean, mean);
    near(k->lost, lost);
    near(k->dense, ((kept ? mean * (double)kept : 0) + lost * (double)of) / (double)of);
}

static void test_blocks_count_and_average(void **state)
{
    (void)state;
    struct model m;
    struct layer_pattern p;
    model_tiny(&m, a, b);
    struct mask *mask = mask_copy(m.all);
    cut_some(&m, mask);
    find(&m, mask, 0, 2, 2, PATTERN_BY_INDEX, &p);
    assert_int_equal(p.units.per, 2);
    assert_int_equal(p.units.blocks, 2);
    assert_int_equal(p.inputs.per, 2);
    assert_int_equal(p.inputs.blocks, 2);
    check_block(&p.blocks[0], 1, 4, 3, (0.5 - 1 - 2) / 4);
    check_block(&p.blocks[1], 3, 4, (8 + 4 - 5) / 3.0, 1.5 / 4);
    check_block(&p.blocks[2], 2, 2, 6.5, 0);
    check_block(&p.blocks[3], 2, 2, -2.5, 0);
    pattern_release(&p);
    mask_unref(mask);
    model_release(&m);
}

static void test_each_cell_alone_where_there_is_room(void **state)
{
    (void)state;
    struct model m;
    struct layer_pattern p;
    model_tiny(&m, a, b);
    struct mask *mask = mask_copy(m.all);
    cut_some(&m, mask);
    find(&m, mask, 0, 100, 100, PATTERN_BY_INDEX, &p);
    assert_int_equal(p.units.blocks, 3);
    assert_int_equal(p.inputs.blocks, 4);
    check_block(&p.blocks[0], 0, 1, NAN, 0.5);
    check_block(&p.blocks[3], 1, 1, 8, 0);
    check_block(&p.blocks[4], 0, 1, NAN, -2);
    pattern_release(&p);
    mask_unref(mask);
    model_release(&m);
}

static void test_sums_of_the_layer(void **state)
{
    (void)state;
    struct model m;
    struct layer_pattern p;
    model_tiny(&m, a, b);
    struct mask *mask = mask_copy(m.all);
    cut_some(&m, mask);
    find(&m, mask, 0, 1, 1, PATTERN_BY_INDEX, &p);
    double kept = 64 + 9 + 16 + 25 + 36 + 49 + 49 + 4;
    assert_int_equal(p.kept, 8);
    assert_int_equal(p.of, 12);
    near(p.energy, kept / (kept + 0.25 + 1 + 2.25 + 4));
    near(p.mean_kept, (8 + 3 + 4 + 5 + 6 + 7 + 7 + 2) / 8.0);
    near(p.smallest_kept, 2);
    near(p.largest_cut, 2);
    near(p.threshold, 2); /* a tie: the cut still follows |w| */
    assert_int_equal(p.fan_in.least, 1);
    assert_int_equal(p.fan_in.most, 4);
    near(p.fan_in.median, 3);
    assert_int_equal(p.fan_in.none, 0);
    assert_int_equal(p.fan_out.least, 1);
    near(p.fan_out.median, 2);
    assert_int_equal(p.fan_out.most, 3);
    pattern_release(&p);
    mask_unref(mask);
    model_release(&m);
}

static void test_bins_hold_every_weight(void **state)
{
    (void)state;
    struct model m;
    struct layer_pattern p;
    model_tiny(&m, a, b);
    struct mask *mask = mask_copy(m.all);
    cut_some(&m, mask);
    find(&m, mask, 0, 1, 1, PATTERN_BY_INDEX, &p);
    int64_t in_kept = 0, in_cut = 0;
    for (int i = 0; i < PATTERN_BINS; i++) {
        in_kept += p.bins_kept[i];
        in_cut += p.bins_cut[i];
    }
    near(p.bin_width, 8.0 / PATTERN_BINS);
    assert_int_equal(in_kept, 8);
    assert_int_equal(in_cut, 4);
    assert_int_equal(p.bins_kept[PATTERN_BINS - 1], 1); /* the largest itself */
    assert_int_equal(p.bins_cut[15], 1);                /* 0.5 / (8 / 240) */
    pattern_release(&p);
    mask_unref(mask);
    model_release(&m);
}

static void test_a_threshold_only_where_the_cut_follows_size(void **state)
{
    (void)state;
    struct model m;
    struct layer_pattern p;
    model_tiny(&m, a, b);
    find(&m, m.all, 0, 1, 1, PATTERN_BY_INDEX, &p);
    assert_true(isnan(p.threshold) && isnan(p.largest_cut));
    near(p.smallest_kept, 0.5);
    pattern_release(&p);
    struct mask *mask = mask_copy(m.all);
    mask_set(mask, 0, layer_index(&m.l.v[0], 0, 3, 0), false); /* the largest of all */
    find(&m, mask, 0, 1, 1, PATTERN_BY_INDEX, &p);
    near(p.largest_cut, 8);
    assert_true(isnan(p.threshold));
    pattern_release(&p);
    for (int i = 0; i < 12; i++)
        mask_set(mask, 0, i, false);
    find(&m, mask, 0, 1, 1, PATTERN_BY_INDEX, &p);
    near(p.threshold, 8);
    near(p.energy, 0);
    assert_true(isnan(p.mean_kept) && isnan(p.smallest_kept));
    assert_int_equal(p.fan_in.none, 3);
    assert_int_equal(p.fan_out.none, 4);
    pattern_release(&p);
    mask_unref(mask);
    model_release(&m);
}

static void expect_order(const struct layer_pattern *p, const int64_t units[3], const int64_t inputs[4])
{
    for (int i = 0; i < 3; i++)
        assert_int_equal(p->units.at[i], units[i]);
    for (int i = 0; i < 4; i++)
        assert_int_equal(p->inputs.at[i], inputs[i]);
}

static void test_survival_orders_rows_and_columns(void **state)
{
    (void)state;
    struct model m;
    struct layer_pattern p;
    model_tiny(&m, a, b);
    struct mask *mask = mask_copy(m.all);
    cut_some(&m, mask);
    find(&m, mask, 0, 3, 4, PATTERN_BY_SURVIVAL, &p);
    static const int64_t units[] = {2, 1, 0}, inputs[] = {3, 1, 2, 0};
    expect_order(&p, units, inputs);
    check_block(&p.blocks[0], 1, 1, 2, 0);
    check_block(&p.blocks[2 * 4], 1, 1, 8, 0);
    check_block(&p.blocks[2 * 4 + 3], 0, 1, NAN, 0.5);
    pattern_release(&p);
    mask_unref(mask);
    model_release(&m);
}

/* Squares cut: 3.5, 4, 0 of the units; 4.25, 1, 2.25, 0 of the inputs. */
static void test_loss_orders_rows_and_columns(void **state)
{
    (void)state;
    struct model m;
    struct layer_pattern p;
    model_tiny(&m, a, b);
    struct mask *mask = mask_copy(m.all);
    cut_some(&m, mask);
    find(&m, mask, 0, 3, 4, PATTERN_BY_LOSS, &p);
    static const int64_t units[] = {1, 0, 2}, inputs[] = {0, 2, 1, 3};
    expect_order(&p, units, inputs);
    near(p.units.lost[0], 3.5);
    near(p.inputs.lost[0], 4.25);
    pattern_release(&p);
    mask_unref(mask);
    model_release(&m);
}

/* A removed unit's row counts as cut, and so does what a consumer reads from it, as the layers table has it. */
static void test_removed_units_are_cut(void **state)
{
    (void)state;
    struct model m;
    struct layer_pattern p;
    model_tiny(&m, a, b);
    struct mask *mask = mask_copy(m.all);
    mask_set_removed(mask, 0, 1, true);
    find(&m, mask, 0, 3, 4, PATTERN_BY_INDEX, &p);
    assert_int_equal(p.kept, 8);
    assert_int_equal(p.fan_in.none, 1);
    check_block(&p.blocks[4], 0, 1, NAN, -2);
    pattern_release(&p);
    find(&m, mask, 1, 2, 3, PATTERN_BY_INDEX, &p);
    assert_int_equal(p.kept, 4);
    assert_int_equal(p.kept + 8, model_kept(&m, mask));
    check_block(&p.blocks[1], 0, 1, NAN, 2);
    assert_int_equal(p.fan_out.none, 1);
    pattern_release(&p);
    mask_unref(mask);
    model_release(&m);
}

/* A kernel is one connection; its share is that of its taps. The second layer of the sample: 32 x 16 kernels of 5 x 5. */
static void test_kernels_are_cells(void **state)
{
    (void)state;
    struct model_file *file = model_file_read("samples/digits-cnn/model.onnx", NULL);
    struct graph *g = graph_bind(model_file_source(file), 0, NULL);
    struct layers l;
    struct coupling c;
    struct layer_pattern p;
    assert_true(layers_find(g, &l, NULL) && coupling_find(g, &l, &c, NULL));
    const struct layer *conv = &l.v[1];
    assert_true(conv->taps > 1);
    struct mask *mask = mask_new(&l);
    for (int64_t t = 0; t < conv->taps; t++) {
        mask_set(mask, 1, layer_index(conv, 2, 3, t), false);
        mask_set(mask, 1, layer_index(conv, 4, 5, t), t == 0);
    }
    const struct pattern_wish wish = {(int)conv->units, (int)conv->inputs, PATTERN_BY_INDEX};
    pattern_find(&l, &c, 1, layer_weights(g, conv), mask, &wish, &p);
    assert_int_equal(p.blocks[2 * conv->inputs + 3].kept, 0);
    assert_int_equal(p.blocks[2 * conv->inputs + 3].of, conv->taps);
    assert_int_equal(p.blocks[4 * conv->inputs + 5].kept, 1);
    assert_int_equal(p.fan_in.least, conv->inputs - 1);
    assert_int_equal(p.fan_out.least, conv->units - 1);
    assert_int_equal(p.kept, conv->weights - 2 * conv->taps + 1);
    pattern_release(&p);
    mask_unref(mask);
    coupling_release(&c);
    layers_release(&l);
    graph_free(g);
    model_file_free(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_blocks_count_and_average),
        cmocka_unit_test(test_each_cell_alone_where_there_is_room),
        cmocka_unit_test(test_sums_of_the_layer),
        cmocka_unit_test(test_bins_hold_every_weight),
        cmocka_unit_test(test_a_threshold_only_where_the_cut_follows_size),
        cmocka_unit_test(test_survival_orders_rows_and_columns),
        cmocka_unit_test(test_loss_orders_rows_and_columns),
        cmocka_unit_test(test_removed_units_are_cut),
        cmocka_unit_test(test_kernels_are_cells),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
