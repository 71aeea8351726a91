/* util_file: a source built in C as the bytes of a model file, for tests that need one. On util_onnx.h. */
#ifndef PODA_TESTS_UTIL_FILE_H
#define PODA_TESTS_UTIL_FILE_H

#include "engine/graph/source.h"

struct buf;
struct model_file;

/* Append a ModelProto. Attributes that are lists of texts are left out. */
void file_bytes(const struct source *s, struct buf *out);

/* The file, parsed; fails the test if it cannot be. Frees the source. */
struct model_file *file_of(struct source *s_take);

#endif
