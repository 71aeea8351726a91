/* history: what did we decide, when, why; can you show me again? The tree of steps, the difference of two, notes. */
#ifndef PODA_VIEWS_HISTORY_H
#define PODA_VIEWS_HISTORY_H

#include <stdint.h>

#include "views/amount.h"
#include "views/surface.h"

/* One step, in the order to show: parents first, each subtree whole. */
struct step_row {
    int64_t id;
    int depth;        /* 0 for the root */
    uint64_t trunks;  /* bit d: at depth d an ancestor's line goes on below this row */
    bool last;        /* the last child of its parent */
    bool chain;       /* the only child: goes on in its parent's column, without a branch */
    const char *text; /* "magnitude global 80%" */
    const char *tag;  /* NULL */
    const char *note; /* "same mask as #12", "too lossy"; NULL */
    const char *time; /* "09:41"; NULL */
    struct amount metric, size;
    bool here;
    bool draft;
    bool hidden;  /* shown all the same */
    bool broken;  /* what is stored is not what its hash says */
    int64_t same; /* an earlier step with the same mask; 0: none */
};

/* Which columns have anything to show in some row. */
struct history_columns {
    bool tag, note, time, metric, size;
};

/* A session may have very many steps, and a frame changes what a few of them say: `near` stand in the place of the rows from
 * near_from on, and hold all that can be seen. */
struct history_scene {
    const struct step_row *rows;
    size_t count, selected;
    const struct step_row *near;
    size_t near_from, near_count;
    struct history_columns columns;
    const char *metric;     /* title of its column, such as "accuracy"; NULL: "metric" */
    const char *chip;       /* what narrows the list: "filter 'lamp': 12 rows hidden"; NULL: nothing */
    const char *summary;    /* "13 steps (1 hidden), 5 leaves, 2 tags" */
    const char *diff_title; /* "#12 -> #13, from dense"; NULL: no second step */
    const char *diff_hint;  /* why there is none */
    const struct fact *diff;
    size_t diff_count;
    const char *note_title; /* "Note on #12 (tags: candidate)" */
    const char *note;       /* NULL: none */
};

void history_draw(const struct history_scene *h, struct surface *s, struct rect r, const struct look *look);

#endif
