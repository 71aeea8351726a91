/* neuron_picture: the pane of the neuron screen that shows incoming weights as pictures, dense beside pruned. */
#ifndef PODA_VIEWS_NEURON_PICTURE_H
#define PODA_VIEWS_NEURON_PICTURE_H

#include "views/neuron.h"

/* Rows the pane wants, frame included, when it is `width` columns wide. */
int neuron_picture_height(const struct weight_picture *p, int width);
void neuron_picture_draw(const struct weight_picture *p, struct surface *s, struct rect r,
                         const struct look *look);

#endif
