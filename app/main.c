/* main: from the command line to a verb. */
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "app/verbs.h"
#include "engine/base/err.h"
#include "engine/base/mem.h"
#include "engine/kernels/kernels.h"

#define PODA_VERSION "0.1.0"

static void out_of_memory(size_t wanted)
{
    fprintf(stderr, "poda: out of memory (%zu bytes wanted); what was confirmed is saved\n", wanted);
}

int main(int argc, char **argv)
{
    struct options o;
    struct err e = {0};
    setlocale(LC_CTYPE, "");
    setlocale(LC_MESSAGES, "");
    signal(SIGPIPE, SIG_DFL);
    mem_on_failure(out_of_memory);
    int code;
    if (!options_read(argc, argv, &o, &e)) {
        code = verb_fail(&e);
    } else if (o.version) {
        printf("poda %s (%s)\n", PODA_VERSION, blas_version());
        code = 0;
    } else if (o.help) {
        code = verb_help(&o);
    } else {
        code = o.verb ? verb_find(o.verb)->run(&o) : explore(&o);
    }
    options_release(&o);
    return code;
}
