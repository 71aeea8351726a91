/* glossary: see glossary.h. */
#include "app/glossary.h"

#define ON(view) (1u << VIEW_##view)
#define NUMBERS (ON(OVERVIEW) | ON(STRATEGY) | ON(CURVE))
#define LAYERS (ON(OVERVIEW) | ON(LAYER) | ON(NEURON))
#define ALL_SCREENS (~0u)

const struct glossary_row glossary[] = {
    /* what is cut */
    {"connection", "One weight that pruning may remove: what one unit hears from one input. Never a bias.",
     LAYERS},
    {"kept", "Still there: its bit in the mask is 1. The share kept is kept / all prunable weights.",
     NUMBERS | LAYERS},
    {"sparsity",
     "The share of prunable weights that is gone: 1 - kept / weights of the model as it was opened.",
     NUMBERS | LAYERS},
    {"unit", "One output of a layer: a neuron of a dense layer, a channel of a convolution.", LAYERS},
    {"dead",
     "A unit with no route from an input, or none to an output. Whatever the record, it gives its bias.",
     LAYERS},
    {"routes",
     "Ways from an input to an output over kept connections, each counted: p = M p, layer by layer, with M "
     "the mask. Many are written as a power of ten.",
     ON(OVERVIEW) | ON(NEURON)},
    {"alone", "How much accuracy changes if only this layer's cuts stand and every other layer is whole.",
     ON(OVERVIEW) | ON(LAYER)},
    {"mask",
     "Which weights are kept, a bit each, and which units left whole. Two steps with the same mask are the "
     "same model.",
     ON(HISTORY) | ON(STRATEGY)},
    {"shrunk", "Units that cannot matter were taken out for good: a smaller file that computes the same.",
     ON(OVERVIEW) | ON(HISTORY)},
    /* how it is chosen */
    {"strategy",
     "What is scored, in what portions it leaves, where the cut falls and how much: criterion, structure, "
     "scope, amount.",
     ON(STRATEGY) | ON(CURVE)},
    {"criterion",
     "What makes a weight worth keeping. magnitude: its size |w|. random: chance, the yardstick for every "
     "other.",
     ON(STRATEGY) | ON(CURVE)},
    {"structure", "In what portions weights leave: one by one, or whole units with all they hear and say.",
     ON(STRATEGY) | ON(CURVE)},
    {"scope", "global: one ranking over all layers. layer: the same share in every layer.",
     ON(STRATEGY) | ON(CURVE)},
    {"amount",
     "The share of portions that is gone afterwards: round-half-even(amount * n) of n leave, lowest score "
     "first.",
     ON(STRATEGY) | ON(CURVE)},
    {"draft", "A cut that is only tried: measured, not kept. Making it a step keeps it.", ON(STRATEGY)},
    {"protect", "Keep an input, a layer, a unit or a link from later cuts; others pay for it.",
     ON(STRATEGY) | ON(NEURON)},
    {"coupled", "Units of several layers that can only leave together, because something adds or joins them.",
     ON(STRATEGY) | ON(NEURON)},
    /* what it costs */
    {"dense", "The model as it was opened, nothing cut. Everything is compared with it.", ALL_SCREENS},
    {"accuracy", "The share of records whose answer is the label: right / n.", NUMBERS | ON(HISTORY)},
    {"loss",
     "How badly the right answer was doubted: the mean of -log(probability of the label). For numbers, the "
     "mean squared error.",
     NUMBERS},
    {"delta",
     "Pruned minus dense on the same records: (newly right - newly wrong) / n, in percentage points (pp).",
     NUMBERS | ON(HISTORY)},
    {"95% interval",
     "Where the true change may lie: ends of the paired interval by Bonett and Price (2012). If it holds 0, "
     "these records cannot "
     "tell the change from noise. Of squared errors: the mean of the records' differences +- 1.96 standard "
     "errors.",
     NUMBERS | ON(HISTORY)},
    {"paired",
     "Both models answer the same records, so that only differences count: far sharper than two accuracies "
     "apart.",
     NUMBERS | ON(HISTORY)},
    {"newly wrong", "The dense model was right and the pruned one is wrong.", ON(OVERVIEW) | ON(STRATEGY)},
    {"newly right", "The dense model was wrong and the pruned one is right.", ON(OVERVIEW) | ON(STRATEGY)},
    {"different answers", "Records that get another answer than before, right or wrong: changed / n.",
     ON(OVERVIEW) | ON(STRATEGY)},
    {"validation",
     "Records set aside to decide by. The test records are for the end; looking at them while choosing "
     "spoils them.",
     NUMBERS},
    /* what it saves */
    {"dense f32",
     "Every number stored, 4 bytes each, zeros too: 4 * (weights + biases). Cutting alone saves nothing "
     "here.",
     NUMBERS | ON(HISTORY)},
    {"bitmask", "One bit a weight and 4 bytes a kept one: ceil(weights / 8) + 4 * kept + 4 * biases.",
     NUMBERS | ON(HISTORY)},
    {"CSR",
     "Kept weights with their columns, row by row: kept * (4 + i) + 4 * (rows + 1) + 4 * biases, i = 2 below "
     "65,536 columns, else 4.",
     NUMBERS | ON(HISTORY)},
    {"mult-adds", "Multiplications with addition that one record takes, kept weights only.", NUMBERS},
    {"parameters", "Weights, biases and what normalisation scales and shifts by.", ON(OVERVIEW)},
    {"budget", "A size in bytes to stay under, drawn as a line.", ON(CURVE) | ON(STRATEGY)},
    {"trade-off", "Quality against size over many amounts of one strategy, each point a mask of its own.",
     ON(CURVE)},
    {"front", "The points that no other beats: none costs as little or less and is better.", ON(CURVE)},
    {"tie",
     "These records cannot tell the two points apart: the paired interval of their difference holds 0.",
     ON(CURVE)},
    {"data band",
     "Where other records of the kind may put the curve: the 95% interval at each of its points.", ON(CURVE)},
    {"knee",
     "The point farthest from the straight line between the curve's ends, both axes scaled to 0..1: behind "
     "it quality falls faster.",
     ON(CURVE)},
    /* one layer */
    {"threshold",
     "The largest |w| that is cut. What goes is decided by rank; the threshold tells how far that went.",
     ON(LAYER) | ON(STRATEGY)},
    {"energy kept",
     "How much of the layer's weight is left, squared: sum (M w)^2 / sum w^2, with M the mask.", ON(LAYER)},
    {"fan-in", "How many inputs a unit hears by a kept weight. At 0 it says the same whatever the record.",
     ON(LAYER)},
    {"fan-out", "How many units hear an input by a kept weight. At 0 nothing in the layer hears it.",
     ON(LAYER)},
    {"kernel", "The weights between one input channel and one output channel of a convolution, as a picture.",
     ON(LAYER) | ON(NEURON)},
    /* one unit */
    {"share", "How much of what a unit hears comes by this link: |w| / sum of |w| over its links.",
     ON(NEURON)},
    {"twin",
     "The same unit in the dense model. r is the correlation of what both say on the same records: near 1, "
     "it "
     "still does its job.",
     ON(NEURON)},
    {"pinned", "A unit that cannot leave whole, such as an output of the model.", ON(NEURON)},
    {"silent", "The share of records on which the unit says nothing (0 after its activation).", ON(NEURON)},
    /* the session */
    {"step",
     "One entry of the session's tree: a command with what it made. Steps are numbered and never deleted.",
     ON(HISTORY) | ON(OVERVIEW)},
    {"branch", "The way from where a model was opened to a step. Going back and cutting anew begins another.",
     ON(HISTORY)},
    {"leaf", "A step that nothing follows: the end of a branch.", ON(HISTORY)},
    {"tag", "A name for one step. Giving it to another step moves it.", ON(HISTORY)},
    {"note", "What somebody said about a step, with the time. Kept in order, never changed.", ON(HISTORY)},
    {"hash",
     "SHA-256 of what a step says and of its parent's hash: if the newest is right, the whole branch is.",
     ON(HISTORY)},
    {"same mask", "Another command led to the very same mask as an earlier step: the same model twice.",
     ON(HISTORY)},
    {"hidden", "Left out of the tree's picture. Nothing is deleted; what followed it stays.", ON(HISTORY)},
    {"session", "A file with everything you did to a model: it can be gone through again and checked.",
     ON(HISTORY) | ON(PICKER)},
    {"sample", "A small model that comes with poda, with data to measure it on.", ON(PICKER)},
    /* signs */
    {"LIVE",
     "Numbers are measured as you move. FROZEN: only when asked. READ-ONLY: nothing can be changed. LOOK: "
     "stored results, nothing is computed.",
     ON(OVERVIEW) | ON(STRATEGY)},
    {"~ before a number", "Measured on part of the records so far; the rest is under way.",
     NUMBERS | ON(HISTORY)},
    {"* after a number", "Belongs to an earlier setting; the new one is being computed.", ALL_SCREENS},
    {"guess",
     "Read off the straight line between the two nearest measured points of this strategy's curve, while "
     "nothing of the draft is measured yet. Never stored, never judged by.",
     ON(STRATEGY)},
    {"?", "Not known: never shown as 0.", ALL_SCREENS},
};
const size_t glossary_count = sizeof glossary / sizeof *glossary;
