/* util_typed: the explorer's state driven by keys without a terminal: what it asks for is kept, what it knows is a small board. */
#ifndef PODA_UTIL_TYPED_H
#define PODA_UTIL_TYPED_H

#include "app/ui.h"

struct typed {
    struct ui ui;
    struct buf posted; /* "command prune 0.5\n"; a line each */
    struct buf asides; /* "folder samples/\n", "typed undo\n" */
    int cancels;
    double now;
};

void typed_open(struct typed *t);                 /* nothing on the board */
void typed_board(struct typed *t, size_t layers); /* a model of that many layers, three steps, a tag */
void typed_release(struct typed *t);

/* Keys in order, divided by blanks: a printable character, "Space", or a name such as "C-u"; "'abc" types the letters. */
void typed_keys(struct typed *t, const char *keys);
void typed_text(struct typed *t, const char *text); /* every character is a key */
void typed_put(struct typed *t, enum board_item item, const char *json);
void typed_fail(struct typed *t, const char *line, const char *message);

/* The frame as text at that size; replaces what was in out. */
void typed_draw(struct typed *t, int columns, int rows, struct buf *out);

/* For cmocka: *state is a struct typed on a board of three layers. */
int typed_set_up(void **state);
int typed_tear_down(void **state);

#endif
