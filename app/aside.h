/* aside: small work with files beside the terminal's thread, which never waits for a disk: copies and exports to write, what is in a
 * folder, the lines typed before. What became of each comes back in order, and wakes the loop as the worker's news do. */
#ifndef PODA_APP_ASIDE_H
#define PODA_APP_ASIDE_H

#include <stdbool.h>

#include "app/session/outfile.h"
#include "engine/base/buf.h"
#include "engine/base/err.h"

struct json;

enum aside_kind {
    ASIDE_FOLDER, /* found: folder, files (each name, folder yes or no) */
    ASIDE_RECALL, /* found: lines, those typed in earlier runs */
    ASIDE_TYPED,  /* a line that was typed is kept for later runs; where that cannot be, nothing is said */
    ASIDE_WRITE   /* bytes into a file */
};

enum chore_fate { CHORE_DONE, CHORE_EXISTS, CHORE_FAILED };

struct chore {
    enum aside_kind kind;
    char *text; /* the folder, the line, the file to write */
    struct buf bytes;
    bool replace;         /* a file that is there; else it stays and the fate is CHORE_EXISTS */
    bool make_folder;     /* in which it lies */
    struct own_files own; /* of the session: never replaced */
    int what;             /* the sender's own mark */
    enum chore_fate fate; /* from here: what became of it */
    struct err err;       /* of CHORE_FAILED */
    struct json *found;   /* NULL: nothing was asked for */
};
void chore_release(struct chore *c);

struct aside;

struct aside *aside_new(int wake); /* wake gets a byte when something is done */
void aside_free(struct aside *a);  /* what was asked is still done */
void aside_ask(struct aside *a, struct chore *take);
bool aside_take(struct aside *a, struct chore *out); /* false: nothing is done yet; release it */
bool aside_idle(struct aside *a);

#endif
