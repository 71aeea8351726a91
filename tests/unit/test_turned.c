/* engine/kernels/lanes_turned: where its sums begin, at every level that this processor has: the same bits as the dense kernel with and
 * without a bias, and no slower where there is no bias to load. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "engine/base/err.h"
#include "engine/base/mem.h"
#include "engine/base/rng.h"
#include "engine/kernels/kernels.h"
#include "tests/unit/util_instrumented.h"

/* A sum of five inputs for each of 240 outputs: most of the time goes into beginning and ending. */
enum { M = 240, K = 5, LANES = 64, STRIDE = 15 * 16, BURSTS = 60, TIMES = 40 };

struct sums {
    float *w, *turned, *bias, *x, *y, *scratch;
    const float *rows[K];
    float *out[M];
};

static void setup(struct sums *s)
{
    s->w = mem_lanes(M * K, sizeof *s->w);
    s->turned = mem_lanes(K * STRIDE, sizeof *s->turned);
    s->bias = mem_lanes(M, sizeof *s->bias);
    s->x = mem_lanes(K * LANES, sizeof *s->x);
    s->y = mem_lanes(M * LANES, sizeof *s->y);
    s->scratch = mem_lanes(LANES * STRIDE, sizeof *s->scratch);
    for (size_t i = 0; i < M * K; i++)
        s->w[i] = (float)rng_unit(1, 0, i) - 0.5f;
    for (size_t i = 0; i < M; i++)
        s->bias[i] = (float)rng_unit(2, 0, i) - 0.5f;
    for (size_t i = 0; i < K * LANES; i++)
        s->x[i] = rng_unit(3, 0, i) < 0.3 ? (float)rng_unit(4, 0, i) - 0.5f : 0;
    for (size_t i = 0; i < M; i++)
        for (size_t k = 0; k < K; k++)
            s->turned[k * STRIDE + i] = s->w[i * K + k];
    for (size_t k = 0; k < K; k++)
        s->rows[k] = s->x + k * LANES;
    for (size_t i = 0; i < M; i++)
        s->out[i] = s->y + i * LANES;
}

static void release(struct sums *s)
{
    float *blocks[] = {s->w, s->turned, s->bias, s->x, s->y, s->scratch};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        free(blocks[i]);
}

static void turned(const struct lane_kernels *own, const struct sums *s, int m, const float *bias)
{
    own->turned(m, K, s->turned, STRIDE, bias, s->rows, LANES, s->out, s->scratch);
}

static void each_level(void (*check)(const struct lane_kernels *, struct sums *))
{
    static const char *const levels[] = {"plain", "avx2", "avx512"};
    struct sums s;
    setup(&s);
    for (size_t i = 0; i < sizeof levels / sizeof *levels; i++) {
        struct kernels k;
        struct err e = {0};
        if (kernels_choose(levels[i], &k, &e))
            check(k.own, &s);
        err_release(&e);
    }
    release(&s);
}

static void same_bits(const struct lane_kernels *own, struct sums *s)
{
    const float *biases[] = {NULL, s->bias};
    for (int m = M - 17; m <= M; m++)
        for (int b = 0; b < 2; b++) {
            own->dense(m, K, s->w, K, biases[b], s->rows, LANES, s->out);
            float *dense = mem_copy(s->y, (size_t)m * LANES, sizeof *dense);
            memset(s->y, 0xff, (size_t)m * LANES * sizeof *s->y);
            turned(own, s, m, biases[b]);
            assert_memory_equal(dense, s->y, (size_t)m * LANES * sizeof *dense);
            free(dense);
        }
}

static void test_sums_begin_at_the_bias(void **state)
{
    (void)state;
    each_level(same_bits);
}

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* The best of many bursts, in turn with the other: whatever else the machine does. */
static void no_slower(const struct lane_kernels *own, struct sums *s)
{
    double with = 1, without = 1;
    for (int burst = 0; burst < BURSTS; burst++) {
        double begin = seconds();
        for (int i = 0; i < TIMES; i++)
            turned(own, s, M, s->bias);
        double half = seconds();
        for (int i = 0; i < TIMES; i++)
            turned(own, s, M - 1, NULL);
        double end = seconds();
        with = half - begin < with ? half - begin : with;
        without = end - half < without ? end - half : without;
    }
    assert_true(INSTRUMENTED || without < 1.5 * with);
}

static void test_no_bias_costs_nothing(void **state)
{
    (void)state;
    each_level(no_slower);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_sums_begin_at_the_bias),
                                       cmocka_unit_test(test_no_bias_costs_nothing)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
