/* util_run: networks of util_source computed at every width, and refusals. Each call frees the source, but for bound. */
#ifndef PODA_TESTS_UTIL_RUN_H
#define PODA_TESTS_UTIL_RUN_H

#include "engine/base/err.h"
#include "engine/graph/source.h"
#include "engine/kernels/kernels.h"

/* Element k of every input of record r is k + 100 r, an integer input's k + r. Output `output` of record 0 must have these
 * dimensions and elements; every other record must be the same bit for bit in 1, 16 and 64 lanes. */
void net_gives(struct source *s, int output, const int64_t *dims, const float *expected);
void net_gives_ints(struct source *s, int output, const int64_t *dims, const int32_t *expected);

/* The graph of a source that must bind; the source stays the caller's. */
struct graph *bound(const struct source *s);

/* Binding fails with this code, and both words stand in the message. */
void net_refused(struct source *s, enum err_code code, const char *word, const char *other);

/* Kernels that need no particular processor. */
struct kernels plain_kernels(void);

/* Fill input i of every lane as above, from record `first` on. */
struct run;
struct program;
void fill_inputs(const struct program *p, struct run *r, int first);

#endif
