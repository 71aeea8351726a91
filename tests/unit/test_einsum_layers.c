/* Einsum that multiplies data by a matrix is a layer like MatMul: the same network written both ways has the same layers, costs, coupled
 * sets, routes, answers and smaller models. Which equations are such a product, and what becomes of the others. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "engine/explain/flow.h"
#include "engine/graph/equation.h"
#include "engine/graph/op.h"
#include "engine/prune/cost.h"
#include "engine/prune/prune.h"
#include "tests/unit/util_shrink.h"
#include "tests/unit/util_source.h"

/* ---- which equations ---- */

static void einsum(struct source *s, const char *equation, const char *inputs, const char *output)
{
    net_node(s, "Einsum", inputs, output);
    net_text(s, "equation", equation);
}

/* x is 1 x 3 x 4; axes of weight, data and result as unit input / data axis / result axis, or part of the reason. */
static void check_equation(const char *equation, bool first, const int64_t *dims, const char *expected)
{
    struct source *s = from_x(DIMS(1, 3, 4));
    struct equation_weight w;
    struct buf got = {0};
    net_floats(s, "w", dims, NULL);
    einsum(s, equation, first ? "w x" : "x w", "y");
    struct graph *g = graph_bind(s, 0, NULL);
    assert_non_null(g);
    assert_true(equation_weight(g, &g->nodes[0], &w));
    assert_int_equal(w.slot, !first);
    if (w.reason)
        buf_printf(&got, "%s%s", w.reason, w.summed ? "" : ", a scale");
    else
        buf_printf(&got, "%d %d / %d / %d", w.axes.unit, w.axes.input, w.axes.data, w.axes.result);
    assert_string_equal(buf_text(&got), expected);
    buf_release(&got);
    graph_free(g);
    source_free(s);
}

static void equations_that_weigh(void **state)
{
    (void)state;
    static const char no_matrix[] = "it is no matrix of units and inputs",
                      no_plain[] = "its equation is more than one product of the data with a matrix";
    check_equation("bsd,du->bsu", false, DIMS(4, 5), "1 0 / 2 / 2");
    check_equation("bsd,ud->bsu", false, DIMS(5, 4), "0 1 / 2 / 2");
    check_equation("bsd,du->bus", false, DIMS(4, 5), "1 0 / 2 / 1");
    check_equation("us,bsd->bud", true, DIMS(5, 3), "0 1 / 1 / 1");
    check_equation(" ... d , u d -> ... u", false, DIMS(5, 4), "0 1 / 2 / 2");
    check_equation("abc,cd", false, DIMS(4, 5), "1 0 / 2 / 2");
    check_equation("bsd,dhk->bshk", false, DIMS(4, 2, 3), no_matrix);
    check_equation("bsd,d->bs", false, DIMS(4), no_matrix);
    check_equation("bsd,sd->b", false, DIMS(3, 4), no_plain);
    check_equation("bsd,du->bu", false, DIMS(4, 5), no_plain); /* positions are summed, too */
    check_equation("bsd,ds->bsd", false, DIMS(4, 3),
                   "its equation is more than one product of the data with a matrix, a scale");
    check_equation("bsd,dd->bs", false, DIMS(4, 4), no_plain);
}

/* ---- the same network both ways ---- */

static struct source *network(bool letters)
{
    struct source *s = from_x(DIMS(FREE, 3, 4));
    net_floats(s, "a.weight", DIMS(4, 6), NULL);
    net_floats(s, "a.bias", DIMS(6), FLOATS(-9, 8, 3, -40, 1, 0));
    net_floats(s, "b.weight", DIMS(5, 6), NULL);
    net_floats(s, "c.weight", DIMS(2, 3), FLOATS(1, -1, 0.5f, 2, 0.25f, -0.5f));
    if (letters)
        einsum(s, "bsd,du->bsu", "x a.weight", "h");
    else
        net_node(s, "MatMul", "x a.weight", "h");
    net_node(s, "Add", "h a.bias", "p");
    net_node(s, "Relu", "p", "r");
    if (!letters)
        net_node(s, "Transpose", "b.weight", "turned");
    if (letters)
        einsum(s, "...d,ud->...u", "r b.weight", "t");
    else
        net_node(s, "MatMul", "r turned", "t");
    if (letters)
        einsum(s, "ps,bsu->bpu", "c.weight t", "y");
    else
        net_node(s, "MatMul", "c.weight t", "y");
    return s;
}

static void same_layers(const struct opened *a, const struct opened *b)
{
    assert_int_equal(b->l.n, 3);
    assert_int_equal(a->l.n, b->l.n);
    assert_int_equal(a->l.prunable, b->l.prunable);
    assert_int_equal(a->l.parameters, b->l.parameters);
    assert_int_equal(a->c.n_sets, b->c.n_sets);
    for (int i = 0; i < a->l.n; i++) {
        const struct layer *x = &a->l.v[i], *y = &b->l.v[i];
        assert_string_equal(x->name, y->name);
        assert_string_equal(y->op, "Einsum");
        assert_true(x->units == y->units && x->inputs == y->inputs && x->taps == y->taps);
        assert_true(x->unit_axis == y->unit_axis && x->input_axis == y->input_axis);
        assert_int_equal(x->bias >= 0, y->bias >= 0);
        assert_memory_equal(a->c.set_of[i], b->c.set_of[i], (size_t)x->units * sizeof(int));
        assert_memory_equal(a->c.set_read[i], b->c.set_read[i], (size_t)x->inputs * sizeof(int));
    }
    for (int i = 0; i < a->c.n_sets; i++)
        assert_int_equal(a->c.sets[i].pinned, b->c.sets[i].pinned);
}

static void same_costs(const struct opened *a, const struct opened *b, const struct mask *mask)
{
    struct cost x, y;
    cost_of(a->g, &a->l, &a->c, mask, &x);
    cost_of(b->g, &b->l, &b->c, mask, &y);
    assert_int_equal(x.dense_macs, 3 * 4 * 6 + 3 * 6 * 5 + 2 * 3 * 5);
    assert_true(x.macs == y.macs && x.dense_macs == y.dense_macs && x.kept == y.kept);
    assert_true(x.parameters == y.parameters && x.csr_bytes == y.csr_bytes && x.other_bytes == y.other_bytes);
    cost_release(&x);
    cost_release(&y);
}

static void same_routes(const struct opened *a, const struct opened *b, const struct mask *mask)
{
    const struct opened *both[] = {a, b};
    struct flow f[2];
    flow_amount **in[2], **out[2];
    for (int i = 0; i < 2; i++) {
        flow_init(&f[i], both[i]->g, &both[i]->l, mask);
        in[i] = flow_from_inputs(&f[i]);
        out[i] = flow_to_outputs(&f[i]);
    }
    for (int64_t k = 0; k < 2 * 5; k++)
        assert_true(in[0][a->g->outputs[0]][k] == in[1][b->g->outputs[0]][k]);
    for (int64_t k = 0; k < 3 * 4; k++)
        assert_true(out[0][a->g->inputs[0]][k] == out[1][b->g->inputs[0]][k]);
    for (int i = 0; i < 2; i++) {
        flow_amounts_free(&f[i], in[i]);
        flow_amounts_free(&f[i], out[i]);
        flow_release(&f[i]);
    }
}

static void same_smaller(const struct opened *a, const struct opened *b, const struct mask *mask)
{
    struct shrunk x = opened_shrink(a, mask, "MatMul"), y = opened_shrink(b, mask, "Einsum");
    assert_true(x.n_removed == y.n_removed && x.dead_weights == y.dead_weights);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(x.layers[i].n_removed, y.layers[i].n_removed);
        assert_memory_equal(x.layers[i].removed, y.layers[i].removed,
                            (size_t)x.layers[i].n_removed * sizeof(int64_t));
    }
    assert_int_equal(x.n_stayed, y.n_stayed);
    shrunk_release(&x);
    shrunk_release(&y);
}

static void both_ways_are_one(void **state)
{
    (void)state;
    struct opened a = opened(network(false)), b = opened(network(true));
    same_layers(&a, &b);
    for (int kind = 0; kind < 4; kind++) {
        struct mask *mask = mask_new(&a.l);
        int64_t n, m;
        if (kind == 1)
            take(&a, mask, "a", 2);
        if (kind == 2) /* a constant that goes into biases, where there are some; a unit that nobody hears */
            starve(&a, mask, "a", 1);
        for (int64_t i = 0; kind == 3 && i < a.l.v[1].weights; i += 3)
            mask_set(mask, 1, i, false);
        same_costs(&a, &b, mask);
        same_routes(&a, &b, mask);
        same_smaller(&a, &b, mask);
        float *x = opened_compute(&a, mask, &n), *y = opened_compute(&b, mask, &m);
        opened_same(x, n, y, m, "both ways");
        free(x);
        free(y);
        mask_unref(mask);
    }
    opened_close(&a);
    opened_close(&b);
}

/* ---- weights of no layer ---- */

static void other_weights_are_counted_and_listed(void **state)
{
    (void)state;
    struct source *s = from_x(DIMS(FREE, 3, 4));
    net_floats(s, "heads", DIMS(4, 2, 3), NULL);
    net_floats(s, "scale", DIMS(2, 3), NULL);
    einsum(s, "bsd,dhk->bshk", "x heads", "h");
    einsum(s, "bshk,hk->bshk", "h scale", "y");
    struct opened m = opened(s);
    struct mask *mask = mask_new(&m.l);
    struct cost cost;
    cost_of(m.g, &m.l, &m.c, mask, &cost);
    assert_int_equal(m.l.prunable, 0);
    assert_int_equal(m.l.parameters, 24);
    assert_int_equal(cost.parameters, 24);
    assert_int_equal(cost.dense_macs, 3 * 4 * 2 * 3);
    assert_int_equal(m.l.n_unprunable, 2);
    assert_string_equal(m.l.unprunable[0].name, "heads");
    assert_string_equal(m.l.unprunable[0].reason, "it is no matrix of units and inputs");
    cost_release(&cost);
    mask_unref(mask);
    opened_close(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equations_that_weigh),
        cmocka_unit_test(both_ways_are_one),
        cmocka_unit_test(other_weights_are_counted_and_listed),
    };
    return cmocka_run_group_tests_name("einsum_layers", tests, NULL, NULL);
}
