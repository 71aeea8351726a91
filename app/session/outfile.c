/* outfile: see outfile.h. */
#include "app/session/outfile.h"

#include <stdlib.h>
#include <string.h>

#include "app/session/session.h"
#include "engine/base/err.h"
#include "engine/base/file.h"
#include "engine/base/mem.h"

enum { FEW_STEPS = 16 };

static const char a_model[] = "a model", of_data[] = "a file of the data";

static void add(struct own_files *own, const char *path, const char *what)
{
    for (size_t i = 0; i < own->n; i++)
        if (strcmp(own->files[i].path, path) == 0)
            return;
    own->files = mem_grow(own->files, own->n, &own->capacity, sizeof *own->files);
    own->files[own->n++] = (struct own_file){mem_text(path), what};
}

void own_files_release(struct own_files *own)
{
    for (size_t i = 0; i < own->n; i++)
        free(own->files[i].path);
    free(own->files);
    *own = (struct own_files){0};
}

void own_files_copy(const struct own_files *from, struct own_files *to)
{
    own_files_release(to);
    to->n = to->capacity = from->n;
    to->files = mem_copy(from->files, from->n, sizeof *from->files);
    for (size_t i = 0; i < to->n; i++)
        to->files[i].path = mem_text(from->files[i].path);
}

static void add_state(struct own_files *own, const struct state *at)
{
    const struct model_file *file = at && at->opened ? at->opened->file : NULL;
    const struct dataset *set = at && at->data ? at->data->set : NULL;
    if (file)
        add(own, model_file_path(file), a_model);
    for (size_t i = 0; file && model_file_external(file, i); i++)
        add(own, model_file_external(file, i), "external data of a model");
    for (int i = 0; set && i < set->n_files; i++)
        add(own, set->files[i], of_data);
}

static void add_step(void *data, const struct store_step *step)
{
    if (step->model_path)
        add(data, step->model_path, a_model);
    if (step->data_path)
        add(data, step->data_path, of_data);
}

/* What steps name that are newer than those looked at: a step a command; all of them once. */
static void add_steps(struct session *s)
{
    int64_t last = store_last(s->store);
    if (last - s->own_last > FEW_STEPS)
        store_steps(s->store, add_step, &s->own, NULL);
    else
        for (int64_t id = s->own_last + 1; id <= last; id++) {
            struct store_step step;
            if (!store_get_step(s->store, id, &step, NULL))
                continue;
            add_step(&s->own, &step);
            store_step_release(&step);
        }
    s->own_last = last;
}

static void add_session(struct own_files *own, const char *path)
{
    static const char *const beside[] = {"", "-wal", "-shm", "-journal", "-lock"};
    for (size_t i = 0; path && i < sizeof beside / sizeof *beside; i++) {
        struct buf name = {0};
        buf_printf(&name, "%s%s", path, beside[i]);
        add(own, buf_text(&name), *beside[i] ? "a file beside that" : "the file");
        buf_release(&name);
    }
}

const struct own_files *outfile_own(struct session *s)
{
    add_session(&s->own, store_path(s->store));
    add_steps(s);
    for (size_t i = 0; i < s->visited.n; i++)
        add_state(&s->own, *(struct state **)by_step_nth(&s->visited, i));
    add_state(&s->own, s->state);
    add_state(&s->own, s->draft);
    return &s->own;
}

bool outfile_check(const struct own_files *own, const char *path, bool force, struct err *e)
{
    for (size_t i = 0; i < own->n; i++) {
        if (!file_same_place(own->files[i].path, path))
            continue;
        err_set(e, ERR_IO, "%s is %s of this session, which is never replaced", path, own->files[i].what);
        return err_hint(e, "name another file");
    }
    if (force || !file_exists(path))
        return true;
    err_set(e, ERR_IO, "%s is there already", path);
    return err_hint(e, "force=yes overwrites it");
}

bool outfile_may(struct session *s, const char *path, bool force, struct err *e)
{
    return outfile_check(outfile_own(s), path, force, e);
}
