/* verdict: what the numbers mean, in sentences from one table of rules, so that they can be reviewed, translated and tested. */
#ifndef PODA_SCENE_VERDICT_H
#define PODA_SCENE_VERDICT_H

#include "app/ui.h"
#include "views/overview.h"

/* What the rules look at. NaN: not known. */
struct verdict_facts {
    double kept, prunable; /* connections */
    double n, changed;     /* records measured; answers that differ */
    double delta, low, high;
    double dense_mse, mse, mse_low, mse_high; /* regression; the ends are the change's */
    bool partial;                             /* records are missing */
    double cut_inputs, inputs;
    const char *cut_names; /* "age 80+; sex" */
    double dead, units;
    const char *empty; /* a layer without a kept weight; NULL */
};

void verdict_facts(const struct ui *u, struct scratch *memory, struct verdict_facts *out);
const struct verdict_line *verdict_of(const struct verdict_facts *f, struct scratch *memory, size_t *n);
const struct verdict_line *verdict_lines(const struct ui *u, struct scratch *memory, size_t *n);

/* What an interval of a change says. */
const char *verdict_reading(double low, double high);

#endif
