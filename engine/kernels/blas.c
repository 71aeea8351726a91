/* blas: the only file that knows OpenBLAS. Every call runs on the calling thread: the library's own threads are switched off,
 * because poda's workers each call it on their own block of lanes. */
#include "engine/kernels/blas.h"
#include "engine/kernels/kernels.h"

#include <cblas.h>

void blas_gemm(int m, int n, int k, const float *w, int w_stride, const float *x, int x_stride, float beta,
               float *y, int y_stride)
{
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, m, n, k, 1.0f, w, w_stride, x, x_stride, beta, y,
                y_stride);
}

void blas_start(void)
{
    openblas_set_num_threads(1);
}

const char *blas_version(void)
{
    return openblas_get_config();
}
