/* interrupt: see interrupt.h. */
#include "app/interrupt.h"

#include <signal.h>
#include <stddef.h>
#include <unistd.h>

#include "app/pool.h"

static struct pool *volatile running; /* a handler gets no argument */

static void on_interrupt(int signal)
{
    (void)signal;
    if (running)
        pool_stop(running);
}

static void on_idle(int signal)
{
    (void)signal;
    _exit(EXIT_INTERRUPTED);
}

static void handle(void (*handler)(int signal))
{
    struct sigaction act = {.sa_handler = handler};
    sigemptyset(&act.sa_mask);
    sigaction(SIGINT, &act, NULL);
}

void interrupt_stops(struct pool *p)
{
    running = p;
    handle(p ? on_interrupt : SIG_DFL);
}

void interrupt_ends(void)
{
    handle(on_idle);
}
