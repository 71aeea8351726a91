/* prepared: see prepared.h. */
#include "engine/graph/prepared.h"

#include <assert.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/mem.h"
#include "engine/graph/weighted.h"

enum { TURNED_UNIT = 16, TURNED_LANES = 64 }; /* as lane_kernels.turned wants its stride and scratch */

static int64_t count_kept(const float *w, int64_t n)
{
    int64_t kept = 0;
    for (int64_t i = 0; i < n; i++)
        kept += w[i] != 0;
    return kept;
}

/* Does the constant lie as the kernels want it? */
static bool lies_dense(const struct weighted *w)
{
    int64_t columns = w->inputs * w->taps;
    return w->scale == 1 && w->input_step == w->taps && w->row_step == columns &&
           (w->groups == 1 || w->group_step == w->rows * columns);
}

static void fill_dense(struct prepared *p, const struct weighted *v, const float *weight)
{
    float *to = p->own = mem_lanes((size_t)(p->groups * p->rows * p->columns), sizeof *p->own);
    p->dense = p->own;
    for (int64_t g = 0; g < p->groups; g++)
        for (int64_t r = 0; r < p->rows; r++)
            for (int64_t i = 0; i < v->inputs; i++) {
                const float *from = weight + g * v->group_step + r * v->row_step + i * v->input_step;
                for (int64_t t = 0; t < v->taps; t++)
                    *to++ = v->scale * from[t];
            }
}

/* From the dense form. */
static void make_sparse(struct prepared *p)
{
    p->sparse = mem_zero((size_t)p->groups, sizeof *p->sparse);
    for (int64_t g = 0; g < p->groups; g++) {
        const float *w = p->dense + g * p->rows * p->columns;
        sparse_init(&p->sparse[g], (int)p->rows, (int)p->columns, w, count_kept(w, p->rows * p->columns));
    }
}

/* An odd number of units: rows a power of two apart would fight for the same places of the cache. */
static int turned_stride(int64_t rows)
{
    int64_t units = (rows + TURNED_UNIT - 1) / TURNED_UNIT | 1;
    return (int)(units * TURNED_UNIT);
}

/* The turned form holds one group, and serves where results of a position lie side by side: there are many lanes' inputs to leave
 * out then. */
static bool turnable(const struct weighted *w)
{
    return w->groups == 1 && w->y_row == 1;
}

/* From the dense form. */
static void make_turned(struct prepared *p)
{
    enum { SQUARE = 16 };
    int64_t rows = p->rows, columns = p->columns;
    p->turned_stride = turned_stride(rows);
    p->turned = mem_lanes((size_t)columns * (size_t)p->turned_stride, sizeof *p->turned);
    for (int64_t r = 0; r < rows; r += SQUARE)
        for (int64_t c = 0; c < columns; c += SQUARE)
            for (int64_t i = r; i < r + SQUARE && i < rows; i++)
                for (int64_t j = c; j < c + SQUARE && j < columns; j++)
                    p->turned[j * p->turned_stride + i] = p->dense[i * columns + j];
}

struct prepared *prepared_new(const struct kernels *k, const struct weighted *w, const float *weight,
                              int lanes)
{
    struct prepared *p = mem_zero(1, sizeof *p);
    p->groups = w->groups;
    p->rows = w->rows;
    p->columns = w->inputs * w->taps;
    assert(p->rows <= INT_MAX - TURNED_UNIT &&
           p->columns <= INT_MAX); /* what shape() of the operators checks */
    p->kept = count_kept(weight, p->groups * p->rows * p->columns);
    p->choice = kernels_for(k, p->rows, p->columns, p->kept / (p->groups ? p->groups : 1), lanes);
    if (p->choice == KERNEL_BLAS && !weighted_pointwise(w))
        p->choice = KERNEL_DENSE;
    p->dense = weight;
    if (!lies_dense(w))
        fill_dense(p, w, weight);
    if (turnable(w) && kernels_turned_may_win(p->rows, p->columns, p->kept, lanes))
        make_turned(p);
    if (p->choice == KERNEL_SPARSE) {
        make_sparse(p);
        free(p->own);
        p->own = NULL;
        p->dense = NULL;
    }
    return p;
}

void prepared_free(struct prepared *p)
{
    if (!p)
        return;
    for (int64_t g = 0; p->sparse && g < p->groups; g++)
        sparse_release(&p->sparse[g]);
    free(p->sparse);
    free(p->own);
    free(p->turned);
    free(p);
}

size_t prepared_scratch(const struct weighted *w, int lanes)
{
    size_t together = (size_t)(lanes < TURNED_LANES ? lanes : TURNED_LANES);
    return turnable(w) ? together * (size_t)turned_stride(w->rows) * sizeof(float) : 0;
}

/* Its distances are ints. */
static bool fits_blas(const struct prepared *p, const float *const *rows, float *const *y)
{
    return (p->columns < 2 || rows[1] - rows[0] <= INT_MAX) && (p->rows < 2 || y[1] - y[0] <= INT_MAX);
}

/* OpenBLAS adds to what is there: the bias. */
static void apply_blas(const struct prepared *p, int64_t group, const float *bias, const float *const *rows,
                       int lanes, float *const *y)
{
    int m = (int)p->rows, k = (int)p->columns;
    int x_stride = k > 1 ? (int)(rows[1] - rows[0]) : lanes, y_stride = m > 1 ? (int)(y[1] - y[0]) : lanes;
    for (int r = 0; bias && r < m; r++)
        for (int l = 0; l < lanes; l++)
            y[r][l] = bias[r];
    blas_gemm(m, lanes, k, p->dense + group * p->rows * p->columns, k, rows[0], x_stride, bias ? 1.0f : 0.0f,
              y[0], y_stride);
}

/* Decided by the block alone, so that the same block takes the same way on every worker. */
static bool turns(const struct prepared *p, const struct kernels *k, const float *const *rows, int lanes)
{
    return p->turned && kernels_turned_wins(p->rows, p->columns, p->kept, lanes,
                                            k->own->count((int)p->columns, rows, lanes));
}

/* Sums that are known but for the bias. */
static void apply_given(const struct prepared *p, const float *bias, int lanes, float *const *y)
{
    for (int64_t r = 0; r < p->rows; r++) {
        memcpy(y[r], p->given + r * lanes, (size_t)lanes * sizeof(float));
        for (int l = 0; bias && l < lanes; l++)
            y[r][l] += bias[r];
    }
}

void prepared_apply(const struct prepared *p, const struct kernels *k, int64_t group, const float *bias,
                    const float *const *rows, int lanes, float *const *y, void *scratch)
{
    int m = (int)p->rows, columns = (int)p->columns;
    if (p->given)
        apply_given(p, bias, lanes, y);
    else if (turns(p, k, rows, lanes))
        k->own->turned(m, columns, p->turned, p->turned_stride, bias, rows, lanes, y, scratch);
    else if (p->choice == KERNEL_BLAS && fits_blas(p, rows, y))
        apply_blas(p, group, bias, rows, lanes, y);
    else if (p->dense)
        k->own->dense(m, columns, p->dense + group * p->rows * p->columns, columns, bias, rows, lanes, y);
    else
        k->own->sparse(&p->sparse[group], bias, rows, lanes, y);
}
