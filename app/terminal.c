/* terminal: see terminal.h. */
#define NCURSES_WIDECHAR 1
#include "app/terminal.h"

#include <langinfo.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <curses.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/text.h"

/* The terminal is one, and signal handlers must reach it. */
static struct {
    bool on, mouse;
    enum theme theme;
    enum colour_depth depth;
    struct look look;
    char saved[1024];
} terminal;

enum { ESCAPE_DELAY = 25 }; /* ms that Esc waits for the rest of a sequence */

/* ---- the end in any case ---- */

static void write_text(int fd, const char *text)
{
    ssize_t ignored = write(fd, text, strlen(text));
    (void)ignored;
}

/* Only what a signal handler may do: plain writes that undo the full screen. */
static void on_crash(int signal)
{
    write_text(STDOUT_FILENO, "\033[?1000l\033[?1002l\033[?1006l\033[?1049l\033[?25h\033[0m\r\n");
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

void terminal_end(void)
{
    if (!terminal.on)
        return;
    terminal.on = false;
    terminal_mouse(false);
    endwin();
}

/* ---- colours ---- */

static enum colour_depth find_depth(const char *color)
{
    const char *no = getenv("NO_COLOR"), *truecolor = getenv("COLORTERM");
    bool always = color && strcmp(color, "always") == 0;
    if ((color && strcmp(color, "never") == 0) || (!always && no && *no) || !has_colors())
        return COLOURS_NONE;
    if (can_change_color() && truecolor && strcmp(truecolor, "truecolor") == 0 && COLORS >= 256)
        return COLOURS_TRUE;
    return COLORS >= 256 ? COLOURS_256 : COLORS >= 16 ? COLOURS_16 : COLOURS_8;
}

/* One pair a style on the terminal's own background; true colours redefine numbers from 32 on. */
static void make_colours(void)
{
    if (terminal.depth == COLOURS_NONE)
        return;
    start_color();
    use_default_colors();
    for (int s = 0; s < STYLE_COUNT; s++) {
        int32_t rgb = style_look((enum style)s, terminal.theme).colour;
        int32_t number = colour_map(rgb, terminal.depth == COLOURS_TRUE ? COLOURS_256 : terminal.depth);
        if (terminal.depth == COLOURS_TRUE && rgb >= 0) {
            number = 32 + s;
            init_color((short)number, (short)((rgb >> 16 & 255) * 1000 / 255),
                       (short)((rgb >> 8 & 255) * 1000 / 255), (short)((rgb & 255) * 1000 / 255));
        }
        init_pair((short)(s + 1), (short)number, -1);
    }
}

static attr_t attributes_of(enum style style)
{
    enum theme theme = terminal.depth == COLOURS_NONE ? THEME_MONO : terminal.theme;
    unsigned a = style_look(style, theme).attributes;
    return (a & ATTR_BOLD ? A_BOLD : 0) | (a & ATTR_DIM ? A_DIM : 0) | (a & ATTR_REVERSE ? A_REVERSE : 0) |
           (a & ATTR_UNDERLINE ? A_UNDERLINE : 0);
}

/* ---- start ---- */

static bool choose_glyphs(const char *word, struct err *e)
{
    const char *term = getenv("TERM");
    bool utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
    terminal.look.glyphs = utf8 && term && strcmp(term, "linux") != 0 ? GLYPHS_BLOCKS : GLYPHS_ASCII;
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
    set_escdelay(ESCAPE_DELAY);
    if (!newterm(NULL, stdout, stdin)) {
        err_set(e, ERR_USAGE, "TERM=%s is not known to this machine", getenv("TERM"));
        return err_hint(e, "set TERM to one that is, such as xterm");
    }
    terminal.on = true;
    raw();
    noecho();
    nonl();
    keypad(stdscr, TRUE);
    nodelay(stdscr, TRUE);
    curs_set(0);
    terminal.depth = find_depth(o->color);
    make_colours();
    terminal_mouse(o->mouse);
    catch_crashes();
    return true;
}

void terminal_mouse(bool on)
{
    mousemask(on ? BUTTON1_PRESSED | BUTTON1_RELEASED | BUTTON4_PRESSED | BUTTON5_PRESSED |
                       REPORT_MOUSE_POSITION
                 : 0,
              NULL);
    mouseinterval(0);
    terminal.mouse = on;
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

void terminal_show(const struct surface *s)
{
    int columns, rows;
    terminal_size(&columns, &rows);
    for (int y = 0; y < s->h && y < rows; y++)
        for (int x = 0; x < s->w && x < columns; x++)
            if (surface_at(s, x, y)->width > 0)
                put_cell(x, y, surface_at(s, x, y));
    refresh();
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

void terminal_suspend(void)
{
    bool mouse = terminal.mouse;
    terminal_mouse(false);
    endwin();
    raise(SIGSTOP);
    refresh();
    terminal_mouse(mouse);
    terminal_redraw();
}

static void base64(struct buf *out, const char *text, size_t n)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < n; i += 3) {
        unsigned v = (unsigned)(unsigned char)text[i] << 16;
        v |= i + 1 < n ? (unsigned)(unsigned char)text[i + 1] << 8 : 0;
        v |= i + 2 < n ? (unsigned char)text[i + 2] : 0;
        buf_putc(out, digits[v >> 18]);
        buf_putc(out, digits[v >> 12 & 63]);
        buf_putc(out, i + 1 < n ? digits[v >> 6 & 63] : '=');
        buf_putc(out, i + 2 < n ? digits[v & 63] : '=');
    }
}

void terminal_copy(const char *text)
{
    struct buf b = {0};
    buf_puts(&b, "\033]52;c;");
    base64(&b, text, strlen(text));
    buf_puts(&b, "\a");
    write_text(STDOUT_FILENO, buf_text(&b));
    buf_release(&b);
}

/* ---- keys ---- */

static const struct {
    int code;
    const char *name;
} named_codes[] = {
    {KEY_UP, "Up"},         {KEY_DOWN, "Down"}, {KEY_LEFT, "Left"},           {KEY_RIGHT, "Right"},
    {KEY_HOME, "Home"},     {KEY_END, "End"},   {KEY_PPAGE, "PgUp"},          {KEY_NPAGE, "PgDn"},
    {KEY_BTAB, "S-Tab"},    {KEY_DC, "Delete"}, {KEY_BACKSPACE, "Backspace"}, {KEY_ENTER, "Enter"},
    {KEY_RESIZE, "Resize"}, {KEY_IC, "Insert"}};

static bool read_mouse(struct key *out)
{
    MEVENT event;
    if (getmouse(&event) != OK)
        return false;
    strcpy(out->name, "Mouse");
    out->x = event.x;
    out->y = event.y;
    out->button = event.bstate & BUTTON4_PRESSED   ? 4
                  : event.bstate & BUTTON5_PRESSED ? 5
                  : event.bstate & BUTTON1_PRESSED ? 1
                                                   : 0;
    return out->button > 0;
}

static bool name_code(int code, struct key *out)
{
    if (code == KEY_MOUSE)
        return read_mouse(out);
    for (size_t i = 0; i < sizeof named_codes / sizeof *named_codes; i++)
        if (named_codes[i].code == code) {
            strcpy(out->name, named_codes[i].name);
            return true;
        }
    if (code >= KEY_F(1) && code <= KEY_F(12)) {
        snprintf(out->name, sizeof out->name, "F%d", code - KEY_F(0));
        return true;
    }
    return false;
}

static void name_character(wint_t c, struct key *out)
{
    static const char *const controls[] = {
        [9] = "Tab", [10] = "Enter", [13] = "Enter", [27] = "Esc", [8] = "Backspace"};
    if (c == 127)
        strcpy(out->name, "Backspace");
    else if (c < 32 && c < sizeof controls / sizeof *controls && controls[c])
        strcpy(out->name, controls[c]);
    else if (c < 32)
        snprintf(out->name, sizeof out->name, "C-%c", (char)(c + 96));
    else {
        struct buf b = {0};
        text_encode(&b, (uint32_t)c);
        snprintf(out->name, sizeof out->name, "%s", buf_text(&b));
        buf_release(&b);
        out->printable = true;
    }
}

bool terminal_key(struct key *out)
{
    wint_t c;
    *out = (struct key){0};
    for (;;) {
        int kind = get_wch(&c);
        if (kind == ERR)
            return false;
        if (kind == KEY_CODE_YES && !name_code((int)c, out))
            continue; /* a sequence that means nothing here */
        if (kind == OK)
            name_character(c, out);
        return true;
    }
}
