/* util_pty: see util_pty.h. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/util_pty.h"

#include <fcntl.h>
#include <ftw.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "app/options.h"
#include "app/verbs.h"

enum { PATIENCE = 60000 }; /* ms without a byte: it is stuck */

/* In the child: never comes back. Without the other end, so that it notices when that is gone. */
static void run(int master, const char *home, const char *words)
{
    char text[512], *argv[16] = {"poda"}, *rest = text;
    int argc = 1;
    bool program = false;
    setsid();
    int fd = open(ptsname(master), O_RDWR);
    close(master);
    for (int i = 0; i < 3; i++)
        dup2(fd, i);
    setenv("HOME", home, 1);
    setenv("PODA_TEST", "1", 1);
    setenv("LC_ALL", "C.UTF-8", 1);
    static const char *const unset[] = {"XDG_DATA_HOME",
                                        "XDG_STATE_HOME",
                                        "XDG_CONFIG_HOME",
                                        "XDG_CACHE_HOME",
                                        "NO_COLOR",
                                        "COLORTERM",
                                        "TMUX",
                                        "STY",
                                        NULL};
    for (int i = 0; unset[i]; i++)
        unsetenv(unset[i]);
    snprintf(text, sizeof text, "%s", words);
    for (char *word; (word = strtok_r(rest, " ", &rest));) {
        char *value = strchr(word, '=');
        if (strcmp(word, "--") == 0 && !program) {
            program = true;
        } else if (program) {
            argv[argc++] = word;
        } else {
            *value++ = '\0';
            setenv(word, value, 1);
        }
    }
    struct options o;
    setlocale(LC_CTYPE, "");
    int code = options_read(argc, argv, &o, NULL) ? explore(&o) : 99;
    options_release(&o);
    exit(code);
}

/* The newest count of the title; -1: busy, or not begun. */
static long idle_count(const struct pty *p)
{
    const char *newest = NULL;
    for (const char *at = strstr(buf_text(&p->out), "\033]2;idle:"); at; at = strstr(at + 1, "\033]2;idle:"))
        newest = at;
    return newest && strchr(newest, '\\') ? atol(newest + 9) : -1;
}

/* False: nobody writes any more. */
static bool read_some(struct pty *p, size_t most)
{
    char bytes[65536];
    struct pollfd one = {p->master, POLLIN, 0};
    if (poll(&one, 1, PATIENCE) != 1) {
        kill(p->child, SIGKILL);
        fail_msg("nothing more comes after ... %s",
                 buf_text(&p->out) + (p->out.len > 500 ? p->out.len - 500 : 0));
    }
    ssize_t n = read(p->master, bytes, most < sizeof bytes ? most : sizeof bytes);
    for (ssize_t i = 0; i < n; i++)
        if (bytes[i] == '\0') /* some terminals' padding; it would end the text */
            bytes[i] = ' ';
    buf_add(&p->out, bytes, n > 0 ? (size_t)n : 0);
    return n > 0;
}

static bool more_waits(const struct pty *p)
{
    struct pollfd one = {p->master, POLLIN, 0};
    return poll(&one, 1, 0) == 1;
}

void pty_crawl(struct pty *p, int more, size_t bytes)
{
    while (more_waits(p) || idle_count(p) < p->handled + more) {
        assert_true(read_some(p, bytes));
        if (bytes < SIZE_MAX)
            poll(NULL, 0, 5);
    }
    p->handled = idle_count(p);
}

void pty_settle(struct pty *p, int more)
{
    pty_crawl(p, more, SIZE_MAX);
}

void pty_open(struct pty *p, int columns, int rows, const char *words)
{
    struct winsize size = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)columns};
    *p = (struct pty){.home = "/tmp/podaXXXXXX"};
    assert_non_null(mkdtemp(p->home));
    p->master = posix_openpt(O_RDWR | O_NOCTTY);
    assert_true(p->master >= 0 && grantpt(p->master) == 0 && unlockpt(p->master) == 0);
    int slave =
        open(ptsname(p->master), O_RDWR | O_NOCTTY); /* held, so that no read fails before the child has it */
    assert_int_equal(ioctl(slave, TIOCSWINSZ, &size), 0);
    p->child = fork();
    assert_true(p->child >= 0);
    if (p->child == 0)
        run(p->master, p->home, words);
    pty_settle(p, 0);
    close(slave);
}

void pty_type(struct pty *p, const char *bytes)
{
    assert_int_equal(write(p->master, bytes, strlen(bytes)), (ssize_t)strlen(bytes));
}

static int remove_one(const char *path, const struct stat *s, int type, struct FTW *at)
{
    (void)s;
    (void)type;
    (void)at;
    return remove(path);
}

void pty_until(struct pty *p, const char *text)
{
    while (!strstr(buf_text(&p->out), text))
        assert_true(read_some(p, SIZE_MAX));
}

int pty_left(struct pty *p)
{
    int status;
    while (read_some(p, SIZE_MAX))
        ;
    assert_int_equal(waitpid(p->child, &status, 0), p->child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int pty_end(struct pty *p)
{
    pty_type(p, "Q");
    return pty_left(p);
}

void pty_release(struct pty *p)
{
    close(p->master);
    buf_release(&p->out);
    nftw(p->home, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}
