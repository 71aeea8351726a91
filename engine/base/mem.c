/* mem: the only place that calls malloc. See mem.h. */
#include "engine/base/mem.h"

#include <stdlib.h>
#include <string.h>

/* Set once at start, by the app: the only mutable object in the engine. */
static void (*failure_hook)(size_t wanted);

void mem_on_failure(void (*hook)(size_t wanted))
{
    failure_hook = hook;
}

static _Noreturn void fail(size_t wanted)
{
    if (failure_hook)
        failure_hook(wanted);
    abort();
}

bool mem_times(size_t a, size_t b, size_t *out)
{
    return !__builtin_mul_overflow(a, b, out);
}

static size_t checked(size_t count, size_t size)
{
    size_t bytes;
    if (!mem_times(count, size, &bytes))
        fail(SIZE_MAX);
    return bytes ? bytes : 1;
}

void *mem_alloc(size_t count, size_t size)
{
    size_t bytes = checked(count, size);
    void *block = malloc(bytes);
    if (!block)
        fail(bytes);
    return block;
}

void *mem_zero(size_t count, size_t size)
{
    size_t bytes = checked(count, size);
    void *block = calloc(1, bytes);
    if (!block)
        fail(bytes);
    return block;
}

void *mem_resize(void *block, size_t count, size_t size)
{
    size_t bytes = checked(count, size);
    void *moved = realloc(block, bytes);
    if (!moved)
        fail(bytes);
    return moved;
}

static void *lanes_block(size_t count, size_t size, size_t *bytes)
{
    *bytes = checked(count, size);
    if (*bytes > SIZE_MAX - 63)
        fail(*bytes);
    *bytes = (*bytes + 63) / 64 * 64;
    void *block = aligned_alloc(64, *bytes);
    if (!block)
        fail(*bytes);
    return block;
}

void *mem_lanes(size_t count, size_t size)
{
    size_t bytes;
    void *block = lanes_block(count, size, &bytes);
    return memset(block, 0, bytes);
}

void *mem_lanes_copy(const void *from, size_t count, size_t size)
{
    size_t bytes;
    void *block = lanes_block(count, size, &bytes);
    if (count && size)
        memcpy(block, from, count * size);
    return block;
}

void *mem_copy(const void *from, size_t count, size_t size)
{
    void *block = mem_alloc(count, size);
    if (count && size)
        memcpy(block, from, count * size);
    return block;
}

char *mem_text(const char *text)
{
    return text ? mem_copy(text, strlen(text) + 1, 1) : NULL;
}

void *mem_grow(void *array, size_t used, size_t *capacity, size_t size)
{
    if (used < *capacity)
        return array;
    *capacity = *capacity ? *capacity * 2 : 8;
    return mem_resize(array, *capacity, size);
}
