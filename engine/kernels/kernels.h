/* kernels: the arithmetic under the operators, in three instruction sets compiled from one source (lanes*.c), and OpenBLAS.
 *
 * All data are [rows][lanes], lanes innermost; a kernel never mixes lanes. The own kernels add in index order, one fused
 * multiply-add per weight and lane, and have their own exp, log, tanh and erf: plain C, AVX2 and AVX-512 agree bit for bit.
 * OpenBLAS runs on the calling thread only and gets whole blocks of lanes, so its bits never depend on the thread count. */
#ifndef PODA_KERNELS_KERNELS_H
#define PODA_KERNELS_KERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct lane_grid;
struct lane_side;
struct sparse;

/* y[m][lanes] = bias[m] (0 if NULL) + sum_k w[m][k] * rows[k][lanes], k ascending. rows are pointers to the input rows (an
 * indirection list: a convolution's rows lie anywhere); NULL rows (padding) are skipped in the own kernels, and the dense one
 * may skip rows of zeros: weights are finite. Any number of lanes goes; y overlaps no row. */
struct lane_kernels {
    const char *name; /* "plain", "avx2", "avx512" */
    void (*dense)(int m, int k, const float *w, int w_stride, const float *bias, const float *const *rows,
                  int lanes, float *const *y);
    /* The same over the kept weights alone (sparse.h); leaves out what is 0, and so gives the same bits. */
    void (*sparse)(const struct sparse *w, const float *bias, const float *const *rows, int lanes,
                   float *const *y);
    /* Sums of kept weights added, in their order, to what y holds: y[m][lanes] += sum_k w[m][k] * rows[k][lanes]. */
    void (*add)(const struct sparse *w, const float *const *rows, int lanes, float *const *y);
    /* As dense for inputs that are mostly 0, from turned weights wt[k][wt_stride]: outputs innermost, wt_stride a multiple of
     * 16 and at least m, filled up with 0. sums: room for min(lanes, 64) * wt_stride floats. The same bits. */
    void (*turned)(int m, int k, const float *wt, int wt_stride, const float *bias, const float *const *rows,
                   int lanes, float *const *y, float *sums);
    /* How many elements of the k rows are not 0. */
    int64_t (*count)(int k, const float *const *rows, int lanes);
    /* bits[n / 64 and the rest]: which of n weights are not 0, tail bits 0. false: one that is not 0 is not as in own. */
    bool (*kept)(size_t n, const float *w, const float *own, uint64_t *bits);
    /* Of each lane over n rows x[n][lanes]: squares[l] += the sum of squares, used[l] += how many are not 0. */
    void (*sizes)(size_t n, int lanes, const float *x, float *squares, float *used);
    /* y[i] = f(x[i]) for n elements, f by enum lane_map; a and b are its parameters. y may be x. */
    void (*map)(int f, size_t n, const float *x, float a, float b, float *y);
    /* y[i] = the first (order 1) or second (2) derivative of that function at x[i]; lanes_slope.c tells the sides of kinks. */
    void (*slope)(int f, int order, size_t n, const float *x, float a, float b, float *y);
    /* y[i][l] = x[i][l] op z[i][l] for n rows; a stride of 0 means one value for every lane of that row. */
    void (*zip)(int f, size_t n, int lanes, const float *x, int x_stride, const float *z, int z_stride,
                float *y);
    /* y[l] = y[l] * scale + shift and the like: y[r][l] = x[r][l] * scale[r] + shift[r] for r < n (one fma). y may be x. */
    void (*affine)(size_t n, int lanes, const float *x, const float *scale, const float *shift, float *y);
    /* y[l] += a[l] * b[l], one fused multiply-add each; a stride of 0 is one value for every lane. */
    void (*multiply_add)(int lanes, const float *a, int a_stride, const float *b, int b_stride, float *y);
    /* y[r][c] = y[r][c] op x[r][c] for a grid of positions, each a row of lanes; f is ZIP_ADD or ZIP_MAX. */
    void (*slide)(int f, const struct lane_grid *grid, const float *x, float *y);
    /* y[i][j][lanes] = sum_k a[i][k] * b[k][j] for i < m, j < n, k ascending from 0, one fused multiply-add each. y overlaps no
     * side. */
    void (*product)(int64_t m, int64_t n, int64_t k, int lanes, const struct lane_side *a,
                    const struct lane_side *b, float *y);
    /* y[r][l] = (x[r][l] - mean[l]) * factor[l], with factor = 1 / sqrt(variance + epsilon) over the rows; in double, rounded
     * once. y may be x. */
    void (*standardise)(int64_t rows, int lanes, float epsilon, const float *x, double *mean, double *factor,
                        float *y);
};

/* How far apart positions of a grid are, in numbers; those of a row of y lie side by side. */
struct lane_grid {
    int64_t rows, columns;
    int lanes;
    int64_t x_row, x_column, y_row;
};

/* A matrix of rows of lanes, or of one number for every lane (lane_stride 0); the steps are in its elements. */
struct lane_side {
    const float *at;
    int lane_stride;
    int64_t row, column;
};

enum lane_map {
    MAP_RELU,
    MAP_LEAKY_RELU /* a: slope */,
    MAP_ELU /* a */,
    MAP_SELU /* a: alpha, b: gamma */,
    MAP_SIGMOID,
    MAP_HARD_SIGMOID /* max(0, min(1, a x + b)) */,
    MAP_HARD_SWISH,
    MAP_TANH,
    MAP_SOFTPLUS,
    MAP_SOFTSIGN,
    MAP_ERF,
    MAP_GELU /* exact, by erf */,
    MAP_GELU_TANH,
    MAP_CLIP /* a..b */,
    MAP_EXP,
    MAP_LOG,
    MAP_SQRT,
    MAP_ABS,
    MAP_NEG,
    MAP_RECIPROCAL,
    MAP_NOT,
    MAP_CEIL,
    MAP_FLOOR,
    MAP_ROUND,
    MAP_COUNT
};

enum lane_zip {
    ZIP_ADD,
    ZIP_SUB,
    ZIP_MUL,
    ZIP_DIV,
    ZIP_MIN,
    ZIP_MAX,
    ZIP_POW,
    ZIP_AND,
    ZIP_OR,
    ZIP_EQUAL,
    ZIP_GREATER,
    ZIP_LESS,
    ZIP_GREATER_EQUAL,
    ZIP_LESS_EQUAL,
    ZIP_PRELU /* x < 0 ? x * z : x */,
    ZIP_COUNT
};

/* What a program computes with: chosen once at start, const afterwards. */
struct kernels {
    const struct lane_kernels *own;
    bool blas;          /* OpenBLAS may be used where the table of choice.c prefers it */
    const char *notice; /* why it is off though it was wanted; NULL */
};

/* The kernels by the words of --kernels: plain, avx2, avx512, noblas (the best own level, no BLAS), NULL or "auto": the best
 * this processor has, with BLAS. plain, avx2 and avx512 keep BLAS on: the choice between OpenBLAS and an own kernel is a
 * function of shape and density alone. false (ERR_UNKNOWN / ERR_UNSUPPORTED) if the word is unknown or the processor lacks it.
 * Each BLAS kernel is first compared with the plain one on a dozen shapes; a difference, or a lack of memory for it, switches BLAS
 * off and is told by the notice. */
struct err;
bool kernels_choose(const char *word, struct kernels *out, struct err *e);

/* What this processor calls itself ("AMD EPYC 7763 64-Core Processor"); "unknown processor" where it does not say. Times mean
 * little without it. */
enum { PROCESSOR_NAME = 49 };
void kernels_processor(char name[PROCESSOR_NAME]);

/* Before so many threads compute at once: BLAS goes off, with a notice, where its memory for all of them is not there. */
void kernels_callers(struct kernels *k, int callers);

/* How a weight of m rows (outputs) by k columns (inputs) is computed at so many lanes when `kept` of its elements are not 0. */
enum kernel_choice { KERNEL_BLAS, KERNEL_DENSE, KERNEL_SPARSE };
enum kernel_choice kernels_for(const struct kernels *k, int64_t m, int64_t columns, int64_t kept, int lanes);

/* Is the turned kernel worth its form of the weight at all; and is it faster than the one of kernels_for for a block in which
 * `used` of the columns * lanes inputs are not 0? */
bool kernels_turned_may_win(int64_t m, int64_t columns, int64_t kept, int lanes);
bool kernels_turned_wins(int64_t m, int64_t columns, int64_t kept, int lanes, int64_t used);

/* y[m][n] = beta * y + w[m][k] * x[k][n], all row-major, with leading dimensions; single-threaded. The only door to OpenBLAS. */
void blas_gemm(int m, int n, int k, const float *w, int w_stride, const float *x, int x_stride, float beta,
               float *y, int y_stride);
const char *blas_version(void); /* library, version and the processor kind its kernels were chosen for */

#endif
