/* util_store: see util_store.h. The layer between SQLite and the disk forwards everything and counts down. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sqlite3.h>

#include "engine/base/err.h"
#include "store/session.h"
#include "tests/unit/util_store.h"

const struct store_measure rough = {.step = 1,
                                    .metric = "accuracy",
                                    .split = "test",
                                    .n = 64,
                                    .value = 0.75,
                                    .low = 0.7,
                                    .high = 0.8,
                                    .environment = "avx2"};

static char folder[64];
static int64_t now;

int scratch_make(void **state)
{
    (void)state;
    /* in memory where there is such a folder: syncing to a real disk would take most of the time */
    strcpy(folder, access("/dev/shm", W_OK) == 0 ? "/dev/shm/poda-store-XXXXXX" : "/tmp/poda-store-XXXXXX");
    assert_non_null(mkdtemp(folder));
    now = 1700000000000000;
    return 0;
}

const char *scratch_path(const char *name)
{
    static char ring[8][512];
    static int at;
    at = (at + 1) % 8;
    snprintf(ring[at], sizeof ring[at], "%s/%s", folder, name);
    return ring[at];
}

int scratch_remove(void **state)
{
    (void)state;
    fault_remove();
    DIR *d = opendir(folder);
    assert_non_null(d);
    for (struct dirent *f; (f = readdir(d));)
        if (f->d_name[0] != '.') {
            chmod(scratch_path(f->d_name), 0700);
            remove(scratch_path(f->d_name));
        }
    closedir(d);
    return rmdir(folder);
}

void clock_set(int64_t microseconds)
{
    now = microseconds;
}

int64_t clock_now(void)
{
    return now++;
}

struct store *open_at(const char *path)
{
    struct err e = {0};
    struct store *s = store_open(path, STORE_OPEN, clock_now, &e);
    if (!s)
        fail_msg("%s", e.message);
    return s;
}

void refused(struct err *e, enum err_code wanted, const char *part)
{
    assert_int_equal(e->code, wanted);
    if (!strstr(e->message, part) && !(e->hint && strstr(e->hint, part)))
        fail_msg("'%s' is not in '%s' (%s)", part, e->message, e->hint ? e->hint : "");
    err_release(e);
}

int64_t add_step(struct store *s, const char *command)
{
    struct err e = {0};
    char mask[HASH_HEX], text[128];
    snprintf(text, sizeof text, "%s", command);
    bool ok = store_put_blob(s, command, strlen(command), mask, &e);
    struct store_step step = {.parent = -1, .command = text, .mask_after = mask};
    ok = ok && store_add_step(s, &step, &e);
    if (!ok)
        assert_int_equal(e.code, ERR_IO);
    free(step.hash);
    err_release(&e);
    return ok ? step.id : 0;
}

static sqlite3 *raw_open(const char *path)
{
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL), SQLITE_OK);
    return db;
}

void raw_sql(const char *path, const char *sql)
{
    sqlite3 *db = raw_open(path);
    char *why = NULL;
    if (sqlite3_exec(db, sql, NULL, NULL, &why) != SQLITE_OK)
        fail_msg("%s: %s", sql, why);
    sqlite3_close(db);
}

int64_t raw_number(const char *path, const char *sql)
{
    sqlite3 *db = raw_open(path);
    sqlite3_stmt *s = NULL;
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &s, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(s), SQLITE_ROW);
    int64_t v = sqlite3_column_int64(s, 0);
    sqlite3_finalize(s);
    sqlite3_close(db);
    return v;
}

unsigned char *raw_bytes(const char *path, size_t *n)
{
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    fseek(f, 0, SEEK_END);
    *n = (size_t)ftell(f);
    rewind(f);
    unsigned char *bytes = malloc(*n + 1);
    assert_int_equal(fread(bytes, 1, *n, f), *n);
    fclose(f);
    return bytes;
}

void raw_write(const char *path, const void *bytes, size_t n)
{
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, n, f), n);
    fclose(f);
}

static struct {
    int left; /* operations until the fault; 0: unarmed */
    bool full, for_good, reached;
    sqlite3_vfs layer;
    sqlite3_vfs *below;
    sqlite3_io_methods methods;
} disk;

struct layer_file {
    sqlite3_file base;
    sqlite3_file *below;
};

static sqlite3_file *below(sqlite3_file *f)
{
    return ((struct layer_file *)f)->below;
}

static int count_down(int broken)
{
    bool fails = disk.reached && disk.for_good;
    if (disk.left > 0 && --disk.left == 0)
        fails = disk.reached = true;
    return !fails ? SQLITE_OK : disk.full ? SQLITE_FULL : broken;
}

static int layer_close(sqlite3_file *f)
{
    return below(f)->pMethods->xClose(below(f));
}

static int layer_read(sqlite3_file *f, void *to, int n, sqlite3_int64 at)
{
    return below(f)->pMethods->xRead(below(f), to, n, at);
}

static int layer_write(sqlite3_file *f, const void *from, int n, sqlite3_int64 at)
{
    int code = count_down(SQLITE_IOERR_WRITE);
    if (code != SQLITE_OK && n > 1) /* half of it may have got there */
        below(f)->pMethods->xWrite(below(f), from, n / 2, at);
    return code ? code : below(f)->pMethods->xWrite(below(f), from, n, at);
}

static int layer_truncate(sqlite3_file *f, sqlite3_int64 size)
{
    int code = count_down(SQLITE_IOERR_TRUNCATE);
    return code ? code : below(f)->pMethods->xTruncate(below(f), size);
}

static int layer_sync(sqlite3_file *f, int flags)
{
    int code = count_down(SQLITE_IOERR_FSYNC);
    return code ? code : below(f)->pMethods->xSync(below(f), flags);
}

static int layer_size(sqlite3_file *f, sqlite3_int64 *size)
{
    return below(f)->pMethods->xFileSize(below(f), size);
}

static int layer_lock(sqlite3_file *f, int level)
{
    return below(f)->pMethods->xLock(below(f), level);
}

static int layer_unlock(sqlite3_file *f, int level)
{
    return below(f)->pMethods->xUnlock(below(f), level);
}

static int layer_reserved(sqlite3_file *f, int *out)
{
    return below(f)->pMethods->xCheckReservedLock(below(f), out);
}

static int layer_control(sqlite3_file *f, int op, void *argument)
{
    return below(f)->pMethods->xFileControl(below(f), op, argument);
}

static int layer_sector(sqlite3_file *f)
{
    return below(f)->pMethods->xSectorSize(below(f));
}

static int layer_character(sqlite3_file *f)
{
    return below(f)->pMethods->xDeviceCharacteristics(below(f));
}

static int layer_shm_map(sqlite3_file *f, int page, int size, int extend, void volatile **out)
{
    return below(f)->pMethods->xShmMap(below(f), page, size, extend, out);
}

static int layer_shm_lock(sqlite3_file *f, int offset, int n, int flags)
{
    return below(f)->pMethods->xShmLock(below(f), offset, n, flags);
}

static void layer_shm_barrier(sqlite3_file *f)
{
    below(f)->pMethods->xShmBarrier(below(f));
}

static int layer_shm_unmap(sqlite3_file *f, int remove_it)
{
    return below(f)->pMethods->xShmUnmap(below(f), remove_it);
}

static int layer_open(sqlite3_vfs *v, const char *name, sqlite3_file *f, int flags, int *out_flags)
{
    struct layer_file *mine = (struct layer_file *)f;
    (void)v;
    mine->base.pMethods = NULL;
    mine->below = (sqlite3_file *)(mine + 1);
    int code = flags & SQLITE_OPEN_CREATE ? count_down(SQLITE_CANTOPEN) : SQLITE_OK;
    if (code == SQLITE_OK)
        code = disk.below->xOpen(disk.below, name, mine->below, flags, out_flags);
    if (code == SQLITE_OK)
        mine->base.pMethods = &disk.methods;
    return code;
}

static int layer_delete(sqlite3_vfs *v, const char *name, int sync)
{
    (void)v;
    int code = count_down(SQLITE_IOERR_DELETE);
    return code ? code : disk.below->xDelete(disk.below, name, sync);
}

void fault_install(bool shared_memory)
{
    const sqlite3_io_methods methods = {shared_memory ? 2 : 1,
                                        layer_close,
                                        layer_read,
                                        layer_write,
                                        layer_truncate,
                                        layer_sync,
                                        layer_size,
                                        layer_lock,
                                        layer_unlock,
                                        layer_reserved,
                                        layer_control,
                                        layer_sector,
                                        layer_character,
                                        layer_shm_map,
                                        layer_shm_lock,
                                        layer_shm_barrier,
                                        layer_shm_unmap,
                                        NULL,
                                        NULL};
    memset(&disk, 0, sizeof disk);
    disk.below = sqlite3_vfs_find(NULL);
    disk.methods = methods;
    disk.layer = *disk.below;
    disk.layer.zName = "poda-faults";
    disk.layer.szOsFile = (int)sizeof(struct layer_file) + disk.below->szOsFile;
    disk.layer.xOpen = layer_open;
    disk.layer.xDelete = layer_delete;
    assert_int_equal(sqlite3_vfs_register(&disk.layer, 1), SQLITE_OK);
}

void fault_remove(void)
{
    if (!disk.below)
        return;
    assert_int_equal(sqlite3_vfs_unregister(&disk.layer), SQLITE_OK);
    assert_int_equal(sqlite3_vfs_register(disk.below, 1), SQLITE_OK);
    disk.below = NULL;
}

void fault_arm(int n, bool full, bool for_good)
{
    disk.left = n;
    disk.full = full;
    disk.for_good = for_good;
    disk.reached = false;
}

bool fault_reached(void)
{
    return disk.reached;
}
