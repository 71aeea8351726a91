/* finite: see finite.h. */
#include "engine/io/finite.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"

struct record_array record_array(struct array *a, const char *path)
{
    return (struct record_array){a, path, -DBL_MAX, DBL_MAX};
}

static bool fits(const struct record_array *r, int64_t i)
{
    double v = array_real(r->a, i);
    return v >= r->low && v <= r->high; /* false for NaN */
}

/* The first element out of bounds, from `from` on; n where there is none. */
static int64_t next_bad(const struct record_array *r, int64_t from)
{
    if (array_is_integer(r->a) && r->low == -DBL_MAX)
        return r->a->n;
    while (from < r->a->n && fits(r, from))
        from++;
    return from;
}

static void mark(const struct record_array *r, int64_t records, bool *good)
{
    int64_t each = r->a->n / records;
    for (int64_t i = next_bad(r, 0); i < r->a->n; i = next_bad(r, (i / each + 1) * each))
        good[i / each] = false;
}

/* "row 3, column 7"; of images "row 3, column 0.5.2", as the array is indexed. */
static void print_place(const struct array *a, int64_t i, struct buf *out)
{
    int64_t each = a->dim[0] ? a->n / a->dim[0] : 1, rest = i % each;
    buf_printf(out, "row %lld, column ", (long long)(i / each));
    if (a->rank < 2)
        buf_puts(out, "0");
    for (int d = 1; d < a->rank; d++) {
        each /= a->dim[d];
        buf_printf(out, "%s%lld", d > 1 ? "." : "", (long long)(rest / each));
        rest %= each;
    }
}

static bool refuse(const struct record_array *arrays, int n, int64_t bad, struct err *e)
{
    int i = 0;
    while (i < n - 1 && next_bad(&arrays[i], 0) == arrays[i].a->n)
        i++;
    struct buf what = {0};
    int64_t at = next_bad(&arrays[i], 0);
    double v = array_real(arrays[i].a, at);
    print_place(arrays[i].a, at, &what);
    buf_printf(&what,
               isnan(v)   ? ": the value is not a number (NaN)"
               : isinf(v) ? ": the value is infinite"
                          : ": %g is more than the model's input can hold",
               v);
    if (bad > 1)
        buf_printf(&what, ". %lld more rows like it", (long long)bad - 1);
    err_set(e, ERR_UNREADABLE, "%s, %s", arrays[i].path, buf_text(&what));
    buf_release(&what);
    return err_hint(e, "skip_bad=yes continues without such rows; rows and columns count from 0");
}

/* Rows behind one that goes move up. */
static void keep(struct array *a, int64_t records, const bool *good)
{
    size_t each = (size_t)(a->n / records) * array_element_size(a->type);
    int64_t to = 0;
    for (int64_t row = 0; row < records; row++)
        if (good[row])
            memmove(a->u8 + (size_t)to++ * each, a->u8 + (size_t)row * each, each);
    a->n = a->n / records * to;
    a->dim[0] = to;
}

bool finite_records(struct record_array *arrays, int n, int64_t records, bool skip_bad, bool *good,
                    struct err *e)
{
    int64_t bad = 0;
    memset(good, true, (size_t)records * sizeof *good);
    for (int i = 0; i < n; i++)
        mark(&arrays[i], records, good);
    for (int64_t row = 0; row < records; row++)
        bad += !good[row];
    if (bad == 0)
        return true;
    if (!skip_bad)
        return refuse(arrays, n, bad, e);
    if (bad == records)
        return err_set(e, ERR_UNREADABLE, "%s: no row is left without values that are not finite",
                       arrays[0].path);
    for (int i = 0; i < n; i++)
        keep(arrays[i].a, records, good);
    return true;
}
