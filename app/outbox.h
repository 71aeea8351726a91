/* outbox: files written beside the terminal's thread, which never waits for a disk. What became of each comes back as it was put. */
#ifndef PODA_APP_OUTBOX_H
#define PODA_APP_OUTBOX_H

#include <stdbool.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"

enum parcel_fate { PARCEL_WRITTEN, PARCEL_EXISTS, PARCEL_FAILED };

struct parcel {
    char *path;
    struct buf bytes;
    bool replace;     /* a file that is there; else it stays and the fate is PARCEL_EXISTS */
    bool make_folder; /* in which it lies */
    int what;         /* the sender's own mark */
    enum parcel_fate fate;
    struct err err; /* of PARCEL_FAILED */
};
void parcel_release(struct parcel *p);

struct outbox;
struct outbox *outbox_new(int wake); /* wake gets a byte when something was written */
void outbox_free(struct outbox *o);  /* writes first what is left */
void outbox_put(struct outbox *o, struct parcel *take);
bool outbox_take(struct outbox *o, struct parcel *out); /* false: nothing is done yet; release it */
bool outbox_idle(struct outbox *o);

#endif
