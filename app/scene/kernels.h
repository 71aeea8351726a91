/* kernels: the weights of a convolution's channel as pictures, for the screens that show them. */
#ifndef PODA_SCENE_KERNELS_H
#define PODA_SCENE_KERNELS_H

#include "app/scene/scratch.h"
#include "views/neuron.h"

struct json;

/* From a `neuron` result with a kernel: one tile an input channel. */
void kernels_fill(const struct json *neuron, struct scratch *memory, struct weight_picture *out);

#endif
