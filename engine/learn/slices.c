/* slices: see slices.h. */
#include "engine/learn/slices.h"

#include "engine/io/dataset.h"

enum { LANES_MAX = 256 };

bool slices_init(struct slices *s, const struct gradient_of *of, const struct tape_options *o, int64_t block,
                 struct err *e)
{
    struct tape_options own = *o;
    own.kernels = of->kernels;
    own.memory = of->memory;
    *s = (struct slices){.of = of};
    if (!loss_check(&of->loss, of->data, e))
        return false;
    s->tape = tape_new(of->g, of->weights, &own, e);
    if (!s->tape)
        return false;
    s->lanes = tape_lanes(s->tape);
    s->block = block > 0 ? block : of->n;
    s->width = s->lanes < s->block ? s->lanes : (int)s->block;
    int64_t each = (s->block + s->width - 1) / (s->width ? s->width : 1); /* slices of a whole block */
    int64_t rest = s->block ? of->n % s->block : 0;
    s->n = s->block ? of->n / s->block * each + (rest + s->width - 1) / s->width : 0;
    return true;
}

void slices_release(struct slices *s)
{
    tape_free(s->tape);
}

void slice_records(const struct slices *s, int64_t i, int64_t *first, int *n)
{
    int64_t each = (s->block + s->width - 1) / s->width, block = i / each;
    int64_t end = (block + 1) * s->block < s->of->n ? (block + 1) * s->block : s->of->n;
    *first = block * s->block + i % each * s->width;
    *n = end - *first < s->width ? (int)(end - *first) : s->width;
}

bool slice_run(const struct slices *s, int64_t i, struct tape_run *r, double *loss, const atomic_bool *stop)
{
    const struct gradient_of *of = s->of;
    int output = of->g->outputs[0], n;
    int64_t first;
    double each[LANES_MAX];
    slice_records(s, i, &first, &n);
    dataset_fill(of->data, of->order + first, n, s->lanes, tape_input(r, 0));
    if (!tape_forward(r, stop))
        return false;
    const float *along = tape_tangent(r, output);
    loss_seed(&of->loss, of->data, of->order + first, n, s->lanes, tape_value(r, output), along, each,
              tape_seed(r, false), along ? tape_seed(r, true) : NULL);
    *loss = 0;
    for (int l = 0; l < n; l++)
        *loss += each[l];
    return tape_backward(r, stop);
}
