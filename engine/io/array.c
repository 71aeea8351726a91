/* array: see array.h. The formats are npy.c's and idx.c's; here is what they share and how files are told apart. */
#include "engine/io/array.h"

#include <stdlib.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/file.h"
#include "engine/base/mem.h"
#include "engine/io/gzip.h"
#include "engine/io/idx.h"
#include "engine/io/npy.h"

static const size_t element_sizes[] = {
    [ARRAY_U8] = 1, [ARRAY_BOOL] = 1, [ARRAY_I32] = 4, [ARRAY_I64] = 8, [ARRAY_F32] = 4, [ARRAY_F64] = 8};
_Static_assert(sizeof element_sizes / sizeof *element_sizes == ARRAY_TYPES, "a size for each type");

size_t array_expanded_max(size_t file_bytes)
{
    const size_t least = (size_t)512 << 20;
    if (file_bytes > ARRAY_FILE_MAX / 16)
        return ARRAY_FILE_MAX;
    return file_bytes * 16 > least ? file_bytes * 16 : least;
}

size_t array_element_size(enum array_type type)
{
    return element_sizes[type];
}

bool array_is_integer(const struct array *a)
{
    return a->type != ARRAY_F32 && a->type != ARRAY_F64;
}

double array_real(const struct array *a, int64_t index)
{
    switch (a->type) {
    case ARRAY_I32:
        return a->i32[index];
    case ARRAY_I64:
        return (double)a->i64[index];
    case ARRAY_F32:
        return a->f32[index];
    case ARRAY_F64:
        return a->f64[index];
    default:
        return a->u8[index];
    }
}

void array_release(struct array *a)
{
    free(a->data);
    *a = (struct array){0};
}

bool array_make(struct array *a, enum array_type type, int rank, const int64_t *dim, size_t available,
                size_t file_size, int64_t *count)
{
    int64_t n = 1, bytes = 0;
    bool empty = false, huge = false;
    *count = -1;
    if (rank < 0 || rank > ARRAY_RANK_MAX)
        return false;
    for (int i = 0; i < rank; i++) {
        if (dim[i] < 0)
            return false;
        empty = empty || dim[i] == 0;
    }
    for (int i = 0; i < rank && !empty; i++)
        huge = huge || __builtin_mul_overflow(n, dim[i], &n);
    if (huge || __builtin_mul_overflow(n, (int64_t)8, &bytes))
        return false;
    *count = empty ? 0 : n;
    if ((uint64_t)*count * file_size != available)
        return false;
    a->type = type;
    a->rank = rank;
    for (int i = 0; i < rank; i++)
        a->dim[i] = dim[i];
    a->n = *count;
    a->data = mem_alloc((size_t)*count, element_sizes[type]);
    return true;
}

static bool parse_plain(const void *bytes, size_t n, const char *path, struct array *out, struct err *e)
{
    if (npy_is(bytes, n))
        return npy_parse(bytes, n, path, out, e);
    if (idx_is(bytes, n))
        return idx_parse(bytes, n, path, out, e);
    err_set(e, ERR_UNREADABLE, "%s: neither an NPY nor an IDX file", path);
    return err_hint(e, "numpy.save writes NPY files");
}

bool array_parse(const void *bytes, size_t n, const char *path, struct array *out, struct err *e)
{
    if (!gzip_is(bytes, n))
        return parse_plain(bytes, n, path, out, e);
    struct buf expanded = {0};
    bool ok = gzip_expand(bytes, n, array_expanded_max(n), path, &expanded, e) &&
              parse_plain(buf_text(&expanded), expanded.len, path, out, e);
    buf_release(&expanded);
    return ok;
}

bool array_read(const char *path, struct array *out, struct err *e)
{
    struct buf bytes = {0};
    bool ok =
        file_read(path, ARRAY_FILE_MAX, &bytes, e) && array_parse(buf_text(&bytes), bytes.len, path, out, e);
    buf_release(&bytes);
    return ok;
}
