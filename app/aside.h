/* aside: small work with files beside the loop, so that a slow disk never holds the screen up: what is in a folder, the lines typed
 * before. Its answers come as news for the board, and wake the loop as the worker's do. */
#ifndef PODA_APP_ASIDE_H
#define PODA_APP_ASIDE_H

#include <stdbool.h>

#include "app/worker.h"

enum aside_kind {
    ASIDE_FOLDER, /* a folder: BOARD_FOLDER becomes folder, files (each name, folder yes or no) */
    ASIDE_RECALL, /* BOARD_RECALL becomes lines: those typed in earlier runs */
    ASIDE_TYPED   /* a line that was typed is kept for later runs; where that cannot be, nothing is said */
};

struct aside;

struct aside *aside_new(int wake);
void aside_free(struct aside *a); /* what was asked is still done */
void aside_ask(struct aside *a, enum aside_kind kind, const char *text);
bool aside_take(struct aside *a, struct news *out); /* false: none; release it */
bool aside_idle(struct aside *a);

#endif
