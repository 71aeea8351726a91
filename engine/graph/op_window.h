/* op_window: a window that slides over one or two spatial axes, as pooling and convolution share it. */
#ifndef PODA_GRAPH_OP_WINDOW_H
#define PODA_GRAPH_OP_WINDOW_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/graph/op.h"

struct err;

/* One spatial axis of a window. */
struct window {
    int64_t in, out; /* positions */
    int64_t kernel, stride, dilation;
    int64_t before, after; /* padding */
};

/* A list attribute of so many numbers into out[count], each from least to a sane limit; `otherwise` where it is absent. */
bool window_attr(struct graph *g, struct node *n, const char *name, int count, int64_t least,
                 int64_t otherwise, int64_t *out, struct err *e);

/* strides, dilations, pads, auto_pad and ceil_mode of a node whose input x is [batch][channels][spatial...] and whose kernel has
 * these sides: rows in axis[0] and columns in axis[1]; 1-D has one row. */
bool windows_read(struct graph *g, struct node *n, const struct shape *x, const int64_t *kernel,
                  struct window axis[2], struct err *e);

/* auto_pad as a word that is known: NOTSET, VALID, SAME_UPPER or SAME_LOWER; NULL with e set for another. */
const char *window_auto_pad(struct graph *g, struct node *n, struct err *e);

/* The part of a window that lies inside the input: taps [from, to) of the kernel. */
void window_inside(const struct window *w, int64_t out, int64_t *from, int64_t *to);

#endif
