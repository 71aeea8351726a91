/* input: see input.h. The sequences of ECMA-48 terminals (xterm, tmux, screen, linux, vt100, rxvt) as one table. */
#include "app/input.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/text.h"

enum { CTRL_C = 3, ESC = 27, SEQUENCE_MOST = 4096, PASTE_MOST = 1 << 20 };

/* After ESC [ or ESC O; numbers are those before '~'. Modifiers (;5) are cut out before. */
static const struct {
    const char *tail, *name;
} sequences[] = {
    {"A", "Up"},      {"B", "Down"},    {"C", "Right"}, {"D", "Left"},  {"H", "Home"},  {"F", "End"},
    {"Z", "S-Tab"},   {"M", "Enter"},   {"P", "F1"},    {"Q", "F2"},    {"R", "F3"},    {"S", "F4"},
    {"[A", "F1"},     {"[B", "F2"},     {"[C", "F3"},   {"[D", "F4"},   {"[E", "F5"},   {"1~", "Home"},
    {"2~", "Insert"}, {"3~", "Delete"}, {"4~", "End"},  {"5~", "PgUp"}, {"6~", "PgDn"}, {"7~", "Home"},
    {"8~", "End"},    {"11~", "F1"},    {"12~", "F2"},  {"13~", "F3"},  {"14~", "F4"},  {"15~", "F5"},
    {"17~", "F6"},    {"18~", "F7"},    {"19~", "F8"},  {"20~", "F9"},  {"21~", "F10"}, {"23~", "F11"},
    {"24~", "F12"},
};

void input_feed(struct input *in, const char *bytes, size_t n)
{
    if (in->used == in->bytes.len) {
        buf_clear(&in->bytes);
        in->used = 0;
    }
    buf_add(&in->bytes, bytes, n);
}

void input_release(struct input *in)
{
    buf_release(&in->bytes);
    buf_release(&in->paste);
}

/* The rest of a sequence comes at once; a line may stand still in the middle of a long paste. After ^C its author waits for the
 * keyboard. */
double input_patience(const struct input *in)
{
    if (in->pasting && !in->given_up)
        return in->told ? 5 : 1;
    return in->given_up ? 0.5 : in->used < in->bytes.len ? 0.025 : -1;
}

/* ---- sequences ---- */

/* ESC ] and its like begin a text, such as an answer of the terminal, that ends in BEL or ESC \. */
static size_t text_length(const char *p, size_t n)
{
    for (size_t i = 2; i < n; i++) {
        if (p[i] == '\a')
            return i + 1;
        if (p[i] == ESC)
            return i + 1 == n ? 0 : p[i + 1] == '\\' ? i + 2 : i;
    }
    return 0;
}

/* Length of the sequence that begins with ESC at p[0..n); 0: its end is not here yet. */
static size_t sequence_length(const char *p, size_t n)
{
    if (n < 2)
        return 0;
    if (p[1] == 'O')
        return n < 3 ? 0 : (unsigned char)p[2] < 0x20 ? 2 : 3;
    if (p[1] == '[') {
        size_t i = 2;
        if (n > 2 && p[2] == '[') /* function keys of the linux console */
            return n < 4 ? 0 : 4;
        while (i < n && (unsigned char)p[i] >= 0x20 && (unsigned char)p[i] < 0x40)
            i++;
        if (i == n)
            return 0;
        if (p[i] == 'M' && i == 2) /* a mouse event of the old kind: three bytes follow */
            return n < 6 ? 0 : 6;
        return (unsigned char)p[i] < 0x20 ? i : i + 1; /* a control character breaks it off */
    }
    if (strchr("]P_^X", p[1]))
        return text_length(p, n);
    size_t one;
    text_decode(p + 1, n - 1, &one);
    return p[1] == ESC ? 1 : 1 + one;
}

/* ESC [ < BUTTON ; X ; Y M, or m at the release. */
static bool mouse_event(int button, int x, int y, bool release, struct event *out)
{
    int low = button & 3, moved = button & 32, wheel = button & 64;
    *out = (struct event){.kind = EVENT_MOUSE, .x = x - 1, .y = y - 1};
    if (x < 1 || y < 1 || button > 127 || (wheel && low > 1) || (!wheel && !release && low != 0))
        return false;
    out->action = wheel     ? (low == 0 ? MOUSE_WHEEL_UP : MOUSE_WHEEL_DOWN)
                  : release ? MOUSE_RELEASE
                  : moved   ? MOUSE_DRAG
                            : MOUSE_PRESS;
    return true;
}

static bool read_mouse(const char *p, size_t n, struct event *out)
{
    int button, x, y;
    char end;
    if (n == 6 && p[2] == 'M') {
        button = (unsigned char)p[3] - 32;
        return button >= 0 && mouse_event(button, (unsigned char)p[4] - 32, (unsigned char)p[5] - 32,
                                          !(button & 64) && (button & 3) == 3, out);
    }
    char text[64];
    if (n >= sizeof text || p[2] != '<')
        return false;
    memcpy(text, p, n);
    text[n] = '\0';
    if (sscanf(text + 3, "%9d;%9d;%9d%c", &button, &x, &y, &end) != 4 || (end != 'M' && end != 'm'))
        return false;
    return button >= 0 && mouse_event(button, x, y, end == 'm', out);
}

/* "1;5A" is Up with Control: the modifier is cut out, and "1" where nothing else needs it. */
static const char *cut_modifier(char *tail)
{
    static const char *const names[] = {"", "S-", "M-", "M-", "C-", "C-", "C-", "C-"};
    char *mark = strchr(tail, ';');
    if (!mark || mark[1] < '2' || mark[1] > '8' || mark[2] == '\0' || mark[3] != '\0')
        return "";
    const char *modifier = names[mark[1] - '1'];
    if (mark[2] == '~')
        memmove(mark, mark + 2, 2);
    else
        memmove(tail, mark + 2, 2);
    return modifier;
}

/* ESC [ or ESC O and a known tail. */
static bool named_sequence(const char *p, size_t n, struct event *out)
{
    char tail[16];
    if (n - 2 >= sizeof tail)
        return false;
    memcpy(tail, p + 2, n - 2);
    tail[n - 2] = '\0';
    const char *modifier = cut_modifier(tail);
    for (size_t i = 0; i < sizeof sequences / sizeof *sequences; i++)
        if (strcmp(sequences[i].tail, tail) == 0) {
            snprintf(out->name, sizeof out->name, "%s%s", modifier, sequences[i].name);
            return true;
        }
    return false;
}

/* ---- characters ---- */

/* Names the character at p; false if it is none. */
static bool name_character(const char *p, size_t n, bool latin, struct event *out)
{
    static const char *const controls[] = {
        [8] = "Backspace", [9] = "Tab", [10] = "Enter", [13] = "Enter", [27] = "Esc"};
    size_t length;
    uint32_t c = latin ? (unsigned char)*p : text_decode(p, n, &length);
    struct buf b = {0};
    if (c < sizeof controls / sizeof *controls && controls[c]) {
        strcpy(out->name, controls[c]);
    } else if (c == 127) {
        strcpy(out->name, "Backspace");
    } else if (c < 32) {
        snprintf(out->name, sizeof out->name, "C-%c", (int)(c ? c + 96 : ' '));
    } else if (c == 0xfffd || (c >= 0x80 && c < 0xa0)) {
        return false;
    } else {
        text_encode(&b, c);
        snprintf(out->name, sizeof out->name, "%s", buf_text(&b));
        buf_release(&b);
        out->printable = true;
    }
    return true;
}

/* Bytes of the UTF-8 character that begins with lead. */
static size_t character_length(unsigned char lead)
{
    return lead >= 0xf0 && lead < 0xf8   ? 4
           : lead >= 0xe0 && lead < 0xf0 ? 3
           : lead >= 0xc2 && lead < 0xe0 ? 2
                                         : 1;
}

/* ---- one step ---- */

static const char paste_begin[] = "\033[200~", paste_end[] = "\033[201~";

/* Bytes of p[0..n) before ^C or the mark that ends a paste; *mark: how much of that mark stands there. */
static size_t paste_length(const char *p, size_t n, size_t *mark)
{
    size_t i = 0;
    for (*mark = 0; i < n && p[i] != CTRL_C; i++) {
        size_t left = n - i < sizeof paste_end - 1 ? n - i : sizeof paste_end - 1;
        if (p[i] == ESC && memcmp(p + i, paste_end, left) == 0) {
            *mark = left;
            break;
        }
    }
    return i;
}

/* Inside of a paste everything up to its end is text. False: that has not come. */
static bool read_paste(struct input *in, bool late, struct event *out, bool *event)
{
    const char *p = in->bytes.data + in->used;
    size_t n = in->bytes.len - in->used, mark, i = paste_length(p, n, &mark);
    buf_add(&in->paste, p, in->paste.len < PASTE_MOST && !in->given_up ? i : 0);
    in->used += i;
    if (i < n && mark == 0) {
        in->used++;
        *event = !in->given_up;
        *out = (struct event){.kind = EVENT_PASTE_STOPPED};
        return in->given_up = true;
    }
    if (mark < sizeof paste_end - 1 && !late)
        return false;
    if (mark < sizeof paste_end - 1 && !in->told && !in->given_up) {
        *event = in->told = true;
        *out = (struct event){.kind = EVENT_PASTE_WAITS};
        return true;
    }
    in->used += mark;
    *event = !in->given_up;
    *out = (struct event){.kind = EVENT_PASTE, .text = buf_text(&in->paste)};
    in->pasting = in->given_up = in->told = false;
    return true;
}

/* A sequence of n bytes at p: 1 an event, 0 nothing of ours. */
static bool read_sequence(struct input *in, const char *p, size_t n, struct event *out)
{
    if (n == 1) {
        strcpy(out->name, "Esc");
        return true;
    }
    if (n == sizeof paste_begin - 1 && memcmp(p, paste_begin, n) == 0) {
        in->pasting = true;
        buf_clear(&in->paste);
        return false;
    }
    if (p[1] == '[' || p[1] == 'O')
        return (p[1] == '[' && read_mouse(p, n, out)) || named_sequence(p, n, out);
    if (strchr("]P_^X", p[1]) && n > 2)
        return false;
    struct event with = {0};
    if (!name_character(p + 1, n - 1, in->latin, &with))
        return false;
    snprintf(out->name, sizeof out->name, "M-%.13s", with.name);
    return true;
}

/* Takes one thing from the bytes; *event tells whether it was one. False: its rest is missing. */
static bool take_one(struct input *in, bool late, struct event *out, bool *event)
{
    const char *p = in->bytes.data + in->used;
    size_t n = in->bytes.len - in->used, length = in->latin ? 1 : character_length((unsigned char)*p);
    *out = (struct event){.kind = EVENT_KEY};
    if (*p != ESC) {
        if (length > n && !late)
            return false;
        size_t good = 1;
        if (!in->latin)
            text_decode(p, n, &good);
        *event = name_character(p, n, in->latin, out);
        in->used += good;
        return true;
    }
    length = sequence_length(p, n);
    if (length == 0 && n > SEQUENCE_MOST)
        length = n;
    if (length == 0 && !late)
        return false;
    if (length == 0) /* alone it is the key; the beginning of anything else is dropped */
        length = n;
    *event = read_sequence(in, p, length, out);
    in->used += length;
    return true;
}

bool input_next(struct input *in, bool late, struct event *out)
{
    while (in->used < in->bytes.len || (in->pasting && late)) {
        bool event = false;
        if (!(in->pasting ? read_paste(in, late, out, &event) : take_one(in, late, out, &event)))
            return false;
        if (event)
            return true;
    }
    return false;
}
