/* engine/kernels/blas: the door to OpenBLAS against double precision, and from several threads at once. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/mem.h"
#include "engine/base/rng.h"
#include "engine/kernels/kernels.h"

enum { M = 61, K = 83, N = 64, W_STRIDE = 90, X_STRIDE = 70, Y_STRIDE = 77, ROUNDS = 40 };

static float *numbers(size_t n, uint64_t seed)
{
    float *v = mem_alloc(n, sizeof *v);
    for (size_t i = 0; i < n; i++)
        v[i] = (float)(rng_unit(seed, 0, i) - 0.5);
    return v;
}

static void test_product_with_leading_dimensions(void **state)
{
    (void)state;
    for (int beta = 0; beta < 2; beta++) {
        float *w = numbers(M * W_STRIDE, 1), *x = numbers(K * X_STRIDE, 2), *y = numbers(M * Y_STRIDE, 3);
        float *before = mem_copy(y, M * Y_STRIDE, sizeof *y);
        blas_gemm(M, N, K, w, W_STRIDE, x, X_STRIDE, (float)beta, y, Y_STRIDE);
        for (int i = 0; i < M; i++) {
            for (int j = 0; j < N; j++) {
                double sum = beta * (double)before[i * Y_STRIDE + j];
                for (int k = 0; k < K; k++)
                    sum += (double)w[i * W_STRIDE + k] * (double)x[k * X_STRIDE + j];
                assert_true(fabs(sum - (double)y[i * Y_STRIDE + j]) < 1e-5);
            }
            for (int j = N; j < Y_STRIDE; j++) /* what lies between the rows is left alone */
                assert_true(y[i * Y_STRIDE + j] == before[i * Y_STRIDE + j]);
        }
        free(w);
        free(x);
        free(y);
        free(before);
    }
}

struct worker {
    const float *w, *x;
    float *y;
};

static void *work(void *state)
{
    struct worker *k = state;
    for (int round = 0; round < ROUNDS; round++)
        blas_gemm(M, N, K, k->w, K, k->x, N, 0, k->y, N);
    return NULL;
}

static void test_threads_get_the_bits_of_one(void **state)
{
    (void)state;
    enum { THREADS = 3 };
    struct kernels k;
    assert_true(kernels_choose(NULL, &k, NULL)); /* switches the library's own threads off */
    pthread_t threads[THREADS];
    float *w = numbers(M * K, 4), *x = numbers(K * N, 5);
    struct worker workers[THREADS + 1];
    for (int t = 0; t <= THREADS; t++)
        workers[t] = (struct worker){w, x, mem_zero(M * N, sizeof(float))};
    work(&workers[THREADS]);
    for (int t = 0; t < THREADS; t++)
        assert_int_equal(pthread_create(&threads[t], NULL, work, &workers[t]), 0);
    for (int t = 0; t < THREADS; t++) {
        assert_int_equal(pthread_join(threads[t], NULL), 0);
        assert_memory_equal(workers[t].y, workers[THREADS].y, M * N * sizeof(float));
    }
    for (int t = 0; t <= THREADS; t++)
        free(workers[t].y);
    free(w);
    free(x);
}

static void test_words(void **state)
{
    (void)state;
    struct kernels k;
    assert_non_null(strstr(blas_version(), "OpenBLAS"));
    assert_true(kernels_choose("noblas", &k, NULL));
    assert_false(k.blas);
    assert_null(k.notice);
    assert_true(kernels_choose("plain", &k, NULL));
    assert_string_equal(k.own->name, "plain");
    assert_true(k.blas != (k.notice != NULL)); /* off only with a notice */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_product_with_leading_dimensions),
        cmocka_unit_test(test_threads_get_the_bits_of_one),
        cmocka_unit_test(test_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
