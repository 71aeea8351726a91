/* plan: long work as slices. Slice i depends on i alone and may run on any worker in any order; fold(i) is called in order of
 * i, by one thread at a time, so that every sum has one order whatever the number of threads. A slice takes at most about
 * 10 ms and looks at the stop flag where it could take longer. Who carries a plan out is a runner: the serial one is here, the
 * one with threads in the app. */
#ifndef PODA_BASE_PLAN_H
#define PODA_BASE_PLAN_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct plan {
    int64_t slices;
    void *work;                             /* const but for what fold writes, and slot i for slice i */
    void *(*scratch_new)(const void *work); /* one a worker; may be NULL */
    void (*scratch_free)(void *scratch);
    /* true when the slice is whole; false when it saw *stop and left early (its fold is then not called) */
    bool (*slice)(void *work, int64_t i, void *scratch, const atomic_bool *stop);
    void (*fold)(void *work, int64_t i); /* may be NULL */
};

/* How plans are carried out. The app's runner embeds this as its first member. */
struct runner {
    bool (*run)(struct runner *self, const struct plan *p); /* false: stopped before the end */
    const atomic_bool *stop;                                /* never NULL once initialised */
    int threads;                                            /* that do slices at once, at most */
    void (*progress)(void *data, int64_t done,
                     int64_t total); /* called after folds by the thread that called run; NULL: none */
    void *progress_data;
};

/* One slice after the other on the calling thread. stop may be NULL: never stopped. */
void runner_serial(struct runner *r, const atomic_bool *stop);

bool plan_run(struct runner *r, const struct plan *p);

#endif
