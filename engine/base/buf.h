/* buf: bytes that grow. Always followed by a NUL that does not count, so that text can be used as a C string at any time.
 * Zero-initialised is empty. */
#ifndef PODA_BASE_BUF_H
#define PODA_BASE_BUF_H

#include <stdarg.h>
#include <stddef.h>

struct buf {
    char *data; /* NULL while empty and never written: use buf_text */
    size_t len; /* bytes, without the NUL */
    size_t capacity;
};

void buf_add(struct buf *b, const void *bytes, size_t n);
void buf_puts(struct buf *b, const char *text);
void buf_putc(struct buf *b, char c);
void buf_fill(struct buf *b, char c, size_t n); /* n times c */
void buf_printf(struct buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
void buf_vprintf(struct buf *b, const char *format, va_list args) __attribute__((format(printf, 2, 0)));

const char *buf_text(const struct buf *b); /* never NULL; valid until the next change */
char *buf_take(struct buf *b);             /* hands the text over (free() it) and leaves b empty */
void buf_clear(struct buf *b);             /* empty, memory kept */
void buf_release(struct buf *b);

#endif
