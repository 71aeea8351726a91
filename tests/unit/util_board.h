/* util_board: a ui whose board is filled by a real session, in tests: requests are recorded, and answered at once. */
#ifndef PODA_TEST_UTIL_BOARD_H
#define PODA_TEST_UTIL_BOARD_H

#include "app/session/session.h"
#include "app/ui.h"

struct bench {
    struct ui ui;
    struct session session;
    struct runner runner;
    struct buf posted; /* every request, one a line */
};

/* In memory; its commands run in order. The explorer's time zone is UTC and its clock the session's own. */
void bench_init(struct bench *b, const char *const *lines, size_t n);
void bench_release(struct bench *b);
void bench_news(struct bench *b);                   /* what the worker tells after a command */
void bench_keys(struct bench *b, const char *keys); /* separated by blanks */
void bench_type(struct bench *b, const char *text); /* letter by letter */

/* The frame as text, WxH; free() it. */
char *bench_screen(struct bench *b, int columns, int rows);

#endif
