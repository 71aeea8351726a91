/* at_once: see at_once.h. */
#include "app/at_once.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/mem.h"
#include "engine/base/text.h"

static void post(void *data, enum request_kind kind, const char *line)
{
    struct at_once *a = data;
    a->asked = mem_grow(a->asked, a->n_asked, &a->asked_capacity, sizeof *a->asked);
    struct request *r = &a->asked[a->n_asked++];
    *r = (struct request){.kind = kind, .line = mem_text(line ? line : "")};
    if (kind == REQUEST_COMMAND)
        r->job = ++a->last_job;
}

static void cancel(void *data, int64_t job)
{
    struct at_once *a = data;
    duties_cancel(&a->duties, job);
}

static void freeze(void *data, bool on)
{
    (void)data;
    (void)on; /* the ui knows it */
}

static void tell(void *data, struct news *news_take)
{
    struct at_once *a = data;
    ui_news(&a->ui, news_take);
    news_release(news_take);
}

static int64_t new_job(void *data)
{
    return ++((struct at_once *)data)->last_job;
}

void at_once_init(struct at_once *a, struct session *session)
{
    const struct ui_port port = {.post = post, .cancel = cancel, .freeze = freeze, .data = a};
    *a = (struct at_once){0};
    ui_init(&a->ui, &port);
    duties_init(&a->duties, session, tell, new_job, a);
    duties_show_head(&a->duties);
}

void at_once_release(struct at_once *a)
{
    for (size_t i = 0; i < a->n_asked; i++)
        free(a->asked[i].line);
    free(a->asked);
    duties_release(&a->duties);
    ui_release(&a->ui);
}

void at_once_settle(struct at_once *a)
{
    do {
        while (a->n_asked > 0) {
            struct request r = a->asked[0];
            memmove(a->asked, a->asked + 1, --a->n_asked * sizeof *a->asked);
            duties_do(&a->duties, &r);
            free(r.line);
        }
    } while (duties_step(&a->duties, !a->ui.frozen) || a->n_asked > 0);
}

void at_once_key(struct at_once *a, const char *key)
{
    size_t length;
    uint32_t c = text_decode(key, strlen(key), &length);
    ui_key(&a->ui, key, key[length] == '\0' && c >= ' ', a->seconds += 0.1);
    at_once_settle(a);
}
