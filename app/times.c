/* times: see times.h. */
#include "app/times.h"

#include <math.h>
#include <stdlib.h>

#include "engine/base/buf.h"
#include "engine/base/mem.h"

void times_add(struct times *t, double seconds)
{
    t->seconds = mem_grow(t->seconds, t->n, &t->capacity, sizeof *t->seconds);
    t->seconds[t->n++] = seconds;
}

void times_release(struct times *t)
{
    free(t->seconds);
    *t = (struct times){0};
}

static int rising(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double times_quantile(const struct times *t, double share)
{
    if (t->n == 0)
        return NAN;
    double *sorted = mem_copy(t->seconds, t->n, sizeof *sorted);
    qsort(sorted, t->n, sizeof *sorted, rising);
    double v = sorted[(size_t)(share * (double)(t->n - 1) + 0.5)];
    free(sorted);
    return v;
}

void times_print(const struct times *t, const char *name, struct buf *out)
{
    buf_printf(out, "%s n %zu", name, t->n);
    if (t->n)
        buf_printf(out, " median %.2f p99 %.2f worst %.2f ms", 1e3 * times_quantile(t, 0.5),
                   1e3 * times_quantile(t, 0.99), 1e3 * times_quantile(t, 1));
    buf_putc(out, '\n');
}
