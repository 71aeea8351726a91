/* strategy_parts: the second screen's scene is built in four files: strategy.c has the controls, strategy_guards.c the row of
 * protections among them, strategy_price.c what they cost, strategy_notices.c what happens on the way. */
#ifndef PODA_SCENE_STRATEGY_PARTS_H
#define PODA_SCENE_STRATEGY_PARTS_H

#include "app/ui.h"
#include "views/strategy.h"

void strategy_price(const struct ui *u, struct scratch *memory, struct strategy_scene *t);
void strategy_notices(const struct ui *u, struct scratch *memory, struct strategy_scene *t);

/* The input that the notices name first; NULL: none. */
const char *strategy_lost_input(const struct ui *u);

/* Criterion and structure of the controls as they stand. */
bool strategy_by_magnitude(const struct ui *u);
bool strategy_of_units(const struct ui *u);

/* The draft's mask; until there is one the step's, which is then of an earlier setting. And a mask's bytes in the smallest storage. */
const struct json *strategy_mask(const struct ui *u, enum board_item *item);
double strategy_bytes(const struct json *mask);

/* Does a result that speaks of many cuts (look_base) begin where the session stands? */
bool strategy_base_fits(const struct ui *u, const struct json *result);

/* Is the curve one of the strategy that the controls show, from where the session stands? */
bool strategy_curve_fits(const struct ui *u, const struct json *curve);

/* Layers that the rows of toggles have. */
size_t strategy_ticks(const struct ui *u);

/* The row of protections: does the cursor stand on it, what it shows, to the side, switch what is under the cursor. */
bool strategy_on_guards(const struct ui *u);
void strategy_fill_guards(const struct ui *u, struct scratch *memory, struct control *c);
void strategy_side_guard(struct ui *u, int64_t by);
void strategy_toggle_guard(struct ui *u);

#endif
