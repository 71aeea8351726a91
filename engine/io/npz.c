/* npz: see npz.h. Zip is zip.c's, the arrays are npy.c's. */
#include "engine/io/npz.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/file.h"
#include "engine/base/mem.h"
#include "engine/io/npy.h"
#include "engine/io/zip.h"

enum { KEYS_SHOWN = 20 };

/* "x" of "x.npy"; free() it. */
static char *key_of(const char *name)
{
    char *key = mem_text(name);
    size_t n = strlen(key);
    if (n > 4 && strcmp(key + n - 4, ".npy") == 0)
        key[n - 4] = '\0';
    return key;
}

static int find_key(const struct archive *a, const char *key)
{
    struct buf name = {0};
    buf_printf(&name, "%s.npy", key);
    int index = archive_find(a, buf_text(&name));
    buf_release(&name);
    return index >= 0 ? index : archive_find(a, key);
}

static bool unknown_key(const struct archive *a, const char *path, const char *key, struct err *e)
{
    struct buf keys = {0};
    int n = archive_count(a);
    for (int i = 0; i < n && i < KEYS_SHOWN; i++) {
        char *known = key_of(archive_name(a, i));
        buf_printf(&keys, "%s%s", i ? " " : "", known);
        free(known);
    }
    err_set(e, ERR_UNREADABLE, "%s: no array %s (arrays: %s%s)", path, key, buf_text(&keys),
            n > KEYS_SHOWN ? " ..." : "");
    buf_release(&keys);
    return false;
}

static bool read_entry(struct archive *a, int index, const char *path, struct array *out, struct err *e)
{
    struct buf bytes = {0}, place = {0};
    size_t limit = array_expanded_max((size_t)file_size(path)); /* it is a regular file: it was opened */
    buf_printf(&place, "%s: %s", path, archive_name(a, index));
    bool ok = archive_read(a, index, limit, &bytes, e) &&
              npy_parse(buf_text(&bytes), bytes.len, buf_text(&place), out, e);
    buf_release(&bytes);
    buf_release(&place);
    return ok;
}

bool npz_read(const char *path, const char *key, struct array *out, struct err *e)
{
    struct archive *a = archive_open(path, e);
    if (!a)
        return false;
    int index = find_key(a, key);
    bool ok = index < 0 ? unknown_key(a, path, key, e) : read_entry(a, index, path, out, e);
    archive_close(a);
    return ok;
}

bool npz_keys(const char *path, char ***keys, int *n, struct err *e)
{
    struct archive *a = archive_open(path, e);
    if (!a)
        return false;
    *n = archive_count(a);
    *keys = mem_alloc((size_t)*n, sizeof **keys);
    for (int i = 0; i < *n; i++)
        (*keys)[i] = key_of(archive_name(a, i));
    archive_close(a);
    return true;
}

bool npz_write(const char *const *keys, const struct array *arrays, int n, struct buf *out, struct err *e)
{
    struct buf *files = mem_zero((size_t)n, sizeof *files);
    struct archive_writer *w = archive_writer_new();
    for (int i = 0; i < n; i++) {
        struct buf name = {0};
        buf_printf(&name, "%s.npy", keys[i]);
        npy_write(&arrays[i], &files[i]);
        archive_writer_add(w, buf_text(&name), files[i].data, files[i].len);
        buf_release(&name);
    }
    bool ok = archive_writer_finish_free(w, out, e);
    for (int i = 0; i < n; i++)
        buf_release(&files[i]);
    free(files);
    return ok;
}
