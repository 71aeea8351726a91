/* messages: what was said in this run, oldest first. */
#ifndef PODA_APP_MESSAGES_H
#define PODA_APP_MESSAGES_H

#include <stddef.h>

#include "views/frame.h"

enum { MESSAGES_MOST = 500 };

struct message {
    enum notice_kind kind;
    char *text;
};

struct messages {
    struct message *rows;
    size_t n;
};

void messages_add(struct messages *m, enum notice_kind kind, const char *text); /* not twice in a row */
void messages_release(struct messages *m);

#endif
