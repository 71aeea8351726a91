/* padded: see padded.h. The tap t reads padded position out * stride + t * dilation: remainder (t * dilation) % stride, place
 * out + (t * dilation) / stride. Remainders repeat after `sorts` taps. */
#include "engine/graph/padded.h"

#include <string.h>

#include "engine/graph/weighted.h"

enum { GROWTH = 4, SMALL = 1024 };

static int64_t common_divisor(int64_t a, int64_t b)
{
    while (b) {
        int64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

bool padded_of(const struct weighted *w, struct padded *out)
{
    int64_t most = SMALL;
    if (w->turned || w->x_position != 1 || w->y_position != 1 || weighted_positions(w) <= 1 ||
        weighted_pointwise(w))
        return false;
    most += GROWTH * (weighted_positions(w) + weighted_sources(w));
    for (int a = 0; a < 2; a++) {
        const struct window *v = &w->axis[a];
        int64_t period = v->stride / common_divisor(v->stride, v->dilation);
        out->sorts[a] = v->kernel < period ? v->kernel : period;
        out->length[a] = v->out + (v->kernel - 1) * v->dilation / v->stride;
        if (out->length[a] > most / out->sorts[a])
            return false;
        most /= out->sorts[a] * out->length[a];
    }
    return true;
}

int64_t padded_pitch(const struct padded *p)
{
    return p->length[1];
}

int64_t padded_plane(const struct padded *p)
{
    return p->sorts[0] * p->length[0] * p->sorts[1] * p->length[1];
}

/* The first place of a sort of rows and of one of columns. */
static int64_t sort_at(const struct padded *p, int64_t row_sort, int64_t column_sort)
{
    return (row_sort * p->sorts[1] + column_sort) * p->length[0] * p->length[1];
}

int64_t padded_offset(const struct weighted *w, const struct padded *p, int64_t tap)
{
    const struct window *rows = &w->axis[0], *columns = &w->axis[1];
    int64_t y = tap / columns->kernel, x = tap % columns->kernel;
    return sort_at(p, y % p->sorts[0], x % p->sorts[1]) + y * rows->dilation / rows->stride * p->length[1] +
           x * columns->dilation / columns->stride;
}

/* Places first..end of a sort lie inside the input; the first is its position `in`, the others a stride apart. */
struct stretch {
    int64_t first, end, in;
};

static struct stretch inside(const struct window *w, int64_t length, int64_t sort)
{
    int64_t start = sort * w->dilation % w->stride - w->before; /* of place 0 */
    struct stretch s = {.first = start >= 0 ? 0 : (-start + w->stride - 1) / w->stride};
    s.in = start + s.first * w->stride;
    s.end = s.in < w->in ? s.first + (w->in - s.in + w->stride - 1) / w->stride : s.first;
    if (s.end > length)
        s.end = length > s.first ? length : s.first;
    return s;
}

static void copy_line(const float *x, int64_t n, int64_t stride, int lanes, float *to)
{
    if (stride == 1) {
        memcpy(to, x, (size_t)(n * lanes) * sizeof *to);
        return;
    }
    for (int64_t i = 0; lanes == 1 && i < n; i++)
        to[i] = x[i * stride];
    for (int64_t i = 0; lanes > 1 && i < n; i++)
        memcpy(to + i * lanes, x + i * stride * lanes, (size_t)lanes * sizeof *to);
}

void padded_fill(const struct weighted *w, const struct padded *p, const float *x, int lanes, float *plane)
{
    const struct window *rows = &w->axis[0], *columns = &w->axis[1];
    for (int64_t a = 0; a < p->sorts[0]; a++)
        for (int64_t b = 0; b < p->sorts[1]; b++) {
            struct stretch down = inside(rows, p->length[0], a), along = inside(columns, p->length[1], b);
            float *to = plane + (sort_at(p, a, b) + along.first) * lanes;
            for (int64_t i = down.first, y = down.in; i < down.end; i++, y += rows->stride)
                copy_line(x + (y * columns->in + along.in) * lanes, along.end - along.first, columns->stride,
                          lanes, to + i * p->length[1] * lanes);
        }
}
