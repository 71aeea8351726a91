/* engine/kernels: sums that go on (add) and sizes of lanes, at every level that this processor has and any number of lanes: the plain
 * loop's bits. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/base/mem.h"
#include "engine/base/rng.h"
#include "engine/kernels/kernels.h"
#include "engine/kernels/sparse.h"

enum { M = 9, K = 230, LANES = 70 };

static const int widths[] = {1, 3, 7, 8, 16, 17, 31, 64, 70};
enum { WIDTHS = sizeof widths / sizeof *widths };

static void each_level(void (*check)(const struct lane_kernels *, int lanes))
{
    static const char *const levels[] = {"plain", "avx2", "avx512"};
    for (size_t i = 0; i < sizeof levels / sizeof *levels; i++) {
        struct kernels k;
        struct err e = {0};
        bool here = kernels_choose(levels[i], &k, &e);
        for (int w = 0; here && w < WIDTHS; w++)
            check(k.own, widths[w]);
        err_release(&e);
    }
}

static float drawn(uint64_t what, size_t i, double zeros)
{
    return rng_unit(what, 0, i) < zeros ? 0 : (float)rng_unit(what, 1, i) - 0.5f;
}

/* Dense enough for bands of columns, and not. */
static void adds(const struct lane_kernels *own, int lanes)
{
    for (int dense = 0; dense < 2; dense++) {
        static float w[M * K], x[K * LANES], y[M * LANES], z[M * LANES];
        const float *rows[K];
        float *out[M];
        int64_t kept = 0;
        for (size_t i = 0; i < M * K; i++)
            kept += (w[i] = drawn(1, i, dense ? 0.3 : 0.95)) != 0;
        for (size_t i = 0; i < K * LANES; i++)
            x[i] = drawn(2, i, 0.2);
        for (size_t i = 0; i < M * LANES; i++)
            y[i] = z[i] = drawn(3, i, 0);
        for (int k = 0; k < K; k++)
            rows[k] = x + k * lanes;
        for (int r = 0; r < M; r++)
            out[r] = y + r * lanes;
        struct sparse s;
        sparse_init(&s, M, K, w, kept);
        own->add(&s, rows, lanes, out);
        sparse_release(&s);
        for (int r = 0; r < M; r++)
            for (int k = 0; k < K; k++)
                for (int l = 0; w[r * K + k] != 0 && l < lanes; l++)
                    z[r * lanes + l] = fmaf(w[r * K + k], x[k * lanes + l], z[r * lanes + l]);
        assert_memory_equal(y, z, sizeof y);
    }
}

static void sizes(const struct lane_kernels *own, int lanes)
{
    static float x[K * LANES];
    float squares[LANES + 1], used[LANES + 1], expected[LANES + 1], counted[LANES + 1];
    for (size_t i = 0; i < K * LANES; i++)
        x[i] = drawn(4, i, 0.4);
    for (int l = 0; l <= LANES; l++)
        squares[l] = used[l] = expected[l] = counted[l] = (float)l;
    own->sizes(K, lanes, x, squares, used);
    for (int k = 0; k < K; k++)
        for (int l = 0; l < lanes; l++) {
            expected[l] = fmaf(x[k * lanes + l], x[k * lanes + l], expected[l]);
            counted[l] += x[k * lanes + l] != 0;
        }
    assert_memory_equal(squares, expected, sizeof squares);
    assert_memory_equal(used, counted, sizeof used);
}

/* Any length; one weight that is another than its own, at any place, is noticed. */
static void kept(const struct lane_kernels *own, int lanes)
{
    float w[3 * LANES] = {0}, o[3 * LANES] = {0};
    uint64_t bits[4], expected[4] = {0};
    int n = 3 * lanes;
    for (int i = 0; i < n; i++) {
        o[i] = drawn(5, (size_t)i, 0.1);
        w[i] = drawn(6, (size_t)i, 0.5) != 0 ? o[i] : 0;
        expected[i / 64] |= (uint64_t)(w[i] != 0) << i % 64;
    }
    assert_true(own->kept((size_t)n, w, o, bits));
    assert_memory_equal(bits, expected, (size_t)(n + 63) / 64 * sizeof *bits);
    for (int i = 0; i < n; i++) {
        float was = w[i];
        w[i] = o[i] + 1;
        assert_false(own->kept((size_t)n, w, o, bits));
        w[i] = was;
    }
}

static void test_kept(void **state)
{
    (void)state;
    each_level(kept);
}

static void test_add(void **state)
{
    (void)state;
    each_level(adds);
}

static void test_sizes(void **state)
{
    (void)state;
    each_level(sizes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_add), cmocka_unit_test(test_sizes),
                                       cmocka_unit_test(test_kept)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
