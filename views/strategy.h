/* strategy: how far can I go? Left the six choices with sliders, right their price: exact at once, measured as it comes in. */
#ifndef PODA_VIEWS_STRATEGY_H
#define PODA_VIEWS_STRATEGY_H

#include <stdint.h>

#include "views/amount.h"
#include "views/surface.h"

enum control_kind { CONTROL_CHOICE, CONTROL_SLIDER, CONTROL_TOGGLES, CONTROL_NUMBER };

struct toggle {
    const char *label;
    bool on;
};

/* One row of the left pane. Which members count depends on the kind. */
struct control {
    enum control_kind kind;
    const char *label;
    const char *note; /* behind the control, dim; NULL: none */
    bool off;         /* shown dim, its value as "off" */

    const char *const *choices; /* choice */
    size_t choice_count, chosen;

    double low, high, at;         /* slider; number: at */
    struct amount low_end, value; /* slider: the ends and the value as they are to be written */
    struct amount high_end;

    const struct toggle *toggles; /* toggles */
    size_t toggle_count, toggle_selected;
};

struct sparsity_row {
    const char *name;
    int64_t weights, kept;
    bool protected_;
};

struct strategy_notice {
    enum { NOTE_INFO, NOTE_WARNING } kind;
    const char *text;
    const char *keys; /* "P protect it   8 see features"; NULL */
};

struct strategy_scene {
    const char *draft; /* "draft from #11 mag79, not yet a step"; NULL: none */
    const struct control *controls;
    size_t control_count, selected;
    const struct sparsity_row *layers;
    size_t layer_count, layer_first; /* first to show where not all fit */
    const struct fact *exact;
    size_t exact_count;
    int64_t measured, measured_of; /* records; of 0: no data, measured_hint says how to get some */
    struct amount measured_in;     /* seconds; absent: not done */
    const char *measured_hint;
    const struct fact *facts; /* the measured part */
    size_t fact_count;
    const struct strategy_notice *notices;
    size_t notice_count;
    bool frozen; /* nothing is measured until it is asked for */
};

void strategy_draw(const struct strategy_scene *t, struct surface *s, struct rect r, const struct look *look);

#endif
