/* facts: the session's results for the board, made on the session's thread: what the screens need beyond single commands. */
#ifndef PODA_APP_FACTS_H
#define PODA_APP_FACTS_H

#include "app/board.h"
#include "app/session/session.h"

/* Where the session stands. */
struct json *facts_status(struct session *s);

/* What goes on the board at once when the head has moved; post is called for each. */
typedef void facts_post(void *data, enum board_item item, struct json *result_take);
void facts_head(struct session *s, facts_post *post, void *data);

/* The history, or what is new of it. */
void facts_history(struct session *s, facts_post *post, void *data);

/* The draft's costs and layers. */
void facts_draft(struct session *s, facts_post *post, void *data);

/* One step of measuring the head (or the draft) on the default split: up to the next of 64, 256, 1,024, 4,096, all records, with
 * ends that hold at every look while records are missing; after those the head's routes, or where a draft crosses edges. *more tells
 * whether more records are left. false: nothing to measure, or stopped. */
bool facts_measure(struct session *s, bool draft, facts_post *post, void *data, bool *more, struct err *e);

/* How many records of the default split are measured for the head (the draft), of how many; 0 without data. */
int64_t facts_measured(struct session *s, bool draft, int64_t *total);

/* Is there anything left to measure for the head? */
bool facts_wanted(struct session *s, bool draft);

#endif
