/* ranking: what prune.h hides: the portions of a structure in the order in which they would go. Shared by portion.c, which
 * builds it, and select.c, which cuts. */
#ifndef PODA_PRUNE_RANKING_H
#define PODA_PRUNE_RANKING_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/prune/prune.h"

/* Portions among which one amount counts: all of them (scope=global), or those of a layer, or of layers whose units leave
 * together (scope=layer). */
struct segment {
    int64_t first, n; /* in the order, which may not be there */
    int layer;        /* the first of its layers, for messages */
    int n_layers;
};

struct ranking {
    const struct graph *g;
    const struct layers *l;
    const struct coupling *c;
    struct strategy strategy; /* in_layers is owned by the ranking here, never NULL */
    bool *in_layers;
    const float **weights; /* by layer: base weights in file order; borrowed */
    int64_t n;             /* portions */
    uint32_t
        *order; /* ids, the next to go first within each segment; NULL: too many to sort (select_stream.h) */
    int n_segments;
    struct segment *segments;
    int64_t n_ids; /* ids are 0..n_ids-1; some are no portion */
    int64_t *
        first; /* structure=weight: by layer, the id of weight 0, a multiple of 64; ids follow the file's order */
    int *set_of_id; /* structure=unit: the coupled set */
    double *scores; /* structure=unit: by id */
};

/* One row a structure. */
struct portions {
    const char *noun; /* of one portion */
    bool (*build)(struct ranking *r, struct err *e);
    /* forced: bits of ids that `start` has cut already; blocked: bits of those that guards keep. */
    void (*mark)(const struct ranking *r, const struct mask *start, const struct guards *g, uint64_t *forced,
                 uint64_t *blocked);
    /* May id go, too, after those that went? Takes note if so. room[layer]: units that are left. NULL: always. */
    bool (*take)(const struct ranking *r, uint32_t id, int64_t *room);
    void (*apply)(const struct ranking *r, const uint64_t *cut, struct mask *m);
    double (*score)(const struct ranking *r, uint32_t id);
};
extern const struct portions portions_rows[];

/* Like ranking_cut, but tells which way it failed. */
enum reach { REACH_OK, REACH_TOO_FEW_LEFT, REACH_ALREADY_MORE };
enum reach ranking_try(const struct ranking *r, const struct mask *current, const struct guards *g,
                       double amount, struct cut *out, struct err *e);

#endif
