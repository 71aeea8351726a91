/* json: trees of JSON values, by the library cJSON. An object or array owns what is put into it; who holds the root frees it.
 * Numbers are doubles; one that is not finite becomes null, because unknown is null and never 0. */
#ifndef PODA_BASE_JSON_H
#define PODA_BASE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct json; /* opaque */
struct buf;
struct err;

/* At start: trees take their memory through mem.h, so that a lack of it is the machine's failure and never half a tree. */
void json_start(void);

struct json *json_object(void);
struct json *json_array(void);
struct json *json_number(double v);
struct json *
json_text(const char *text); /* NULL gives null; bytes that are not UTF-8 and controls are escaped as \xHH */
void json_free(struct json *j);
struct json *json_copy(const struct json *j);

/* Members of an object; a name already there is replaced. The child handed over belongs to the object. */
void json_put(struct json *object, const char *name, struct json *child_take);
void json_put_int(struct json *object, const char *name, int64_t v);
void json_put_num(struct json *object, const char *name, double v);
void json_put_bool(struct json *object, const char *name, bool v);
void json_put_text(struct json *object, const char *name, const char *text);
void json_put_null(struct json *object, const char *name);
struct json *json_put_array(struct json *object, const char *name);  /* new, empty; borrowed */
struct json *json_put_object(struct json *object, const char *name); /* new, empty; borrowed */

/* Elements of an array. */
void json_push(struct json *array, struct json *child_take);
void json_push_int(struct json *array, int64_t v);
void json_push_text(struct json *array, const char *text);
struct json *json_push_object(struct json *array); /* new, empty; borrowed */
struct json *json_take_first(struct json *array);  /* off the array; json_free it. NULL: it is empty */
void json_swap(struct json *array, struct json *element, struct json *child_take); /* frees the element */

/* Reading. All accept NULL and then answer as for a missing value. */
const struct json *json_get(const struct json *object, const char *name); /* NULL if absent */
struct json *json_member(struct json *object, const char *name); /* the same, of one's own, to change it */
const struct json *json_first(const struct json *j);             /* first child of an object or array */
const struct json *json_next(const struct json *child);
const char *json_name(const struct json *child); /* member name, NULL in arrays */
size_t json_count(const struct json *j);
bool json_is_object(const struct json *j);
bool json_is_array(const struct json *j);
bool json_is_number(const struct json *j);
bool json_is_null(const struct json *j); /* also true for NULL */
bool json_is_bool(const struct json *j);
double json_num(const struct json *j, double otherwise);
bool json_true(const struct json *j);
const char *json_str(const struct json *j); /* NULL if it is no text */

/* Parse exactly one value of n bytes; nesting is limited to 64. what names the source in the error (ERR_UNREADABLE). */
struct json *json_parse(const char *text, size_t n, const char *what, struct err *e);

/* A copy in which no name and no text holds controls or bytes that are not UTF-8: they are escaped as json_text does. */
struct json *json_escaped(const struct json *j);

/* One line, members in the order they were put. */
void json_print(const struct json *j, struct buf *out);

#endif
