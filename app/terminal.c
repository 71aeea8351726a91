/* terminal: see terminal.h. */
#define NCURSES_WIDECHAR 1
#include "app/terminal.h"

#include <errno.h>
#include <langinfo.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <curses.h>

#include "app/clipboard.h"
#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/mem.h"
#include "engine/base/text.h"

/* The terminal is one, and signal handlers must reach it. */
static struct {
    bool on, mouse;
    bool palette; /* colours were redefined */
    enum theme theme;
    enum colour_depth depth;
    struct look look;
    bool utf8;
    bool console;       /* of Linux, whose fonts have few signs */
    struct cell *shown; /* what stands on the screen, so that only what differs is written */
    int shown_w, shown_h;
    struct termios before; /* how it was found */
    char saved[1024];
} terminal;

/* Pasted text comes between marks; the mouse sends clicks, the wheel and drags, never bare motion. */
#define PASTE_ON "\033[?2004h"
#define PASTE_OFF "\033[?2004l"
#define MOUSE_ON "\033[?1000h\033[?1002h\033[?1006h"
#define PALETTE_OFF                                                                                          \
    "\033]104\a" /* the colours as they were; where they can be redefined, curses ends with the same */
#define MOUSE_OFF "\033[?1006l\033[?1002l\033[?1000l"

/* ---- the end in any case ---- */

static void write_text(int fd, const char *text)
{
    for (size_t left = strlen(text); left > 0;) {
        ssize_t n = write(fd, text, left);
        if (n < 0 && errno != EINTR)
            return;
        text += n > 0 ? n : 0;
        left -= n > 0 ? (size_t)n : 0;
    }
}

/* Only what a signal handler may do: plain writes that undo the full screen, and the modes of the line. */
static void undo_screen(void)
{
    tcsetattr(STDIN_FILENO, TCSANOW, &terminal.before);
    write_text(STDOUT_FILENO, MOUSE_OFF PASTE_OFF "\033[?1049l\033[?25h\033[0m\r\n");
    if (terminal.palette)
        write_text(STDOUT_FILENO, PALETTE_OFF);
}

void terminal_abandon(void)
{
    if (terminal.on)
        undo_screen();
}

static void on_crash(int signal)
{
    undo_screen();
    write_text(STDERR_FILENO, "poda: crashed. Every confirmed step is saved");
    if (terminal.saved[0]) {
        write_text(STDERR_FILENO, " in ");
        write_text(STDERR_FILENO, terminal.saved);
    }
    write_text(STDERR_FILENO, "\r\n      'reset' repairs the terminal if it looks odd\r\n");
    struct sigaction act = {.sa_handler = SIG_DFL};
    sigaction(signal, &act, NULL);
    raise(signal);
}

static void catch_crashes(void)
{
    static const int signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
    struct sigaction act = {.sa_handler = on_crash, .sa_flags = (int)SA_RESETHAND};
    sigemptyset(&act.sa_mask);
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        sigaction(signals[i], &act, NULL);
}

void terminal_saved_as(const char *session_path)
{
    snprintf(terminal.saved, sizeof terminal.saved, "%s", session_path ? session_path : "");
}

static void enter_modes(void)
{
    write_text(STDOUT_FILENO, PASTE_ON);
    if (terminal.mouse)
        write_text(STDOUT_FILENO, MOUSE_ON);
}

static void leave_modes(void)
{
    write_text(STDOUT_FILENO, MOUSE_OFF PASTE_OFF);
}

/* Where there is no second screen to go back from, the next program writes into the last row: over nothing. */
static void leave_screen(void)
{
    move(LINES - 1, 0);
    clrtoeol();
    refresh();
    leave_modes();
    endwin();
}

void terminal_end(void)
{
    if (!terminal.on)
        return;
    terminal.on = false;
    leave_screen();
    free(terminal.shown);
    terminal.shown = NULL;
    terminal.shown_w = terminal.shown_h = 0;
}

/* ---- colours ---- */

enum { DIRECT_COLOURS = 1 << 24, PALETTE_FROM = 32 }; /* where colour numbers are 0xRRGGBB themselves */

static bool wants_colours(const char *color)
{
    const char *no = getenv("NO_COLOR");
    if (color && strcmp(color, "auto") != 0)
        return strcmp(color, "always") == 0;
    return !no || !*no;
}

/* Switches colours on: before, curses does not know their number. */
static enum colour_depth find_depth(const char *color)
{
    const char *truecolor = getenv("COLORTERM");
    if (!wants_colours(color) || !has_colors() || start_color() == ERR)
        return COLOURS_NONE;
    use_default_colors();
    if (COLORS >= DIRECT_COLOURS)
        return COLOURS_TRUE;
    if (can_change_color() && truecolor && strcmp(truecolor, "truecolor") == 0 && COLORS >= 256)
        return COLOURS_TRUE;
    return COLORS >= 256 ? COLOURS_256 : COLORS >= 16 ? COLOURS_16 : COLOURS_8;
}

/* One pair a style on the terminal's own background; true colours redefine numbers from PALETTE_FROM on. */
static void make_colours(void)
{
    if (terminal.depth == COLOURS_NONE)
        return;
    for (int s = 0; s < STYLE_COUNT; s++) {
        int32_t colour = style_look((enum style)s, terminal.theme, terminal.depth).colour;
        if (terminal.depth == COLOURS_TRUE && COLORS < DIRECT_COLOURS && colour >= 0) {
            init_color((short)(PALETTE_FROM + s), (short)((colour >> 16 & 255) * 1000 / 255),
                       (short)((colour >> 8 & 255) * 1000 / 255), (short)((colour & 255) * 1000 / 255));
            colour = PALETTE_FROM + s;
            terminal.palette = true;
        }
        init_extended_pair(s + 1, colour, -1);
    }
}

static attr_t attributes_of(enum style style)
{
    unsigned a = style_look(style, terminal.theme, terminal.depth).attributes;
    return (a & ATTR_BOLD ? A_BOLD : 0) | (a & ATTR_DIM ? A_DIM : 0) | (a & ATTR_REVERSE ? A_REVERSE : 0) |
           (a & ATTR_UNDERLINE ? A_UNDERLINE : 0);
}

/* ---- start ---- */

static bool choose_glyphs(const char *word, struct err *e)
{
    const char *term = getenv("TERM");
    terminal.utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
    terminal.console = term && strcmp(term, "linux") == 0;
    terminal.look.glyphs = terminal.utf8 && !terminal.console ? GLYPHS_BLOCKS : GLYPHS_ASCII;
    return !word || glyphs_by_name(word, &terminal.look.glyphs, e);
}

static bool choose_theme(const char *word, struct err *e)
{
    terminal.theme = THEME_DEFAULT;
    return !word || theme_by_name(word, &terminal.theme, e);
}

static bool choose_color(const char *word, struct err *e)
{
    static const char *const words[] = {"auto", "always", "never", NULL};
    for (int i = 0; word && words[i]; i++)
        if (strcmp(word, words[i]) == 0)
            return true;
    if (!word)
        return true;
    err_set(e, ERR_UNKNOWN, "--color knows no %s", word);
    return err_known(e, word, words);
}

static bool usable(struct err *e)
{
    const char *term = getenv("TERM");
    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
        err_set(e, ERR_USAGE, "the explorer needs a terminal, and input or output is none");
    else if (!term || strcmp(term, "dumb") == 0 || !*term)
        err_set(e, ERR_USAGE, "TERM=%s cannot show a full screen", term ? term : "");
    else
        return true;
    return err_hint(e, "'poda exec' and 'poda run' work without one; 'poda dump' prints a screen");
}

bool terminal_start(const struct terminal_options *o, struct err *e)
{
    if (!usable(e) || !choose_glyphs(o->glyphs, e) || !choose_theme(o->theme, e) ||
        !choose_color(o->color, e))
        return false;
    tcgetattr(STDIN_FILENO, &terminal.before);
    if (!newterm(NULL, stdout, stdin)) {
        err_set(e, ERR_USAGE, "TERM=%s is not known to this machine", getenv("TERM"));
        return err_hint(e, "set TERM to one that is, such as xterm");
    }
    terminal.on = true;
    raw();
    noecho();
    nonl();
    typeahead(-1); /* a frame is written to its end whatever is typed */
    curs_set(0);
    terminal.depth = find_depth(o->color);
    make_colours();
    terminal.mouse = o->mouse;
    enter_modes();
    catch_crashes();
    return true;
}

void terminal_mouse(bool on)
{
    terminal.mouse = on;
    write_text(STDOUT_FILENO, on ? MOUSE_ON : MOUSE_OFF);
}

void terminal_size(int *columns, int *rows)
{
    getmaxyx(stdscr, *rows, *columns);
}

void terminal_resized(void)
{
    struct winsize size;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 && size.ws_col > 0)
        resizeterm(size.ws_row, size.ws_col);
}

struct look terminal_look(void)
{
    return terminal.look;
}

/* ---- showing ---- */

static void put_cell(int x, int y, const struct cell *c)
{
    wchar_t wide[CCHARW_MAX + 1] = {0};
    cchar_t out;
    size_t n = strlen(c->text), length, at = 0;
    for (size_t i = 0; i < n && at < CCHARW_MAX; i += length)
        wide[at++] = (wchar_t)text_decode(c->text + i, n - i, &length);
    if (at == 0)
        wide[0] = L' ';
    short pair = terminal.depth == COLOURS_NONE ? 0 : (short)(c->style + 1);
    setcchar(&out, wide, attributes_of((enum style)c->style), pair, NULL);
    mvadd_wch(y, x, &out);
}

static void forget_shown(int w, int h)
{
    free(terminal.shown);
    terminal.shown = mem_zero((size_t)w * (size_t)h, sizeof *terminal.shown);
    terminal.shown_w = w;
    terminal.shown_h = h;
}

void terminal_show(const struct surface *s)
{
    int columns, rows;
    terminal_size(&columns, &rows);
    if (terminal.shown_w != s->w || terminal.shown_h != s->h)
        forget_shown(s->w, s->h);
    for (int y = 0; y < s->h && y < rows; y++)
        for (int x = 0; x < s->w && x < columns; x++) {
            const struct cell *c = surface_at(s, x, y);
            struct cell *before = &terminal.shown[(size_t)y * (size_t)s->w + (size_t)x];
            if (memcmp(before, c, sizeof *c) == 0)
                continue;
            *before = *c;
            if (c->width > 0)
                put_cell(x, y, c);
        }
    refresh();
}

const char *terminal_next_glyphs(const char **why)
{
    *why = terminal.console ? "the fonts of the Linux console lack most others; --glyphs at the start insists"
                            : "this locale is not UTF-8";
    if (!terminal.utf8 || terminal.console)
        return NULL;
    terminal.look.glyphs = (terminal.look.glyphs + 1) % GLYPHS_LEVELS;
    return glyph_sets[terminal.look.glyphs].name;
}

const char *terminal_next_theme(void)
{
    terminal.theme = (terminal.theme + 1) % THEME_COUNT;
    make_colours();
    forget_shown(1, 1); /* attributes change as well */
    terminal_redraw();
    return theme_name(terminal.theme);
}

enum theme terminal_theme(void)
{
    return terminal.theme;
}

void terminal_redraw(void)
{
    clearok(curscr, TRUE);
}

void terminal_title(const char *text)
{
    struct buf b = {0};
    buf_printf(&b, "\033]2;%s\033\\", text);
    write_text(STDOUT_FILENO, buf_text(&b));
    buf_release(&b);
}

/* The whole group stops, as the shell expects of ^Z: a program that started this one stops with it. */
void terminal_suspend(void)
{
    struct sigaction usual = {.sa_handler = SIG_DFL}, before;
    sigemptyset(&usual.sa_mask);
    leave_screen();
    sigaction(SIGTSTP, &usual, &before);
    kill(0, SIGTSTP);
    sigaction(SIGTSTP, &before, NULL);
    terminal_continued();
}

void terminal_continued(void)
{
    if (!terminal.on)
        return;
    reset_prog_mode();
    terminal_resized();
    forget_shown(1, 1); /* leave_screen blanked a row of it */
    refresh();
    curs_set(0);
    enter_modes();
    terminal_redraw();
}

/* Leaves the full screen, but goes on reading single keys. */
void terminal_print(const char *text)
{
    leave_screen();
    write_text(STDOUT_FILENO, text);
    write_text(STDOUT_FILENO, "-- any key goes back --\n");
    reset_prog_mode();
}

enum clipboard_way terminal_clipboard(void)
{
    return clipboard_find(getenv("TERM"), getenv("TMUX"), getenv("STY"));
}

void terminal_copy(const char *text)
{
    struct buf b = {0};
    clipboard_bytes(text, strlen(text), terminal_clipboard(), &b);
    write_text(STDOUT_FILENO, buf_text(&b));
    buf_release(&b);
}

/* ---- reading ---- */

bool terminal_latin(void)
{
    return strncmp(nl_langinfo(CODESET), "ISO-8859", 8) == 0;
}

int terminal_read(char *bytes, size_t n)
{
    ssize_t got = read(STDIN_FILENO, bytes, n);
    return got > 0 ? (int)got : got < 0 && (errno == EINTR || errno == EAGAIN) ? 0 : -1;
}
