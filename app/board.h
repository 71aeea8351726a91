/* board: what the explorer knows at a moment: the newest result of each kind, as the commands give them. Results are const once
 * they are on the board; a new one replaces the old. What belongs to an older state is marked stale, never removed. */
#ifndef PODA_APP_BOARD_H
#define PODA_APP_BOARD_H

#include <stdbool.h>
#include <stdint.h>

struct json;
struct tree;
struct unit_table;

enum board_item {
    BOARD_STATUS,  /* step head readonly path model data notice: of the session */
    BOARD_MODEL,   /* as `open` answers */
    BOARD_DATA,    /* as `data` answers */
    BOARD_MASK,    /* as `prune` answers, of the head */
    BOARD_DENSE,   /* the same of the dense model */
    BOARD_LAYERS,  /* as `layers` answers */
    BOARD_EVAL,    /* as `eval` answers, of the default split; partial while it is measured */
    BOARD_NEURON,  /* as `neuron` answers */
    BOARD_PATTERN, /* as `layer` answers */
    BOARD_HISTORY, /* as `history` answers */
    BOARD_STEPS,   /* rows of it that are new or changed: they go into BOARD_HISTORY and are not kept */
    BOARD_DIFF,    /* as `diff` answers: the step that the history's cursor is on, against another */
    BOARD_DRAFT,   /* as `prune` answers, of the draft */
    BOARD_DRAFT_LAYERS,
    BOARD_DRAFT_EVAL,
    BOARD_DRAFT_PATTERN,
    BOARD_DRAFT_EDGES, /* what the draft loses on its way: edges.h */
    BOARD_FIT,         /* from which share on a budget is met: fit.h */
    BOARD_FOLDER,      /* folder and files: what is in the folder last asked for */
    BOARD_RECALL,      /* lines typed in earlier runs */
    BOARD_SAMPLES,     /* lists samples and sessions: for the picker */
    BOARD_ITEMS
};

enum { CURVES_MAX = 6 };

struct board {
    struct json *item[BOARD_ITEMS]; /* NULL: not known */
    bool stale[BOARD_ITEMS];
    struct json *curves[CURVES_MAX]; /* as `curve` answers, one a strategy; newest replaces its own kind */
    int n_curves;
    struct tree *tree;       /* of BOARD_HISTORY, and as new as it is */
    struct unit_table *unit; /* of BOARD_NEURON, likewise */
};

void board_put(struct board *b, enum board_item item, struct json *result_take);
void board_put_curve(struct board *b, struct json *result_take);
/* The session stands somewhere, by this status: what speaks of another model or of other data goes, for its numbers must not stand
 * beside those of this one. true: the model is another. */
bool board_turn(struct board *b, const struct json *status);
void board_drop(struct board *b, enum board_item item);
void board_stale(struct board *b); /* the head moved: everything that depends on it */
void board_release(struct board *b);

#endif
