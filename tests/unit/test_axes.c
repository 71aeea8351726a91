/* What weighted sums say of their axes (weighted.h): by hand for every way an operator can stand, and held to the edges that the sums
 * compute along, on those and on random networks. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/graph/op.h"
#include "engine/graph/weighted.h"
#include "tests/unit/util_graphs.h"
#include "tests/unit/util_source.h"

enum { NETWORKS = 200 };

static int64_t along(const struct shape *s, int axis, int64_t element)
{
    int64_t steps[SHAPE_MAX];
    shape_strides(s, steps);
    return axis < 0 ? 0 : element / steps[axis] % s->dim[axis];
}

struct held {
    const struct graph *g;
    const struct node *n;
    const struct weighted *w;
    int64_t edges, weights;
};

static const struct shape *shape_at(const struct held *h, int value)
{
    return &h->g->values[value].shape;
}

/* Of the two axes of a weight the outer one counts through all groups, the other one within a group. */
static void hold_weight(const struct held *h, int64_t weight, int64_t input, int64_t unit)
{
    const struct weighted *w = h->w;
    const struct shape *s = shape_at(h, h->n->inputs[w->weight]);
    bool units_outside = w->axes.unit < w->axes.input;
    assert_int_equal(along(s, w->axes.unit, weight), units_outside ? unit : unit % w->rows);
    assert_int_equal(along(s, w->axes.input, weight), units_outside ? input % w->inputs : input);
    assert_int_equal(unit / w->rows, input / w->inputs);
}

static void hold_run(void *data, const struct edge_run *run)
{
    struct held *h = data;
    const struct weighted *w = h->w;
    const struct shape *x = shape_at(h, h->n->inputs[w->data]), *y = shape_at(h, h->n->outputs[0]);
    for (int64_t i = 0; run->slot == w->data && i < run->count; i++, h->edges++) {
        int64_t from = run->input + i * run->input_step, to = run->output + i * run->output_step;
        for (int d = 0; d < x->rank; d++)
            if (w->axes.same[d] >= 0)
                assert_int_equal(along(x, d, from), along(y, w->axes.same[d], to));
        if (run->weight < 0)
            continue;
        hold_weight(h, run->weight + i * run->weight_step, along(x, w->axes.data, from),
                    along(y, w->axes.result, to));
        h->weights++;
    }
}

/* Every edge of the node lies as its axes say; there is one at least. */
static void hold(const struct graph *g, const struct node *n)
{
    const struct weighted *w = op_described(n);
    struct held h = {.g = g, .n = n, .w = w};
    if (!w || w->unfit || w->axes.data < 0)
        return;
    op_edges(g, n, hold_run, &h);
    assert_true(h.edges > 0 && (w->apart || !w->constant || h.weights == h.edges));
}

static void axes_are_those_of_the_edges(void **state)
{
    (void)state;
    int sums = 0;
    for (uint64_t seed = 0; seed < NETWORKS; seed++) {
        struct source *s = sketch_random(seed, (int)(seed % 2));
        struct graph *g = graph_bind(s, 0, NULL);
        assert_non_null(g);
        for (int i = 0; i < g->n_nodes; i++) {
            hold(g, &g->nodes[i]);
            sums += op_described(&g->nodes[i]) != NULL;
        }
        graph_free(g);
        source_free(s);
    }
    assert_true(sums > NETWORKS * 2);
}

/* The one node of a network: "weight: unit input / data result / same..." and what else is to be told. */
static void check(struct source *s_take, const char *expected)
{
    struct buf got = {0};
    struct err e = {0};
    struct graph *g = graph_bind(s_take, 0, &e);
    if (!g)
        fail_msg("%s", e.message);
    const struct node *n = &g->nodes[0];
    const struct weighted *w = op_described(n);
    if (!w) {
        buf_puts(&got, "none");
    } else if (w->unfit) {
        buf_puts(&got, w->unfit);
    } else {
        buf_printf(&got, "%d: %d %d / %d %d /", w->weight, w->axes.unit, w->axes.input, w->axes.data,
                   w->axes.result);
        for (int d = 0; d < g->values[n->inputs[w->data]].shape.rank; d++)
            buf_printf(&got, " %d", w->axes.same[d]);
        buf_puts(&got, w->apart ? ", apart" : "");
        if (w->bias >= 0)
            buf_printf(&got, ", bias %d by %g", w->bias, (double)w->bias_scale);
        hold(g, n);
    }
    assert_string_equal(buf_text(&got), expected);
    buf_release(&got);
    graph_free(g);
    source_free(s_take);
}

static struct source *product(const char *op, const int64_t *x, const int64_t *weight, bool left)
{
    struct source *s = from_x_at(10, x);
    net_floats(s, "w", weight, NULL);
    net_node(s, op, left ? "w x" : "x w", "y");
    return s;
}

static void check_matmul(const int64_t *x, const int64_t *weight, bool left, const char *expected)
{
    check(product("MatMul", x, weight, left), expected);
}

static void products(void **state)
{
    (void)state;
    check_matmul(DIMS(2, 3, 4), DIMS(4, 5), false, "1: 1 0 / 2 2 / 0 1 -1");
    check_matmul(DIMS(2, 4, 3), DIMS(5, 4), true, "0: 0 1 / 1 1 / 0 -1 2");
    check_matmul(DIMS(4), DIMS(4, 5), false, "1: 1 0 / 0 0 / -1");
    check_matmul(DIMS(4), DIMS(5, 4), true, "0: 0 1 / 0 0 / -1, apart");
    check_matmul(DIMS(2, 3, 4), DIMS(4), false, "1: -1 0 / 2 -1 / 0 1 -1, apart");
    check_matmul(DIMS(2, 4, 3), DIMS(4), true, "0: -1 0 / 1 -1 / 0 -1 1, apart");
    check_matmul(DIMS(3, 4), DIMS(1, 1, 4, 5), false, "1: 3 2 / 1 3 / 2 -1, apart");
    check_matmul(DIMS(4, 3), DIMS(1, 5, 4), true, "0: 1 2 / 0 1 / -1 2, apart");
    check_matmul(DIMS(1, 1, 1), DIMS(1, 1), false, "1: 1 0 / 2 2 / 0 1 -1");
    check_matmul(DIMS(1, 1, 1), DIMS(1, 1), true, "0: 0 1 / 1 1 / 0 -1 2");
    check_matmul(DIMS(2, 3, 4), DIMS(2, 4, 5), false, "it is a batch of matrices, not one");
    struct source *s = from_x(DIMS(2, 2));
    net_node(s, "MatMul", "x x", "y");
    check(s, "none");
}

static void check_gemm(const int64_t *x, const int64_t *weight, bool left, int ta, int tb,
                       const char *expected)
{
    struct source *s = from_x(x);
    net_floats(s, "w", weight, NULL);
    net_node(s, "Gemm", left ? "w x" : "x w", "y");
    net_int(s, "transA", ta);
    net_int(s, "transB", tb);
    net_float(s, "beta", 0.5f);
    check(s, expected);
}

static void gemms(void **state)
{
    (void)state;
    check_gemm(DIMS(3, 4), DIMS(4, 5), false, 0, 0, "1: 1 0 / 1 1 / 0 -1, bias 2 by 0.5");
    check_gemm(DIMS(3, 4), DIMS(5, 4), false, 0, 1, "1: 0 1 / 1 1 / 0 -1, bias 2 by 0.5");
    check_gemm(DIMS(4, 3), DIMS(4, 5), false, 1, 0, "1: 1 0 / 0 1 / -1 0, bias 2 by 0.5");
    check_gemm(DIMS(1, 1), DIMS(1, 1), false, 1, 1, "1: 0 1 / 0 1 / -1 0, bias 2 by 0.5");
    /* no layer's: its bias would run along the data's columns */
    check_gemm(DIMS(4, 3), DIMS(5, 4), true, 0, 0, "0: 0 1 / -1 0 / -1 1, bias 2 by 0.5");
    /* before opset 11 a Gemm has a third input from the start or never */
    struct source *s = from_x_at(10, DIMS(3, 4));
    net_floats(s, "w", DIMS(4, 5), NULL);
    net_floats(s, "c", DIMS(5), NULL);
    net_node(s, "Gemm", "x w c", "y");
    check(s, "1: 1 0 / 1 1 / 0 -1, bias 2 by 1");
}

static void check_conv(const char *op, const int64_t *x, const int64_t *weight, int groups,
                       const char *expected)
{
    struct source *s = product(op, x, weight, false);
    net_int(s, "group", groups);
    check(s, expected);
}

static void convolutions(void **state)
{
    (void)state;
    check_conv("Conv", DIMS(1, 4, 5, 5), DIMS(6, 4, 3, 3), 1, "1: 0 1 / 1 1 / 0 -1 -1 -1, bias 2 by 1");
    check_conv("Conv", DIMS(1, 4, 5, 5), DIMS(6, 2, 3, 3), 2, "1: 0 1 / 1 1 / 0 -1 -1 -1, bias 2 by 1");
    check_conv("Conv", DIMS(2, 4, 5), DIMS(6, 4, 1), 1, "1: 0 1 / 1 1 / 0 -1 -1, bias 2 by 1");
    check_conv("ConvTranspose", DIMS(1, 4, 5, 5), DIMS(4, 6, 3, 3), 1,
               "1: 1 0 / 1 1 / 0 -1 -1 -1, bias 2 by 1");
    check_conv("ConvTranspose", DIMS(1, 4, 5, 5), DIMS(4, 3, 2, 2), 2,
               "1: 1 0 / 1 1 / 0 -1 -1 -1, bias 2 by 1");
}

static void check_einsum(const char *equation, const int64_t *x, const int64_t *weight, bool left,
                         const char *expected)
{
    struct source *s = product("Einsum", x, weight, left);
    net_text(s, "equation", equation);
    check(s, expected);
}

static void equations(void **state)
{
    (void)state;
    check_einsum("bsd,du->bsu", DIMS(1, 3, 4), DIMS(4, 5), false, "1: 1 0 / 2 2 / 0 1 -1");
    check_einsum("us,bsd->bud", DIMS(1, 3, 4), DIMS(5, 3), true, "0: 0 1 / 1 1 / 0 -1 2");
    check_einsum("bsd,ud->usb", DIMS(2, 3, 4), DIMS(5, 4), false, "1: 0 1 / 2 0 / 2 1 -1");
    check_einsum("abcd,de->cbae", DIMS(2, 3, 2, 4), DIMS(4, 5), false, "1: 1 0 / 3 3 / 2 1 0 -1, apart");
    check_einsum("bsd,d->bsd", DIMS(1, 3, 4), DIMS(4), false, "it is no matrix of units and inputs");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(products),
        cmocka_unit_test(gemms),
        cmocka_unit_test(convolutions),
        cmocka_unit_test(equations),
        cmocka_unit_test(axes_are_those_of_the_edges),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
