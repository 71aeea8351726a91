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
    const char *text; /* "magnitude global 80%" */
    const char *tag;  /* NULL */
    const char *note; /* "same mask as #12", "too lossy"; NULL */
    const char *time; /* "09:41"; NULL */
    struct amount metric, size;
    bool here;
    bool draft;
};

struct history_scene {
    const struct step_row *rows;
    size_t count, selected;
    const char *summary;    /* "13 steps (1 hidden), 5 leaves, 2 tags" */
    const char *diff_title; /* "Diff #12 -> #13"; NULL: no second step */
    const struct fact *diff;
    size_t diff_count;
    const char *note_title; /* "Note on #12 (tags: candidate)" */
    const char *note;       /* NULL: none */
};

void history_draw(const struct history_scene *h, struct surface *s, struct rect r, const struct look *look);

#endif
