/* util_store: for tests of sessions: a folder of one's own, a clock that is set by hand, steps, the file as others see it, and a
 * disk that fails on demand. */
#ifndef PODA_TESTS_UTIL_STORE_H
#define PODA_TESTS_UTIL_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/err.h"

struct store;
struct store_measure;

/* Before and after each test: a new folder; gone with all that is in it, faults taken away. Names in it: scratch_path (a ring of
 * eight buffers). */
int scratch_make(void **state);
int scratch_remove(void **state);
const char *scratch_path(const char *name);

void clock_set(int64_t microseconds);
int64_t clock_now(void); /* for store_open: moves on by 1 at each call */

struct store *open_at(const char *path); /* for writing; fails the test if it cannot be opened */

/* A step under the head whose mask is the bytes of `command`; returns its number, 0 if it failed with ERR_IO (any other failure
 * fails the test). */
int64_t add_step(struct store *s, const char *command);

/* Accuracy of step 1 on 64 records of the test split, with an interval. */
extern const struct store_measure rough;

/* The call fails with this code, and says this in its message or hint. Uses and clears the caller's struct err e. */
#define REFUSED(call, wanted, part)                                                                          \
    do {                                                                                                     \
        assert_false(call);                                                                                  \
        refused(&e, wanted, part);                                                                           \
    } while (0)
void refused(struct err *e, enum err_code wanted, const char *part);

/* As another program does it, straight to SQLite; fails the test if that does not work. raw_number gives the first column. */
void raw_sql(const char *path, const char *sql);
int64_t raw_number(const char *path, const char *sql);

/* The whole file; free() it. */
unsigned char *raw_bytes(const char *path, size_t *n);
void raw_write(const char *path, const void *bytes, size_t n);

/* From now on SQLite sees the disk through a layer. shared_memory false: as on a network file system, without a log.
 * Armed, the n-th write, sync, truncation, deletion or creation fails: as a full disk or as a broken one, for once or from then
 * on. fault_reached: did it come to that? */
void fault_install(bool shared_memory);
void fault_remove(void); /* allowed when there is none */
void fault_arm(int n, bool full, bool for_good);
bool fault_reached(void);

#endif
