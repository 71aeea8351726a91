/* neuron: what does this unit hear, who listens, and did its job change? Dense beside pruned. */
#ifndef PODA_VIEWS_NEURON_H
#define PODA_VIEWS_NEURON_H

#include <stdint.h>

#include "views/amount.h"
#include "views/aspect.h"
#include "views/surface.h"

struct link_row {
    const char *name;
    double dense, pruned; /* weights; of a kernel their norm. NaN: unknown */
    double share;         /* 0..1 of what this side carries; NaN: unknown */
    bool kept;            /* false: cut, pruned is drawn as a blank */
    bool protected_;
    bool dead;          /* nothing arrives from there, or nothing leaves there */
    double dense_share; /* 0..1 of what this side carries in the dense model */
};

struct link_pane {
    const char *title;           /* "In", "Out: fc2" */
    const struct link_row *rows; /* in the order to show */
    size_t count;                /* may be fewer than `of`: the rest is cut links that were not asked for */
    const char *chip;            /* what narrows the list; NULL: nothing */
    size_t selected;
    int64_t kept, of;
    struct amount bias;   /* absent: none */
    const char *footnote; /* "cut 35, largest age_80plus +0.089"; NULL */
};

/* Weights as a picture: tiles (kernels, or one image) side by side, dense above or beside pruned. */
struct weight_tile {
    const char *caption;         /* "channel 3  9/25" */
    const float *dense, *pruned; /* [rows][columns] */
};
struct weight_picture {
    const char *title; /* "Incoming weights, 28 x 28"; NULL: no picture */
    int rows, columns;
    const struct weight_tile *tiles;
    size_t count, first;
};

struct neuron_scene {
    const char *layer; /* "fc1" */
    int64_t unit;
    const char *name; /* given to it; NULL */
    struct link_pane in, out;
    enum aspect aspect;       /* columns of the links */
    bool out_active;          /* which pane has the cursor, */
    bool on_unit;             /* unless it stands on the unit itself, in the first title */
    bool protected_;          /* the whole unit is */
    const char *const *words; /* sentences */
    size_t word_count;
    const struct fact *facts; /* routes, agreement with its dense twin, silence */
    size_t fact_count;
    struct weight_picture picture;
    const char *state; /* "removed", "dead: no way in"; NULL */
};

void neuron_draw(const struct neuron_scene *n, struct surface *s, struct rect r, const struct look *look);

#endif
