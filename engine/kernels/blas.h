/* blas: switching off the library's own threads. The product itself is in kernels.h. */
#ifndef PODA_KERNELS_BLAS_H
#define PODA_KERNELS_BLAS_H

void blas_start(void); /* before the first product */

#endif
