/* couple_rules: which channels of an operator's inputs and outputs are the same. Rows of the operator table point at these;
 * a row without one refuses unit pruning through it. */
#ifndef PODA_PRUNE_COUPLE_RULES_H
#define PODA_PRUNE_COUPLE_RULES_H

struct couple;
struct graph;

typedef void couple_rule(struct couple *c, const struct graph *g, int node);

couple_rule
    couple_same; /* element-wise, any number of inputs, NumPy broadcasting: Relu Add Mul Where Clip PRelu Cast Identity
                            Dropout ... */
couple_rule
    couple_pole; /* the same for Div Log Reciprocal Pow: a channel that is 0 where they have a pole is pinned */
couple_rule
    couple_norm; /* BatchNormalization, InstanceNormalization: channels on axis 1, parameters go along */
couple_rule couple_layer_norm; /* LayerNormalization: pins the axes that it mixes */
couple_rule couple_softmax;    /* Softmax LogSoftmax: the same */
couple_rule couple_reduce;     /* ReduceX ArgMax ArgMin: the same */
couple_rule couple_pool;       /* MaxPool AveragePool GlobalX: channels on axis 1 */
couple_rule
    couple_reshape; /* Reshape Flatten Squeeze Unsqueeze: merging spreads a channel, splitting pins it */
couple_rule couple_transpose;
couple_rule
    couple_moves; /* Concat Pad Expand Tile and any other that moves elements: derived from where it moves them */
couple_rule
    couple_split; /* the same; part of an axis may leave on its own, as shrinking rewrites the bounds */
couple_rule couple_slice;   /* the same for steps of 1; other steps pin */
couple_rule couple_stretch; /* Resize: axes that keep their length are the same, others pinned */
couple_rule couple_trilu;   /* rows and columns stay, lest they leave each for itself */
couple_rule couple_einsum;
couple_rule
    couple_weights; /* weighted sums: outputs are free units; with a weight that is computed all is pinned */
couple_rule couple_products; /* MatMul: the same, and of two activations what is not summed goes through */
couple_rule couple_gather;   /* embeddings, and picking along an axis */

#endif
