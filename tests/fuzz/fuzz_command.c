/* Any bytes as a line of the command language: what parses, prints and parses again to the same. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "app/cmd/words.h"
#include "app/fail_if.h"
#include "engine/base/buf.h"
#include "engine/base/err.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf line = {0}, once = {0}, twice = {0};
    struct words w, again;
    struct limit limit;
    struct err e = {0};
    buf_add(&line, data, size);
    if (words_parse(buf_text(&line), &w, &e)) {
        words_print(&w, &once);
        if (w.verb) {
            if (!words_parse(buf_text(&once), &again, NULL))
                abort();
            words_print(&again, &twice);
            if (strcmp(buf_text(&once), buf_text(&twice)) != 0)
                abort();
            words_release(&again);
        }
        words_release(&w);
    }
    limit_parse(buf_text(&line), &limit, NULL);
    err_release(&e);
    buf_release(&line);
    buf_release(&once);
    buf_release(&twice);
    return 0;
}
