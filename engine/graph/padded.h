/* padded: the input of a sliding sum (weighted.h), copied with its padding so that what a tap reads for consecutive positions lies
 * side by side, whatever the stride: positions that a stride keeps apart are sorted by their remainder. A line of results is as
 * long as a line of the copy; what stands behind the results proper is of no meaning. */
#ifndef PODA_GRAPH_PADDED_H
#define PODA_GRAPH_PADDED_H

#include <stdbool.h>
#include <stdint.h>

struct weighted;

struct padded {
    int64_t sorts[2];  /* remainders that taps read, of each axis */
    int64_t length[2]; /* positions of one remainder */
};

/* false: such a sum does not slide, or its padding would make the copy much larger than what it computes. */
bool padded_of(const struct weighted *w, struct padded *out);

/* Elements of one input's copy; from one position of a result to the one below. */
int64_t padded_plane(const struct padded *p);
int64_t padded_pitch(const struct padded *p);

/* Where in the plane a tap reads for position 0. */
int64_t padded_offset(const struct weighted *w, const struct padded *p, int64_t tap);

/* Copy one input [rows][columns][lanes] into a plane that is 0 wherever none of its elements goes. */
void padded_fill(const struct weighted *w, const struct padded *p, const float *x, int lanes, float *plane);

#endif
