/* strategy: the keys that choose what is scored, in what portions it goes and where the cut falls; shared by prune and curve. */
#ifndef PODA_CMD_STRATEGY_H
#define PODA_CMD_STRATEGY_H

#include "app/cmd/cmd.h"
#include "app/session/session.h"
#include "engine/prune/prune.h"

struct chosen_strategy {
    struct strategy s;
    bool *in_layers;   /* owned; what s.in_layers points to, or NULL for all */
    char *layers_text; /* owned; the layers= list with names resolved, or NULL for all */
};

/* The keys of a strategy as rows for a command's table. */
#define STRATEGY_KEYS                                                                                        \
    {"criterion", "magnitude|random", "what is scored"},                                                     \
        {"structure", "weight|unit", "in what portions it goes"},                                            \
        {"scope", "global|layer", "one cut over all layers, or one in each"},                                \
        {"layers", "NAME,NAME*", "limit to these layers"}, {"norm", "l2|l1", "norm that scores a unit"},     \
        {"seed", "N", "seed of criterion=random"},                                                           \
    {                                                                                                        \
        "within", "kept", "only take more away"                                                              \
    }

/* From the words' keys, with defaults. ERR_UNKNOWN lists what is known and the nearest. */
bool strategy_read(const struct session *s, const struct words *w, struct chosen_strategy *out,
                   struct err *e);
void strategy_release(struct chosen_strategy *c);

/* " criterion=magnitude structure=weight scope=global seed=1 ...": every choice written out. Appends. */
void strategy_print(const struct chosen_strategy *c, struct buf *out);

#endif
