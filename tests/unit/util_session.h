/* util_session: commands in a session in memory, as exec runs them, with their results as JSON. */
#ifndef PODA_TESTS_UTIL_SESSION_H
#define PODA_TESTS_UTIL_SESSION_H

#include "app/session/session.h"
#include "engine/base/json.h"

/* On one thread, without a clock. Closed by session_close. */
void session_begin(struct session *s);

/* The result; the test fails with the message where the command does. json_free it. */
struct json *session_says(struct session *s, const char *line);

/* The command must fail, with this code; *hint gets whether a next step was named. NULL: not asked. */
void session_refuses(struct session *s, const char *line, enum err_code code, bool *hint);

/* A number of a result; the test fails where there is none. */
double result_number(const struct json *result, const char *name);

#endif
