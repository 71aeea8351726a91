/* complete_board: layers, units, inputs, steps, tags and files that stand on the board, as offers for a word. */
#ifndef PODA_APP_COMPLETE_BOARD_H
#define PODA_APP_COMPLETE_BOARD_H

#include "app/offers.h"
#include "app/ui.h"

/* kind: FILE WHAT LINK UNIT STEP, the words of struct command's args; others offer nothing. */
void board_offer(const struct ui *u, const char *kind, const char *word, struct offers *out);

/* A list with commas: the last name is completed. */
void board_offer_list(const struct ui *u, const char *word, struct offers *out);

#endif
