/* scratch: see scratch.h. */
#include "app/scene/scratch.h"

#include <stdarg.h>
#include <stdlib.h>

#include "engine/base/buf.h"
#include "engine/base/mem.h"

static void *keep(struct scratch *s, void *block_take)
{
    s->blocks = mem_grow(s->blocks, s->n, &s->capacity, sizeof *s->blocks);
    return s->blocks[s->n++] = block_take;
}

void *scratch_take(struct scratch *s, size_t count, size_t size)
{
    return keep(s, mem_zero(count, size));
}

char *scratch_printf(struct scratch *s, const char *format, ...)
{
    struct buf text = {0};
    va_list args;
    va_start(args, format);
    buf_vprintf(&text, format, args);
    va_end(args);
    return scratch_buf(s, &text);
}

char *scratch_buf(struct scratch *s, struct buf *text_take)
{
    return keep(s, buf_take(text_take));
}

void scratch_clear(struct scratch *s)
{
    for (size_t i = 0; i < s->n; i++)
        free(s->blocks[i]);
    s->n = 0;
}

void scratch_release(struct scratch *s)
{
    scratch_clear(s);
    free(s->blocks);
    *s = (struct scratch){0};
}
