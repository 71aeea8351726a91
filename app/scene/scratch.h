/* scratch: memory of one frame: taken while scenes are built, given back at once when the frame is drawn. */
#ifndef PODA_SCENE_SCRATCH_H
#define PODA_SCENE_SCRATCH_H

#include <stddef.h>

struct buf;

struct scratch {
    void **blocks;
    size_t n, capacity;
};

void *scratch_take(struct scratch *s, size_t count, size_t size); /* zeroed */
char *scratch_printf(struct scratch *s, const char *format, ...) __attribute__((format(printf, 2, 3)));
char *scratch_buf(struct scratch *s, struct buf *text_take);
void scratch_clear(struct scratch *s);
void scratch_release(struct scratch *s);

#endif
