/* sparse: see sparse.h. The kernel is lanes_sparse.c. */
#include "engine/kernels/sparse.h"

#include <stdlib.h>

#include "engine/base/mem.h"

enum {
    BAND = 96,  /* columns: 64 lanes of so many rows leave room for sums in a first cache of 32 KiB */
    SEGMENT = 5 /* elements of one output in a band from which loading and storing its sums again pays */
};

static int band_width(int m, int k, int64_t kept)
{
    return k > 2 * BAND && kept * BAND >= (int64_t)SEGMENT * m * k ? BAND : k;
}

void sparse_init(struct sparse *s, int m, int k, const float *w, int64_t kept)
{
    int width = band_width(m, k, kept);
    s->m = m;
    s->bands = k > 0 ? (k + width - 1) / width : 1;
    s->start = mem_alloc((size_t)s->bands * ((size_t)m + 1), sizeof *s->start);
    s->column = mem_alloc((size_t)kept, sizeof *s->column);
    s->value = mem_alloc((size_t)kept, sizeof *s->value);
    int32_t at = 0, *start = s->start;
    for (int band = 0; band < s->bands; band++) {
        int first = band * width, end = k - first < width ? k : first + width;
        for (int r = 0; r < m; r++) {
            *start++ = at;
            for (int c = first; c < end; c++) {
                float v = w[(int64_t)r * k + c];
                if (v == 0)
                    continue;
                s->column[at] = c;
                s->value[at++] = v;
            }
        }
        *start++ = at;
    }
}

void sparse_release(struct sparse *s)
{
    free(s->start);
    free(s->column);
    free(s->value);
    *s = (struct sparse){0};
}
