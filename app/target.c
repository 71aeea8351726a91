/* target: see target.h. */
#include "app/target.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "app/places.h"
#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/file.h"
#include "engine/base/json.h"
#include "engine/base/mem.h"
#include "engine/base/text.h"

static bool is_session(const char *path)
{
    char magic[16] = {0};
    FILE *f = fopen(path, "rb");
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
static void take_session(const char *name, struct target *out)
{
    char *path = mem_text(name), *hash = strrchr(path, '#');
    if (hash && !file_exists(path)) {
        *hash++ = '\0';
        char *slash = strchr(hash, '/');
        if (slash) {
            *slash++ = '\0';
            out->screen = command("screen", slash);
        }
        if (*hash)
            out->step = command("goto", hash);
    }
    out->session = path;
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
    take_session(name, out);
    return true;
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

static void put_entry(struct json *list, const char *name, const char *about, const char *right,
                      const char *path, const char *data)
{
    struct json *one = json_push_object(list);
    json_put_text(one, "name", name);
    json_put_text(one, "about", about);
    json_put_text(one, "right", right);
    json_put_text(one, "path", path);
    json_put_text(one, "data", data);
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

struct json *target_choices(void)
{
    struct json *all = json_object(), *samples = json_put_array(all, "samples"),
                *sessions = json_put_array(all, "sessions");
    struct session_entry *list;
    size_t n = place_samples(&list);
    for (size_t i = 0; i < n; i++) {
        char *data = data_beside(list[i].path), *about = about_of(data);
        put_entry(samples, list[i].model, about, NULL, list[i].path, data);
        free(data);
        free(about);
    }
    entries_free(list, n);
    n = place_sessions(&list, 12);
    for (size_t i = 0; i < n; i++) {
        char when[48], day[32];
        time_t t = (time_t)(list[i].time / 1000000);
        struct tm tm;
        localtime_r(&t, &tm);
        strftime(day, sizeof day, "%Y-%m-%d %H:%M", &tm);
        snprintf(when, sizeof when, "%s, %lld steps", day, (long long)list[i].steps);
        put_entry(sessions, list[i].model, file_base(list[i].path), when, list[i].path, NULL);
    }
    entries_free(list, n);
    return all;
}
