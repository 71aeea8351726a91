/* err: how every function that can fail says why. A function returns false (or NULL) and fills a struct err with one complete
 * sentence: which thing, what is wrong, why; and a hint: what to do next. On success it leaves the err untouched, so calls
 * chain with &&. Failures of the machine (no memory) go to mem.h's hook instead, mistakes of the program to assert(). */
#ifndef PODA_BASE_ERR_H
#define PODA_BASE_ERR_H

#include <stdbool.h>

enum err_code {
    ERR_NONE,
    ERR_USAGE,
    ERR_UNKNOWN,
    ERR_NO_MODEL,
    ERR_NO_DATA,
    ERR_NO_LABELS,
    ERR_UNREADABLE,
    ERR_UNSUPPORTED,
    ERR_UNREACHABLE,
    ERR_TOO_FEW,
    ERR_PINNED,
    ERR_READONLY,
    ERR_NOTHING_TO_UNDO,
    ERR_IO,
    ERR_CANCELLED,
    ERR_INTERNAL,
    ERR_CODES
};

/* Embedded by the caller, zero-initialised; owns both texts. */
struct err {
    enum err_code code;
    char *message; /* NULL until set */
    char *hint;    /* NULL where there is no next step to name */
};

enum { ERR_MESSAGE_MOST = 1000, ERR_HINT_MOST = 4000 }; /* bytes; a hint may list what is known */

/* Fill e and return false. A second call keeps the first message: the origin knows best. e may be NULL. Control characters
 * and broken UTF-8 in the formatted text are escaped and its middle is left out where it is too long to be read, so that names and
 * fields from files may be passed as they are. */
bool err_set(struct err *e, enum err_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Add the next step to an err that is set; returns false like err_set. */
bool err_hint(struct err *e, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The next step after a word that is none of a closed list (NULL-ended): the nearest of it, where one is near, and all of them. */
bool err_known(struct err *e, const char *word, const char *const *list);

/* Put "place: " before the message of an err that is set; returns false. */
bool err_place(struct err *e, const char *format, ...) __attribute__((format(printf, 2, 3)));

struct buf;
void err_tell(const struct err *e, struct buf *out); /* for one line: the message, then the next step */

void err_release(struct err *e); /* leaves e ready for use again */

const char *
err_word(enum err_code code);          /* "usage", "no_model", ...: the words of --json, never translated */
int err_exit_code(enum err_code code); /* 0, 1, 2 or 3 */

#endif
