/* overview: is the smaller model good enough, and where did it go? Verdict, layers, sizes, quality. */
#ifndef PODA_VIEWS_OVERVIEW_H
#define PODA_VIEWS_OVERVIEW_H

#include <stdint.h>

#include "views/amount.h"
#include "views/aspect.h"
#include "views/surface.h"

struct verdict_line {
    const char *text; /* a whole sentence */
    bool alarm;       /* begins with what must not be overlooked */
    const char *see;  /* key of the screen that tells more, "7"; NULL: none */
};

struct layer_row {
    const char *name;
    const char *shape; /* "42>128", "3x3 16>32" */
    int64_t weights, kept;
    int64_t units, dead;
    struct amount
        alone;       /* change of the metric when only this layer is pruned; absent in every row: no column */
    bool protected_; /* marked */
};

struct size_row {
    const char *name; /* "bitmask+val" */
    struct amount bytes;
    const char *note; /* "best", "fits"; NULL */
};

struct quality_row {
    const char *metric;
    struct amount dense, pruned, delta, lo, hi;
    const char *reading; /* "cannot tell from noise"; NULL */
    bool alarm;
};

struct overview_scene {
    enum aspect aspect;
    const char *sorted; /* "by sparsity"; NULL: as in the model */
    const struct verdict_line *verdict;
    size_t verdict_count;
    const struct layer_row *layers;
    size_t layer_count;
    const char *no_layers; /* why there are none; NULL: no model is open */
    size_t selected;
    struct layer_row total;             /* name NULL: "total"; its sparsity stands in every layout */
    struct amount routes_dense, routes; /* from inputs to outputs; log10 above 1e15: give measure PLAIN */
    const char *routes_text; /* instead of the two, where they are too large: "10^21.3 dense, 10^17.0 kept" */
    const struct size_row *sizes;
    size_t size_count;
    const struct fact *costs; /* below the sizes: budget, mult-adds, measured speed */
    size_t cost_count;
    const char *quality_title; /* "validation set, n=4,096 (paired: ...)" */
    const struct quality_row *quality;
    size_t quality_count; /* 0: no data; `quality_hint` says how to get some */
    const char *quality_hint;
};

void overview_draw(const struct overview_scene *o, struct surface *s, struct rect r, const struct look *look);

#endif
