/* curve_points: the board's curves as numbers: which measures there are, which points are on the front, bend or tie. curve.c makes
 * the scene of them. */
#ifndef PODA_SCENE_CURVE_POINTS_H
#define PODA_SCENE_CURVE_POINTS_H

#include "app/ui.h"
#include "views/curve.h"

/* What a point can be seen by: one row a measure. */
struct curve_measure {
    const char *name;   /* "accuracy" */
    const char *member; /* of a point */
    enum measure measure;
    int decimals;
    bool more_is_better, log;
    const char *low, *high; /* members of its data band; NULL: none */
    bool per_record;        /* a count to be shown as a share of n */
};

/* The quality that u->metric means: the first that the points have, from there on. NULL: no point has any. */
const struct curve_measure *curve_quality(const struct ui *u);
const struct curve_measure *curve_cost(const struct ui *u);
void curve_next_quality(struct ui *u);
void curve_next_cost(struct ui *u);

double curve_value(const struct curve_measure *m, const struct json *point);
struct amount curve_amount(const struct curve_measure *m, double v);

/* A curve's points by rising cost on the axis; *n: how many. */
const struct json **curve_points(const struct ui *u, struct scratch *memory, size_t curve, size_t *n);

/* Where the cursor stands in them: the point whose amount is nearest to u->at_amount, at first to the
 * slider's. */
size_t curve_cursor(const struct ui *u, const struct json *const *points, size_t n);

/* All points of all visible curves, for the front. */
struct tradeoff *curve_all(const struct ui *u, struct scratch *memory, size_t *n);
struct tradeoff curve_tradeoff(const struct ui *u, const struct json *point);
bool curve_hidden(const struct ui *u, size_t curve);
size_t curve_selected(const struct ui *u);

/* Was the point given up before its last record, for it had lost (race.h)? low and high bound its accuracy then. */
bool curve_settled(const struct json *point);

/* SIZE_MAX: no knee. Of the points that were measured in full. */
size_t curve_knee(const struct ui *u, const struct json *const *points, size_t n);

/* Compare two points record by record; false where that was not kept. *tie: 0 lies in the interval of b's accuracy minus a's. */
bool curve_pair(const struct json *a, const struct json *b, double *low, double *high, bool *tie);

/* Was the curve drawn from other protections or hand cuts than now, or before the model was shrunk? */
bool curve_earlier(const struct ui *u, size_t curve);

char curve_letter(const struct ui *u, size_t curve);
char *curve_name(const struct ui *u, struct scratch *memory, size_t curve);

#endif
