/* reading: how a data set's records and labels meet a graph's input and output. See outcome.h. */
#include "engine/eval/outcome.h"

#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/graph/op.h"

/* The node that makes a value, looked for through nodes that only pass it on. NULL: an input. */
static const struct node *maker(const struct graph *g, int value)
{
    static const char *const passing[] = {"Identity",  "Cast",   "Reshape", "Flatten", "Squeeze",
                                          "Unsqueeze", "ZipMap", "Dropout", NULL};
    const struct node *n = NULL;
    while (g->values[value].producer >= 0) {
        n = &g->nodes[g->values[value].producer];
        bool passes = false;
        for (int i = 0; passing[i]; i++)
            passes |= strcmp(n->op->name, passing[i]) == 0;
        if (!passes)
            return n;
        value = n->inputs[0];
    }
    return NULL;
}

static enum output_kind last_node_tells(const struct graph *g, enum task task)
{
    static const char *const probabilities[] = {"Softmax", "Sigmoid", "Normalizer", "Concat"};
    const struct node *n = maker(g, g->outputs[0]);
    if (task == TASK_REGRESSION ||
        (task == TASK_NONE && shape_elements(&g->values[g->outputs[0]].shape) == 1))
        return OUTPUT_VALUES;
    for (size_t i = 0; n && i < sizeof probabilities / sizeof *probabilities; i++)
        if (strcmp(n->op->name, probabilities[i]) == 0)
            return OUTPUT_PROBABILITIES;
    return OUTPUT_LOGITS;
}

static bool input_fits(const struct graph *g, const struct dataset *d, struct err *e)
{
    const struct value *in = &g->values[g->inputs[0]];
    if (g->batch == BATCH_ABOVE_ONE) {
        err_set(
            e, ERR_UNREADABLE,
            "the model's file fixes the batch of its input %s above 1: records cannot be measured one by one",
            in->name);
        return err_hint(
            e, "export it with a free batch: torch.onnx.export(..., dynamic_axes={'%s': {0: 'batch'}})",
            in->name);
    }
    if (g->n_inputs != 1)
        return err_set(e, ERR_UNREADABLE, "the model has %d inputs; a data set feeds one", g->n_inputs);
    if (shape_elements(&in->shape) == d->n_features)
        return true;
    struct buf shape = {0};
    shape_print(&in->shape, &shape);
    err_set(e, ERR_UNREADABLE, "%lld features a record, but the model's input %s is %s: %lld elements",
            (long long)d->n_features, in->name, buf_text(&shape), (long long)shape_elements(&in->shape));
    buf_release(&shape);
    return err_hint(e, "name the columns in \"features\", in the order of the model's input");
}

static bool output_fits(const struct reading *r, const struct dataset *d, struct err *e)
{
    if (r->task == TASK_CLASSIFICATION && d->n_classes != r->n_outputs && !r->binary_single) {
        err_set(e, ERR_UNREADABLE, "%d classes, but the model has %d outputs", d->n_classes, r->n_outputs);
        return err_hint(
            e, "list the model's classes in \"label\": {\"classes\": [...]}, in the order of its outputs");
    }
    if (r->task == TASK_REGRESSION && d->n_targets != r->n_outputs)
        return err_set(e, ERR_UNREADABLE, "%lld targets a record, but the model has %d outputs",
                       (long long)d->n_targets, r->n_outputs);
    return true;
}

bool reading_make(const struct graph *g, const struct dataset *d, struct reading *out, struct err *e)
{
    if (!input_fits(g, d, e))
        return false;
    int64_t outputs = shape_elements(&g->values[g->outputs[0]].shape);
    if (outputs < 1 || outputs > 1000000)
        return err_set(e, ERR_UNREADABLE, "the model's output has %lld elements", (long long)outputs);
    struct reading r = {.task = d->task, .output = d->output, .n_outputs = (int)outputs};
    r.binary_single = d->task == TASK_CLASSIFICATION && outputs == 1 && d->n_classes == 2;
    if (r.output == OUTPUT_UNSAID)
        r.output = last_node_tells(g, d->task);
    if (!output_fits(&r, d, e))
        return false;
    *out = r;
    return true;
}
