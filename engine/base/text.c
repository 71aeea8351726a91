/* text: see text.h. The widths come from the East Asian Width and general category tables of Unicode 15 (UAX #11), merged
 * into ranges; a terminal decides in the end, the ranges only need to agree with what current ones do. */
#include "engine/base/text.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/mem.h"

struct range {
    uint32_t first, last;
};

static const struct range zero_width[] = {
    {0x300, 0x36f},   {0x483, 0x489},   {0x591, 0x5bd},     {0x610, 0x61a},   {0x64b, 0x65f},
    {0x6d6, 0x6dc},   {0x900, 0x902},   {0x93c, 0x93c},     {0x941, 0x948},   {0x94d, 0x94d},
    {0xe31, 0xe31},   {0xe34, 0xe3a},   {0xe47, 0xe4e},     {0x1ab0, 0x1aff}, {0x1dc0, 0x1dff},
    {0x200b, 0x200f}, {0x202a, 0x202e}, {0x2060, 0x2064},   {0x20d0, 0x20ff}, {0xfe00, 0xfe0f},
    {0xfe20, 0xfe2f}, {0xfeff, 0xfeff}, {0xe0100, 0xe01ef},
};

static const struct range double_width[] = {
    {0x1100, 0x115f},   {0x231a, 0x231b},   {0x2329, 0x232a},   {0x23e9, 0x23ec},   {0x2e80, 0x303e},
    {0x3041, 0x33ff},   {0x3400, 0x4dbf},   {0x4e00, 0x9fff},   {0xa000, 0xa4cf},   {0xa960, 0xa97f},
    {0xac00, 0xd7a3},   {0xf900, 0xfaff},   {0xfe30, 0xfe6f},   {0xff00, 0xff60},   {0xffe0, 0xffe6},
    {0x1f300, 0x1f64f}, {0x1f680, 0x1f6ff}, {0x1f900, 0x1f9ff}, {0x20000, 0x2fffd}, {0x30000, 0x3fffd},
};

#define COUNT(array) (sizeof(array) / sizeof *(array))

static bool in_ranges(uint32_t code, const struct range *ranges, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (code >= ranges[i].first && code <= ranges[i].last)
            return true;
    return false;
}

int text_width(uint32_t code)
{
    if (code < 0x300)
        return 1;
    if (in_ranges(code, zero_width, COUNT(zero_width)))
        return 0;
    return in_ranges(code, double_width, COUNT(double_width)) ? 2 : 1;
}

/* Length of the sequence that a lead byte starts, and the bits it carries; 0 for none. */
static size_t lead(unsigned char byte, uint32_t *bits)
{
    if (byte < 0x80)
        return *bits = byte, 1;
    if (byte >= 0xc2 && byte <= 0xdf)
        return *bits = byte & 0x1f, 2;
    if (byte >= 0xe0 && byte <= 0xef)
        return *bits = byte & 0x0f, 3;
    if (byte >= 0xf0 && byte <= 0xf4)
        return *bits = byte & 0x07, 4;
    return 0;
}

uint32_t text_decode(const char *text, size_t n, size_t *length)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    uint32_t code = 0;
    size_t need = lead((unsigned char)text[0], &code);
    *length = 1;
    if (need == 0 || need > n)
        return 0xfffd;
    for (size_t i = 1; i < need; i++) {
        unsigned char c = (unsigned char)text[i];
        if ((c & 0xc0) != 0x80)
            return 0xfffd;
        code = code << 6 | (c & 0x3f);
    }
    if (code < least[need] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
        return 0xfffd;
    *length = need;
    return code;
}

void text_encode(struct buf *out, uint32_t code)
{
    if (code < 0x80) {
        buf_putc(out, (char)code);
        return;
    }
    int tail = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    static const unsigned char marks[] = {0, 0xc0, 0xe0, 0xf0};
    buf_putc(out, (char)(marks[tail] | code >> (6 * tail)));
    while (tail-- > 0)
        buf_putc(out, (char)(0x80 | (code >> (6 * tail) & 0x3f)));
}

int text_columns(const char *text)
{
    int columns = 0;
    size_t n = strlen(text), length;
    for (size_t i = 0; i < n; i += length)
        columns += text_width(text_decode(text + i, n - i, &length));
    return columns;
}

void text_escape(struct buf *out, const char *text, size_t n)
{
    size_t length;
    for (size_t i = 0; i < n; i += length) {
        uint32_t code = text_decode(text + i, n - i, &length);
        bool broken = code == 0xfffd && length == 1;
        bool control = code < 0x20 || (code >= 0x7f && code < 0xa0);
        if (!broken && !control) {
            buf_add(out, text + i, length);
            continue;
        }
        for (size_t j = 0; j < length; j++)
            buf_printf(out, "\\x%02x", (unsigned char)text[i + j]);
    }
}

static bool inside_character(char c)
{
    return ((unsigned char)c & 0xc0) == 0x80;
}

void text_brief(struct buf *out, const char *text, size_t n, size_t most)
{
    static const char gap[] = " ... ";
    size_t room = most > sizeof gap - 1 ? most - (sizeof gap - 1) : 0, tail = room / 4, head = room - tail;
    if (n <= most) {
        buf_add(out, text, n);
        return;
    }
    while (head > 0 && inside_character(text[head]))
        head--;
    while (tail > 0 && inside_character(text[n - tail]))
        tail--;
    buf_add(out, text, head);
    buf_puts(out, gap);
    buf_add(out, text + n - tail, tail);
}

void text_erase_last(struct buf *text)
{
    if (text->len == 0)
        return;
    do
        text->len--;
    while (text->len > 0 && ((unsigned char)text->data[text->len] & 0xc0) == 0x80);
    text->data[text->len] = '\0';
}

void text_quote(struct buf *out, const char *text)
{
    if (*text && !strpbrk(text, " \t\r\n\"\\#")) {
        buf_puts(out, text);
        return;
    }
    buf_putc(out, '"');
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            buf_putc(out, '\\');
        buf_putc(out, *text);
    }
    buf_putc(out, '"');
}

static size_t least3(size_t a, size_t b, size_t c)
{
    size_t m = a < b ? a : b;
    return m < c ? m : c;
}

/* Edit distance where swapping two neighbours counts one (optimal string alignment). */
static size_t distance(const char *a, const char *b)
{
    size_t n = strlen(a), m = strlen(b), width = m + 1;
    size_t *d = mem_alloc((n + 1) * width, sizeof *d);
    for (size_t i = 0; i <= n; i++)
        for (size_t j = 0; j <= m; j++) {
            size_t *cell = &d[i * width + j];
            if (i == 0 || j == 0) {
                *cell = i + j;
                continue;
            }
            *cell = least3(cell[-1] + 1, *(cell - width) + 1, *(cell - width - 1) + (a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                *cell = least3(*cell, d[(i - 2) * width + j - 2] + 1, *cell);
        }
    size_t result = d[n * width + m];
    free(d);
    return result;
}

const char *text_nearest(const char *word, const char *const *list)
{
    const char *best = NULL;
    size_t length = strlen(word), near = length / 3 > 2 ? length / 3 : 2;
    if (length > 200)
        return NULL;
    for (; *list; list++) {
        size_t d = distance(word, *list);
        if (d <= near && d < strlen(*list)) {
            best = *list;
            near = d ? d - 1 : 0;
            if (d == 0)
                break;
        }
    }
    return best;
}

bool text_matches(const char *pattern, const char *text)
{
    const char *star = NULL, *resume = NULL;
    while (*text) {
        if (*pattern == '*') {
            star = pattern++;
            resume = text;
        } else if (*pattern == *text) {
            pattern++;
            text++;
        } else if (star) {
            pattern = star + 1;
            text = ++resume;
        } else {
            return false;
        }
    }
    while (*pattern == '*')
        pattern++;
    return *pattern == '\0';
}
