/* ui: the explorer's own state: which screen, where its cursors stand, what is typed. It leaves no trace in the session. What is
 * shown comes from the board; what is asked goes to the worker. No curses here: tests drive it without a terminal. */
#ifndef PODA_APP_UI_H
#define PODA_APP_UI_H

#include <stdbool.h>
#include <stdint.h>

#include "app/board.h"
#include "app/scene/scratch.h"
#include "app/worker.h"
#include "engine/base/buf.h"
#include "views/view.h"

struct ui;

enum prompt_kind {
    PROMPT_NONE,
    PROMPT_COMMAND,
    PROMPT_TAG,
    PROMPT_NOTE,
    PROMPT_AMOUNT,
    PROMPT_BUDGET,
    PROMPT_EXPORT
};

/* What the loop shall do for the ui, as it alone has terminal and files (errand.h). */
enum ui_wish { WISH_NONE, WISH_COPY, WISH_EXPORT, WISH_PRINT, WISH_GLYPHS, WISH_THEME, WISH_MOUSE };

/* Who asks for work: the worker, or a recorder in tests. */
struct ui_port {
    void (*post)(void *data, enum request_kind kind, const char *line);
    void (*cancel)(void *data);
    void (*freeze)(void *data, bool on);
    void *data;
};

struct ui_place { /* a unit that was looked at */
    int layer;
    int64_t unit;
};

enum { PLACES_KEPT = 32, CONTROLS = 4 };

struct ui {
    struct board board;
    struct ui_port port;
    enum view_id screen;
    bool help, peek, frozen, readonly, quit, mouse, suspend, redraw;
    size_t layer;       /* selected on the overview */
    struct ui_place at; /* of the neuron screen */
    struct ui_place trail[PLACES_KEPT];
    int n_trail;
    bool out_pane, all_cut; /* neuron: cursor in the outgoing links; cut links listed, too */
    size_t link[2];
    int control;          /* strategy: selected row */
    int choice[CONTROLS]; /* criterion, structure, scope; the amount is apart */
    double amount;
    bool drafting;
    size_t series, point; /* curve */
    double budget;        /* bytes; NaN: none */
    size_t step;          /* history: selected row */
    size_t pick;          /* picker */
    bool picked;          /* what it stands on shall be opened */
    enum prompt_kind prompt;
    struct buf typed;
    size_t choice_at; /* in the prompt's list; SIZE_MAX: none */
    enum notice_kind notice;
    char *message;
    char *job; /* what runs; NULL */
    int64_t job_done, job_total;
    double quit_asked; /* when ^C was pressed without a job */
    int64_t handled;   /* keys and news, for those who wait for idle */
    char prefix[16];   /* first key of a sequence such as "y c"; "": none */
    double prefix_at;  /* when it was pressed */
    bool which;        /* its box is open */
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

/* A file is there already: may it be replaced? Only y says yes. */
void ui_ask(struct ui *u, const char *path);

/* Pasted text: into an open prompt; anywhere else it is refused, for it must not run as keys. */
void ui_paste(struct ui *u, const char *text);

/* Seconds from now until ui_tick has something to do; negative: never. */
double ui_waits(const struct ui *u, double now);
bool ui_tick(struct ui *u, double now); /* true: something to draw */

/* Run a command of the view language (ui_commands.c), or pass a session command on. */
void ui_run(struct ui *u, const char *line);

void ui_say(struct ui *u, enum notice_kind kind, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void ui_post(struct ui *u, enum request_kind kind, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The frame as a scene; everything in it lives in *memory. */
void ui_scene(const struct ui *u, struct scratch *memory, struct scene *out);

#endif
