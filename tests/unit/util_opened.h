/* util_opened: a model file with everything about it, what it computes, and shrinking that must succeed. */
#ifndef PODA_TESTS_UTIL_OPENED_H
#define PODA_TESTS_UTIL_OPENED_H

#include "engine/shrink/shrink.h"

struct opened {
    struct model_file *file;
    struct graph *g;
    struct layers l;
    struct coupling c;
};

/* Each fails the test with the message. */
void opened_must(bool ok, const struct err *e);
void opened_file(struct opened *m, struct model_file *file_take);
void opened_bytes(struct opened *m, const struct buf *b);
void opened_like(struct opened *m, const struct buf *b,
                 const struct source *sizes); /* free sizes as there; NULL: none are free */
void opened_path(struct opened *m, const char *path);
void opened_close(struct opened *m);

/* All outputs on seeded records under a mask; NULL: as the file stands. *n gets their number; free() it. */
float *opened_compute(const struct opened *m, const struct mask *mask, int64_t *n);

/* As many, and equal to 1e-5 max(1, |a|). */
void opened_same(const float *a, int64_t n, const float *b, int64_t m, const char *what);

/* What was written of m has no nodes whose results nobody reads but those that m has. */
void opened_no_more_unread(const struct opened *m, const struct opened *written);

int64_t opened_kept(const struct opened *m, const struct mask *mask);

/* Shrink under the mask, open what comes out and hold every promise of shrink.h to it: outputs with the mask carried over,
 * numbers, names, count of kept weights. */
struct shrunk opened_shrink(const struct opened *m, const struct mask *mask, const char *what);

#endif
