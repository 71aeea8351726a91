/* names: what a layer is called, from the names in the file. Text only: layers.c gathers the names. */
#ifndef PODA_PRUNE_NAMES_H
#define PODA_PRUNE_NAMES_H

#include <stdbool.h>

/* The names that the rule looks at. Any text may be "" where there is none. */
struct name_parts {
    const char *tensor; /* of the weight */
    bool
        tensor_made_up; /* one name serving two nodes, or a Constant node's output; made-up prefixes are seen by the rule */
    const char *node;
    const char *scope; /* the module that made the node, where the file says it apart from the name */
    const char *bias;
    bool bias_made_up;
    const char *op;
    int number; /* of the node in the file */
};

/* 1. the weight's name without trailing .weight, _W, /kernel, :N, and what TensorFlow puts behind the layer;
 * 2. where an exporter made it up (onnx::, const_, val_N): the node's name without its last part, a part that the next repeats
 * dropped; 3. the node's scope; 4. the bias's name without .bias; 5. operator and number, Conv_3. '/' becomes '.'. Never empty;
 * free() it. */
char *name_of_layer(const struct name_parts *p);

/* In a model of TensorFlow's every name begins with the model's: dropped, with what Keras 3 puts behind each part. */
void names_without_model(char **names, const struct name_parts *parts, int n);

/* The name itself if none of taken[0..n) equals it, else with #2, #3 ...; takes over name_take, free() the result. */
char *name_unique(char *name_take, char *const *taken, int n);

#endif
