/* state: what a step of the session tree leaves behind: model, data, mask, guards. Immutable once made and shared by reference,
 * so that undo and goto are a pointer. A command makes a changed copy. */
#ifndef PODA_SESSION_STATE_H
#define PODA_SESSION_STATE_H

#include <stdint.h>

#include "app/session/model.h"
#include "engine/eval/outcome.h"
#include "engine/io/dataset.h"
#include "engine/prune/mask.h"
#include "engine/prune/prune.h"

struct data {
    int refs;
    struct dataset *set;
    struct reading reading; /* how it fits the model it was loaded for */
};

void data_unref(struct data *d);

struct state {
    int refs;
    struct model *opened;  /* the dense model; NULL before open */
    struct model *current; /* the same, or a smaller graph after shrink */
    struct data *data;     /* NULL before data */
    struct mask *mask;     /* over current's layers */
    struct mask *hand;     /* hand cuts: a 0 bit was cut by hand; NULL: none */
    struct mask *guarded;  /* protected: a 0 bit is protected; NULL: none */
    char **protections;    /* WHAT texts, in order */
    int n_protections;
    int64_t portions,
        cut_portions;      /* of the last prune, or in weights of the last change by hand; -1: none */
    struct wiring *wiring; /* see state_wiring; empty: not found yet */
    struct routes *routes; /* see state_routes; empty: not counted yet */
};

struct state *state_new(void);
struct state *state_ref(struct state *s);
void state_unref(struct state *s); /* NULL is allowed */

/* A copy to change: shares everything by reference. */
struct state *state_copy(const struct state *s);

/* Replace a member; the old one is released. A mask must be over the layers of the state's own current model: another copy of the
 * same file will not do, as it may be gone before the state is. */
void state_set_mask(struct state *s, struct mask *mask_take);
void state_set_data(struct state *s, struct data *data_take);
void state_set_model(struct state *s,
                     struct model *model_take); /* a new root: all kept, no guards, no data */

/* What is connected under the mask: found at the first call and kept, as every screen asks for it. Borrowed. */
const struct wiring *state_wiring(const struct state *s);
/* How many routes there are under the mask, and in the dense model: counted at the first call and kept. That takes time for large
 * models: false if *stop became true on the way. Borrowed. */
struct route_counts {
    const struct routes *now, *dense;
};
bool state_routes(const struct state *s, const atomic_bool *stop, struct route_counts *out);
/* The same where they are counted already, or will be within a few milliseconds; else false. */
bool state_routes_at_once(const struct state *s, struct route_counts *out);

/* Nobody looks at the state now: give back what can be found again. */
void state_rest(struct state *s);

/* Guards in the form that pruning wants. */
struct guards state_guards(const struct state *s);

/* What every cut from here depends on beside the strategy: model, data, protections and hand cuts, as one hash; "" without a
 * model. Where a strategy names layers, the mask of the others counts, too. */
void state_base(const struct state *s, char hex[HASH_HEX]);

/* Model as opened and data, as one hash; "" without a model: numbers of two subjects cannot be compared. */
void state_subject(const struct state *s, char hex[HASH_HEX]);

/* LAYER/UNIT[/INPUT] as people write it: units and inputs keep the numbers of the model as it was opened, also when it was
 * shrunk since. ERR_UNKNOWN for one that left. */
bool state_place(const struct state *s, const char *text, struct place *out, struct err *e);
void state_place_print(const struct state *s, const struct place *p, struct buf *out);

/* Where an input element reads from: its name for people (feature name, or x.y.z of an array); free() it. */
char *state_input_name(const struct state *s, int64_t element);

#endif
