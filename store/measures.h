/* measures: numbers that were measured, kept with the step at which they were asked for. They are gathered in memory and
 * written together: by store_flush, with the next step, at store_close, or by the next store_measure that comes 200 ms or more
 * after the first that waits. A program that is killed loses at most those. */
#ifndef PODA_STORE_MEASURES_H
#define PODA_STORE_MEASURES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct err;
struct store;

/* Unknown is NAN, never 0: value, low and high come back as they went in. Texts may be NULL, except metric. */
struct store_measure {
    int64_t step;
    const char *metric; /* accuracy, loss, ... */
    const char *split;  /* test, validation, ... */
    const char *slice;  /* which part of it: a group, an amount of a curve, ... */
    int64_t n;          /* records measured */
    double value, low, high;
    bool exact;              /* all records of the split, not a sample */
    const char *environment; /* program, BLAS, kernels, threads, CPU: what makes the number comparable */
    int64_t time;            /* microseconds since 1970; set by store_measure */
    bool intact;             /* read back: the row agrees with its hash, else show it as ? */
};

/* Take n measurements (rows[i].step is ignored). ERR_UNKNOWN: no such step. ERR_READONLY. ERR_IO: what waited could not be
 * written now; it keeps waiting. */
bool store_measure(struct store *s, int64_t step, const struct store_measure *rows, size_t n, struct err *e);
bool store_flush(struct store *s, struct err *e);

/* The measurements of one step (0: of all), those that wait included, in the order they came. What m points to lives until
 * each returns. */
bool store_measures(struct store *s, int64_t step, void (*each)(void *data, const struct store_measure *m),
                    void *data, struct err *e);

#endif
