/* picker: what shall we open? Samples and recent sessions. */
#ifndef PODA_VIEWS_PICKER_H
#define PODA_VIEWS_PICKER_H

#include <stdbool.h>

#include "views/amount.h"
#include "views/surface.h"

struct picker_row {
    const char *name;
    const char *about; /* a line; NULL */
    const char *right; /* "13,696 weights", "yesterday 12:04, 13 steps" */
    bool broken;       /* cannot be opened: about says why */
};

struct picker_scene {
    const struct picker_row *samples;
    size_t sample_count;
    const struct picker_row *sessions;
    size_t session_count;
    size_t selected;  /* counts samples first, then sessions */
    bool narrowed;    /* by a filter */
    const char *hint; /* how to open another file */
};

void picker_draw(const struct picker_scene *p, struct surface *s, struct rect r, const struct look *look);

#endif
