/* board: see board.h. */
#include "app/board.h"

#include <stddef.h>
#include <string.h>

#include "app/scene/tree.h"
#include "app/scene/unit_table.h"
#include "engine/base/json.h"

/* What the unit did before a change stays to be seen until it is measured anew. */
static void put_unit(struct board *b, const struct json *neuron)
{
    struct unit_table *before = b->unit;
    b->unit = neuron ? unit_table_new(neuron, before, b->item[BOARD_NEURON]) : NULL;
    unit_table_free(before);
}

void board_put(struct board *b, enum board_item item, struct json *result_take)
{
    if (item == BOARD_STEPS) {
        if (b->tree)
            tree_take(b->tree, json_member(result_take, "steps"));
        json_free(result_take);
        return;
    }
    if (item == BOARD_NEURON)
        put_unit(b, result_take);
    json_free(b->item[item]);
    b->item[item] = result_take;
    b->stale[item] = false;
    if (item == BOARD_HISTORY) {
        tree_free(b->tree);
        b->tree = result_take ? tree_new(result_take) : NULL;
    }
}

void board_drop(struct board *b, enum board_item item)
{
    board_put(b, item, NULL);
}

/* Two curves are of one kind when every choice of their strategies is. */
static bool same_kind(const struct json *a, const struct json *b)
{
    const char *x = json_str(json_get(a, "strategy")), *y = json_str(json_get(b, "strategy"));
    return x && y && strcmp(x, y) == 0;
}

void board_put_curve(struct board *b, struct json *result_take)
{
    for (int i = 0; i < b->n_curves; i++)
        if (same_kind(b->curves[i], result_take)) {
            json_free(b->curves[i]);
            b->curves[i] = result_take;
            return;
        }
    if (b->n_curves == CURVES_MAX) {
        json_free(b->curves[0]);
        memmove(b->curves, b->curves + 1, (CURVES_MAX - 1) * sizeof *b->curves);
        b->n_curves--;
    }
    b->curves[b->n_curves++] = result_take;
}

static void keep_curves(struct board *b, const char *subject)
{
    int kept = 0;
    for (int i = 0; i < b->n_curves; i++) {
        const char *of = json_str(json_get(b->curves[i], "subject"));
        if (of && strcmp(of, subject) == 0)
            b->curves[kept++] = b->curves[i];
        else
            json_free(b->curves[i]);
    }
    b->n_curves = kept;
}

/* Does the session stand on another one than the board shows? */
static bool other(const struct board *b, const struct json *status, const char *hash)
{
    const char *was = json_str(json_get(b->item[BOARD_STATUS], hash)), *is = json_str(json_get(status, hash));
    return strcmp(was ? was : "", is ? is : "") != 0;
}

bool board_turn(struct board *b, const struct json *status)
{
    static const enum board_item of_data[] = {BOARD_DATA,          BOARD_EVAL,       BOARD_NEURON,
                                              BOARD_DRAFT,         BOARD_DRAFT_EVAL, BOARD_DRAFT_LAYERS,
                                              BOARD_DRAFT_PATTERN, BOARD_DRAFT_EDGES},
                                 of_model[] = {BOARD_MODEL,  BOARD_MASK,    BOARD_DENSE,
                                               BOARD_LAYERS, BOARD_PATTERN, BOARD_FIT};
    const char *subject = json_str(json_get(status, "subject"));
    bool model = other(b, status, "model_hash"), any = model || other(b, status, "data_hash");
    for (size_t i = 0; any && i < sizeof of_data / sizeof *of_data; i++)
        board_drop(b, of_data[i]);
    for (size_t i = 0; model && i < sizeof of_model / sizeof *of_model; i++)
        board_drop(b, of_model[i]);
    keep_curves(b, subject ? subject : "");
    return model;
}

void board_stale(struct board *b)
{
    static const enum board_item depend[] = {BOARD_MASK, BOARD_LAYERS, BOARD_EVAL, BOARD_NEURON,
                                             BOARD_PATTERN};
    for (size_t i = 0; i < sizeof depend / sizeof *depend; i++)
        b->stale[depend[i]] = true;
}

void board_release(struct board *b)
{
    for (int i = 0; i < BOARD_ITEMS; i++)
        json_free(b->item[i]);
    for (int i = 0; i < b->n_curves; i++)
        json_free(b->curves[i]);
    tree_free(b->tree);
    unit_table_free(b->unit);
    *b = (struct board){0};
}
