/* model: an opened network with everything about it that never changes. Shared by reference; const after model_open. */
#ifndef PODA_SESSION_MODEL_H
#define PODA_SESSION_MODEL_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/hash.h"
#include "engine/explain/routes.h"
#include "engine/explain/wiring.h"
#include "engine/graph/graph.h"
#include "engine/io/onnx.h"
#include "engine/kernels/kernels.h"
#include "engine/prune/couple.h"
#include "engine/prune/layers.h"

struct err;
struct json;

struct model {
    int refs;
    struct model_file *file;
    struct graph *graph;
    struct layers layers;
    struct coupling coupling;
    struct wiring wiring;    /* of the dense model */
    struct routes routes;    /* the same; empty: not counted yet, see state_routes */
    int64_t **numbers;       /* original unit numbers [layer][unit] of a shrunk model; NULL: as they stand */
    int64_t **input_numbers; /* and original input numbers [layer][input] */
    int64_t dense_macs;      /* multiply-adds of one sample */
    int64_t file_bytes;      /* of its masked export, which no mask changes */
    char *sizes;             /* of inputs that the file leaves free, as the words of shape=; NULL */
    char id[HASH_HEX];       /* of file and sizes: two models of one id compute the same */
    char *notice;            /* what a person should know of how it was opened; NULL */
};

/* Read, bind, check with two samples. path "x.onnx". sizes: "INPUT:1x3x224x224", several joined by commas, for inputs whose sizes
 * the file leaves free; NULL: none. */
struct model *model_open(const char *path, const char *sizes, const struct kernels *k, struct err *e);
/* The same from bytes that are at hand (a shrunk model); path is for messages. */
struct model *model_parse(const void *bytes, size_t n, const char *path, const char *sizes,
                          const struct kernels *k, struct err *e);
struct model *model_ref(struct model *m);
void model_unref(struct model *m); /* NULL is allowed */

/* The number for life of what stands at a unit's or an input's place now. */
int64_t model_unit(const struct model *m, int layer, int64_t unit);
int64_t model_input(const struct model *m, int layer, int64_t input);

/* What `open` answers: name format hash parameters prunable, lists layers inputs outputs unprunable. */
struct json *model_json(const struct model *m);

#endif
