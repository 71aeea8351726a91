/* predict: raw outputs of the pruned model for a file of inputs. */
#ifndef PODA_SESSION_PREDICT_H
#define PODA_SESSION_PREDICT_H

#include "app/session/session.h"

struct prediction {
    int64_t n; /* records */
    int rank;
    int64_t dim[SHAPE_MAX]; /* of what was written, n first */
};

/* in: an NPY of [n][...] float or integer values, unscaled, or an NPZ with one array an input; out: an NPY, float32.
 * ERR_UNREADABLE if the file's shape does not fit, with both shapes. */
bool predict_file(struct session *s, const struct state *at, const char *in, const char *out,
                  struct prediction *done, struct err *e);

#endif
