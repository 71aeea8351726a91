/* records: what computing few records costs beside a whole block of them, in the engine alone: no files, no events. Not a test: it
 * checks nothing.
 *     build/bench/records KERNELS MODEL.onnx...   a line a model: microseconds for 1 record and for 64, and their ratio; KERNELS as
 *                                                 the words of --kernels */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "engine/base/err.h"
#include "engine/base/rng.h"
#include "engine/graph/program.h"
#include "engine/io/onnx.h"
#include "engine/kernels/kernels.h"

enum { BURST_MICROSECONDS = 5000, BURSTS = 15 };

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec * 1e-3;
}

static void fill(const struct program *p, struct run *r)
{
    const struct graph *g = program_graph(p);
    for (int i = 0; i < g->n_inputs; i++) {
        const struct value *v = &g->values[g->inputs[i]];
        size_t n = (size_t)(shape_elements(&v->shape) * program_lanes(p));
        float *x = run_input(r, i);
        memset(x, 0, n * sizeof *x); /* of integers: the first class */
        for (size_t k = 0; v->type == DT_F32 && k < n; k++)
            x[k] = (float)rng_unit(1, (uint64_t)i, k);
    }
}

/* The best of many bursts of a forward, in a program made for so many records; negative: it could not be made. */
static double microseconds(const struct graph *g, const struct kernels *k, int64_t records)
{
    struct err e = {0};
    double best = 1e30;
    const struct program_options o = {.kernels = k, .records = records};
    struct program *p = program_new(g, NULL, &o, &e);
    struct run *r = p ? run_new(p) : NULL;
    for (int burst = 0; r && burst < BURSTS; burst++) {
        int times = 0;
        double begin = now(), end;
        fill(p, r);
        do {
            run_forward(r, NULL);
            times++;
            end = now();
        } while (end - begin < BURST_MICROSECONDS);
        best = (end - begin) / times < best ? (end - begin) / times : best;
    }
    best = p ? best * (double)((records + program_lanes(p) - 1) / program_lanes(p)) : -1;
    run_free(r);
    program_free(p);
    err_release(&e);
    return best;
}

int main(int argc, char **argv)
{
    struct kernels k;
    struct err e = {0};
    if (argc < 2 || !kernels_choose(argv[1], &k, &e))
        return 2;
    for (int i = 2; i < argc; i++) {
        struct model_file *m = model_file_read(argv[i], &e);
        struct graph *g = m ? graph_bind(model_file_source(m), 0, &e) : NULL;
        double one = g ? microseconds(g, &k, 1) : -1, many = g ? microseconds(g, &k, 64) : -1;
        if (one < 0 || many < 0)
            printf("%-40s %s\n", argv[i], e.message ? e.message : "does not fit into memory");
        else
            printf("%-40s 1 record %9.1f us, 64 records %9.1f us, ratio %.3f\n", argv[i], one, many,
                   one / many);
        graph_free(g);
        model_file_free(m);
        err_release(&e);
    }
    return 0;
}
