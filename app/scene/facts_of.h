/* facts_of: reading results from the board as amounts, and what several scenes show. */
#ifndef PODA_SCENE_FACTS_OF_H
#define PODA_SCENE_FACTS_OF_H

#include "app/ui.h"

double number_of(const struct json *object, const char *name); /* NaN where unknown */
int64_t count_of(const struct json *object, const char *name); /* 0 where unknown */
const char *text_of(const struct json *object, const char *name, const char *otherwise);

/* An amount as it stands on the board: stale where its item is, partial while records are missing. */
struct amount trusted(const struct ui *u, enum board_item item, struct amount a);
bool partial(const struct json *eval);

struct amount seconds_amount(double seconds); /* absent where NaN */

const struct json *layer_at(const struct ui *u, size_t i); /* row of the layers table; NULL */
size_t layer_count(const struct ui *u);
char *shape_text(struct scratch *memory, const struct json *layer); /* "42>128", "3x3 16>32" */
char *count_text(struct scratch *memory, int64_t n);                /* 13,696 */

/* A growing list of facts. */
struct fact_list {
    struct fact *rows;
    size_t n;
};
struct fact *fact_add(struct fact_list *list, struct scratch *memory, const char *label, struct amount a);

#endif
