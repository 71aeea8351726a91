/* shrink_fold: what layers hear from units that no input reaches. Such a unit is constant: the masked graph itself says how much
 * it is, and what it brings to the layers that read it goes into their biases. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/mem.h"
#include "engine/explain/reach.h"
#include "engine/graph/op.h"
#include "engine/graph/op_util.h"
#include "engine/graph/program.h"
#include "engine/graph/weighted.h"
#include "engine/kernels/kernels.h"
#include "engine/shrink/shrink_parts.h"

static const struct node *node_of(const struct shrinking *s, const struct reader *r)
{
    return &s->g->nodes[r->node];
}

/* Unit and input of the layer behind a row and a column. */
static int64_t unit_of(const struct reader *r, int64_t row, int64_t column)
{
    return r->swapped ? column : row;
}

static int64_t input_of(const struct reader *r, int64_t row, int64_t column)
{
    return r->swapped ? row : column;
}

int reader_row_set(const struct shrinking *s, const struct reader *r, int64_t row)
{
    return r->swapped ? s->c->set_read[r->layer][row] : s->c->set_of[r->layer][row];
}

int reader_column_set(const struct shrinking *s, const struct reader *r, int64_t column)
{
    return r->swapped ? s->c->set_of[r->layer][column] : s->c->set_read[r->layer][column];
}

/* ---- where a constant can be added ---- */

static bool holds_rows(const struct shrinking *s, int value, int64_t rows)
{
    const struct value *v = &s->g->values[value];
    return v->constant && v->type == DT_F32 && shape_elements(&v->shape) == rows && v->shape.rank > 0;
}

static void bias_at(const struct shrinking *s, struct reader *r, int node, int slot, double scale)
{
    int value = node_input(&s->g->nodes[node], slot);
    if (value < 0 || holds_rows(s, value, r->rows)) {
        r->bias_node = node;
        r->bias_slot = slot;
        r->bias_scale = scale;
    } else {
        r->no_bias = "adds something else than a constant for each unit";
    }
}

static bool pads(const struct node *n)
{
    const struct attr *a = node_attr(n, "pads");
    const char *automatic = node_text(n, "auto_pad", "NOTSET");
    bool any = strcmp(automatic, "NOTSET") != 0 && strcmp(automatic, "VALID") != 0;
    for (int64_t i = 0; a && a->kind == ATTR_INTS && i < a->n; i++)
        any |= a->ints[i] != 0;
    return any;
}

static void bias_of_sum(const struct shrinking *s, struct reader *r)
{
    const struct layer *l = &s->l->v[r->layer];
    r->no_bias = "has no bias to take up what it brings";
    if (l->n_nodes > 1 || l->bias < 0)
        return;
    const struct node *add = &s->g->nodes[l->bias_node];
    for (int k = 0; k < add->n_inputs; k++)
        if (add->inputs[k] == l->bias)
            bias_at(s, r, l->bias_node, k, 1);
}

static void bias_find_place(const struct shrinking *s, struct reader *r, const struct weighted *w)
{
    r->bias_node = -1;
    if (w->bias < 0)
        bias_of_sum(s, r);
    else if (w->turned)
        r->no_bias = "spreads what it reads unevenly";
    else if (pads(node_of(s, r)))
        r->no_bias = "pads what it reads with zeros";
    else if (w->bias_scale == 0)
        r->no_bias = "takes no bias";
    else
        bias_at(s, r, r->node, w->bias, (double)w->scale / (double)w->bias_scale);
}

/* ---- what is read ---- */

static void find_links(const struct shrinking *s, struct reader *r)
{
    const struct layer *l = &s->l->v[r->layer];
    r->linked = mem_zero((size_t)(r->rows * r->columns), 1);
    for (int64_t i = 0; i < r->rows; i++)
        for (int64_t k = 0; k < r->columns; k++)
            for (int64_t t = 0; t < l->taps && !r->linked[i * r->columns + k]; t++)
                r->linked[i * r->columns + k] =
                    mask_weight(s->left, r->layer, layer_index(l, unit_of(r, i, k), input_of(r, i, k), t));
}

/* false: nothing to read there. */
static bool reader_begin(const struct shrinking *s, int layer, int k, struct reader *r)
{
    const struct layer *l = &s->l->v[layer];
    const struct weighted *w = op_described(&s->g->nodes[l->nodes[k]]);
    *r = (struct reader){.layer = layer, .node = l->nodes[k], .swapped = l->swapped[k]};
    if (!w || l->groups > 1 || l->unit_axis < 0 || op_constant(s->g, node_of(s, r), w->data))
        return false;
    r->x = node_of(s, r)->inputs[w->data];
    r->y = node_of(s, r)->outputs[0];
    r->rows = r->swapped ? l->inputs : l->units;
    r->columns = r->swapped ? l->units : l->inputs;
    r->x_axis = w->axes.data;
    r->y_axis = w->axes.result;
    r->useful = mem_zero((size_t)r->rows, 1);
    r->fed = mem_zero((size_t)r->rows, 1);
    r->live = mem_zero((size_t)r->columns, 1);
    r->low = mem_zero((size_t)r->columns, sizeof *r->low);
    r->high = mem_zero((size_t)r->columns, sizeof *r->high);
    find_links(s, r);
    bias_find_place(s, r, w);
    return true;
}

/* The index along an axis of an element of a value. */
static int64_t index_of(const struct shape *shape, int axis, int64_t element)
{
    int64_t after = 1;
    for (int d = axis + 1; d < shape->rank; d++)
        after *= shape->dim[d];
    return element / after % shape->dim[axis];
}

/* found[index along the axis] becomes 1 where an element is marked. */
static void mark(const struct shrinking *s, int value, int axis, const uint8_t *marks, uint8_t *found)
{
    const struct shape *shape = &s->g->values[value].shape;
    int64_t n = shape_elements(shape);
    for (int64_t i = 0; i < n; i++)
        if (marks[i])
            found[index_of(shape, axis, i)] = 1;
}

/* Which columns does an input of the model reach, which rows reach an output? true if there is a column that none reaches. */
static bool find_live(struct shrinking *s)
{
    struct flow f;
    bool any = false;
    flow_init(&f, s->g, s->l, s->left);
    uint8_t **in = reach_from_inputs(&f), **out = reach_to_outputs(&f);
    for (int i = 0; i < s->n_readers; i++) {
        struct reader *r = &s->readers[i];
        mark(s, r->x, r->x_axis, in[r->x], r->live);
        mark(s, r->y, r->y_axis, out[r->y], r->useful);
        mark(s, r->y, r->y_axis, in[r->y], r->fed);
        any |= memchr(r->live, 0, (size_t)r->columns) != NULL;
    }
    reach_free(&f, in);
    reach_free(&f, out);
    flow_release(&f);
    return any;
}

static void look(const struct shrinking *s, struct reader *r, const float *x)
{
    int64_t n = shape_elements(&s->g->values[r->x].shape);
    for (int64_t k = 0; k < r->columns; k++) {
        r->low[k] = INFINITY;
        r->high[k] = -INFINITY;
    }
    for (int64_t i = 0; i < n; i++) {
        int64_t k = index_of(&s->g->values[r->x].shape, r->x_axis, i);
        bool odd = isnan(x[i]);
        r->low[k] = odd ? NAN : x[i] < r->low[k] ? x[i] : r->low[k];
        r->high[k] = odd ? NAN : x[i] > r->high[k] ? x[i] : r->high[k];
    }
}

/* Run the masked graph: what no input reaches is the same for any input. */
static bool find_constants(struct shrinking *s, struct err *e)
{
    struct kernels kernels;
    struct overrides o;
    int *keep = mem_alloc((size_t)s->n_readers, sizeof *keep);
    for (int i = 0; i < s->n_readers; i++)
        keep[i] = s->readers[i].x;
    overrides_make(s->g, s->l, s->c, s->mask, s->weights, &o);
    const struct program_options options = {
        .kernels = &kernels, .lanes = 1, .keep = keep, .n_keep = s->n_readers};
    struct program *p = kernels_choose("plain", &kernels, e) ? program_new(s->g, o.v, &options, e) : NULL;
    if (p) {
        struct run *run = run_new(p);
        for (int i = 0; i < s->g->n_inputs; i++)
            memset(run_input(run, i), 0, (size_t)shape_elements(&s->g->values[s->g->inputs[i]].shape) * 4);
        run_forward(run, NULL);
        for (int i = 0; i < s->n_readers; i++)
            look(s, &s->readers[i], run_value(run, s->readers[i].x));
        run_free(run);
    }
    program_free(p);
    overrides_release(&o);
    free(keep);
    return p != NULL;
}

bool readers_find(struct shrinking *s, struct err *e)
{
    int n = 0;
    for (int i = 0; i < s->l->n; i++)
        n += s->l->v[i].n_nodes;
    s->readers = mem_alloc((size_t)n, sizeof *s->readers);
    for (int i = 0; i < s->l->n; i++)
        for (int k = 0; k < s->l->v[i].n_nodes; k++)
            s->n_readers += reader_begin(s, i, k, &s->readers[s->n_readers]);
    return !find_live(s) || find_constants(s, e);
}

void readers_release(struct shrinking *s)
{
    for (int i = 0; i < s->n_readers; i++) {
        free(s->readers[i].linked);
        free(s->readers[i].live);
        free(s->readers[i].useful);
        free(s->readers[i].fed);
        free(s->readers[i].low);
        free(s->readers[i].high);
    }
    free(s->readers);
}

static bool row_stays(const struct shrinking *s, const struct reader *r, int64_t row)
{
    return set_stays(s, reader_row_set(s, r, row));
}

bool reader_needs(struct shrinking *s, const struct reader *r, int64_t column)
{
    for (int64_t i = 0; i < r->rows; i++)
        if (r->linked[i * r->columns + column] && r->useful[i] && row_stays(s, r, i))
            return true;
    return false;
}

const char *reader_refuses(const struct reader *r, int64_t column)
{
    float low = r->low[column], high = r->high[column];
    if (low == 0 && high == 0)
        return NULL;
    if (!isfinite(low) || !isfinite(high))
        return "reads it as a number that is not finite";
    if (low != high)
        return "reads it where it differs from place to place";
    return r->bias_node < 0 ? r->no_bias : NULL;
}

/* ---- into the biases ---- */

/* What one row hears of the columns that leave. */
static double heard(const struct shrinking *s, const struct reader *r, const float *w, int64_t row)
{
    const struct layer *l = &s->l->v[r->layer];
    double sum = 0;
    for (int64_t k = 0; k < r->columns; k++) {
        int set = reader_column_set(s, r, k);
        if (set_stays(s, set) || s->removed[set] || r->low[k] == 0)
            continue;
        for (int64_t t = 0; t < l->taps; t++) {
            int64_t at = layer_index(l, unit_of(r, row, k), input_of(r, row, k), t);
            if (mask_weight(s->left, r->layer, at))
                sum += (double)w[at] * (double)r->low[k];
        }
    }
    return sum * r->bias_scale;
}

/* The bias as it is so far, or zeros where there was none; full length. */
static struct tensor *bias_now(const struct shrinking *s, const struct reader *r, const struct edits *out)
{
    const struct tensor *now = edits_get(out, r->bias_node, r->bias_slot);
    int value = node_input(&s->g->nodes[r->bias_node], r->bias_slot);
    const struct shape row = {.rank = 1, .dim = {r->rows}};
    if (now)
        return tensor_copy(now);
    if (value < 0)
        return tensor_new(DT_F32, &row);
    return tensor_copy(shrink_base(s, value));
}

/* A bias that was not there before has to lose the rows that leave; the others are cut with all constants. */
static struct tensor *rows_left(const struct shrinking *s, const struct reader *r, struct tensor *bias_take)
{
    int64_t n = 0;
    for (int64_t i = 0; i < r->rows; i++)
        if (row_stays(s, r, i))
            bias_take->f[n++] = bias_take->f[i];
    bias_take->shape.dim[0] = n;
    return bias_take;
}

void fold_constants(struct shrinking *s, struct edits *out)
{
    for (int i = 0; i < s->n_readers; i++) {
        const struct reader *r = &s->readers[i];
        const struct layer *l = &s->l->v[r->layer];
        if (r->bias_node < 0)
            continue;
        const float *w = shrink_base(s, l->value)->f;
        bool is_new = node_input(&s->g->nodes[r->bias_node], r->bias_slot) < 0;
        struct tensor *bias = NULL;
        for (int64_t row = 0; row < r->rows; row++) {
            double more = heard(s, r, w, row);
            if (more != 0 && !bias)
                bias = bias_now(s, r, out);
            if (more != 0)
                bias->f[row] = (float)((double)bias->f[row] + more);
        }
        if (bias)
            edits_put(out, r->bias_node, r->bias_slot, is_new ? rows_left(s, r, bias) : bias);
    }
}
