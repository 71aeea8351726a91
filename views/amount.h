/* amount: one number on a screen, with what is known about it. Unknown is not zero: an amount that was never asked for is
 * absent and leaves no trace, one that is not known yet is "?", one that belongs to an older state is dimmed and marked "*". */
#ifndef PODA_VIEWS_AMOUNT_H
#define PODA_VIEWS_AMOUNT_H

#include <stdbool.h>
#include <stddef.h>

#include "views/style.h"

struct buf;

enum trust {
    TRUST_ABSENT, /* what a zero-initialised amount is: not drawn */
    TRUST_UNKNOWN,
    TRUST_GUESS,   /* interpolated, "guess 91.3" */
    TRUST_PARTIAL, /* from part of the records, "~91.0" */
    TRUST_STALE,   /* of an earlier state, "91.0*" */
    TRUST_EXACT
};

enum measure {
    MEASURE_PLAIN,   /* 0.871, with decimals */
    MEASURE_SIGNED,  /* -0.009, always with its sign */
    MEASURE_COUNT,   /* 13,696 */
    MEASURE_PERCENT, /* a fraction, 84.6% */
    MEASURE_POINTS,  /* a difference of fractions, -0.6pp */
    MEASURE_BYTES,   /* 13.1 KiB */
    MEASURE_SECONDS, /* 6 ms */
    MEASURE_WEIGHT,  /* a weight's size: 0.0316, 3.2e-07 */
    MEASURE_TIMES    /* 1.6x */
};

struct amount {
    double v;
    enum trust trust;
    enum measure measure;
    int decimals; /* of plain, signed, percent, points and times */
};

/* Exact; unknown if v is NaN. Set .trust afterwards for the others. */
struct amount amount_plain(double v, int decimals);
struct amount amount_signed(double v, int decimals);
struct amount amount_count(double v);
struct amount amount_percent(double fraction, int decimals);
struct amount amount_points(double fraction, int decimals);
struct amount amount_bytes(double bytes);
struct amount amount_seconds(double seconds);
struct amount amount_weight(double v);
struct amount amount_times(double v, int decimals);

bool amount_shown(struct amount a);                         /* not absent */
void amount_text(struct buf *out, struct amount a);         /* nothing when absent */
enum style amount_style(struct amount a, enum style usual); /* dim when stale, guess or unknown */

/* "-1.4 .. +0.2" in the measure of its ends without the unit; nothing if either is absent. */
void amount_interval(struct buf *out, struct amount lo, struct amount hi);

/* One line of a panel of facts: label, number, interval, remark. */
struct fact {
    const char *label; /* NULL: an empty line. Starting with '=': a heading without the sign */
    struct amount amount;
    struct amount lo, hi; /* absent: none */
    const char *note;     /* NULL: none; stands alone where amount is absent */
    bool alarm;           /* marked "!" */
};

#endif
