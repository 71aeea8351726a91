/* foresee: while a whole prune is typed, its exact counts are worked out and shown beside the line; nothing is kept of it. A draft
 * of the strategy screen is left alone. */
#ifndef PODA_APP_FORESEE_H
#define PODA_APP_FORESEE_H

#include "app/ui.h"

void foresee_follow(struct ui *u); /* after the line changed, opened or closed */
const char *foresee_text(const struct ui *u, struct scratch *memory); /* NULL: not known yet */

#endif
