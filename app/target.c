/* target: see target.h. */
#include "app/target.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "app/cmd/words.h"
#include "app/places.h"
#include "app/screens.h"
#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/file.h"
#include "engine/base/json.h"
#include "engine/base/mem.h"
#include "engine/base/num.h"
#include "engine/base/text.h"

static bool is_session(const char *path)
{
    char magic[16] = {0};
    FILE *f = file_size(path) < 0 ? NULL : fopen(path, "rb"); /* of a pipe it would wait for a writer */
    size_t n = f ? fread(magic, 1, sizeof magic, f) : 0;
    if (f)
        fclose(f);
    return n == sizeof magic && memcmp(magic, "SQLite format 3", 16) == 0;
}

static char *command(const char *verb, const char *word)
{
    struct buf b = {0};
    buf_printf(&b, "%s ", verb);
    text_quote(&b, word);
    return buf_take(&b);
}

/* SESSION#STEP/SCREEN taken apart. */
static bool take_session(const char *name, struct target *out, struct err *e)
{
    char *path = mem_text(name), *hash = strrchr(path, '#');
    out->session = path;
    if (hash && !file_exists(path)) {
        *hash++ = '\0';
        char *slash = strchr(hash, '/');
        if (slash) {
            *slash++ = '\0';
            if (!screen_known(slash, e))
                return false;
            out->screen = command("screen", slash);
        }
        if (*hash)
            out->step = command("goto", hash);
    }
    return true;
}

/* The data set that a bundled sample has beside its model. */
static char *data_beside(const char *model)
{
    char *folder = file_folder(model), *data = file_join(folder, "dataset.json");
    free(folder);
    if (file_exists(data))
        return data;
    free(data);
    return NULL;
}

static char *model_name(const char *path)
{
    struct buf b = {0};
    const char *base = file_base(path);
    if (strcmp(base, "model.onnx") == 0) {
        char *absolute = file_absolute(path), *folder = file_folder(absolute);
        buf_puts(&b, file_base(folder));
        free(absolute);
        free(folder);
    } else {
        const char *dot = strrchr(base, '.');
        buf_add(&b, base, dot && dot > base ? (size_t)(dot - base) : strlen(base));
    }
    return buf_take(&b);
}

static bool take_model(const char *path, const char *data, const char *session, struct target *out,
                       struct err *e)
{
    char *beside = data ? NULL : data_beside(path), *name = model_name(path);
    bool again = session && file_exists(session);
    out->session = session ? mem_text(session) : place_new_session(name, e);
    if (!again)
        out->first = command("open", path);
    if (!again && (data || beside))
        out->second = command("data", data ? data : beside);
    free(beside);
    free(name);
    return out->session != NULL;
}

/* Without #STEP/SCREEN, unless that belongs to the file's name; free() it. */
static char *path_of(const char *name)
{
    char *path = mem_text(name), *hash = strrchr(path, '#');
    if (hash && !file_exists(name))
        *hash = '\0';
    return path;
}

bool target_named(const char *name)
{
    char *path = path_of(name);
    bool named = file_exists(path) && !file_is_directory(path);
    free(path);
    return named;
}

bool target_find(const char *name, const char *data, const char *session, struct target *out, struct err *e)
{
    *out = (struct target){0};
    if (!name) {
        out->session = mem_text(session);
        return true;
    }
    char *path = path_of(name);
    bool exists = file_exists(path), stored = is_session(path);
    free(path);
    if (!exists) {
        err_set(e, ERR_UNREADABLE, "%s: no such file", name);
        return err_hint(e, "give a model (.onnx) or a session; 'poda sessions' lists those");
    }
    if (!stored)
        return take_model(name, data, session, out, e);
    bool ok = take_session(name, out, e);
    if (!ok)
        target_release(out);
    return ok;
}

void target_release(struct target *t)
{
    free(t->session);
    free(t->first);
    free(t->second);
    free(t->step);
    free(t->screen);
    *t = (struct target){0};
}

bool target_from_line(const char *line, const char *data, struct target *out, struct err *e)
{
    struct words w;
    *out = (struct target){0};
    if (!words_parse(line, &w, e))
        return false;
    bool ok = w.verb && w.n_args == 1 && target_find(w.args[0], data, NULL, out, e);
    if (ok && out->first) { /* with the options that were typed */
        free(out->first);
        out->first = mem_text(line);
    }
    if (!ok && !e->code)
        err_set(e, ERR_USAGE, "open takes one file: open MODEL.onnx");
    words_release(&w);
    return ok;
}

static void put_entry(struct json *list, const char *name, const char *about, const char *right,
                      const char *path, const char *data, const char *why)
{
    struct json *one = json_push_object(list);
    json_put_text(one, "name", name);
    json_put_text(one, "about", about);
    json_put_text(one, "right", right);
    json_put_text(one, "path", path);
    json_put_text(one, "data", data);
    json_put_text(one, "why", why); /* it cannot be opened */
}

/* The first sentence that a sample's manifest says about itself. */
static char *about_of(const char *data)
{
    struct buf text = {0};
    char *about = NULL;
    if (data && file_read(data, 1 << 20, &text, NULL)) {
        struct json *manifest = json_parse(buf_text(&text), text.len, data, NULL);
        about = mem_text(json_str(json_get(manifest, "about")));
        json_free(manifest);
    }
    buf_release(&text);
    return about;
}

/* Size of a sample: told by the file alone, as a picker must not load models. */
static void sample_facts(const char *model, const char *data, struct buf *out)
{
    int64_t bytes = file_size(model);
    if (bytes >= 0)
        num_bytes(out, (double)bytes);
    buf_puts(out, data ? ", with its data" : ", without data");
}

static void put_session(struct json *sessions, const struct session_entry *s)
{
    char day[32];
    struct buf right = {0};
    time_t t = (time_t)(s->time / 1000000);
    struct tm tm;
    localtime_r(&t, &tm);
    strftime(day, sizeof day, "%Y-%m-%d %H:%M", &tm);
    if (!s->why)
        buf_printf(&right, "%lld step%s, ", (long long)s->steps, s->steps == 1 ? "" : "s");
    buf_puts(&right, day);
    put_entry(sessions, s->why ? file_base(s->path) : s->model, s->why ? s->why : file_base(s->path),
              buf_text(&right), s->path, NULL, s->why);
    buf_release(&right);
}

struct json *target_choices(void)
{
    struct json *all = json_object(), *samples = json_put_array(all, "samples"),
                *sessions = json_put_array(all, "sessions");
    struct session_entry *list;
    size_t n = place_samples(&list);
    for (size_t i = 0; i < n; i++) {
        char *data = data_beside(list[i].path), *about = about_of(data);
        struct buf right = {0};
        sample_facts(list[i].path, data, &right);
        put_entry(samples, list[i].model, about, buf_text(&right), list[i].path, data, NULL);
        buf_release(&right);
        free(data);
        free(about);
    }
    entries_free(list, n);
    n = place_sessions(&list, 50);
    for (size_t i = 0; i < n; i++)
        put_session(sessions, &list[i]);
    entries_free(list, n);
    return all;
}
