/* interrupt: see interrupt.h. */
#include "app/interrupt.h"

#include <signal.h>
#include <stddef.h>

#include "app/pool.h"

static struct pool *volatile running; /* a handler gets no argument */

static void on_interrupt(int signal)
{
    (void)signal;
    if (running)
        pool_stop(running);
}

void interrupt_stops(struct pool *p)
{
    struct sigaction act = {.sa_handler = p ? on_interrupt : SIG_DFL};
    running = p;
    sigemptyset(&act.sa_mask);
    sigaction(SIGINT, &act, NULL);
}
