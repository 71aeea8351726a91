/* util_model: a graph with its layers and coupling, for tests of pruning. On util_source.h and util_graphs.h. */
#ifndef PODA_TESTS_UTIL_MODEL_H
#define PODA_TESTS_UTIL_MODEL_H

#include "engine/prune/couple.h"
#include "engine/prune/layers.h"
#include "engine/prune/mask.h"
#include "engine/prune/prune.h"

struct model {
    struct source *s;
    struct graph *g;
    struct layers l;
    struct coupling c;
    struct mask *all; /* everything kept */
};

/* Takes the source over; fails the test with the message if it does not bind. Masks point at m->l: m stays where it is. */
void model_bind(struct model *m, struct source *s_take);
void model_release(struct model *m);

/* ranking_new and ranking_cut that must succeed; a ranking_cut that must not, and its code. */
struct ranking *model_rank(const struct model *m, const struct strategy *s);
struct cut model_cut(const struct ranking *r, const struct mask *current, const struct guards *g,
                     double amount);
enum err_code model_refusal(const struct ranking *r, const struct mask *current, const struct guards *g,
                            double amount);

/* Kept weights of the whole model, as the contract counts them. */
int64_t model_kept(const struct model *m, const struct mask *mask);

/* Two layers without biases: a (3 units, 4 inputs) and b (2 units, 3 inputs), stored unit by unit. */
void model_tiny(struct model *m, const float *a, const float *b);

/* a and b (2 units, 3 inputs each) meet in an Add; c (2 units) reads the sum. */
void model_paired(struct model *m);

/* Is everything that `small` cuts also cut in `large`? */
bool model_superset(const struct model *m, const struct mask *small, const struct mask *large);

#endif
