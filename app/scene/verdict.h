/* verdict: what the numbers mean, in sentences from a table of rules, so that they can be reviewed and tested. */
#ifndef PODA_SCENE_VERDICT_H
#define PODA_SCENE_VERDICT_H

#include "app/ui.h"
#include "views/overview.h"

const struct verdict_line *verdict_lines(const struct ui *u, struct scratch *memory, size_t *n);

/* What an interval of a change says. */
const char *verdict_reading(double low, double high);

#endif
