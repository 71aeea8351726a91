/* sparse: the kept elements of a weight, in the order in which lane_kernels.sparse reads them. */
#ifndef PODA_KERNELS_SPARSE_H
#define PODA_KERNELS_SPARSE_H

#include <stdint.h>

/* Columns are cut into bands whose input rows stay in the first cache while all outputs read them. Within a band it is CSR:
 * output r has the elements start[band * (m + 1) + r] up to the next start, columns ascending. One band is plain CSR. */
struct sparse {
    int m, bands;
    int32_t *start; /* [bands][m + 1] */
    int32_t *column;
    float *value;
};

/* From a dense weight w[m][k] with `kept` elements that are not 0 (at most INT32_MAX). sparse_release frees it. */
void sparse_init(struct sparse *s, int m, int k, const float *w, int64_t kept);
void sparse_release(struct sparse *s);

#endif
