/* messages: see messages.h. */
#include "app/messages.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/mem.h"

void messages_add(struct messages *m, enum notice_kind kind, const char *text)
{
    if (m->n > 0 && strcmp(m->rows[m->n - 1].text, text) == 0)
        return;
    if (m->n == MESSAGES_MOST) {
        free(m->rows[0].text);
        memmove(m->rows, m->rows + 1, (m->n - 1) * sizeof *m->rows);
        m->n--;
    }
    m->rows = mem_resize(m->rows, m->n + 1, sizeof *m->rows);
    m->rows[m->n++] = (struct message){kind, mem_text(text)};
}

void messages_release(struct messages *m)
{
    for (size_t i = 0; i < m->n; i++)
        free(m->rows[i].text);
    free(m->rows);
    *m = (struct messages){0};
}
