/* fail_if: see fail_if.h. */
#include "app/fail_if.h"

#include <math.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/base/json.h"
#include "engine/base/num.h"

/* Longer ones first, so that <= is not read as <. */
static const struct {
    const char *text;
    enum limit_op op;
} ops[] = {{"<=", LIMIT_LESS_EQUAL}, {">=", LIMIT_GREATER_EQUAL}, {"==", LIMIT_EQUAL},
           {"!=", LIMIT_NOT_EQUAL},  {"<", LIMIT_LESS},           {">", LIMIT_GREATER},
           {"=", LIMIT_EQUAL}};

static const char *skip(const char *at)
{
    return at + strspn(at, " \t");
}

/* As numbers are printed, too: -2%, 90 KiB, 13,696. */
static bool read_number(const char *text, double *out)
{
    char number[64];
    size_t n = strlen(text);
    int64_t whole;
    while (n > 0 && strchr(" \t", text[n - 1]))
        n--;
    if (n >= sizeof number)
        return false;
    memcpy(number, text, n);
    number[n] = '\0';
    if (num_parse_share(number, out))
        return true;
    bool ok = num_parse_count(number, &whole) || num_parse_bytes(number, &whole);
    *out = ok ? (double)whole : 0;
    return ok;
}

bool limit_parse(const char *text, struct limit *out, struct err *e)
{
    const char *at = skip(text);
    size_t n = strcspn(at, " \t<>=!");
    bool found = false;
    if (n > 0 && n < sizeof out->field) {
        memcpy(out->field, at, n);
        out->field[n] = '\0';
        at = skip(at + n);
        for (size_t i = 0; i < sizeof ops / sizeof *ops && !found; i++)
            if (strncmp(at, ops[i].text, strlen(ops[i].text)) == 0) {
                out->op = ops[i].op;
                at = skip(at + strlen(ops[i].text));
                found = true;
            }
    }
    if (found && read_number(at, &out->number))
        return true;
    err_set(e, ERR_USAGE, "--fail-if '%s' is not FIELD OP NUMBER", text);
    return err_hint(e, "example: --fail-if 'delta < -0.02'; fractions are 0..1");
}

/* A field, or a path such as sizes.csr. */
static const struct json *find(const struct json *result, const char *field)
{
    char name[64];
    const char *dot = strchr(field, '.');
    const struct json *whole = json_get(result, field);
    if (whole || !dot)
        return whole;
    memcpy(name, field, (size_t)(dot - field));
    name[dot - field] = '\0';
    return find(json_get(result, name), dot + 1);
}

bool limit_holds(const struct limit *l, const struct json *result, bool *holds, struct err *e)
{
    const struct json *v = find(result, l->field);
    *holds = false;
    if (json_is_bool(v) || json_is_number(v)) {
        double x = json_is_bool(v) ? json_true(v) : json_num(v, NAN);
        const bool by_op[] = {x<l->number, x <= l->number, x> l->number, x >= l->number, x == l->number,
                              x != l->number};
        *holds = by_op[l->op];
        return true;
    }
    if (v && json_is_null(v)) {
        err_set(e, ERR_USAGE, "--fail-if: %s is not known for the last result", l->field);
        return err_hint(e, "measure it first: eval");
    }
    err_set(e, ERR_USAGE, "--fail-if: the last result has no number %s", l->field);
    return err_hint(e, "it looks at the last command's result: end with eval or sizes");
}
