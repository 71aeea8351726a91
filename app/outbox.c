/* outbox: see outbox.h. One thread, started with the first file. */
#include "app/outbox.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/places.h"
#include "app/pool.h"
#include "engine/base/file.h"
#include "engine/base/mem.h"

struct list {
    struct parcel *rows;
    size_t n, capacity;
};

struct outbox {
    struct gate *gate;
    struct thread *thread;
    int wake;
    struct list waiting, done; /* behind the gate, as quit and busy are */
    bool quit, busy;
};

void parcel_release(struct parcel *p)
{
    free(p->path);
    buf_release(&p->bytes);
    err_release(&p->err);
    *p = (struct parcel){0};
}

static void push(struct list *l, const struct parcel *p)
{
    l->rows = mem_grow(l->rows, l->n, &l->capacity, sizeof *l->rows);
    l->rows[l->n++] = *p;
}

static bool shift(struct list *l, struct parcel *out)
{
    if (l->n == 0)
        return false;
    *out = l->rows[0];
    memmove(l->rows, l->rows + 1, --l->n * sizeof *l->rows);
    return true;
}

static void release(struct list *l)
{
    struct parcel p;
    while (shift(l, &p))
        parcel_release(&p);
    free(l->rows);
}

static void write_one(struct parcel *p)
{
    char *folder = file_folder(p->path);
    if (!p->replace && file_exists(p->path))
        p->fate = PARCEL_EXISTS;
    else if ((p->make_folder && !place_make(folder, &p->err)) ||
             !file_write(p->path, buf_text(&p->bytes), p->bytes.len, &p->err))
        p->fate = PARCEL_FAILED;
    else
        p->fate = PARCEL_WRITTEN;
    free(folder);
}

static void work(void *data)
{
    struct outbox *o = data;
    struct parcel p;
    gate_lock(o->gate);
    while (!o->quit || o->waiting.n > 0) {
        o->busy = shift(&o->waiting, &p);
        if (!o->busy) {
            gate_wait(o->gate);
            continue;
        }
        gate_unlock(o->gate);
        write_one(&p);
        gate_lock(o->gate);
        push(&o->done, &p);
        o->busy = false;
        ssize_t ignored = write(o->wake, "o", 1);
        (void)ignored;
    }
    gate_unlock(o->gate);
}

struct outbox *outbox_new(int wake)
{
    struct outbox *o = mem_zero(1, sizeof *o);
    o->gate = gate_new();
    o->wake = wake;
    return o;
}

void outbox_put(struct outbox *o, struct parcel *take)
{
    gate_lock(o->gate);
    push(&o->waiting, take);
    if (!o->thread)
        o->thread = thread_start(work, o);
    gate_signal(o->gate);
    gate_unlock(o->gate);
    *take = (struct parcel){0};
}

bool outbox_take(struct outbox *o, struct parcel *out)
{
    gate_lock(o->gate);
    bool any = shift(&o->done, out);
    gate_unlock(o->gate);
    return any;
}

bool outbox_idle(struct outbox *o)
{
    gate_lock(o->gate);
    bool idle = o->waiting.n == 0 && o->done.n == 0 && !o->busy;
    gate_unlock(o->gate);
    return idle;
}

void outbox_free(struct outbox *o)
{
    if (!o)
        return;
    gate_lock(o->gate);
    o->quit = true;
    gate_signal(o->gate);
    gate_unlock(o->gate);
    if (o->thread)
        thread_join_free(o->thread);
    release(&o->waiting);
    release(&o->done);
    gate_free(o->gate);
    free(o);
}
