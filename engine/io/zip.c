/* zip: see zip.h. The only file that includes libzip. */
#include "engine/io/zip.h"

#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <zip.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/file.h"
#include "engine/base/mem.h"

enum { CHUNK = 1 << 16, DOS_EPOCH = 1 << 5 | 1 /* 1980-01-01 */ };

/* ---- reading ---- */

struct archive {
    zip_t *zip;
    char *path; /* for messages */
};

struct archive *archive_open(const char *path, struct err *e)
{
    int code = 0;
    if (file_size(path) < 0) {
        err_set(e, ERR_UNREADABLE, file_exists(path) ? "%s: not a regular file" : "%s: no such file", path);
        return NULL;
    }
    zip_t *zip = zip_open(path, ZIP_RDONLY, &code);
    if (!zip) {
        zip_error_t why;
        zip_error_init_with_code(&why, code);
        err_set(e, ERR_UNREADABLE, "%s: not a zip archive: %s", path, zip_error_strerror(&why));
        zip_error_fini(&why);
        return NULL;
    }
    struct archive *a = mem_zero(1, sizeof *a);
    a->zip = zip;
    a->path = mem_text(path);
    return a;
}

void archive_close(struct archive *a)
{
    if (!a)
        return;
    zip_discard(a->zip);
    free(a->path);
    free(a);
}

int archive_count(const struct archive *a)
{
    zip_int64_t n = zip_get_num_entries(a->zip, 0);
    return n < 0 ? 0 : n > INT_MAX ? INT_MAX : (int)n;
}

const char *archive_name(const struct archive *a, int index)
{
    const char *name = zip_get_name(a->zip, (zip_uint64_t)index, ZIP_FL_ENC_RAW);
    return name ? name : "";
}

int archive_find(const struct archive *a, const char *name)
{
    zip_int64_t index = zip_name_locate(a->zip, name, ZIP_FL_ENC_RAW);
    return index < 0 || index > INT_MAX ? -1 : (int)index;
}

static bool damaged(const struct archive *a, int index, const char *why, struct err *e)
{
    return err_set(e, ERR_UNREADABLE, "%s: entry %s: %s", a->path, archive_name(a, index), why);
}

bool archive_read(struct archive *a, int index, size_t limit, struct buf *out, struct err *e)
{
    zip_file_t *f = zip_fopen_index(a->zip, (zip_uint64_t)index, 0);
    if (!f)
        return damaged(a, index, zip_strerror(a->zip), e);
    char *chunk = mem_alloc(CHUNK, 1);
    size_t total = 0;
    zip_int64_t n = 0;
    bool ok = true;
    while (ok && (n = zip_fread(f, chunk, CHUNK)) > 0) {
        total += (size_t)n;
        if (total > limit)
            ok = err_set(e, ERR_UNREADABLE, "%s: entry %s expands to more than the %zu bytes that are read",
                         a->path, archive_name(a, index), limit);
        else
            buf_add(out, chunk, (size_t)n);
    }
    if (ok && n < 0)
        ok = damaged(a, index, zip_file_strerror(f), e);
    zip_fclose(f);
    free(chunk);
    return ok;
}

/* ---- writing ---- */

struct archive_entry {
    char *name;
    const void *bytes;
    size_t n;
};

struct archive_writer {
    struct archive_entry *entries;
    size_t n, capacity;
};

struct archive_writer *archive_writer_new(void)
{
    return mem_zero(1, sizeof(struct archive_writer));
}

void archive_writer_add(struct archive_writer *w, const char *name, const void *bytes, size_t n)
{
    w->entries = mem_grow(w->entries, w->n, &w->capacity, sizeof *w->entries);
    w->entries[w->n++] = (struct archive_entry){mem_text(name), bytes, n};
}

static bool write_entry(zip_t *zip, const struct archive_entry *entry)
{
    zip_source_t *bytes = zip_source_buffer(zip, entry->bytes, entry->n, 0);
    if (!bytes)
        return false;
    zip_int64_t index = zip_file_add(zip, entry->name, bytes, 0);
    if (index < 0) {
        zip_source_free(bytes);
        return false;
    }
    return zip_set_file_compression(zip, (zip_uint64_t)index, ZIP_CM_STORE, 0) == 0 &&
           zip_file_set_dostime(zip, (zip_uint64_t)index, 0, DOS_EPOCH, 0) == 0;
}

static bool copy_out(zip_source_t *archive, struct buf *out)
{
    char *chunk = mem_alloc(CHUNK, 1);
    zip_int64_t n = -1;
    if (zip_source_open(archive) == 0) {
        while ((n = zip_source_read(archive, chunk, CHUNK)) > 0)
            buf_add(out, chunk, (size_t)n);
        zip_source_close(archive);
    }
    free(chunk);
    return n == 0;
}

/* Build the archive in memory. */
static bool build(const struct archive_writer *w, struct buf *out)
{
    zip_source_t *archive = zip_source_buffer_create(NULL, 0, 0, NULL);
    if (!archive)
        return false;
    zip_t *zip = zip_open_from_source(archive, ZIP_TRUNCATE, NULL);
    if (!zip) {
        zip_source_free(archive);
        return false;
    }
    zip_source_keep(archive); /* zip_close gives one reference up */
    bool ok = true;
    for (size_t i = 0; i < w->n && ok; i++)
        ok = write_entry(zip, &w->entries[i]);
    if (ok && zip_close(zip) == 0) {
        ok = copy_out(archive, out);
    } else {
        zip_discard(zip);
        ok = false;
    }
    zip_source_free(archive);
    return ok;
}

bool archive_writer_finish_free(struct archive_writer *w, struct buf *out, struct err *e)
{
    size_t before = out->len;
    bool ok = build(w, out);
    for (size_t i = 0; i < w->n; i++)
        free(w->entries[i].name);
    free(w->entries);
    free(w);
    if (ok)
        return true;
    if (out->data)
        out->data[out->len = before] = '\0';
    return err_set(e, ERR_IO, "the zip archive cannot be built");
}
