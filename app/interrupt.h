/* interrupt: ^C outside the full screen stops what runs; the program then ends in order with exit code 130. */
#ifndef PODA_APP_INTERRUPT_H
#define PODA_APP_INTERRUPT_H

struct pool;

void interrupt_stops(struct pool *p); /* NULL: nothing any more */

#endif
