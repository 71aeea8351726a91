/* num: numbers read strictly, rounded as the contracts say, and written for people. LC_NUMERIC stays "C" everywhere. */
#ifndef PODA_BASE_NUM_H
#define PODA_BASE_NUM_H

#include <stdbool.h>
#include <stdint.h>

struct buf;

/* The whole text is one finite decimal number (no blanks, no hex, no inf). */
bool num_parse(const char *text, double *out);
bool num_parse_int(const char *text, int64_t *out);

/* The fraction a (0..1) of n portions, in whole portions: round-half-even(a * n). */
int64_t num_portion(double a, int64_t n);

/* What num_count, num_percent and num_bytes print, and what people write in its place: a whole number, with or without its thousands
 * parted (13,696); a number, or one in per cent (0.8, 80%: the same); a byte count such as 13.1 KiB, 16K, 1.5MB, 300: K M G T are
 * powers of 1,024, KB MB GB TB of 1,000. */
bool num_parse_count(const char *text, int64_t *out);
bool num_parse_share(const char *text, double *out);
bool num_parse_bytes(const char *text, int64_t *out);

/* For people. Each appends to out. NaN is written "?". */
void num_count(struct buf *out, int64_t n);                       /* 13,696 */
void num_bytes(struct buf *out, double bytes);                    /* 13.1 KiB, 940 B */
void num_percent(struct buf *out, double fraction, int decimals); /* 84.6% */
void num_points(struct buf *out, double fraction,
                int decimals);                           /* -0.6pp: percentage points, always signed */
void num_seconds(struct buf *out, double seconds);       /* 6 ms, 2.4 s, 3 min */
void num_plain(struct buf *out, double v, int decimals); /* 0.3871 */
void num_exact(struct buf *out, double v);               /* the shortest text that reads back as v */

#endif
