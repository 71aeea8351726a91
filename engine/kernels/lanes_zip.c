/* lanes_zip: functions of two values, row of lanes by row of lanes; a row may be one value for all lanes. And scale and shift by
 * row, and what pools collect. Functions of one value: lanes_map.c. */
#include "engine/kernels/lanes.h"

#include <math.h>

#include "engine/kernels/power.h"

#define EACH(expression)                                                                                     \
    for (size_t l = 0; l < lanes; l++) {                                                                     \
        float p = x[l * (size_t)x_step], q = z[l * (size_t)z_step];                                          \
        y[l] = (expression);                                                                                 \
    }                                                                                                        \
    break

/* NaN of either side goes through, as ONNX asks of Min and Max. */
static inline float least(float p, float q)
{
    return p != p || p < q ? p : q;
}

static inline float most(float p, float q)
{
    return p != p || p > q ? p : q;
}

/* Of vectors and of numbers. */
#define ARITHMETIC(f, p, q)                                                                                  \
    ((f) == ZIP_ADD ? (p) + (q) : (f) == ZIP_SUB ? (p) - (q) : (f) == ZIP_MUL ? (p) * (q) : (p) / (q))

/* n rows of the four that networks are full of; f and the steps are constants where inlined. */
static inline __attribute__((always_inline)) void some_rows(int f, size_t n, size_t lanes, const float *x,
                                                            int x_step, const float *z, int z_step, float *y)
{
    for (size_t i = 0; i < n; i++, y += lanes, x += x_step ? lanes : 1, z += z_step ? lanes : 1) {
        vec p = vec_all(*x), q = vec_all(*z);
        size_t l = 0;
        for (; l + VEC <= lanes; l += VEC) {
            p = x_step ? vec_load(x + l) : p;
            q = z_step ? vec_load(z + l) : q;
            vec_store(y + l, ARITHMETIC(f, p, q));
        }
        for (; l < lanes; l++)
            y[l] = ARITHMETIC(f, x[x_step ? l : 0], z[z_step ? l : 0]);
    }
}

static inline __attribute__((always_inline)) void arithmetic(int f, size_t n, size_t lanes, const float *x,
                                                             int x_step, const float *z, int z_step, float *y)
{
    if (f == ZIP_ADD)
        some_rows(ZIP_ADD, n, lanes, x, x_step, z, z_step, y);
    else if (f == ZIP_SUB)
        some_rows(ZIP_SUB, n, lanes, x, x_step, z, z_step, y);
    else if (f == ZIP_MUL)
        some_rows(ZIP_MUL, n, lanes, x, x_step, z, z_step, y);
    else
        some_rows(ZIP_DIV, n, lanes, x, x_step, z, z_step, y);
}

/* One row; the steps are 0 or 1 and known where it is inlined. */
static inline __attribute__((always_inline)) void row(int f, size_t lanes, const float *x, int x_step,
                                                      const float *z, int z_step, float *y)
{
    switch ((enum lane_zip)f) {
    case ZIP_ADD:
    case ZIP_SUB:
    case ZIP_MUL:
    case ZIP_DIV:
        break; /* arithmetic */
    case ZIP_MIN:
        EACH(least(p, q));
    case ZIP_MAX:
        EACH(most(p, q));
    case ZIP_POW:
        EACH(kernel_power(p, q));
    case ZIP_AND:
        EACH(p != 0 && q != 0 ? 1.0f : 0.0f);
    case ZIP_OR:
        EACH(p != 0 || q != 0 ? 1.0f : 0.0f);
    case ZIP_EQUAL:
        EACH(p == q ? 1.0f : 0.0f);
    case ZIP_GREATER:
        EACH(p > q ? 1.0f : 0.0f);
    case ZIP_LESS:
        EACH(p < q ? 1.0f : 0.0f);
    case ZIP_GREATER_EQUAL:
        EACH(p >= q ? 1.0f : 0.0f);
    case ZIP_LESS_EQUAL:
        EACH(p <= q ? 1.0f : 0.0f);
    case ZIP_PRELU:
        EACH(p < 0 ? p * q : p);
    case ZIP_COUNT:
        break;
    }
}

void AT_LEVEL(lanes_zip)(int f, size_t n, int lanes, const float *x, int x_stride, const float *z,
                         int z_stride, float *y)
{
    size_t width = (size_t)lanes;
    if (lanes == 1 || (x_stride && z_stride)) { /* all rows are one */
        x_stride = z_stride = 1;
        width *= n;
        n = n > 0;
    }
    if (f == ZIP_ADD || f == ZIP_SUB || f == ZIP_MUL || f == ZIP_DIV) {
        if (x_stride && z_stride)
            arithmetic(f, n, width, x, 1, z, 1, y);
        else if (x_stride)
            arithmetic(f, n, width, x, 1, z, 0, y);
        else if (z_stride)
            arithmetic(f, n, width, x, 0, z, 1, y);
        else
            arithmetic(f, n, width, x, 0, z, 0, y);
        return;
    }
    for (size_t i = 0; i < n; i++, y += width) {
        if (x_stride && z_stride)
            row(f, width, x + i * width, 1, z + i * width, 1, y);
        else if (x_stride)
            row(f, width, x + i * width, 1, z + i, 0, y);
        else if (z_stride)
            row(f, width, x + i, 0, z + i * width, 1, y);
        else
            row(f, width, x + i, 0, z + i, 0, y);
    }
}

void AT_LEVEL(lanes_affine)(size_t n, int lanes, const float *x, const float *scale, const float *shift,
                            float *y)
{
    for (size_t i = 0; i < n; i++) {
        float a = scale[i], b = shift[i];
        const float *from = x + i * (size_t)lanes;
        float *to = y + i * (size_t)lanes;
        for (int l = 0; l < lanes; l++)
            to[l] = __builtin_fmaf(from[l], a, b);
    }
}

static inline __attribute__((always_inline)) void fuse(int lanes, const float *a, int a_step, const float *b,
                                                       int b_step, float *y)
{
    for (int l = 0; l < lanes; l++)
        y[l] = __builtin_fmaf(a[l * a_step], b[l * b_step], y[l]);
}

void AT_LEVEL(lanes_multiply_add)(int lanes, const float *a, int a_stride, const float *b, int b_stride,
                                  float *y)
{
    if (a_stride && b_stride)
        fuse(lanes, a, 1, b, 1, y);
    else if (a_stride)
        fuse(lanes, a, 1, b, 0, y);
    else if (b_stride)
        fuse(lanes, a, 0, b, 1, y);
    else
        fuse(lanes, a, 0, b, 0, y);
}

static inline __attribute__((always_inline)) void collect(int f, size_t n, const float *x, size_t step,
                                                          float *y)
{
    for (size_t i = 0; i < n; i++)
        y[i] = f == ZIP_MAX ? most(y[i], x[i * step]) : y[i] + x[i * step];
}

/* A row of positions; f is a constant where it is inlined. */
static inline __attribute__((always_inline)) void collect_row(int f, const struct lane_grid *g,
                                                              const float *x, float *y)
{
    size_t lanes = (size_t)g->lanes, columns = (size_t)g->columns;
    if (g->x_column == g->lanes)
        collect(f, columns * lanes, x, 1, y);
    else if (lanes == 1 && g->x_column == 2)
        collect(f, columns, x, 2, y);
    else if (lanes == 1)
        collect(f, columns, x, (size_t)g->x_column, y);
    else
        for (size_t c = 0; c < columns; c++)
            collect(f, lanes, x + (int64_t)c * g->x_column, 1, y + c * lanes);
}

void AT_LEVEL(lanes_slide)(int f, const struct lane_grid *g, const float *x, float *y)
{
    for (int64_t r = 0; r < g->rows; r++, x += g->x_row, y += g->y_row) {
        if (f == ZIP_MAX)
            collect_row(ZIP_MAX, g, x, y);
        else
            collect_row(ZIP_ADD, g, x, y);
    }
}
