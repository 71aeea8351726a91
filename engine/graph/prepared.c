/* prepared: see prepared.h. */
#include "engine/graph/prepared.h"

#include <stdlib.h>

#include "engine/base/mem.h"

static int64_t place(const struct weight_view *v, int64_t group, int64_t row, int64_t column)
{
    return group * v->group_step + row * v->row_step + column / v->taps * v->input_step +
           column % v->taps * v->tap_step;
}

static void fill_dense(struct prepared *p, const struct weight_view *v, const float *weight)
{
    float *to = p->dense = mem_lanes((size_t)(p->groups * p->rows * p->columns), sizeof *p->dense);
    for (int64_t g = 0; g < p->groups; g++)
        for (int64_t r = 0; r < p->rows; r++)
            for (int64_t c = 0; c < p->columns; c++)
                *to++ = v->scale * weight[place(v, g, r, c)];
}

static void fill_sparse(struct prepared *p, const struct weight_view *v, const float *weight)
{
    p->start = mem_alloc((size_t)(p->groups * (p->rows + 1)), sizeof *p->start);
    p->group_first = mem_alloc((size_t)p->groups, sizeof *p->group_first);
    p->column = mem_alloc((size_t)p->kept, sizeof *p->column);
    p->value = mem_alloc((size_t)p->kept, sizeof *p->value);
    int64_t at = 0;
    for (int64_t g = 0; g < p->groups; g++) {
        int32_t *start = p->start + g * (p->rows + 1);
        p->group_first[g] = at;
        for (int64_t r = 0; r < p->rows; r++) {
            start[r] = (int32_t)(at - p->group_first[g]);
            for (int64_t c = 0; c < p->columns; c++) {
                float w = weight[place(v, g, r, c)];
                if (w == 0)
                    continue;
                p->column[at] = (int32_t)c;
                p->value[at++] = v->scale * w;
            }
        }
        start[p->rows] = (int32_t)(at - p->group_first[g]);
    }
}

struct prepared *prepared_new(const struct kernels *k, const struct weight_view *view, const float *weight,
                              int lanes)
{
    struct prepared *p = mem_zero(1, sizeof *p);
    p->groups = view->groups;
    p->rows = view->rows;
    p->columns = view->inputs * view->taps;
    for (int64_t i = 0; i < p->groups * p->rows * p->columns; i++)
        p->kept += weight[i] != 0;
    p->choice = kernels_for(k, p->rows, p->columns, p->kept / (p->groups ? p->groups : 1), lanes);
    if (p->choice == KERNEL_BLAS && !view->side_by_side)
        p->choice = KERNEL_DENSE;
    if (p->choice == KERNEL_SPARSE)
        fill_sparse(p, view, weight);
    else
        fill_dense(p, view, weight);
    return p;
}

void prepared_free(struct prepared *p)
{
    if (!p)
        return;
    free(p->dense);
    free(p->start);
    free(p->group_first);
    free(p->column);
    free(p->value);
    free(p);
}

size_t prepared_bytes(const struct prepared *p)
{
    size_t elements = (size_t)(p->groups * p->rows * p->columns);
    return p->dense ? 4 * elements : 8 * (size_t)p->kept + 4 * (size_t)(p->groups * (p->rows + 1));
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
        k->own->sparse(m, p->start + group * (p->rows + 1), p->column + p->group_first[group],
                       p->value + p->group_first[group], bias, rows, lanes, y);
}
