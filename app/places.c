/* places: see places.h. The verbs where and sessions. */
#include "app/places.h"

#include <dirent.h>
#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "app/say.h"
#include "app/verbs.h"
#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/file.h"
#include "engine/base/mem.h"
#include "store/session.h"

static const struct {
    const char *what, *variable, *otherwise;
} kinds[PLACES] = {
    [PLACE_CONFIG] = {"config", "XDG_CONFIG_HOME", ".config"},
    [PLACE_DATA] = {"sessions", "XDG_DATA_HOME", ".local/share"},
    [PLACE_STATE] = {"state", "XDG_STATE_HOME", ".local/state"},
    [PLACE_CACHE] = {"cache", "XDG_CACHE_HOME", ".cache"},
};

/* free() it; NULL: there is none. */
static char *home_folder(void)
{
    const char *home = getenv("HOME");
    char text[4096];
    struct passwd known, *found = NULL;
    if (home && home[0] == '/')
        return mem_text(home);
    bool any = getpwuid_r(getuid(), &known, text, sizeof text, &found) == 0 && found;
    return any && known.pw_dir && known.pw_dir[0] == '/' ? mem_text(known.pw_dir) : NULL;
}

char *place_folder(enum place_kind kind, struct err *e)
{
    const char *base = getenv(kinds[kind].variable);
    char *home = base && base[0] == '/' ? NULL : home_folder();
    struct buf b = {0};
    if (base && base[0] == '/')
        buf_printf(&b, "%s/poda", base);
    else if (home)
        buf_printf(&b, "%s/%s/poda", home, kinds[kind].otherwise);
    free(home);
    if (b.len > 0)
        return buf_take(&b);
    err_set(e, ERR_IO,
            "no folder for %s: neither %s nor HOME names one, and the system knows no home of user %ld",
            kinds[kind].what, kinds[kind].variable, (long)getuid());
    err_hint(e, kind == PLACE_DATA ? "set HOME or %s, or name a file with --session FILE" : "set HOME or %s",
             kinds[kind].variable);
    return NULL;
}

char *place_file(enum place_kind kind, const char *name, struct err *e)
{
    char *folder = place_folder(kind, e), *path = folder ? file_join(folder, name) : NULL;
    free(folder);
    return path;
}

bool place_make(const char *folder, struct err *e)
{
    char *path = mem_text(folder);
    bool ok = true;
    for (char *slash = strchr(path + 1, '/'); ok; slash = slash ? strchr(slash + 1, '/') : NULL) {
        if (slash)
            *slash = '\0';
        ok = mkdir(path, 0700) == 0 || errno == EEXIST;
        if (!slash)
            break;
        *slash = '/';
    }
    if (!ok)
        err_set(e, ERR_IO, "%s cannot be made: %s", folder, strerror(errno));
    free(path);
    return ok || err_hint(e, "name a file with --session FILE");
}

char *place_new_session(const char *model_name, struct err *e)
{
    char *folder = place_folder(PLACE_DATA, e), day[16];
    time_t now = time(NULL);
    struct tm tm;
    localtime_r(&now, &tm);
    strftime(day, sizeof day, "%Y-%m-%d", &tm);
    struct buf path = {0};
    bool ok = folder && place_make(folder, e);
    for (int i = 1; ok; i++) {
        buf_clear(&path);
        buf_printf(&path, "%s/", folder);
        for (const char *c = model_name; *c; c++)
            buf_putc(&path, *c == '/' ? '-' : *c);
        buf_printf(&path, "-%s-%d.db", day, i);
        if (!file_exists(buf_text(&path)))
            break;
    }
    free(folder);
    if (ok)
        return buf_take(&path);
    buf_release(&path);
    return NULL;
}

static void add_entry(struct session_entry **list, size_t *n, struct session_entry entry)
{
    *list = mem_resize(*list, *n + 1, sizeof **list);
    (*list)[(*n)++] = entry;
}

void entries_free(struct session_entry *entries, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        free(entries[i].path);
        free(entries[i].model);
        free(entries[i].why);
    }
    free(entries);
}

static int newest_first(const void *a, const void *b)
{
    const struct session_entry *x = a, *y = b;
    return (y->time > x->time) - (y->time < x->time);
}

/* What the model's file is called: its name without .onnx, or its folder's if that is "model". */
static char *model_label(const char *path)
{
    struct buf b = {0};
    const char *base = path ? file_base(path) : "?";
    if (path && strcmp(base, "model.onnx") == 0) {
        char *folder = file_folder(path);
        buf_puts(&b, file_base(folder));
        free(folder);
    } else {
        const char *dot = strrchr(base, '.');
        buf_add(&b, base, dot && dot > base ? (size_t)(dot - base) : strlen(base));
    }
    return buf_take(&b);
}

/* When a file that tells nothing about itself was written; microseconds, as in sessions. */
static int64_t changed_at(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 ? (int64_t)st.st_mtime * 1000000 : 0;
}

size_t place_sessions(struct session_entry **out, size_t most)
{
    char *folder = place_folder(PLACE_DATA, NULL);
    DIR *dir = folder ? opendir(folder) : NULL;
    size_t n = 0;
    *out = NULL;
    for (struct dirent *d = dir ? readdir(dir) : NULL; d; d = readdir(dir)) {
        size_t length = strlen(d->d_name);
        struct session_entry entry = {0};
        char *model_path = NULL;
        if (length < 4 || strcmp(d->d_name + length - 3, ".db") != 0)
            continue;
        entry.path = file_join(folder, d->d_name);
        struct err e = {0};
        if (!store_peek(entry.path, &entry.steps, &entry.time, &model_path, &e)) {
            entry.why = mem_text(e.message);
            entry.time = changed_at(entry.path);
        }
        entry.model = entry.why ? NULL : model_label(model_path);
        add_entry(out, &n, entry);
        err_release(&e);
        free(model_path);
    }
    if (dir)
        closedir(dir);
    free(folder);
    if (n)
        qsort(*out, n, sizeof **out, newest_first);
    while (n > most) {
        n--;
        free((*out)[n].path);
        free((*out)[n].model);
        free((*out)[n].why);
    }
    return n;
}

/* Beside the checkout (build/poda), or where it was installed (PREFIX/bin/poda). */
static char *samples_folder(void)
{
    static const char *const from_program[] = {"../samples", "../share/poda/samples"};
    char program[4096], *found = NULL;
    ssize_t n = readlink("/proc/self/exe", program, sizeof program - 1);
    if (n > 0) {
        program[n] = '\0';
        char *folder = file_folder(program);
        for (size_t i = 0; i < 2 && !found; i++) {
            char *there = file_join(folder, from_program[i]);
            if (file_is_directory(there))
                found = file_absolute(there);
            free(there);
        }
        free(folder);
    }
    return found ? found : mem_text("samples");
}

size_t place_samples(struct session_entry **out)
{
    static const char *const names[] = {"readmit", "breast-cancer", "credit", "digits-mlp", "digits-cnn"};
    char *folder = samples_folder();
    size_t n = 0;
    *out = NULL;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct buf path = {0};
        buf_printf(&path, "%s/%s/model.onnx", folder, names[i]);
        if (file_exists(buf_text(&path)))
            add_entry(out, &n,
                      (struct session_entry){.path = mem_text(buf_text(&path)), .model = mem_text(names[i])});
        buf_release(&path);
    }
    free(folder);
    return n;
}

int verb_where(const struct options *o)
{
    (void)o;
    for (int i = 0; i < PLACES; i++) {
        const char *base = getenv(kinds[i].variable);
        char *folder = place_folder((enum place_kind)i, NULL);
        say_line(stdout, "%-9s %s  (%s)", kinds[i].what, folder ? folder : "nowhere",
                 base && base[0] == '/' ? kinds[i].variable
                 : folder               ? "default"
                                        : "no home is known: set HOME");
        free(folder);
    }
    char *samples = samples_folder();
    say_line(stdout, "%-9s %s", "samples", samples);
    free(samples);
    return 0;
}

/* "2 steps", "an unknown number of steps"; nothing for 0. */
static void add_count(struct buf *out, int64_t n, const char *one, const char *many)
{
    if (n == 0)
        return;
    buf_puts(out, out->len ? ", " : "");
    if (n > 0)
        buf_printf(out, "%lld %s", (long long)n, n == 1 ? one : many);
    else
        buf_printf(out, "an unknown number of %s", many);
}

static void say_saved(const struct store_saved *s, const char *to)
{
    struct buf beside = {0}, left = {0};
    add_count(&beside, s->events.saved, "event", "events");
    add_count(&beside, s->measurements.saved, "measurement", "measurements");
    say_line(stdout, "%lld %s saved to %s%s%s", (long long)s->steps.saved,
             s->steps.saved == 1 ? "step" : "steps", to, beside.len ? ", with " : "", buf_text(&beside));
    add_count(&left, s->steps.left, "step", "steps");
    add_count(&left, s->events.left, "event", "events");
    add_count(&left, s->measurements.left, "measurement", "measurements");
    add_count(&left, s->blobs.left, "mask or model of a step", "masks or models of steps");
    if (left.len)
        say_line(stdout, "left, as they cannot be read: %s", buf_text(&left));
    if (s->id_lost)
        say_line(
            stdout,
            "the session's own id cannot be read, so that no hash of its rows fits: all are shown with ?");
    else if (s->broken)
        say_line(stdout, "not what the hash says: %lld %s, shown with ?", (long long)s->broken,
                 s->broken == 1 ? "row" : "rows");
    buf_release(&beside);
    buf_release(&left);
}

static int repair(const char *path)
{
    struct err e = {0};
    struct buf to = {0};
    struct store_saved saved;
    buf_printf(&to, "%s.repaired", path);
    bool ok = store_repair(path, buf_text(&to), &saved, &e);
    if (ok)
        say_saved(&saved, buf_text(&to));
    buf_release(&to);
    return ok ? 0 : verb_fail(&e);
}

int verb_sessions(const struct options *o)
{
    struct session_entry *list;
    if (o->n_args == 2 && strcmp(o->args[0], "repair") == 0)
        return repair(o->args[1]);
    if (o->n_args > 0) {
        struct err e = {0};
        err_set(&e, ERR_USAGE, "sessions takes no words, or: sessions repair FILE");
        return verb_fail(&e);
    }
    struct err none = {0};
    char *folder = place_folder(PLACE_DATA, &none);
    free(folder);
    if (!folder)
        return verb_fail(&none);
    size_t n = place_sessions(&list, 1000);
    for (size_t i = 0; i < n; i++) {
        char when[32];
        time_t t = (time_t)(list[i].time / 1000000);
        struct tm tm;
        localtime_r(&t, &tm);
        strftime(when, sizeof when, "%Y-%m-%d %H:%M", &tm);
        if (list[i].why)
            say_line(stdout, "%s  cannot be opened: %s", when, list[i].why);
        else
            say_line(stdout, "%s  %4lld steps  %-16s %s", when, (long long)list[i].steps, list[i].model,
                     list[i].path);
    }
    if (n == 0)
        say_line(stdout, "no sessions yet; 'poda MODEL.onnx' starts one");
    entries_free(list, n);
    return 0;
}
