/* frame: what stands around every screen: title line, tabs, status, keys; and over it: command line, palette, notice. */
#ifndef PODA_VIEWS_FRAME_H
#define PODA_VIEWS_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "views/amount.h"
#include "views/layout.h"
#include "views/message.h"

/* Names of everything in a scene are borrowed; they may come from files: drawing escapes them. */

enum frame_mode { MODE_LIVE, MODE_FROZEN, MODE_READ_ONLY, MODE_LOOK, FRAME_MODES };

struct key_hint {
    const char *key;   /* "Enter", "h/l" */
    const char *label; /* "open layer" */
};

/* A line offered under the command line or in the palette. */
struct choice_row {
    const char *text;
    const char *about; /* NULL: none */
    const char *key;   /* that does the same, at the right edge; NULL: none */
};

struct prompt_scene {
    bool open;
    const char *sign; /* ":" or "/" or a question such as "overwrite a.onnx? y/N " */
    const char *text; /* as typed */
    size_t cursor;    /* byte position in text */
    const struct choice_row *choices;
    size_t choice_count;
    size_t selected;   /* SIZE_MAX: none */
    const char *usage; /* one line about what is typed, above it; NULL: none */
    const char *title; /* a palette: the list in a box with the line on top; NULL: the line at the foot */
    size_t all;        /* of a palette: how many fit, also those not among the choices */
};

struct job_scene {
    const char *what; /* NULL: no job runs */
    int64_t done, total;
    struct amount left; /* seconds; absent while unstable */
};

enum notice_kind { NOTICE_NONE, NOTICE_INFO, NOTICE_WARNING, NOTICE_ERROR };

struct frame_scene {
    const char *model;  /* "readmit-mlp 42-128-64-2"; NULL: none is open */
    const char *step;   /* "#12 mag80" */
    bool broken;        /* what is stored of the step is not what its hash says */
    const char *metric; /* "acc" */
    struct amount now, dense;
    struct amount size;  /* bytes */
    const char *storage; /* "bitmask" */
    enum frame_mode mode;
    bool mouse_off; /* said beside the mode */
    char tab;       /* key of the active tab, '1'..'9', '0'; 0: none */

    const struct message_scene
        *page; /* what to say where the screen has no body; NULL: numbers are on their way */

    enum notice_kind notice; /* a message takes the place of the status line until the next key */
    const char *message;     /* what happened and the next step */
    const char *status_left, *status_middle, *status_right; /* NULL: nothing */
    struct job_scene job;                                   /* shown in the status line */

    const struct key_hint
        *keys; /* the footer, most important first: what does not fit is left out from the end */
    size_t key_count;
    struct prompt_scene prompt; /* takes the place of the keys */
    const char *which_title;    /* a box of the keys that may follow a prefix: its title; NULL: closed */
    const struct key_hint *which;
    size_t which_count;
};

/* The tabs in order. `view` is the screen's name; a tab whose name view.h does not know is drawn as one that comes later. */
struct tab {
    char key;
    const char *label;
    const char *view;
};
enum { TABS = 10 };
extern const struct tab tabs[TABS];

/* Everything but the body. Draws over it the palette, the which-key box. */
void frame_draw(const struct frame_scene *f, struct surface *s, const struct look *look);

#endif
