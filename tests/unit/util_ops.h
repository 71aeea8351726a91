/* util_ops: a network of the unit tests run at every kernel level and in 1, 16 and 64 lanes. Include cmocka's headers first. */
#ifndef PODA_TESTS_UTIL_OPS_H
#define PODA_TESTS_UTIL_OPS_H

#include <stdint.h>

struct source;

/* One node "op_0" of operator op with input x of these dimensions (file type 1 float, 6 int32, 9 bool), further inputs by name
 * ("x c d") and output y. Attributes and the further inputs follow by net_... */
struct source *ops_net(int opset, const char *op, int file_type, const int64_t *dims, const char *inputs);

/* The first output for input x (numbers as they are in the file, one sample) is expected[0..n), within the tolerance. Lane 0 gets
 * x, lane l gets x turned by l elements, and must answer bit for bit as alone, at level plain, with no value in the place of another. Frees s. x is NULL for a
 * network without inputs. */
void ops_expect(struct source *s, const float *x, const float *expected, int n, double tolerance);

/* The shape of the first output as printed: 1x3x4. Frees s. */
void ops_expect_shape(struct source *s, const char *shape);

/* Binding is refused with a message that holds these words. Frees s. */
void ops_refuse(struct source *s, const char *words);

#endif
