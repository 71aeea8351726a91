/* times: how fast the program answers, measured by itself: from a key read to its frame written, and from a cancel to rest. */
#ifndef PODA_APP_TIMES_H
#define PODA_APP_TIMES_H

#include <stddef.h>

struct buf;

struct times {
    double *seconds;
    size_t n, capacity;
};

void times_add(struct times *t, double seconds);
void times_release(struct times *t);

/* The value below which a share (0..1) of them lies; NaN for none. */
double times_quantile(const struct times *t, double share);

/* "name n 12 median 1.2 p99 3.4 worst 5.6 ms". Appends. */
void times_print(const struct times *t, const char *name, struct buf *out);

#endif
