/* export: the pruned model as a file, checked by reading it back. */
#ifndef PODA_SESSION_EXPORT_H
#define PODA_SESSION_EXPORT_H

#include "app/session/session.h"

struct exported {
    int64_t bytes;
    double sparsity; /* share of zero weights in the prunable tensors of the file that was written */
    char hash[HASH_HEX];
};

bool export_model(struct session *s, const struct state *at, const char *path, struct exported *out,
                  struct err *e);

#endif
