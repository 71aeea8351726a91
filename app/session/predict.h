/* predict: raw outputs of the pruned model for a file of inputs. */
#ifndef PODA_SESSION_PREDICT_H
#define PODA_SESSION_PREDICT_H

#include "app/session/session.h"

struct json;

struct prediction {
    int64_t n;            /* records */
    struct json *skipped; /* numbers of those left out, from 0; owned, NULL: none */
    int rank;
    int64_t dim[SHAPE_MAX]; /* of what was written, n first */
};

/* in: an NPY of [n][...] float or integer values, unscaled, or an NPZ with one array an input; out: an NPY, float32.
 * ERR_UNREADABLE if the file's shape does not fit, with both shapes; and for values that are not finite, unless skip_bad leaves
 * their records out. */
bool predict_file(struct session *s, const struct state *at, const char *in, const char *out, bool skip_bad,
                  struct prediction *done, struct err *e);

#endif
