/* aside: see aside.h. */
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
#include "engine/base/buf.h"
#include "engine/base/file.h"
#include "engine/base/json.h"
#include "engine/base/mem.h"

enum { FILES_MOST = 5000, RECALL_BYTES = 1 << 22 };

struct chore {
    enum aside_kind kind;
    char *text;
};

struct aside {
    struct gate *gate; /* guards from here ... */
    struct chore *chores;
    size_t n_chores, chores_capacity;
    struct news *news;
    size_t n_news, news_capacity;
    bool quit, busy;
    /* ... to here */
    int wake;
    struct thread *thread;
};

static void tell(struct aside *a, enum board_item item, struct json *result_take)
{
    gate_lock(a->gate);
    a->news = mem_grow(a->news, a->n_news, &a->news_capacity, sizeof *a->news);
    a->news[a->n_news++] = (struct news){.kind = NEWS_BOARD, .item = item, .json = result_take};
    gate_unlock(a->gate);
    ssize_t ignored = write(a->wake, "a", 1); /* a full pipe wakes as well */
    (void)ignored;
}

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

/* $XDG_STATE_HOME/poda/history; free() it. */
static char *recall_path(void)
{
    char *folder = place_folder(PLACE_STATE), *path = file_join(folder, "history");
    free(folder);
    return path;
}

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
    char *path = recall_path();
    bool there = file_read(path, RECALL_BYTES, &text, NULL);
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
    char *folder = place_folder(PLACE_STATE), *path = recall_path();
    struct buf text = {0};
    buf_printf(&text, "%s\n", line);
    int fd = place_make(folder, NULL)
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

static void do_chore(struct aside *a, const struct chore *t)
{
    if (t->kind == ASIDE_FOLDER)
        tell(a, BOARD_FOLDER, folder_json(t->text));
    else if (t->kind == ASIDE_RECALL)
        tell(a, BOARD_RECALL, recall_json());
    else
        keep_line(t->text);
}

static void work(void *data)
{
    struct aside *a = data;
    gate_lock(a->gate);
    while (!a->quit || a->n_chores > 0) {
        if (a->n_chores == 0) {
            gate_wait(a->gate);
            continue;
        }
        struct chore t = a->chores[0];
        memmove(&a->chores[0], &a->chores[1], (a->n_chores - 1) * sizeof *a->chores);
        a->n_chores--;
        a->busy = true;
        gate_unlock(a->gate);
        do_chore(a, &t);
        free(t.text);
        gate_lock(a->gate);
        a->busy = false;
        ssize_t ignored = write(a->wake, "i", 1); /* idle is news, too */
        (void)ignored;
    }
    gate_unlock(a->gate);
}

struct aside *aside_new(int wake)
{
    struct aside *a = mem_zero(1, sizeof *a);
    a->gate = gate_new();
    a->wake = wake;
    a->thread = thread_start(work, a);
    return a;
}

void aside_free(struct aside *a)
{
    gate_lock(a->gate);
    a->quit = true;
    gate_signal(a->gate);
    gate_unlock(a->gate);
    if (a->thread)
        thread_join_free(a->thread);
    for (size_t i = 0; i < a->n_chores; i++)
        free(a->chores[i].text);
    for (size_t i = 0; i < a->n_news; i++)
        news_release(&a->news[i]);
    free(a->chores);
    free(a->news);
    gate_free(a->gate);
    free(a);
}

void aside_ask(struct aside *a, enum aside_kind kind, const char *text)
{
    gate_lock(a->gate);
    a->chores = mem_grow(a->chores, a->n_chores, &a->chores_capacity, sizeof *a->chores);
    a->chores[a->n_chores++] = (struct chore){kind, mem_text(text ? text : "")};
    gate_signal(a->gate);
    gate_unlock(a->gate);
}

bool aside_take(struct aside *a, struct news *out)
{
    gate_lock(a->gate);
    bool any = a->n_news > 0;
    if (any) {
        *out = a->news[0];
        memmove(&a->news[0], &a->news[1], (a->n_news - 1) * sizeof *a->news);
        a->n_news--;
    }
    gate_unlock(a->gate);
    return any;
}

bool aside_idle(struct aside *a)
{
    gate_lock(a->gate);
    bool idle = !a->busy && (a->n_chores == 0 || !a->thread) && a->n_news == 0;
    gate_unlock(a->gate);
    return idle;
}
