/* op_window: see op_window.h. */
#include "engine/graph/op_window.h"

#include <string.h>

#include "engine/base/err.h"
#include "engine/graph/op_util.h"

enum {
    WINDOW_MAX = 1 << 20
}; /* kernels, strides, pads beyond this are no pooling but a mistake or an attack */

bool window_attr(struct graph *g, struct node *n, const char *name, int count, int64_t least,
                 int64_t otherwise, int64_t *out, struct err *e)
{
    int found;
    if (!op_attr_ints(g, n, name, count, out, &found, e))
        return false;
    if (found < 0)
        for (int i = 0; i < count; i++)
            out[i] = otherwise;
    else if (found != count)
        return op_fail(g, n, e, "its attribute '%s' holds %d numbers where %d are wanted", name, found,
                       count);
    for (int i = 0; i < found; i++)
        if (out[i] < least || out[i] > WINDOW_MAX)
            return op_fail(g, n, e, "its attribute '%s' holds %lld, which is out of range", name,
                           (long long)out[i]);
    return true;
}

/* auto_pad SAME: as many results as strides fit; what is missing is shared out, the odd one after (UPPER) or before. */
static void pad_same(struct window *w, bool upper)
{
    w->out = (w->in + w->stride - 1) / w->stride;
    int64_t pad = (w->out - 1) * w->stride + (w->kernel - 1) * w->dilation + 1 - w->in;
    if (pad < 0)
        pad = 0;
    w->before = upper ? pad / 2 : pad - pad / 2;
    w->after = pad - w->before;
}

static bool window_count(struct graph *g, struct node *n, struct window *w, bool ceil_mode, struct err *e)
{
    int64_t room = w->in + w->before + w->after - ((w->kernel - 1) * w->dilation + 1);
    if (w->in < 1 || room < 0)
        return op_fail(g, n, e, "its window does not fit into %lld positions", (long long)w->in);
    w->out = (room + (ceil_mode ? w->stride - 1 : 0)) / w->stride + 1;
    if (ceil_mode && (w->out - 1) * w->stride >= w->in + w->before) /* would begin in the padding behind */
        w->out--;
    return true;
}

const char *window_auto_pad(struct graph *g, struct node *n, struct err *e)
{
    static const char *const known[] = {"NOTSET", "VALID", "SAME_UPPER", "SAME_LOWER"};
    const char *pad = node_text(n, "auto_pad", "NOTSET");
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(pad, known[i]) == 0)
            return known[i];
    op_fail(g, n, e, "auto_pad '%s' is not known", pad);
    return NULL;
}

bool windows_read(struct graph *g, struct node *n, const struct shape *x, const int64_t *kernel,
                  struct window axis[2], struct err *e)
{
    int spatial = x->rank - 2;
    const char *pad = window_auto_pad(g, n, e);
    int64_t stride[2], dilation[2], pads[4];
    if (!pad || !window_attr(g, n, "strides", spatial, 1, 1, stride, e) ||
        !window_attr(g, n, "dilations", spatial, 1, 1, dilation, e) ||
        !window_attr(g, n, "pads", 2 * spatial, 0, 0, pads, e))
        return false;
    axis[0] = (struct window){1, 1, 1, 1, 1, 0, 0};
    for (int i = 0; i < spatial; i++) {
        struct window *w = &axis[2 - spatial + i];
        *w = (struct window){x->dim[2 + i], 0, kernel[i], stride[i], dilation[i], pads[i], pads[spatial + i]};
        if (strcmp(pad, "VALID") == 0)
            w->before = w->after = 0;
        if (strncmp(pad, "SAME", 4) == 0)
            pad_same(w, strcmp(pad, "SAME_UPPER") == 0);
        else if (!window_count(g, n, w, node_int(n, "ceil_mode", 0) != 0, e))
            return false;
    }
    return true;
}

void window_inside(const struct window *w, int64_t out, int64_t *from, int64_t *to)
{
    int64_t start = out * w->stride - w->before;
    *from = start >= 0 ? 0 : (-start + w->dilation - 1) / w->dilation;
    int64_t room = w->in - start; /* positions from the first tap to the end */
    *to = room <= 0 ? 0 : (room + w->dilation - 1) / w->dilation;
    if (*to > w->kernel)
        *to = w->kernel;
    if (*from > *to)
        *from = *to;
}
