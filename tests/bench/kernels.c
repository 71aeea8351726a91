/* kernels: what a layer costs by each way of computing it, on this machine: OpenBLAS, the own dense kernel and the sparse one, at
 * several widths and densities. The thresholds of engine/kernels/choice.c come from its output. Not a test: it checks nothing.
 *     build/bench/kernels [LEVEL]      lines of: rows columns lanes density, then microseconds a block each way */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "engine/base/err.h"
#include "engine/base/mem.h"
#include "engine/base/rng.h"
#include "engine/kernels/kernels.h"
#include "engine/kernels/sparse.h"

enum { BURST_MICROSECONDS = 2000, BURSTS = 15 };

/* One layer: the same weights in every form. */
struct layer {
    int m, k, lanes;
    float *w, *x, *y;
    struct sparse sparse;
    float *turned, *scratch;
    int stride;
    const float **rows;
    float **sums;
};

enum way { BLAS, DENSE, SPARSE, TURNED };

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec * 1e-3;
}

static void layer_make(struct layer *l, int m, int k, int lanes, double density)
{
    size_t nw = (size_t)m * (size_t)k, width = (size_t)lanes;
    *l = (struct layer){.m = m, .k = k, .lanes = lanes};
    l->w = mem_lanes(nw, sizeof *l->w);
    l->x = mem_lanes((size_t)k * width, sizeof *l->x);
    l->y = mem_lanes((size_t)m * width, sizeof *l->y);
    l->rows = mem_alloc((size_t)k, sizeof *l->rows);
    l->sums = mem_alloc((size_t)m, sizeof *l->sums);
    for (size_t i = 0; i < (size_t)k * width; i++)
        l->x[i] = (float)(rng_unit(1, 0, i) - 0.5);
    for (int j = 0; j < k; j++)
        l->rows[j] = l->x + (size_t)j * width;
    for (int i = 0; i < m; i++)
        l->sums[i] = l->y + (size_t)i * width;
    int64_t kept = 0;
    for (size_t i = 0; i < nw; i++) {
        l->w[i] = rng_unit(2, 0, i) < density ? (float)(rng_unit(3, 0, i) - 0.5) : 0;
        kept += l->w[i] != 0;
    }
    sparse_init(&l->sparse, m, k, l->w, kept);
    l->stride = ((m + 15) / 16 | 1) * 16;
    l->turned = mem_lanes((size_t)k * (size_t)l->stride, sizeof *l->turned);
    l->scratch = mem_lanes(width * (size_t)l->stride, sizeof *l->scratch);
    for (int i = 0; i < m; i++)
        for (int j = 0; j < k; j++)
            l->turned[(size_t)j * (size_t)l->stride + (size_t)i] = l->w[(size_t)i * (size_t)k + (size_t)j];
}

static void layer_release(struct layer *l)
{
    void *blocks[] = {l->w, l->turned, l->scratch, l->x, l->y, l->rows, l->sums};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        free(blocks[i]);
    sparse_release(&l->sparse);
}

static void compute(const struct kernels *k, const struct layer *l, enum way way)
{
    if (way == BLAS)
        blas_gemm(l->m, l->lanes, l->k, l->w, l->k, l->x, l->lanes, 0, l->y, l->lanes);
    else if (way == DENSE)
        k->own->dense(l->m, l->k, l->w, l->k, NULL, l->rows, l->lanes, l->sums);
    else if (way == TURNED)
        k->own->turned(l->m, l->k, l->turned, l->stride, NULL, l->rows, l->lanes, l->sums, l->scratch);
    else
        k->own->sparse(&l->sparse, NULL, l->rows, l->lanes, l->sums);
}

/* The best of many bursts: others use the machine, too. */
static double microseconds(const struct kernels *k, const struct layer *l, enum way way)
{
    double best = 1e30;
    for (int burst = 0; burst < BURSTS; burst++) {
        int times = 0;
        double begin = now(), end;
        do {
            compute(k, l, way);
            times++;
            end = now();
        } while (end - begin < BURST_MICROSECONDS);
        if ((end - begin) / times < best)
            best = (end - begin) / times;
    }
    return best;
}

static void report(const struct kernels *k, int m, int columns, int lanes)
{
    static const double densities[] = {0.5, 0.25, 0.1, 0.05, 0.02};
    struct layer l;
    layer_make(&l, m, columns, lanes, 1);
    double flops = 2.0 * m * columns * lanes, blas = microseconds(k, &l, BLAS),
           dense = microseconds(k, &l, DENSE);
    double best = blas < dense ? blas : dense;
    printf("%5d %5d %4d  blas %8.1f us %6.1f GFLOP/s  dense %8.1f us %6.1f GFLOP/s  sparse gain", m, columns,
           lanes, blas, flops / blas * 1e-3, dense, flops / dense * 1e-3);
    layer_release(&l);
    for (size_t d = 0; d < sizeof densities / sizeof *densities; d++) {
        layer_make(&l, m, columns, lanes, densities[d]);
        printf("  %g: %.2f", densities[d], best / microseconds(k, &l, SPARSE));
        layer_release(&l);
    }
    printf("  turned gain");
    for (size_t d = 0; d < sizeof densities / sizeof *densities; d++) {
        layer_make(&l, m, columns, lanes, 1);
        for (size_t i = 0; i < (size_t)columns * (size_t)lanes; i++)
            l.x[i] = rng_unit(4, 0, i) < densities[d] ? l.x[i] : 0;
        printf("  %g: %.2f", densities[d], best / microseconds(k, &l, TURNED));
        layer_release(&l);
    }
    printf("\n");
    fflush(stdout);
}

int main(int argc, char **argv)
{
    static const int shapes[][2] = {{10, 100}, {64, 128},  {128, 42},  {100, 300},  {16, 144},
                                    {32, 288}, {300, 784}, {512, 512}, {1024, 1024}};
    static const int lanes[] = {1, 16, 64, 128, 256};
    struct kernels k;
    struct err e = {0};
    if (!kernels_choose(argc > 1 ? argv[1] : NULL, &k, &e)) {
        fprintf(stderr, "%s\n", e.message);
        return 2;
    }
    char processor[PROCESSOR_NAME];
    kernels_processor(processor);
    printf("%s, kernels %s, %s\n", processor, k.own->name, blas_version());
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++)
        for (size_t l = 0; l < sizeof lanes / sizeof *lanes; l++)
            report(&k, shapes[s][0], shapes[s][1], lanes[l]);
    return 0;
}
