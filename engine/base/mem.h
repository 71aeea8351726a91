/* mem: memory that is there or the program ends in good order. Sizes are multiplied with a check. A caller that takes a size
 * from a file checks it against a limit first and reports with err.h: running out of memory is the machine's failure. */
#ifndef PODA_BASE_MEM_H
#define PODA_BASE_MEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Called when memory is short, by whichever thread wants it: the place to restore the terminal, to say so and to end the program; it
 * aborts where the hook comes back. Set at start, while there is one thread. */
void mem_on_failure(void (*hook)(size_t wanted));

void *mem_alloc(size_t count, size_t size);               /* uninitialised; never NULL, also for count 0 */
void *mem_zero(size_t count, size_t size);                /* zeroed */
void *mem_resize(void *block, size_t count, size_t size); /* as realloc */
void *mem_lanes(size_t count, size_t size);               /* zeroed, 64-byte aligned; free() it */
void *mem_lanes_copy(const void *from, size_t count, size_t size); /* 64-byte aligned, too */
void *mem_copy(const void *from, size_t count, size_t size);
char *mem_text(const char *text); /* copy of a string; NULL gives NULL */

/* Grow an array for one more element: doubles *capacity when full. */
void *mem_grow(void *array, size_t used, size_t *capacity, size_t size);

/* a * b into *out; false if it does not fit. */
bool mem_times(size_t a, size_t b, size_t *out);

#endif
