/* onnx_file: model files as such: reading, hash, name. What the bytes mean is onnx_proto.c's. */
#include "engine/io/onnx.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/file.h"
#include "engine/base/hash.h"
#include "engine/base/mem.h"
#include "engine/io/onnx_external.h"
#include "engine/io/onnx_proto.h"

struct model_file {
    char *path;
    char *name;
    char hash[HASH_HEX];
    struct buf bytes; /* the message; external data are in it */
    size_t n_externals;
    char **externals; /* the files that those came from */
    struct source *source;
};

/* protobuf itself ends at 2 GiB. */
#define MODEL_BYTES_MAX ((size_t)INT32_MAX)

enum { HEAD = 4096 };

/* The last part of path without .onnx; the folder's if that leaves "model". */
static char *name_of(const char *path)
{
    char *name = mem_text(file_base(path));
    size_t n = strlen(name);
    if (n > 5 && strcmp(name + n - 5, ".onnx") == 0)
        name[n - 5] = '\0';
    if (strcmp(name, "model") != 0)
        return name;
    char *absolute = file_absolute(path);
    char *folder = file_folder(absolute);
    const char *last = file_base(folder);
    if (*last && strcmp(last, ".") != 0) {
        free(name);
        name = mem_text(last);
    }
    free(absolute);
    free(folder);
    return name;
}

static void keep_externals(struct model_file *m, const struct externals *x)
{
    size_t capacity = 0;
    for (; externals_path(x, m->n_externals); m->n_externals++) {
        m->externals = mem_grow(m->externals, m->n_externals, &capacity, sizeof *m->externals);
        m->externals[m->n_externals] = mem_text(externals_path(x, m->n_externals));
    }
}

/* Takes bytes over. */
static struct model_file *model_new(struct buf *bytes, const char *path, struct err *e)
{
    struct model_file *m = mem_zero(1, sizeof *m);
    struct externals *x = externals_new(path);
    struct hash *h = hash_new();
    hash_add(h, bytes->data, bytes->len);
    m->bytes = *bytes;
    *bytes = (struct buf){0};
    m->source = onnx_proto_source(&m->bytes, x, e);
    bool ok = m->source && externals_hash(x, h, e);
    hash_finish_free(h, m->hash);
    keep_externals(m, x);
    externals_free(x);
    m->path = mem_text(path);
    m->name = name_of(path);
    if (ok)
        return m;
    err_place(e, "%s", path);
    model_file_free(m);
    return NULL;
}

/* A file of another kind is refused by its first bytes: it may be large. */
static bool check_head(const char *path, struct err *e)
{
    uint8_t head[HEAD];
    int64_t size = file_size(path);
    FILE *f = size > 0 ? fopen(path, "rb") : NULL;
    if (!f)
        return true; /* file_read says why */
    size_t n = fread(head, 1, HEAD, f);
    fclose(f);
    return onnx_proto_head(head, n, (size_t)size, e) || err_place(e, "%s", path);
}

struct model_file *model_file_read(const char *path, struct err *e)
{
    struct buf bytes = {0};
    if (!check_head(path, e) || !file_read(path, MODEL_BYTES_MAX, &bytes, e)) {
        buf_release(&bytes);
        return NULL;
    }
    return model_new(&bytes, path, e);
}

struct model_file *model_file_parse(const void *bytes, size_t n, const char *path, struct err *e)
{
    struct buf copy = {0};
    buf_add(&copy, bytes, n);
    return model_new(&copy, path, e);
}

void model_file_free(struct model_file *m)
{
    if (!m)
        return;
    source_free(m->source);
    buf_release(&m->bytes);
    for (size_t i = 0; i < m->n_externals; i++)
        free(m->externals[i]);
    free(m->externals);
    free(m->path);
    free(m->name);
    free(m);
}

const struct source *model_file_source(const struct model_file *m)
{
    return m->source;
}

bool model_file_shape(struct model_file *m, const char *input, const struct shape *shape, struct err *e)
{
    return source_shape(m->source, input, shape, e);
}

void model_file_shape_like(struct model_file *m, const struct source *like)
{
    source_shape_like(m->source, like);
}

const char *model_file_hash(const struct model_file *m)
{
    return m->hash;
}

const char *model_file_name(const struct model_file *m)
{
    return m->name;
}

const char *model_file_path(const struct model_file *m)
{
    return m->path;
}

const char *model_file_external(const struct model_file *m, size_t i)
{
    return i < m->n_externals ? m->externals[i] : NULL;
}

const struct buf *model_file_bytes(const struct model_file *m)
{
    return &m->bytes;
}
