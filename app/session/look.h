/* look: answers that take more than one engine call: a neuron with names and activity, what layers cost alone, the history, the
 * difference of two steps. All results are JSON objects as the commands give them; owned by the caller. */
#ifndef PODA_SESSION_LOOK_H
#define PODA_SESSION_LOOK_H

#include "app/session/session.h"

struct buf;
struct err;
struct json;
struct pattern_wish;

/* NULL with e set on failure. Activity (twin, silent) is null without data, or where it is not asked for. */
struct json *look_neuron(struct session *s, const struct state *at, int layer, int64_t unit, bool activity,
                         struct err *e);

/* One layer in blocks (engine/explain/pattern.h): numbers of the whole layer; by block, row after row: block_kept block_of
 * block_mean block_lost block_dense; for each row and column of blocks the first and last unit or input, by the numbers that they keep for
 * life. */
struct json *look_layer(const struct state *at, int layer, const struct pattern_wish *wish);

/* What people call an input of a layer: a feature, the unit that it comes from (#: which of its positions; how many are coupled,
 * where several make it), or its number. */
void look_input_name(const struct state *at, int layer, int64_t input, bool reads_input, struct buf *out);

/* Members of a result that speaks of many cuts: base (state_base), subject (state_subject) and from (the mask's
 * hash). */
void look_base(const struct state *at, struct json *out);

/* Members of a layer's row: protected (the whole layer is), protected_units, protected_links (weights that a protected unit
 * holds, too). */
void look_protection(const struct state *at, int layer, struct json *one);

/* Fill `alone` of a layers result: accuracy change on its `split` when only that layer's cuts stand. Needs labelled data. */
bool look_alone(struct session *s, const struct state *at, struct json *result, struct err *e);

/* activation_bytes: the values of one record at the moment when they are most (layout_values). */
void look_activations(const struct state *at, struct json *result);

/* Every step as a row, in order of their numbers. A row whose parts are not what their hash says names them in `unverified` (step,
 * accuracy, note, ...), and their numbers are null. `missing`: how many rows are known of and not there; `unplaced`: how many speak of steps that are not there; `astray`: no step and no
 * move led to where the session stands. */
struct json *look_history(struct session *s, struct err *e);

/* The same for one who was told before (s->told): only the rows that are new or not what they were, at a cost that does not grow
 * with the session. *whole: it is everything after all, because it is the first time, or the numbers are of another split now, or
 * another program wrote to the session: then the answer says `elsewhere`. */
struct json *look_news(struct session *s, bool *whole, struct err *e);

struct json *look_diff(struct session *s, int64_t a, int64_t b, struct err *e);

#endif
