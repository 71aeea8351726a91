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
#include "views/help.h"
#include "views/view.h"

struct ui;

enum prompt_kind { PROMPT_NONE, PROMPT_COMMAND, PROMPT_TAG, PROMPT_NOTE, PROMPT_AMOUNT, PROMPT_BUDGET };

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
    enum view_id help_of; /* whose help is shown */
    enum help_pane help_pane;
    struct buf help_search;
    size_t help_at;     /* row of what was found, of the words, or keys scrolled over */
    bool help_open;     /* that row's page is open */
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
    struct ui_history history;
    size_t pick; /* picker */
    bool picked; /* what it stands on shall be opened */
    enum prompt_kind prompt;
    struct buf typed;
    size_t choice_at; /* in the prompt's list; SIZE_MAX: none */
    enum find_kind finding;
    size_t found_from; /* where the cursor was when the search began */
    struct buf wanted; /* the last search */
    struct buf filter; /* of the screen `filtered` */
    enum view_id filtered;
    enum notice_kind notice;
    char *message;
    char *job; /* what runs; NULL */
    int64_t job_done, job_total;
    double quit_asked; /* when ^C was pressed without a job */
    int64_t handled;   /* keys and news, for those who wait for idle */
};

void ui_init(struct ui *u, const struct ui_port *port);
void ui_release(struct ui *u);

/* Take what the worker tells (its contents are used up). */
void ui_news(struct ui *u, struct news *n);

/* A key by its name (terminal.h); now: seconds. */
void ui_key(struct ui *u, const char *key, bool printable, double now);

/* Run a command of the view language (ui_commands.c), or pass a session command on. */
void ui_run(struct ui *u, const char *line);

void ui_say(struct ui *u, enum notice_kind kind, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void ui_post(struct ui *u, enum request_kind kind, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The frame as a scene; everything in it lives in *memory. */
void ui_scene(const struct ui *u, struct scratch *memory, struct scene *out);

#endif
