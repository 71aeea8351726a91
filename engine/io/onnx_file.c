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
#include "engine/io/onnx_body.h"
#include "engine/io/onnx_external.h"
#include "engine/io/onnx_proto.h"

struct model_file {
    char *path;
    char *name;
    char hash[HASH_HEX];
    struct body body;            /* the message */
    struct externals *externals; /* files beside it */
    struct source *source;
    int64_t export_bytes;
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

/* m->body is there. Takes m over. */
static struct model_file *model_finish(struct model_file *m, const char *path, struct err *e)
{
    struct hash *h = hash_new();
    m->externals = externals_new(path);
    m->source = onnx_proto_source(&m->body, m->externals, &m->export_bytes, e);
    bool ok = m->source && body_hash(&m->body, h, e) && externals_hash(m->externals, h, e);
    hash_finish_free(h, m->hash);
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
    struct model_file *m = mem_zero(1, sizeof *m);
    m->body.fd = -1;
    if (check_head(path, e) && body_open(&m->body, path, MODEL_BYTES_MAX, e))
        return model_finish(m, path, e);
    model_file_free(m);
    return NULL;
}

struct model_file *model_file_parse(const void *bytes, size_t n, const char *path, struct err *e)
{
    struct model_file *m = mem_zero(1, sizeof *m);
    struct buf copy = {0};
    buf_add(&copy, bytes, n);
    body_take(&m->body, &copy);
    return model_finish(m, path, e);
}

void model_file_free(struct model_file *m)
{
    if (!m)
        return;
    source_free(m->source);
    body_release(&m->body);
    externals_free(m->externals);
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
    return externals_path(m->externals, i);
}

int64_t model_file_export_bytes(const struct model_file *m)
{
    return m->export_bytes;
}

const struct body *model_file_body(const struct model_file *m, struct externals **beside)
{
    *beside = m->externals;
    return &m->body;
}
