/* prepared: see prepared.h. */
#include "engine/graph/prepared.h"

#include <stdlib.h>

#include "engine/base/mem.h"

static int64_t place(const struct weight_view *v, int64_t group, int64_t row, int64_t column)
{
    return group * v->group_step + row * v->row_step + column / v->taps * v->input_step +
           column % v->taps * v->tap_step;
}

static int64_t count_kept(const float *w, int64_t n)
{
    int64_t kept = 0;
    for (int64_t i = 0; i < n; i++)
        kept += w[i] != 0;
    return kept;
}

static void fill_dense(struct prepared *p, const struct weight_view *v, const float *weight)
{
    float *to = p->dense = mem_lanes((size_t)(p->groups * p->rows * p->columns), sizeof *p->dense);
    for (int64_t g = 0; g < p->groups; g++)
        for (int64_t r = 0; r < p->rows; r++)
            for (int64_t c = 0; c < p->columns; c++)
                *to++ = v->scale * weight[place(v, g, r, c)];
}

/* From the dense form, which goes. */
static void make_sparse(struct prepared *p)
{
    p->sparse = mem_zero((size_t)p->groups, sizeof *p->sparse);
    for (int64_t g = 0; g < p->groups; g++) {
        const float *w = p->dense + g * p->rows * p->columns;
        sparse_init(&p->sparse[g], (int)p->rows, (int)p->columns, w, count_kept(w, p->rows * p->columns));
    }
    free(p->dense);
    p->dense = NULL;
}

struct prepared *prepared_new(const struct kernels *k, const struct weight_view *view, const float *weight,
                              int lanes)
{
    struct prepared *p = mem_zero(1, sizeof *p);
    p->groups = view->groups;
    p->rows = view->rows;
    p->columns = view->inputs * view->taps;
    p->kept = count_kept(weight, p->groups * p->rows * p->columns);
    p->choice = kernels_for(k, p->rows, p->columns, p->kept / (p->groups ? p->groups : 1), lanes);
    if (p->choice == KERNEL_BLAS && !view->side_by_side)
        p->choice = KERNEL_DENSE;
    fill_dense(p, view, weight);
    if (p->choice == KERNEL_SPARSE)
        make_sparse(p);
    return p;
}

void prepared_free(struct prepared *p)
{
    if (!p)
        return;
    for (int64_t g = 0; p->sparse && g < p->groups; g++)
        sparse_release(&p->sparse[g]);
    free(p->sparse);
    free(p->dense);
    free(p);
}

size_t prepared_bytes(const struct prepared *p)
{
    if (p->dense)
        return sizeof(float) * (size_t)(p->groups * p->rows * p->columns);
    size_t bytes = (sizeof(float) + sizeof(int32_t)) * (size_t)p->kept;
    for (int64_t g = 0; g < p->groups; g++)
        bytes += sizeof(int32_t) * (size_t)p->sparse[g].bands * ((size_t)p->rows + 1);
    return bytes;
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

void prepared_apply(const struct prepared *p, const struct kernels *k, int64_t group, const float *bias,
                    const float *const *rows, int lanes, float *const *y)
{
    int m = (int)p->rows;
    if (p->choice == KERNEL_BLAS)
        apply_blas(p, group, bias, rows, lanes, y);
    else if (p->choice == KERNEL_DENSE)
        k->own->dense(m, (int)p->columns, p->dense + group * p->rows * p->columns, (int)p->columns, bias,
                      rows, lanes, y);
    else
        k->own->sparse(&p->sparse[group], bias, rows, lanes, y);
}
