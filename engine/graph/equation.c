/* equation: see equation.h. */
#include "engine/graph/equation.h"

#include <string.h>

#include "engine/graph/op_util.h"

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

bool equation_parse(const struct graph *g, const struct node *n, struct equation *q, struct shape *y)
{
    return parse(g, n, q) && result_dims(q, y);
}

bool equation_keeps(const struct equation *q, int label)
{
    for (int d = 0; d < q->rank[RESULT]; d++)
        if (q->label[RESULT][d] == label)
            return true;
    return false;
}

/* Where a label stands in a term; -1 if it does not, -2 if it does so twice. */
static int axis_of(const struct equation *q, int term, int label)
{
    int found = -1;
    for (int d = 0; d < q->rank[term]; d++)
        if (q->label[term][d] == label)
            found = found == -1 ? d : -2;
    return found;
}

static bool refuse(struct equation_weight *out, const char *reason)
{
    out->reason = reason;
    return true;
}

/* Each axis of the data but the summed one is one of the result. */
static bool find_axes(const struct equation *q, int weight, int data, struct equation_weight *out)
{
    out->axes.data = axis_of(q, data, q->label[weight][out->axes.input]);
    out->axes.result = axis_of(q, RESULT, q->label[weight][out->axes.unit]);
    for (int d = 0; d < q->rank[data]; d++) {
        out->axes.same[d] = axis_of(q, RESULT, q->label[data][d]);
        if (d != out->axes.data && (out->axes.same[d] < 0 || axis_of(q, data, q->label[data][d]) < 0))
            return false;
    }
    return out->axes.data >= 0;
}

bool equation_weight(const struct graph *g, const struct node *n, struct equation_weight *out)
{
    struct equation q = {0};
    struct shape y = {0};
    *out = (struct equation_weight){0};
    if (n->n_inputs != 2 || !op_constant(g, n, 0) == !op_constant(g, n, 1) || !equation_parse(g, n, &q, &y))
        return false;
    out->slot = op_constant(g, n, 1) ? 1 : 0;
    int weight = 1 + out->slot, data = 2 - out->slot, kept = 0;
    for (int d = 0; d < q.rank[weight]; d++)
        kept += equation_keeps(&q, q.label[weight][d]);
    out->summed = kept < q.rank[weight];
    if (q.rank[weight] != 2)
        return refuse(out, "it is no matrix of units and inputs");
    out->axes.unit = equation_keeps(&q, q.label[weight][0]) ? 0 : 1;
    out->axes.input = 1 - out->axes.unit;
    bool parted = kept == 1 && axis_of(&q, data, q.label[weight][out->axes.unit]) == -1;
    if (!parted || !find_axes(&q, weight, data, out))
        return refuse(out, "its equation is more than one product of the data with a matrix");
    return true;
}
