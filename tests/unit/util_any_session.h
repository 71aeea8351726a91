/* util_any_session: a session of several roots that any bytes drive: models are opened again and again, cut, shrunk, undone, looked at.
 * For a fuzzer and for a seeded test. */
#ifndef PODA_TESTS_UTIL_ANY_SESSION_H
#define PODA_TESTS_UTIL_ANY_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What happened, for a test that must know that something did. */
struct any_session {
    int done, refused; /* commands */
    int roots, shrunk, drafts;
};

/* A byte a command, an odd draw as a draft. The folder is the project's own, as models and data are its samples. Whatever is
 * asked, nothing may fail with an error of the program's own: aborts there. */
void any_session(const uint8_t *bytes, size_t n, struct any_session *out);

#endif
