/* util_source: networks built in C for the unit tests, as a file would state them. */
#ifndef PODA_TESTS_UTIL_SOURCE_H
#define PODA_TESTS_UTIL_SOURCE_H

#include <stdint.h>

#include "engine/graph/source.h"

/* Dimensions of a port or tensor, ended by DIMS_END; FREE is an open dimension. */
#define DIMS_END INT64_MIN
#define DIMS(...) ((const int64_t[]){__VA_ARGS__, DIMS_END})
#define NO_DIMS ((const int64_t[]){DIMS_END})
#define FREE ((int64_t)-1)

/* Elements of a tensor; the standard's version that serves where none matters; element types as a file numbers them. */
#define FLOATS(...) ((const float[]){__VA_ARGS__})
#define INTS(...) ((const int32_t[]){__VA_ARGS__})
enum { OPSET = 13, FLOAT = 1, INT64 = 7, STRING = 8 };

struct source *net_new(int64_t opset); /* source_free */

/* A float input x and a float output y: the caller adds the node that makes y. */
struct source *from_x(const int64_t *dims);
struct source *from_x_at(int64_t opset, const int64_t *dims);

void net_input(struct source *s, const char *name, int file_type, const int64_t *dims);
void net_output(struct source *s, const char *name, int file_type);

/* Initializers; values may be NULL: then element i is i. */
void net_floats(struct source *s, const char *name, const int64_t *dims, const float *values);
void net_ints(struct source *s, const char *name, const int64_t *dims, const int32_t *values);

/* A node; inputs and outputs are names parted by blanks, "-" is an absent one. The name is op_N. Attributes are added to the
 * node last made. */
void net_node(struct source *s, const char *op, const char *inputs, const char *outputs);
void net_domain(struct source *s, const char *domain);
void net_int(struct source *s, const char *attr, int64_t value);
void net_int_list(struct source *s, const char *attr, const int64_t *dims);
void net_float(struct source *s, const char *attr, float value);
void net_float_list(struct source *s, const char *attr, int n, const float *values);
void net_text(struct source *s, const char *attr, const char *value);
void net_tensor(struct source *s, const char *attr, const struct tensor *value); /* copied */

#endif
