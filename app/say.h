/* say: everything that goes to standard output and standard error. Names, paths and commands come from files and from other people,
 * and could move a terminal's cursor or forge a line: this is the gate where that ends. Nothing else in the app prints, which the
 * rung `static` checks; views escape what they draw (surface.h), and err.h its messages. */
#ifndef PODA_APP_SAY_H
#define PODA_APP_SAY_H

#include <stdio.h>

struct err;

/* One line, whatever the arguments hold: controls and bytes that are not UTF-8 are escaped. The end of the line is added. */
void say_line(FILE *to, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Lines made here, such as tables: line ends and tabs stay, other controls are escaped. What comes from elsewhere was escaped
 * when it was put in, as json_escaped does. Written out at once. */
void say_text(FILE *to, const char *text);

/* Bytes that are meant for a terminal or a file, as they are: a drawn screen, JSON. Written out at once. */
void say_bytes(FILE *to, const char *text);

/* "poda: command: message" and the next step, on standard error. command NULL: none. */
void say_error(const char *command, const struct err *e);

#endif
