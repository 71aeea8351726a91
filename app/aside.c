/* aside: see aside.h. One thread, started with the first chore. */
#include "app/aside.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/places.h"
#include "app/pool.h"
#include "app/recall.h"
#include "engine/base/file.h"
#include "engine/base/json.h"
#include "engine/base/mem.h"

enum { FILES_MOST = 5000, RECALL_BYTES = 1 << 22 };

struct queue {
    struct chore *rows;
    size_t n, capacity;
};

struct aside {
    struct gate *gate;
    struct thread *thread;
    int wake;
    struct queue waiting, done; /* behind the gate, as quit and busy are */
    bool quit, busy;
};

void chore_release(struct chore *c)
{
    free(c->text);
    buf_release(&c->bytes);
    own_files_release(&c->own);
    err_release(&c->err);
    json_free(c->found);
    *c = (struct chore){0};
}

/* ---- the chores ---- */

static int by_name(const void *x, const void *y)
{
    return strcmp(*(char *const *)x, *(char *const *)y);
}

/* Names of a folder in order; free() each and the list. */
static char **names_of(const char *folder, size_t *n)
{
    DIR *dir = opendir(folder);
    char **names = NULL;
    size_t capacity = 0;
    *n = 0;
    for (struct dirent *d = dir ? readdir(dir) : NULL; d && *n < FILES_MOST; d = readdir(dir)) {
        if (strcmp(d->d_name, ".") == 0 || strcmp(d->d_name, "..") == 0)
            continue;
        names = mem_grow(names, *n, &capacity, sizeof *names);
        names[(*n)++] = mem_text(d->d_name);
    }
    if (dir)
        closedir(dir);
    if (*n)
        qsort(names, *n, sizeof *names, by_name);
    return names;
}

static struct json *folder_json(const char *folder)
{
    struct json *r = json_object();
    size_t n;
    json_put_text(r, "folder", folder);
    struct json *files = json_put_array(r, "files");
    char **names = names_of(*folder ? folder : ".", &n);
    for (size_t i = 0; i < n; i++) {
        char *path = file_join(*folder ? folder : ".", names[i]);
        struct json *one = json_push_object(files);
        json_put_text(one, "name", names[i]);
        json_put_bool(one, "folder", file_is_directory(path));
        free(path);
        free(names[i]);
    }
    free(names);
    return r;
}

static const char recall_file[] = "history";

static size_t count_lines(const struct buf *text)
{
    size_t n = 0;
    for (size_t i = 0; i < text->len; i++)
        n += text->data[i] == '\n';
    return n;
}

/* The last lines are kept; the file is made anew where it holds more. */
static struct json *recall_json(void)
{
    struct json *r = json_object();
    struct buf text = {0};
    char *path = place_file(PLACE_STATE, recall_file, NULL);
    bool there = path && file_read(path, RECALL_BYTES, &text, NULL);
    size_t n = count_lines(&text), from = 0;
    for (; n > RECALL_MOST; n--)
        from += strcspn(text.data + from, "\n") + 1;
    if (there && from > 0 && file_write(path, text.data + from, text.len - from, NULL))
        chmod(path, S_IRUSR | S_IWUSR);
    struct json *lines = json_put_array(r, "lines");
    for (char *at = there && text.data ? text.data + from : NULL; at && *at;) {
        size_t length = strcspn(at, "\n");
        bool more = at[length] == '\n';
        at[length] = '\0';
        json_push_text(lines, at);
        at += length + more;
    }
    buf_release(&text);
    free(path);
    return r;
}

static void keep_line(const char *line)
{
    char *folder = place_folder(PLACE_STATE, NULL), *path = place_file(PLACE_STATE, recall_file, NULL);
    struct buf text = {0};
    buf_printf(&text, "%s\n", line);
    int fd = folder && place_make(folder, NULL)
                 ? open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR)
                 : -1;
    if (fd >= 0) {
        ssize_t ignored = write(fd, text.data, text.len); /* a full disk takes nothing that matters */
        (void)ignored;
        close(fd);
    }
    buf_release(&text);
    free(folder);
    free(path);
}

static void write_file(struct chore *c)
{
    char *folder = file_folder(c->text);
    if (!outfile_check(&c->own, c->text, true, &c->err))
        c->fate = CHORE_FAILED;
    else if (!c->replace && file_exists(c->text))
        c->fate = CHORE_EXISTS;
    else if ((c->make_folder && !place_make(folder, &c->err)) ||
             !file_write(c->text, buf_text(&c->bytes), c->bytes.len, &c->err))
        c->fate = CHORE_FAILED;
    free(folder);
}

static void do_chore(struct chore *c)
{
    switch (c->kind) {
    case ASIDE_FOLDER:
        c->found = folder_json(c->text);
        break;
    case ASIDE_RECALL:
        c->found = recall_json();
        break;
    case ASIDE_TYPED:
        keep_line(c->text);
        break;
    case ASIDE_WRITE:
        write_file(c);
        break;
    }
}

/* ---- the thread ---- */

static void push(struct queue *q, const struct chore *c)
{
    q->rows = mem_grow(q->rows, q->n, &q->capacity, sizeof *q->rows);
    q->rows[q->n++] = *c;
}

static bool shift(struct queue *q, struct chore *out)
{
    if (q->n == 0)
        return false;
    *out = q->rows[0];
    memmove(q->rows, q->rows + 1, --q->n * sizeof *q->rows);
    return true;
}

static void release(struct queue *q)
{
    struct chore c;
    while (shift(q, &c))
        chore_release(&c);
    free(q->rows);
}

static void work(void *data)
{
    struct aside *a = data;
    struct chore c;
    gate_lock(a->gate);
    while (!a->quit || a->waiting.n > 0) {
        a->busy = shift(&a->waiting, &c);
        if (!a->busy) {
            gate_wait(a->gate);
            continue;
        }
        gate_unlock(a->gate);
        do_chore(&c);
        gate_lock(a->gate);
        push(&a->done, &c);
        a->busy = false;
        ssize_t ignored = write(a->wake, "a", 1); /* a full pipe wakes as well */
        (void)ignored;
    }
    gate_unlock(a->gate);
}

struct aside *aside_new(int wake)
{
    struct aside *a = mem_zero(1, sizeof *a);
    a->gate = gate_new();
    a->wake = wake;
    return a;
}

void aside_ask(struct aside *a, struct chore *take)
{
    gate_lock(a->gate);
    push(&a->waiting, take);
    if (!a->thread)
        a->thread = thread_start(work, a);
    gate_signal(a->gate);
    gate_unlock(a->gate);
    *take = (struct chore){0};
}

bool aside_take(struct aside *a, struct chore *out)
{
    gate_lock(a->gate);
    bool any = shift(&a->done, out);
    gate_unlock(a->gate);
    return any;
}

bool aside_idle(struct aside *a)
{
    gate_lock(a->gate);
    bool idle = a->done.n == 0 && !a->busy && (a->waiting.n == 0 || !a->thread);
    gate_unlock(a->gate);
    return idle;
}

void aside_free(struct aside *a)
{
    gate_lock(a->gate);
    a->quit = true;
    gate_signal(a->gate);
    gate_unlock(a->gate);
    if (a->thread)
        thread_join_free(a->thread);
    release(&a->waiting);
    release(&a->done);
    gate_free(a->gate);
    free(a);
}
