/* main: from the command line to a verb. */
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/say.h"
#include "app/terminal.h"
#include "app/verbs.h"
#include "engine/base/err.h"
#include "engine/base/json.h"
#include "engine/base/mem.h"
#include "engine/kernels/kernels.h"

#define PODA_VERSION "0.1.0"

#define LACK "out of memory (%zu bytes wanted); what was confirmed is saved"
#define MORE "give it more memory (ulimit -v), fewer --threads or a smaller --memory"

/* Any thread may be the one, and nothing may take memory any more: no buffers, and no way back. */
static void end_for_memory(int fd, const char *format, size_t wanted)
{
    char text[512];
    int n = snprintf(text, sizeof text, format, wanted);
    terminal_abandon();
    ssize_t ignored = write(fd, text, (size_t)n);
    (void)ignored;
    _exit(err_exit_code(ERR_IO));
}

static void out_of_memory(size_t wanted)
{
    end_for_memory(STDERR_FILENO, "poda: " LACK "\n      " MORE "\n", wanted);
}

static void out_of_memory_as_json(size_t wanted)
{
    end_for_memory(STDOUT_FILENO,
                   "{\"ok\":false,\"command\":\"poda\",\"error\":{\"code\":\"io\",\"message\":\"" LACK
                   "\",\"hint\":\"" MORE "\"}}\n",
                   wanted);
}

/* A standard stream that was closed must not become a file of ours: reading from it, or writing to it, fails instead. */
static void hold_streams(void)
{
    for (int fd = 0; fd < 3; fd++)
        if (fcntl(fd, F_GETFD) == -1)
            open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY); /* the lowest number that is free */
}

/* Results that did not reach their reader are no success. */
static int written(int code)
{
    struct err e = {0};
    if (fflush(stdout) == 0 && !ferror(stdout))
        return code;
    err_set(&e, ERR_IO, "the results could not be written to standard output: %s", strerror(errno));
    err_hint(&e, "look whether the disk that they go to is full");
    int failed = verb_fail(&e);
    return code ? code : failed;
}

/* With what times depend on: processor, instruction set, library. */
static int say_version(const struct options *o)
{
    char processor[PROCESSOR_NAME];
    struct kernels kernels;
    struct err e = {0};
    if (!kernels_choose(o->kernels, &kernels, &e))
        return verb_fail(&e);
    kernels_processor(processor);
    say_line(stdout, "poda %s", PODA_VERSION);
    say_line(stdout, "%s, kernels %s", processor, kernels.own->name);
    say_line(stdout, "%s%s", blas_version(), kernels.blas ? "" : ", not used");
    return 0;
}

static int run(const struct options *o)
{
    if (o->json)
        mem_on_failure(out_of_memory_as_json);
    if (o->version)
        return say_version(o);
    if (o->help)
        return verb_help(o);
    return verb_of(o)->run(o);
}

int main(int argc, char **argv)
{
    struct options o;
    struct err e = {0};
    hold_streams();
    setlocale(LC_CTYPE, ""); /* messages are English, and so must be the system's reasons inside them */
    signal(SIGPIPE, SIG_DFL);
    signal(SIGXFSZ, SIG_IGN); /* a file that may not grow is an error like a full disk, not an end */
    mem_on_failure(out_of_memory);
    json_start();
    int code = options_read(argc, argv, &o, &e) ? run(&o) : verb_fail(&e);
    options_release(&o);
    return written(code);
}
