/* ui: the explorer's own state: which screen, where its cursors stand, what is typed. It leaves no trace in the session. What is
 * shown comes from the board; what is asked goes to the worker. No curses here: tests drive it without a terminal. */
#ifndef PODA_APP_UI_H
#define PODA_APP_UI_H

#include <stdbool.h>
#include <stdint.h>

#include "app/board.h"
#include "app/aside.h"
#include "app/joblog.h"
#include "app/messages.h"
#include "app/recall.h"
#include "app/scene/scratch.h"
#include "app/times.h"
#include "app/visits.h"
#include "app/worker.h"
#include "engine/base/buf.h"
#include "engine/explain/pattern.h"
#include "views/help.h"
#include "views/view.h"

struct ui;

enum prompt_kind {
    PROMPT_NONE,
    PROMPT_COMMAND,
    PROMPT_TAG,
    PROMPT_NOTE,
    PROMPT_AMOUNT,
    PROMPT_BUDGET,
    PROMPT_PALETTE,  /* a line that chooses among commands, layers, steps */
    PROMPT_MESSAGES, /* a line that chooses among what was said */
    PROMPT_EXPORT
};

/* What the loop shall do for the ui, as it alone has terminal and files (errand.h). */
enum ui_wish { WISH_NONE, WISH_COPY, WISH_EXPORT, WISH_PRINT, WISH_GLYPHS, WISH_THEME, WISH_MOUSE };

/* What the line at the foot looks for (find.h). */
enum find_kind { FIND_NONE, FIND_SEARCH, FIND_FILTER, FIND_TAG };

/* What the history compares the selected step with. */
enum against { AGAINST_PARENT, AGAINST_DENSE, AGAINST_MARKED };

struct ui_history {
    int64_t at; /* the selected step; 0: none yet */
    bool all;   /* hidden steps, too */
    enum against against;
    int64_t marked; /* 0: none */
};

/* Who asks for work: the worker, or a recorder in tests. */
struct ui_port {
    void (*post)(void *data, enum request_kind kind, const char *line);
    void (*cancel)(void *data, int64_t job); /* 0: everything */
    void (*freeze)(void *data, bool on);
    void (*aside)(void *data, enum aside_kind kind, const char *text); /* NULL: nothing with files */
    void *data;
};

enum cell_mode { CELL_KEPT, CELL_MEAN, CELL_LOST, CELL_DENSE, CELL_MODES };

/* What the program measures of itself. */
struct ui_pulse {
    struct times first, frames, cancels; /* start to numbers, key to frame, cancel to rest */
    int64_t peak_memory;                 /* bytes; 0: not known */
};

enum { CONTROLS = 8, LAYERS_TICKED = 256 };

struct ui {
    struct board board;
    struct ui_port port;
    enum view_id screen;
    bool help, peek, frozen, readonly, quit, mouse, suspend, redraw;
    enum view_id help_of; /* whose help is shown */
    enum help_pane help_pane;
    struct buf help_search;
    size_t help_at;               /* row of what was found, of the words, or keys scrolled over */
    bool help_open;               /* that row's page is open */
    bool help_typing;             /* letters are typed, also q and ? */
    size_t layer;                 /* selected on the overview */
    size_t cell_row, cell_column; /* layer: the cursor's cell */
    enum cell_mode cell_mode;
    enum pattern_order order; /* layer: of rows and columns */
    bool kernels;             /* layer: shown in place of values */
    int64_t cut;              /* layer: weights that the threshold's draft cuts; -1: no such draft */
    int columns, rows;        /* of the terminal; 0: not known */
    struct ui_place at;       /* of the neuron screen; units by the number that they keep for life */
    struct ui_place trail[PLACES_KEPT];
    int n_trail;
    bool out_pane, all_cut; /* neuron: cursor in the outgoing links; cut links listed, too */
    bool on_unit;           /* neuron: cursor on the unit itself, above its links */
    size_t link[2];
    int aspect; /* of the tables: enum aspect */
    int sort;   /* overview: column that orders the layers; 0: as in the model */
    bool sort_up;
    int control;          /* strategy: selected row */
    int choice[CONTROLS]; /* by row, where the row is a choice; the amount is apart */
    double amount;
    int64_t seed;
    bool left_out[LAYERS_TICKED]; /* layers that are not ticked */
    size_t tick;                  /* the layer under the cursor */
    size_t guard;                 /* what the row of protections has under the cursor */
    bool drafting;
    char *asked;      /* the newest preview's line, canonical; NULL: none */
    bool redraft;     /* the head moves on behalf of the draft, which is to be asked for again */
    bool full_run;    /* frozen, but asked to measure all once */
    size_t series;    /* curve */
    double at_amount; /* the cursor's point; NaN: the one nearest to the slider */
    int metric, axis, zoom;
    bool only;     /* the other curves are hidden */
    double budget; /* bytes; NaN: none */
    char *fitting; /* the newest question from which share on it is met, with the base; NULL: none */
    struct ui_history history;
    size_t pick; /* picker */
    bool picked; /* what it stands on shall be opened */
    enum prompt_kind prompt;
    struct buf typed;
    size_t caret;         /* byte position in it */
    size_t choice_at;     /* in the prompt's list; SIZE_MAX: none */
    struct buf ran;       /* the line that was typed and sent: it comes back where it fails ... */
    int64_t ran_keys;     /* ... if no key was pressed since */
    struct recall recall; /* lines typed before */
    struct buf folder;    /* last asked for since the line was opened */
    bool foreseeing;      /* the typed prune is worked out (foresee.h) */
    struct buf foreseen;  /* the line that was asked for */
    enum find_kind finding;
    size_t found_from; /* where the cursor was when the search began */
    struct buf wanted; /* the last search */
    struct buf filter; /* of the screen `filtered` */
    enum view_id filtered;
    struct visits visits;
    struct messages messages;
    enum notice_kind notice;
    char *message;
    struct job_log jobs;
    size_t job; /* jobs: selected row */
    struct ui_pulse pulse;
    double interrupted; /* when ^C was pressed last, */
    int interrupts;     /* and how often within 2 s each */
    bool abort;         /* leave without waiting for the worker */
    int64_t keys;       /* that were pressed */
    int64_t handled;    /* keys and news, for those who wait for idle */
    char prefix[16];    /* first key of a sequence such as "y c"; "": none */
    double prefix_at;   /* when it was pressed */
    bool which;         /* its box is open */
    enum ui_wish wish;
    char *wish_text;   /* what to copy, where to export to */
    bool wish_replace; /* a file that is there */
    char *question;    /* waits for y; NULL: none */
};

void ui_init(struct ui *u, const struct ui_port *port);
void ui_release(struct ui *u);

/* Take what the worker tells (its contents are used up). */
void ui_news(struct ui *u, struct news *n);

/* A key by its name (terminal.h); now: seconds. */
void ui_key(struct ui *u, const char *key, bool printable, double now);

/* The terminal's size, now and whenever it changes. */
void ui_resize(struct ui *u, int columns, int rows);

/* Forget the draft, here and at the worker. */
void ui_drop_draft(struct ui *u);

/* A file is there already: may it be replaced? Only y says yes. */
void ui_ask(struct ui *u, const char *path);

/* Pasted text: to where letters are typed; anywhere else it is refused, for it must not run as keys. */
void ui_paste(struct ui *u, const char *text);
void ui_paste_held(struct ui *u, bool stopped); /* its end does not come; stopped: ^C gave it up */

/* Seconds from now until ui_tick has something to do; negative: never. */
double ui_waits(const struct ui *u, double now);
bool ui_tick(struct ui *u, double now); /* true: something to draw */

/* Run a command of the view language (ui_commands.c), or pass a session command on. */
void ui_run(struct ui *u, const char *line);

const char *ui_command(size_t i); /* names of the view language; NULL after the last */
bool ui_knows(const char *verb);  /* is it one of them? */

void ui_say(struct ui *u, enum notice_kind kind, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void ui_say_error(struct ui *u, const struct err *e);
void ui_post(struct ui *u, enum request_kind kind, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Ask for the draft that a prune would make; what is known of the one before is stale at once. */
void ui_preview(struct ui *u, const char *line);

/* The frame as a scene; everything in it lives in *memory. */
void ui_scene(const struct ui *u, struct scratch *memory, struct scene *out);

#endif
