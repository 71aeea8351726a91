/* util_shrink: for tests of shrinking by hand: layers of a source in one line, units that leave, and what must be left. */
#ifndef PODA_TESTS_UTIL_SHRINK_H
#define PODA_TESTS_UTIL_SHRINK_H

#include "engine/graph/source.h"
#include "engine/shrink/shrink.h"
#include "tests/unit/util_opened.h"

/* Nodes: a Gemm with transB, a Conv with a square kernel. map_start: a network whose first layer, a, is a 1x1 Conv of 4 channels
 * from x to h. */
void gemm(struct source *s, const char *inputs, const char *output);
void conv(struct source *s, const char *inputs, const char *output, int kernel, int pad, int groups);
struct source *map_start(int64_t opset);

/* The source as a file, opened: opened_close. The smaller model, likewise. done releases all three. */
struct opened opened(struct source *s_take);
void reopen(const struct shrunk *s, struct opened *m);
void done(struct shrunk *s, struct opened *m, struct opened *small);

/* The layer of this name, which there must be. */
int layer(const struct opened *m, const char *name);

/* No connection into the unit is left; the unit's whole set is removed. */
void starve(const struct opened *m, struct mask *mask, const char *name, int64_t unit);
void take(const struct opened *m, struct mask *mask, const char *name, int64_t unit);

/* Exactly these units left the layer: LEFT(0, 2). A unit of layer 0 stayed, and the text about it starts and holds so. */
void expect_left(const struct opened *m, const struct shrunk *s, const char *name, int64_t n,
                 const int64_t *units);
void expect_stayed(const struct shrunk *s, int64_t unit, const char *start, const char *reason);
#define LEFT(...)                                                                                            \
    sizeof((int64_t[]){__VA_ARGS__}) / sizeof(int64_t), (const int64_t[])                                    \
    {                                                                                                        \
        __VA_ARGS__                                                                                          \
    }

/* The constant at input `slot` of the first node of this operator that stands at or behind node `from` in the file; and what must
 * be in it: VALUES(1, 2). */
const struct tensor *constant_at(const struct opened *m, const char *op, int from, int slot);
void expect_floats(const struct tensor *t, int64_t n, const float *expected);
#define VALUES(...)                                                                                          \
    sizeof((float[]){__VA_ARGS__}) / sizeof(float), (const float[])                                          \
    {                                                                                                        \
        __VA_ARGS__                                                                                          \
    }

#endif
