/* blas: may OpenBLAS be called? The product itself is in kernels.h. */
#ifndef PODA_KERNELS_BLAS_H
#define PODA_KERNELS_BLAS_H

/* Before the first product: its memory for so many threads that call it at once, which it has from then on. NULL: it may be called;
 * else why not. One thread at a time, while no product runs. */
const char *blas_start(int callers);

#endif
