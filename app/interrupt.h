/* interrupt: ^C outside the full screen stops what runs; the program then ends in order with exit code 130. */
#ifndef PODA_APP_INTERRUPT_H
#define PODA_APP_INTERRUPT_H

struct pool;

enum { EXIT_INTERRUPTED = 130 };

void interrupt_stops(struct pool *p); /* NULL: nothing any more */
void interrupt_ends(void); /* nothing runs, such as while a line is awaited: the program ends at once */

#endif
