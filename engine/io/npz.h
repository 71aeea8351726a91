/* npz: a zip archive of NPY files, as numpy.savez and savez_compressed write it. The key "x" is the entry "x.npy". */
#ifndef PODA_IO_NPZ_H
#define PODA_IO_NPZ_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/io/array.h"

struct buf;
struct err;

/* Read one array by its key. ERR_UNREADABLE naming the file and, for an unknown key, the keys there are. */
bool npz_read(const char *path, const char *key, struct array *out, struct err *e);

/* The keys in the order of the file: *keys is an array of *n strings, each free()d by the caller and so is the array. */
bool npz_keys(const char *path, char ***keys, int *n, struct err *e);

/* Append an archive of the arrays to out: keys[i] names arrays[i]. The same arrays give the same bytes. */
bool npz_write(const char *const *keys, const struct array *arrays, int n, struct buf *out, struct err *e);

#endif
