/* shrink_parts: what the files of shrinking share: shrink.c (the order of work), shrink_axes.c (which channels of which axis
 * leave), shrink_choose.c (which coupled sets leave), shrink_unused.c (nodes that nothing needs), shrink_fold.c (constants into
 * biases), shrink_counts.c (constants that hold a count) and edits.c. Everybody else includes shrink.h. */
#ifndef PODA_SHRINK_SHRINK_PARTS_H
#define PODA_SHRINK_SHRINK_PARTS_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/graph/names.h"
#include "engine/shrink/edits.h"
#include "engine/prune/couple_build.h"
#include "engine/prune/prune.h"
#include "engine/shrink/shrink.h"

/* One node that weighs the channels of a layer's input: rows are its results, columns what it reads. */
struct reader {
    int layer, node;
    bool swapped;             /* rows are the layer's inputs, columns its units */
    int64_t rows, columns;    /* no groups: those leave whole */
    int x, x_axis;            /* value that it reads, and the axis of its columns there */
    int y, y_axis;            /* its result, and the axis of its rows there */
    uint8_t *linked;          /* [row][column]: a connection is kept */
    uint8_t *live;            /* by column: an input of the model reaches it */
    uint8_t *useful;          /* by row: it reaches an output of the model */
    uint8_t *fed;             /* by row: an input of the model reaches it */
    float *low, *high;        /* by column that is not live: the least and greatest element of its constant */
    int bias_node, bias_slot; /* where a constant can be added for each row; -1: nowhere */
    double bias_scale;        /* what is added there counts so often */
    const char *no_bias;      /* the rest of the sentence "x stays: Conv_3 ..." where that is so */
};

struct shrinking {
    const struct graph *g;
    struct graph
        *other; /* the same bound with other sizes (graph_bind_other), once asked for (counts_release) */
    bool other_tried;
    const struct layers *l;
    const struct coupling *c;
    const struct mask *mask;
    struct mask *left; /* what the mask leaves: effect_of it */
    const struct tensor *const *weights;
    struct couple b;  /* every axis of every value as variables */
    int *set_of_root; /* by variable that is a root: its coupled set, -1 */
    bool *removed;    /* by set: the mask removes it */
    bool *leaves;     /* by set */
    char **why;       /* by set: why it stays though it was removed or does nothing; NULL */
    int n_readers;
    struct reader *readers;
};

/* ---- shrink_axes.c ---- */

bool axes_begin(struct shrinking *s, struct err *e);
void axes_end(struct shrinking *s);

/* The constant as it is before the mask: given, or the file's. */
const struct tensor *shrink_base(const struct shrinking *s, int value);

/* Is this input of the node the weight of a layer? */
bool axes_weight(const struct shrinking *s, int node, int slot);

/* The set of a variable; -1 if it belongs to none and so stays. */
int axes_set(struct shrinking *s, int var);
bool set_stays(const struct shrinking *s, int set);
int64_t axes_count(struct shrinking *s, int first, int64_t n); /* variables that stay */

/* First variable of an axis of a value that is no constant. */
int axes_first(const struct shrinking *s, int value, int axis);
int64_t axes_length(struct shrinking *s, int value, int axis); /* channels that stay */

/* Of the row of a layer or its column; they stay with their set. */
bool axes_unit_stays(struct shrinking *s, int layer, int64_t unit);
bool axes_input_stays(struct shrinking *s, int layer, int64_t input);

/* What stays of a constant as one node reads it, or of a layer's weight; NULL if all of it does. from: the elements before. */
struct tensor *axes_cut(struct shrinking *s, int node, int slot, const struct tensor *from);
struct tensor *axes_cut_weight(struct shrinking *s, int layer, const struct tensor *from);

/* Let a set stay, and why: the rest of the sentence "fc1/3 stays: ...". The first reason counts. */
void set_stay(struct shrinking *s, int set, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* All sets on an axis of a value. */
void axis_stay(struct shrinking *s, int value, int axis, int node, const char *why);

/* ---- shrink_choose.c ---- */

/* Decide s->leaves: first all that may, then those stay without which the rest would not hold. */
bool choose_sets(struct shrinking *s, struct err *e);
void choose_release(struct shrinking *s);

/* ---- shrink_unused.c ---- */

/* Let sets stay that nodes of the file read which no output needs. */
void keep_unused(struct shrinking *s);

/* ---- shrink_fold.c ---- */

/* Fill s->readers; reads constants out of the masked graph. */
bool readers_find(struct shrinking *s, struct err *e);
void readers_release(struct shrinking *s);
int reader_row_set(const struct shrinking *s, const struct reader *r, int64_t row);
int reader_column_set(const struct shrinking *s, const struct reader *r, int64_t column);

/* Has a row that stays a connection to this column? */
bool reader_needs(struct shrinking *s, const struct reader *r, int64_t column);

/* Why the constant of a column cannot go into a bias; NULL if it can. */
const char *reader_refuses(const struct reader *r, int64_t column);

/* Add to each bias what the columns that leave brought. */
void fold_constants(struct shrinking *s, struct edits *out);

/* ---- shrink_counts.c ---- */

/* Let sets stay whose counts, or constants that follow the sizes of inputs, cannot be rewritten; true if there was one. */
bool counts_check(struct shrinking *s);

/* New Reshape targets, Split sizes ..., and attributes straight into the edit. */
bool counts_write(struct shrinking *s, struct edits *out, struct model_edit *edit, struct err *e);
void counts_release(struct shrinking *s);

/* ---- shrink_check.c ---- */

/* Nodes of what was written by their results: files name each once, and nodes that nobody reads any more have left. */
void name_results(const struct graph *g, struct names *out);
const struct node *same_node(const struct graph *was, int node, const struct graph *now,
                             const struct names *results);

/* Is the written model what it should be: each value of the shape that stays, each constant as wanted? Constants that the file
 * computes otherwise once counts have changed are wanted from now on: *again is true then. ERR_UNSUPPORTED if it does not open
 * or a shape is another. */
bool check_written(struct shrinking *s, const struct buf *onnx, const char *path, struct edits *wanted,
                   bool *again, struct err *e);

#endif
