/* onnx_external: see onnx_external.h. */
#include "engine/io/onnx_external.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/file.h"
#include "engine/base/hash.h"
#include "engine/base/mem.h"
#include "engine/base/num.h"

struct external_file {
    char *location; /* as the model names it */
    char *path;     /* where that leads, links followed */
    int fd;
    int64_t size;
    struct file_stamp opened; /* as it was then */
};

struct externals {
    char *folder; /* of the model, links followed */
    size_t n, capacity;
    struct external_file *files;
    size_t total; /* bytes asked for */
};

struct externals *externals_new(const char *model_path)
{
    struct externals *x = mem_zero(1, sizeof *x);
    char *folder = file_folder(model_path);
    x->folder = file_absolute(folder);
    free(folder);
    return x;
}

void externals_free(struct externals *x)
{
    if (!x)
        return;
    for (size_t i = 0; i < x->n; i++) {
        close(x->files[i].fd);
        free(x->files[i].location);
        free(x->files[i].path);
    }
    free(x->files);
    free(x->folder);
    free(x);
}

/* Is the absolute path below the absolute folder? */
static bool is_below(const char *path, const char *folder)
{
    size_t n = strlen(folder);
    return strncmp(path, folder, n) == 0 && (path[n] == '/' || (n > 0 && folder[n - 1] == '/'));
}

/* Open what was resolved; a link put there since is not followed, and a pipe does not block. */
static bool open_file(struct external_file *f, struct err *e)
{
    struct stat st;
    f->fd = open(f->path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (f->fd < 0)
        return err_set(e, ERR_UNREADABLE, "its external data file %s: %s", f->location, strerror(errno));
    if (fstat(f->fd, &st) == 0 && S_ISREG(st.st_mode)) {
        f->size = st.st_size;
        f->opened = file_stamp(f->fd);
        return true;
    }
    close(f->fd);
    return err_set(e, ERR_UNREADABLE, "its external data file %s is not a regular file", f->location);
}

static bool resolve(const struct externals *x, struct external_file *f, struct err *e)
{
    if (!file_stays_inside(f->location)) {
        err_set(e, ERR_UNREADABLE, "its external data file %s is outside the model's folder", f->location);
        return err_hint(e, "external data must lie beside the model or in a folder below it");
    }
    char *joined = file_join(x->folder, f->location);
    f->path = realpath(joined, NULL);
    int reason = errno;
    free(joined);
    if (!f->path) {
        err_set(e, ERR_UNREADABLE, "its external data file %s: %s", f->location, strerror(reason));
        return err_hint(e, "copy the model's data files along with it");
    }
    if (!is_below(f->path, x->folder))
        return err_set(e, ERR_UNREADABLE, "its external data file %s leads outside the model's folder",
                       f->location);
    return open_file(f, e);
}

static const struct external_file *find(struct externals *x, const char *location, struct err *e)
{
    for (size_t i = 0; i < x->n; i++)
        if (strcmp(x->files[i].location, location) == 0)
            return &x->files[i];
    struct external_file f = {.location = mem_text(location)};
    if (!resolve(x, &f, e)) {
        free(f.location);
        free(f.path);
        return NULL;
    }
    x->files = mem_grow(x->files, x->n, &x->capacity, sizeof *x->files);
    x->files[x->n] = f;
    return &x->files[x->n++];
}

static bool parse_size(const char *key, const char *text, int64_t otherwise, int64_t *out, struct err *e)
{
    *out = otherwise;
    if (!text || (num_parse_int(text, out) && *out >= 0))
        return true;
    return err_set(e, ERR_UNREADABLE, "the %s of its external data is \"%s\"", key, text);
}

bool external_read(const void *from, void *out, size_t n, struct err *e)
{
    const struct external_range *r = from;
    const struct external_file *f = &r->x->files[r->file];
    const char *why = file_read_at(f->fd, r->offset, out, n);
    return !why || err_set(e, ERR_UNREADABLE, "its external data file %s: %s", f->location, why);
}

/* Ranges that lie over each other could ask for any amount of memory. */
static bool within_files(const struct externals *x, size_t bytes, struct err *e)
{
    size_t held = EXTERNALS_MAX;
    for (size_t i = 0, sum = 0; i < x->n; i++) {
        sum += (size_t)x->files[i].size;
        held = sum > held ? sum : held;
    }
    return bytes <= held - x->total ||
           err_set(e, ERR_UNSUPPORTED, "the model has more than %zu bytes of external data", held);
}

bool externals_find(struct externals *x, const struct external_place *p, size_t bytes,
                    struct external_range *out, struct err *e)
{
    int64_t offset, length;
    if (!p->location)
        return err_set(e, ERR_UNREADABLE, "its external data name no file");
    if (!parse_size("offset", p->offset, 0, &offset, e) ||
        !parse_size("length", p->length, (int64_t)bytes, &length, e))
        return false;
    const struct external_file *f = find(x, p->location, e);
    if (!f)
        return false;
    if ((size_t)length != bytes)
        return err_set(e, ERR_UNREADABLE, "its shape asks for %zu bytes, its external data are %lld", bytes,
                       (long long)length);
    if (offset > f->size || length > f->size - offset)
        return err_set(e, ERR_UNREADABLE,
                       "its external data are %zu bytes from byte %lld of %s, which has only %lld", bytes,
                       (long long)offset, f->location, (long long)f->size);
    if (!within_files(x, bytes, e))
        return false;
    x->total += bytes;
    *out = (struct external_range){x, (size_t)(f - x->files), offset};
    return true;
}

void externals_restart(struct externals *x)
{
    x->total = 0;
}

bool externals_unchanged(const struct externals *x, struct err *e)
{
    for (size_t i = 0; i < x->n; i++) {
        const struct external_file *f = &x->files[i];
        const struct file_stamp now = file_stamp(f->fd);
        if (file_stamp_same(&now, &f->opened))
            continue;
        err_set(e, ERR_UNREADABLE, "its external data file %s was changed since it was opened", f->location);
        return err_hint(e, "bring back the file as it was, or open the model again as it is now");
    }
    return true;
}

bool externals_hash(const struct externals *x, struct hash *h, struct err *e)
{
    char hex[HASH_HEX];
    for (size_t i = 0; i < x->n; i++) {
        if (!file_hash(x->files[i].path, hex, e))
            return false;
        hash_add(h, x->files[i].location, strlen(x->files[i].location) + 1);
        hash_add(h, hex, sizeof hex);
    }
    return true;
}

const char *externals_path(const struct externals *x, size_t i)
{
    return i < x->n ? x->files[i].path : NULL;
}
