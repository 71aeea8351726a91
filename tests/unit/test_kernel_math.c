/* engine/kernels: the own exp, log, tanh, erf against double precision, and every level against the plain one. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/base/rng.h"
#include "engine/kernels/kernels.h"
#include "engine/kernels/sparse.h"

enum { N = 40000 };

static const char *const levels[] = {"plain", "avx2", "avx512"};

/* Kernels of a level, or NULL where this processor lacks it. */
static const struct lane_kernels *level(const char *name)
{
    struct kernels k;
    struct err e = {0};
    const struct lane_kernels *own = kernels_choose(name, &k, &e) ? k.own : NULL;
    err_release(&e);
    return own;
}

static double relative(double got, double expect)
{
    return fabs(got - expect) / fmax(fabs(expect), 1.2e-38);
}

static double erf_of(double x)
{
    return erf(x);
}

static double sigmoid_of(double x)
{
    return 1 / (1 + exp(-x));
}

static void check_map(enum lane_map f, double (*oracle)(double), double from, double to, double allowed)
{
    static float x[N], y[N];
    double worst = 0;
    for (int i = 0; i < N; i++)
        x[i] = (float)(from + (to - from) * i / (N - 1));
    level("plain")->map(f, N, x, 0, 0, y);
    for (int i = 0; i < N; i++)
        if (fabs(oracle(x[i])) > 1.2e-38)
            worst = fmax(worst, relative(y[i], oracle(x[i])));
    if (worst > allowed)
        print_message("map %d: relative error %g, allowed %g\n", f, worst, allowed);
    assert_true(worst <= allowed);
}

static void test_functions_against_double_precision(void **state)
{
    (void)state;
    const double ulp = 0x1p-23;
    check_map(MAP_EXP, exp, -87, 88.7, 2 * ulp);
    check_map(MAP_LOG, log, 1e-6, 0.9, 2 * ulp);
    check_map(MAP_LOG, log, 1.1, 1e6, 2 * ulp);
    check_map(MAP_TANH, tanh, -10, 10, 1e-6);
    check_map(MAP_ERF, erf_of, -5, 5, 1e-6);
    check_map(MAP_SIGMOID, sigmoid_of, -40, 40, 1e-6);
}

static void test_functions_at_the_edges(void **state)
{
    (void)state;
    const float x[] = {INFINITY, -INFINITY, NAN, 0, 1e-40f, -200, 200};
    enum { EDGES = sizeof x / sizeof *x };
    float y[EDGES];
    const struct lane_kernels *k = level("plain");
    k->map(MAP_EXP, EDGES, x, 0, 0, y);
    assert_true(y[0] == INFINITY && y[1] == 0 && isnan(y[2]) && y[3] == 1 && y[4] == 1 && y[5] == 0 &&
                y[6] == INFINITY);
    k->map(MAP_LOG, EDGES, x, 0, 0, y);
    assert_true(y[0] == INFINITY && isnan(y[1]) && isnan(y[2]) && y[3] == -INFINITY && isnan(y[5]));
    assert_true(relative(y[4], log((double)1e-40f)) < 1e-6);
    k->map(MAP_TANH, EDGES, x, 0, 0, y);
    assert_true(y[0] == 1 && y[1] == -1 && isnan(y[2]) && y[3] == 0);
    k->map(MAP_ERF, EDGES, x, 0, 0, y);
    assert_true(y[0] == 1 && y[1] == -1 && isnan(y[2]) && y[3] == 0);
}

static void fill(float *x, size_t n, uint64_t seed)
{
    for (size_t i = 0; i < n; i++)
        x[i] = (float)(8 * rng_unit(seed, 0, i) - 4);
}

static void test_levels_agree_on_every_function(void **state)
{
    (void)state;
    enum { ROWS = 7, LANES = 64, ALL = ROWS * LANES };
    float x[ALL], z[ALL], plain[ALL], other[ALL];
    fill(x, ALL, 1);
    fill(z, ALL, 2);
    for (size_t l = 1; l < sizeof levels / sizeof *levels; l++) {
        const struct lane_kernels *k = level(levels[l]), *p = level("plain");
        if (!k)
            continue;
        for (int f = 0; f < MAP_COUNT; f++) {
            p->map(f, ALL, x, 0.3f, 1.2f, plain);
            k->map(f, ALL, x, 0.3f, 1.2f, other);
            assert_memory_equal(plain, other, sizeof plain);
        }
        for (int f = 0; f < ZIP_COUNT; f++)
            for (int strides = 0; strides < 4; strides++) {
                p->zip(f, ROWS, LANES, x, strides & 1, z, strides >> 1, plain);
                k->zip(f, ROWS, LANES, x, strides & 1, z, strides >> 1, other);
                assert_memory_equal(plain, other, sizeof plain);
            }
    }
}

/* The definition: index order, one fused multiply-add per weight and lane. */
static void triple_loop(int m, int k, const float *w, const float *bias, const float *const *rows, int lanes,
                        float *y)
{
    for (int i = 0; i < m; i++)
        for (int l = 0; l < lanes; l++) {
            float sum = bias ? bias[i] : 0;
            for (int j = 0; j < k; j++)
                if (rows[j])
                    sum = fmaf(w[i * k + j], rows[j][l], sum);
            y[i * lanes + l] = sum;
        }
}

static void check_turned(const struct lane_kernels *own, int m, int k, const float *w, const float *bias,
                         const float *const *rows, int lanes, const float *expect, float *const *y)
{
    int stride = (m + 15) / 16 * 16;
    float *turned = calloc((size_t)(k * stride), sizeof *turned),
          *sums = calloc((size_t)(64 * stride), sizeof *sums);
    for (int i = 0; i < m; i++) {
        memset(y[i], 0, sizeof **y * (size_t)lanes);
        for (int j = 0; j < k; j++)
            turned[j * stride + i] = w[i * k + j];
    }
    own->turned(m, k, turned, stride, bias, rows, lanes, y, sums);
    for (int i = 0; i < m; i++)
        assert_memory_equal(y[i], expect + i * lanes, sizeof *expect * (size_t)lanes);
    int64_t used = 0;
    for (int j = 0; j < k; j++)
        for (int l = 0; rows[j] && l < lanes; l++)
            used += rows[j][l] != 0;
    assert_int_equal(own->count(k, rows, lanes), used);
    free(turned);
    free(sums);
}

static void check_sums(const struct lane_kernels *own, int m, int k, int lanes, double density, uint64_t seed)
{
    size_t nw = (size_t)(m * k), nx = (size_t)(k * lanes), ny = (size_t)(m * lanes);
    float *block = calloc(nw + nx + (size_t)m + 2 * ny, sizeof *block), *w = block, *x = w + nw,
          *bias = x + nx, *expect = bias + m, *got = expect + ny;
    const float **rows = calloc((size_t)k, sizeof *rows);
    float **y = calloc((size_t)m, sizeof *y);
    struct sparse sparse;
    int64_t kept = 0;
    fill(block, nw + nx + (size_t)m, seed);
    for (int j = 0; j < k; j++) {
        rows[j] =
            j % 11 == 5 ? NULL : x + j * lanes; /* some rows are padding, some are 0 in a few or all lanes */
        if (j % 3 == 1)
            memset(x + j * lanes, 0, sizeof *x * (size_t)(j % 2 ? lanes : lanes / 2));
    }
    for (int i = 0; i < m; i++)
        y[i] = got + i * lanes;
    for (size_t i = 0; i < nw; i++) {
        if (rng_unit(seed + 3, 0, i) >= density)
            w[i] = 0;
        kept += w[i] != 0;
    }
    triple_loop(m, k, w, bias, rows, lanes, expect);
    own->dense(m, k, w, k, bias, rows, lanes, y);
    assert_memory_equal(got, expect, ny * sizeof *got);
    memset(got, 0, ny * sizeof *got);
    sparse_init(&sparse, m, k, w, kept);
    own->sparse(&sparse, bias, rows, lanes, y);
    assert_memory_equal(got, expect, ny * sizeof *got);
    sparse_release(&sparse);
    check_turned(own, m, k, w, bias, rows, lanes, expect, y);
    free(block);
    free(rows);
    free(y);
}

static void test_sums_equal_the_definition_at_every_level(void **state)
{
    (void)state;
    const int lanes[] = {1, 16, 64, 77, 256};
    for (size_t l = 0; l < sizeof levels / sizeof *levels; l++) {
        const struct lane_kernels *own = level(levels[l]);
        for (uint64_t round = 0; own && round < 60; round++) {
            int m = 1 + (int)(rng_u64(5, 0, round) % 37);
            int k = 1 + (int)(rng_u64(5, 1, round) % (round % 4 ? 61 : 600));
            check_sums(own, m, k, lanes[round % 5], round % 3 == 0 ? 1 : 0.2, 100 * round);
        }
    }
}

/* The product of two matrices of rows of lanes, either of which may be one number for every lane or turned round. */
static void check_product(const struct lane_kernels *own, uint64_t round)
{
    enum { SIDE = 13, LANES = 77, MOST = SIDE * SIDE * LANES };
    const int widths[] = {1, 5, 8, 16, 64, LANES};
    int64_t m = 1 + (int64_t)(rng_u64(6, 0, round) % SIDE), n = 1 + (int64_t)(rng_u64(6, 1, round) % SIDE),
            k = (int64_t)(rng_u64(6, 2, round) % SIDE);
    int lanes = widths[round % 6], spread = (int)(round / 6 % 3);
    bool turned = round / 18 % 2;
    float *a = malloc(3 * MOST * sizeof *a), *b = a + MOST, *y = b + MOST;
    fill(a, 2 * MOST, round);
    const struct lane_side left = {a, spread != 1, turned ? 1 : k, turned ? m : 1};
    const struct lane_side right = {b, spread != 2, turned ? 1 : n, turned ? k : 1};
    own->product(m, n, k, lanes, &left, &right, y);
    for (int64_t i = 0; i < m; i++)
        for (int64_t j = 0; j < n; j++)
            for (int l = 0; l < lanes; l++) {
                float sum = 0;
                for (int64_t t = 0; t < k; t++)
                    sum = fmaf(
                        a[(i * left.row + t * left.column) * (spread != 1 ? lanes : 1) + (spread != 1) * l],
                        b[(t * right.row + j * right.column) * (spread != 2 ? lanes : 1) + (spread != 2) * l],
                        sum);
                assert_memory_equal(&sum, &y[(i * n + j) * lanes + l], sizeof sum);
            }
    free(a);
}

/* Positions of a grid at every stride, collected into rows that lie side by side. */
static void check_slide(const struct lane_kernels *own, int f, int64_t stride, int lanes)
{
    enum { ROWS = 3, COLUMNS = 19, STRIDE = 3, LANES = 17, MOST = ROWS * COLUMNS * STRIDE * STRIDE * LANES };
    float *x = malloc(2 * MOST * sizeof *x), *y = x + MOST;
    const struct lane_grid g = {ROWS,           COLUMNS,        lanes, stride * COLUMNS * stride * lanes,
                                stride * lanes, COLUMNS * lanes};
    fill(x, MOST, 3);
    fill(y, MOST, 4);
    own->slide(f, &g, x, y);
    fill(x, MOST, 4); /* what y was */
    for (int64_t i = 0; i < ROWS * COLUMNS * lanes; i++) {
        int64_t r = i / (COLUMNS * lanes), c = i / lanes % COLUMNS,
                at = r * g.x_row + c * g.x_column + i % lanes;
        float was = x[i], other = (float)(8 * rng_unit(3, 0, (uint64_t)at) - 4);
        assert_float_equal(y[i], f == ZIP_ADD ? was + other : fmaxf(was, other), 0);
    }
    free(x);
}

static void test_products_and_pools_equal_the_definition_at_every_level(void **state)
{
    (void)state;
    for (size_t l = 0; l < sizeof levels / sizeof *levels; l++) {
        const struct lane_kernels *own = level(levels[l]);
        for (uint64_t round = 0; own && round < 360; round++)
            check_product(own, round);
        for (int i = 0; own && i < 18; i++)
            check_slide(own, i % 2 ? ZIP_ADD : ZIP_MAX, 1 + i / 2 % 3, (const int[]){1, 16, 17}[i / 6]);
    }
}

static void test_choice_depends_on_shape_and_density_alone(void **state)
{
    (void)state;
    struct kernels plain, best;
    struct err e = {0};
    assert_true(kernels_choose("plain", &plain, &e) && kernels_choose(NULL, &best, &e));
    for (int64_t m = 1; m < 2000; m *= 3)
        for (int64_t kept = 0; kept <= m * 300; kept += 1 + m * 17)
            assert_int_equal(kernels_for(&plain, m, 300, kept, 64), kernels_for(&best, m, 300, kept, 64));
    assert_int_equal(kernels_for(&best, 300, 784, 300 * 784, 64), KERNEL_DENSE);
    assert_int_equal(kernels_for(&best, 1024, 1024, 1 << 20, 256), best.blas ? KERNEL_BLAS : KERNEL_DENSE);
    assert_int_equal(kernels_for(&best, 300, 784, 2352, 64), KERNEL_SPARSE);
    assert_false(kernels_choose("avx3", &plain, &e));
    assert_int_equal(e.code, ERR_UNKNOWN);
    assert_string_equal(e.hint, "did you mean avx2? known: plain avx2 avx512 noblas auto");
    err_release(&e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_functions_against_double_precision),
        cmocka_unit_test(test_functions_at_the_edges),
        cmocka_unit_test(test_levels_agree_on_every_function),
        cmocka_unit_test(test_sums_equal_the_definition_at_every_level),
        cmocka_unit_test(test_products_and_pools_equal_the_definition_at_every_level),
        cmocka_unit_test(test_choice_depends_on_shape_and_density_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
