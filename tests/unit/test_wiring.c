/* engine/explain: routes, dead ends and links of the readmission sample, against products of masks computed here with plain loops. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>

#include "engine/base/rng.h"
#include "engine/explain/neuron.h"
#include "engine/explain/routes.h"
#include "engine/explain/wiring.h"
#include "engine/io/onnx.h"
#include "engine/prune/couple.h"

enum { IN = 42, H1 = 128, H2 = 64, OUT = 2 };

struct subject {
    struct model_file *file;
    struct graph *g;
    struct layers l;
    struct coupling coupling;
    struct mask *m;
    uint8_t a[H1][IN], b[H2][H1], c[OUT][H2]; /* 1: kept */
};

/* The sample under a random mask that keeps one weight in `keep`. */
static void subject_init(struct subject *s, uint64_t seed, double keep)
{
    s->file = model_file_read("samples/readmit/model.onnx", NULL);
    s->g = graph_bind(model_file_source(s->file), 0, NULL);
    assert_true(layers_find(s->g, &s->l, NULL));
    assert_true(coupling_find(s->g, &s->l, &s->coupling, NULL));
    assert_int_equal(s->l.n, 3);
    s->m = mask_new(&s->l);
    uint8_t *rows[] = {&s->a[0][0], &s->b[0][0], &s->c[0][0]};
    for (int i = 0; i < 3; i++) {
        const struct layer *l = &s->l.v[i];
        for (int64_t u = 0; u < l->units; u++)
            for (int64_t in = 0; in < l->inputs; in++) {
                bool kept = rng_unit(seed, (uint64_t)i, (uint64_t)(u * l->inputs + in)) < keep;
                rows[i][u * l->inputs + in] = kept;
                mask_set(s->m, i, layer_index(l, u, in, 0), kept);
            }
    }
}

static void subject_release(struct subject *s)
{
    mask_unref(s->m);
    coupling_release(&s->coupling);
    layers_release(&s->l);
    graph_free(s->g);
    model_file_free(s->file);
}

static void near(double got, double expect)
{
    if (expect == -INFINITY)
        assert_true(got == -INFINITY);
    else
        assert_true(fabs(got - expect) < 1e-9);
}

static void test_routes_are_products_of_masks(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 6; seed++) {
        struct subject s;
        struct wiring w;
        struct routes n;
        double p1[H1] = {0}, p2[H2] = {0}, q2[H2] = {0}, q1[H1] = {0}, total = 0;
        int dead1 = 0, dead2 = 0;
        subject_init(&s, seed, seed < 4 ? 0.05 : 0.3);
        wiring_find(s.g, &s.l, &s.coupling, s.m, &w);
        assert_true(routes_find(s.g, &s.l, &s.coupling, s.m, NULL, &n));
        for (int h = 0; h < H1; h++)
            for (int i = 0; i < IN; i++)
                p1[h] += s.a[h][i];
        for (int k = 0; k < H2; k++) {
            for (int h = 0; h < H1; h++)
                p2[k] += s.b[k][h] * p1[h];
            for (int o = 0; o < OUT; o++)
                q2[k] += s.c[o][k];
            total += p2[k] * q2[k];
            dead2 += p2[k] == 0 || q2[k] == 0;
            near(n.unit_log10[1][k], log10(p2[k] * q2[k]));
        }
        for (int h = 0; h < H1; h++) {
            for (int k = 0; k < H2; k++)
                q1[h] += s.b[k][h] * q2[k];
            dead1 += p1[h] == 0 || q1[h] == 0;
            assert_int_equal(w.alive_out[0][h], q1[h] > 0);
        }
        near(n.total_log10, log10(total));
        assert_int_equal(w.dead[0], dead1);
        assert_int_equal(w.dead[1], dead2);
        int64_t cut = 0;
        for (int i = 0; i < IN; i++) {
            double routes = 0;
            int64_t links = 0;
            for (int h = 0; h < H1; h++) {
                routes += s.a[h][i] * q1[h];
                links += s.a[h][i];
            }
            near(n.input_log10[i], log10(routes));
            assert_int_equal(n.input_links[i], links);
            cut += routes == 0;
        }
        assert_int_equal(w.cut_inputs, cut);
        wiring_release(&w);
        routes_release(&n);
        subject_release(&s);
    }
}

static void test_a_layer_knows_that_it_reads_the_input(void **state)
{
    (void)state;
    struct subject s;
    subject_init(&s, 1, 1.1);
    assert_int_equal(layer_reads_input(s.g, &s.l.v[0]), 0);
    assert_int_equal(layer_reads_input(s.g, &s.l.v[1]), -1);
    subject_release(&s);
}

static void test_a_neuron_lists_every_link(void **state)
{
    (void)state;
    struct subject s;
    struct wiring now;
    struct routes dense;
    struct neuron n;
    subject_init(&s, 9, 0.2);
    wiring_find(s.g, &s.l, &s.coupling, s.m, &now);
    assert_true(routes_find(s.g, &s.l, NULL, NULL, NULL, &dense));
    neuron_find(s.g, &s.l, &s.coupling, s.m, &now, 1, 17, &n);
    assert_int_equal(n.n_in, H1);
    assert_int_equal(n.n_out, OUT);
    const float *w2 = layer_weights(s.g, &s.l.v[1]), *w3 = layer_weights(s.g, &s.l.v[2]);
    double shares = 0;
    for (int h = 0; h < H1; h++) {
        assert_int_equal(n.in[h].layer, 0);
        assert_int_equal(n.in[h].source, h);
        assert_int_equal(n.in[h].kept, s.b[17][h]);
        assert_true(n.in[h].weight == (double)w2[layer_index(&s.l.v[1], 17, h, 0)]);
        shares += n.in[h].share;
    }
    assert_true(fabs(shares - 1) < 1e-12);
    for (int o = 0; o < OUT; o++) {
        assert_int_equal(n.out[o].layer, 2);
        assert_int_equal(n.out[o].index, o);
        assert_int_equal(n.out[o].kept, s.c[o][17]);
        assert_true(n.out[o].weight == (double)w3[layer_index(&s.l.v[2], o, 17, 0)]);
    }
    near(dense.unit_log10[1][17], log10((double)IN * H1 * OUT));
    neuron_release(&n);
    neuron_find(s.g, &s.l, &s.coupling, s.m, &now, 0, 5, &n);
    assert_int_equal(n.n_in, IN);
    assert_int_equal(n.in[3].layer, -1);
    assert_int_equal(n.in[3].source, 3);
    neuron_release(&n);
    routes_release(&dense);
    wiring_release(&now);
    subject_release(&s);
}

/* Convolutions: 28 x 28 through 5 x 5, stride 2, padding 2: each of 14 x 14 positions sees what lies inside the picture. */
static void test_convolutions_count_positions(void **state)
{
    (void)state;
    struct model_file *file = model_file_read("samples/digits-cnn/model.onnx", NULL);
    struct graph *g = graph_bind(model_file_source(file), 0, NULL);
    struct layers l;
    struct wiring w;
    struct routes n;
    assert_true(layers_find(g, &l, NULL));
    wiring_find(g, &l, NULL, NULL, &w);
    assert_true(routes_find(g, &l, NULL, NULL, NULL, &n));
    assert_int_equal(w.dead_total, 0);
    assert_int_equal(w.n_inputs, 784);
    /* the corner pixel is seen by output positions 0 and 1 in each direction, by all 16 channels */
    assert_int_equal(n.input_links[0], 2 * 2 * 16);
    int64_t sum = 0;
    for (int i = 0; i < 784; i++)
        sum += n.input_links[i];
    int taps = 0;
    for (int o = 0; o < 14; o++)
        for (int t = 0; t < 5; t++)
            taps += 2 * o - 2 + t >= 0 && 2 * o - 2 + t < 28;
    assert_int_equal(sum, (int64_t)taps * taps * 16);
    wiring_release(&w);
    routes_release(&n);
    layers_release(&l);
    graph_free(g);
    model_file_free(file);
}

/* Nothing is left behind, and nothing half counted is taken for a number. */
static void test_counting_can_be_stopped(void **state)
{
    (void)state;
    struct subject s;
    struct routes n;
    const atomic_bool stop = true;
    subject_init(&s, 1, 0.5);
    assert_false(routes_find(s.g, &s.l, &s.coupling, s.m, &stop, &n));
    assert_null(n.unit_log10);
    subject_release(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_routes_are_products_of_masks),
        cmocka_unit_test(test_a_layer_knows_that_it_reads_the_input),
        cmocka_unit_test(test_a_neuron_lists_every_link),
        cmocka_unit_test(test_convolutions_count_positions),
        cmocka_unit_test(test_counting_can_be_stopped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
