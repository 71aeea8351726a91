/* fail_if: a limit that a result must not violate: FIELD OP NUMBER, such as 'delta < -0.02'. */
#ifndef PODA_APP_FAIL_IF_H
#define PODA_APP_FAIL_IF_H

#include <stdbool.h>

struct err;
struct json;

enum limit_op {
    LIMIT_LESS,
    LIMIT_LESS_EQUAL,
    LIMIT_GREATER,
    LIMIT_GREATER_EQUAL,
    LIMIT_EQUAL,
    LIMIT_NOT_EQUAL
};

struct limit {
    char field[64];
    enum limit_op op;
    double number;
};

bool limit_parse(const char *text, struct limit *out, struct err *e); /* ERR_USAGE */

/* Does the expression hold for the result? ERR_USAGE if the result has no such number (an unknown number holds nothing). */
bool limit_holds(const struct limit *l, const struct json *result, bool *holds, struct err *e);

#endif
