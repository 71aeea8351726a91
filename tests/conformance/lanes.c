/* lanes: see lanes.h. */
#include "tests/conformance/lanes.h"

#include <string.h>

#include "engine/base/err.h"
#include "engine/graph/graph.h"
#include "engine/graph/program.h"
#include "engine/kernels/kernels.h"

/* A program and its run in so many lanes. */
struct machine {
    int lanes;
    struct program *program;
    struct run *run;
};

static bool machine_init(struct machine *m, const struct graph *g, int lanes, struct err *e)
{
    struct kernels k;
    if (!kernels_choose("noblas", &k, e))
        return false;
    struct program_options options = {.kernels = &k, .lanes = lanes};
    m->lanes = lanes;
    m->program = program_new(g, NULL, &options, e);
    m->run = m->program ? run_new(m->program) : NULL;
    return m->run != NULL;
}

static void machine_release(struct machine *m)
{
    run_free(m->run);
    program_free(m->program);
}

/* Every lane of the machine, from lane `first` of the case on, gets the inputs turned by its number. */
static void fill(struct machine *m, const struct tensor *const *inputs, int n, int first)
{
    for (int i = 0; i < n; i++) {
        int64_t elements = shape_elements(&inputs[i]->shape);
        char *to = run_input(m->run, i);
        for (int64_t k = 0; k < elements; k++)
            for (int l = 0; l < m->lanes; l++, to += 4)
                memcpy(to, (const char *)inputs[i]->data + (k + first + l) % elements * 4, 4);
    }
    run_forward(m->run, NULL);
}

static bool same_lane(const struct machine *many, const struct machine *one, const struct graph *g, int lane,
                      struct err *e)
{
    for (int o = 0; o < g->n_outputs; o++) {
        const char *a = run_output(many->run, o), *b = run_output(one->run, o);
        int64_t n = shape_elements(&g->values[g->outputs[o]].shape);
        for (int64_t k = 0; k < n; k++)
            if (memcmp(a + (k * many->lanes + lane) * 4, b + k * 4, 4) != 0)
                return err_set(e, ERR_INTERNAL,
                               "element %lld of output %d: lane %d of %d differs from itself alone",
                               (long long)k, o, lane, many->lanes);
    }
    return true;
}

bool lanes_agree(struct graph *g, const struct tensor *const *inputs, struct err *e)
{
    struct machine one = {0};
    enum batch_kind batch = g->batch;
    g->batch = BATCH_FREE; /* a case is one sample, whatever its first dimension says */
    bool ok = machine_init(&one, g, 1, e);
    for (int lanes = 16; ok && lanes <= 64; lanes *= 4) {
        struct machine many = {0};
        ok = machine_init(&many, g, lanes, e);
        if (ok)
            fill(&many, inputs, g->n_inputs, 0);
        for (int l = 0; ok && l < lanes; l += 5) {
            fill(&one, inputs, g->n_inputs, l);
            ok = same_lane(&many, &one, g, l, e);
        }
        machine_release(&many);
    }
    machine_release(&one);
    g->batch = batch;
    return ok;
}
