/* op_einsum: Einsum of one or two operands: products, transposes, diagonals and sums named by letters. Each letter is a loop;
 * a letter that the result has is a loop over results, any other a sum, in order of first appearance and in double. Plain
 * products of matrices are in op_gemm.c. */
#include <string.h>

#include "engine/base/err.h"
#include "engine/graph/op_lanes.h"
#include "engine/graph/op_nest.h"
#include "engine/graph/op_rows.h"
#include "engine/graph/op_util.h"
#include "engine/kernels/kernels.h"
#include "engine/prune/couple_rules.h"

enum {
    ELLIPSIS = 52, /* labels: a-z A-Z, then the axes that "..." stands for, the last one last */
    LABELS = ELLIPSIS + SHAPE_MAX,
    RESULT = 0, /* strides: the result's, the first operand's, the second's */
    TERMS = 3,
};

/* The equation, label by label. */
struct equation {
    int rank[TERMS], label[TERMS][SHAPE_MAX];
    int64_t dim[LABELS]; /* 0: not used */
    int order[LABELS];   /* labels in order of first appearance */
    int n_labels;
};

struct einsum_params {
    struct nest over; /* offsets: result, first, second operand */
    struct nest sum;  /* offsets: -, first, second operand */
    int64_t results, terms;
};

static bool refuse(struct graph *g, struct node *n, struct err *e)
{
    return op_fail(g, n, e, "equation '%s' does not fit its inputs", node_text(n, "equation", ""));
}

static int letter(char c)
{
    return c >= 'a' && c <= 'z' ? c - 'a' : c >= 'A' && c <= 'Z' ? c - 'A' + 26 : -1;
}

/* One term, from *text to `end`, for a tensor of this rank (-1: the result, whose "..." has as many axes as the operands'). */
static bool parse_term(const char **text, const char *end, int term, int rank, int dots, struct equation *q)
{
    int letters = 0, *label = q->label[term];
    bool seen = false;
    for (const char *t = *text; t < end; t++)
        letters += letter(*t) >= 0;
    if (rank >= 0)
        dots = rank - letters;
    for (q->rank[term] = 0; *text < end; ++*text) {
        if (**text == ' ')
            continue;
        if (end - *text >= 3 && !strncmp(*text, "...", 3) && !seen) {
            if (dots < 0 || q->rank[term] + dots > SHAPE_MAX)
                return false;
            for (int i = 0; i < dots; i++)
                label[q->rank[term]++] = LABELS - dots + i;
            *text += 2;
            seen = true;
            continue;
        }
        if (letter(**text) < 0 || q->rank[term] == SHAPE_MAX)
            return false;
        label[q->rank[term]++] = letter(**text);
    }
    return rank < 0 || q->rank[term] == rank;
}

/* Dimensions of the labels from an operand; of "..." 1 fits any. */
static bool note_dims(struct equation *q, int term, const struct shape *s)
{
    for (int d = 0; d < s->rank; d++) {
        int l = q->label[term][d];
        bool first = true;
        for (int i = 0; i < q->n_labels; i++)
            first = first && q->order[i] != l;
        if (first) {
            q->order[q->n_labels++] = l;
            q->dim[l] = s->dim[d];
        } else if (l >= ELLIPSIS && q->dim[l] == 1)
            q->dim[l] = s->dim[d];
        else if (q->dim[l] != s->dim[d] && !(l >= ELLIPSIS && s->dim[d] == 1))
            return false;
    }
    return true;
}

/* Without an arrow: "..." and then the letters that stand once, in alphabetical order. */
static bool implicit_result(struct equation *q, int operands, int dots)
{
    int *rank = &q->rank[RESULT];
    *rank = 0;
    for (int i = 0; i < dots; i++)
        q->label[RESULT][(*rank)++] = LABELS - dots + i;
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    for (const char *a = alphabet; *a; a++) {
        int times = 0;
        for (int t = 1; t <= operands; t++)
            for (int d = 0; d < q->rank[t]; d++)
                times += q->label[t][d] == letter(*a);
        if (times == 1 && *rank == SHAPE_MAX)
            return false;
        if (times == 1)
            q->label[RESULT][(*rank)++] = letter(*a);
    }
    return true;
}

/* Each label of the result must come from an operand and stand once. */
static bool result_dims(const struct equation *q, struct shape *out)
{
    out->rank = q->rank[RESULT];
    for (int d = 0; d < out->rank; d++) {
        bool known = false;
        for (int i = 0; i < q->n_labels; i++)
            known = known || q->order[i] == q->label[RESULT][d];
        for (int i = 0; i < d; i++)
            known = known && q->label[RESULT][i] != q->label[RESULT][d];
        if (!known)
            return false;
        out->dim[d] = q->dim[q->label[RESULT][d]];
    }
    return true;
}

static bool parse(const struct graph *g, const struct node *n, struct equation *q)
{
    const char *text = node_text(n, "equation", ""), *arrow = strstr(text, "->");
    const char *left_end = arrow ? arrow : text + strlen(text);
    int dots = 0;
    for (int t = 1; t <= n->n_inputs; t++) {
        const struct shape *s = &op_input(g, n, t - 1)->shape;
        const char *comma = memchr(text, ',', (size_t)(left_end - text)), *end = comma ? comma : left_end;
        if ((comma != NULL) != (t < n->n_inputs) || !parse_term(&text, end, t, s->rank, 0, q) ||
            !note_dims(q, t, s))
            return false;
        text += comma ? 1 : 0;
        int own = 0;
        for (int d = 0; d < q->rank[t]; d++)
            own += q->label[t][d] >= ELLIPSIS;
        dots = own > dots ? own : dots;
    }
    if (!arrow)
        return implicit_result(q, n->n_inputs, dots);
    text = arrow + 2;
    return parse_term(&text, text + strlen(text), RESULT, -1, dots, q);
}

/* How far a step along a label moves in a term: the sum of the strides of the axes that bear it (two: the diagonal). */
static int64_t label_stride(const struct equation *q, int term, const struct shape *s, int label)
{
    int64_t own[SHAPE_MAX], stride = 0;
    shape_strides(s, own);
    for (int d = 0; d < s->rank; d++)
        if (q->label[term][d] == label && s->dim[d] != 1)
            stride += own[d];
    return stride;
}

static bool in_result(const struct equation *q, int label)
{
    for (int d = 0; d < q->rank[RESULT]; d++)
        if (q->label[RESULT][d] == label)
            return true;
    return false;
}

/* Loops over the result in the result's order, then those of the sums. false: their number overflows. */
static bool plan(const struct graph *g, const struct node *n, const struct equation *q, const struct shape *y,
                 struct einsum_params *p)
{
    const struct shape *shapes[TERMS] = {y, &op_input(g, n, 0)->shape,
                                         n->n_inputs > 1 ? &op_input(g, n, 1)->shape : NULL};
    p->results = p->terms = 1;
    for (int i = 0; i < q->rank[RESULT] + q->n_labels; i++) {
        bool over = i < q->rank[RESULT];
        int label = over ? q->label[RESULT][i] : q->order[i - q->rank[RESULT]];
        int64_t stride[NEST_OPERANDS] = {0}, *count = over ? &p->results : &p->terms;
        if (!over && in_result(q, label))
            continue;
        for (int t = 0; t <= n->n_inputs; t++)
            stride[t] = label_stride(q, t, shapes[t], label);
        nest_push(over ? &p->over : &p->sum, q->dim[label], stride);
        if (q->dim[label] > 0 && *count > INT64_MAX / q->dim[label])
            return false;
        *count *= q->dim[label];
    }
    return true;
}

static bool einsum_shape(struct graph *g, struct node *n, struct err *e)
{
    struct equation q = {0};
    struct shape y = {0};
    if (!op_reals(g, n, e))
        return false;
    if (n->n_inputs > 2)
        return op_unsupported(g, n, e, "more than two operands are not supported");
    if (n->n_inputs > 1 && !op_input(g, n, 1))
        return op_fail(g, n, e, "its input 1 is missing");
    struct einsum_params *p = op_params(n, sizeof *p);
    if (!parse(g, n, &q) || !result_dims(&q, &y))
        return refuse(g, n, e);
    if (!op_result(g, n, 0, DT_F32, &y, e))
        return false;
    return (plan(g, n, &q, &y, p) || op_fail(g, n, e, "it asks for too many products")) &&
           op_work(g, n, p->results, p->terms, e);
}

static size_t einsum_scratch(const struct graph *g, const struct node *n, int lanes)
{
    (void)g, (void)n;
    return (size_t)lanes * sizeof(double);
}

/* acc[l] += a[l] * b[l]; b NULL is 1. */
static void add_term(const struct op_call *c, const struct nest *over, const struct nest *sum, double *acc)
{
    const struct operand *x = &c->inputs[0], *z = c->n_inputs > 1 ? &c->inputs[1] : NULL;
    const float *a = operand_at(x, over->offset[1] + sum->offset[1], c->lanes);
    if (!z) {
        lanes_sum(acc, a, (size_t)c->lanes);
        return;
    }
    const float *b = operand_at(z, over->offset[2] + sum->offset[2], c->lanes);
    lanes_sum_products(acc, a, x->lane_stride, b, z->lane_stride, (size_t)c->lanes);
}

static void einsum_forward(const struct op_call *c)
{
    const struct einsum_params *p = c->node->params;
    struct nest over = p->over;
    double *acc = c->scratch;
    if (nest_empty(&over))
        return;
    do {
        struct nest sum = p->sum;
        lanes_fill(acc, 0, (size_t)c->lanes);
        if (!nest_empty(&sum))
            do
                add_term(c, &over, &sum, acc);
            while (nest_next(&sum));
        lanes_round(acc, operand_at(&c->outputs[0], over.offset[RESULT], c->lanes), (size_t)c->lanes);
    } while (nest_next(&over));
}

/* Products of two activations count in full; those with a constant are no prunable weight and count nothing. */
static void einsum_cost(const struct graph *g, const struct node *n, struct op_cost *out)
{
    const struct einsum_params *p = n->params;
    if (n->n_inputs == 2 && !op_constant(g, n, 0) && !op_constant(g, n, 1))
        out->macs_fixed = p->results * p->terms;
}

const struct op op_einsum_rows[] = {
    {.domain = "",
     .name = "Einsum",
     .min_inputs = 1,
     .max_inputs = -1,
     .max_outputs = 1,
     .weight_input = -1,
     .shape = einsum_shape,
     .forward = einsum_forward,
     .scratch = einsum_scratch,
     .cost = einsum_cost,
     .couple = couple_einsum},
};
const int op_einsum_count = sizeof op_einsum_rows / sizeof *op_einsum_rows;
