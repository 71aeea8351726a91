/* manifest: see manifest.h. */
#include "engine/io/manifest.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/file.h"
#include "engine/base/json.h"
#include "engine/base/mem.h"
#include "engine/base/text.h"

#define MANIFEST_BYTES_MAX ((size_t)64 << 20)

/* What is read from: for messages. */
struct source_of {
    const char *path;
    struct err *e;
};

static bool wrong(const struct source_of *s, const char *format, ...) __attribute__((format(printf, 2, 3)));

static bool wrong(const struct source_of *s, const char *format, ...)
{
    struct buf what = {0};
    va_list args;
    va_start(args, format);
    buf_vprintf(&what, format, args);
    va_end(args);
    err_set(s->e, ERR_UNREADABLE, "%s: %s", s->path, buf_text(&what));
    buf_release(&what);
    return false;
}

/* An object with members of these names alone (NULL-ended), each at most once: what nobody would read is a mistake of its author,
 * who has to hear of it. What is null is absent, and absent is right. place: which object it is; NULL: the whole. */
static bool known_object(const struct source_of *s, const struct json *v, const char *place,
                         const char *const *known)
{
    const char *in = place ? place : "", *colon = place ? ": " : "";
    if (json_is_null(v))
        return true;
    if (!json_is_object(v))
        return wrong(s, "%s must be an object", in) || err_known(s->e, "", known);
    for (const struct json *m = json_first(v); m; m = json_next(m)) {
        const char *const *k = known;
        while (*k && strcmp(*k, json_name(m)) != 0)
            k++;
        if (!*k && !json_is_null(m))
            return wrong(s, "%s%sno key \"%s\"", in, colon, json_name(m)) ||
                   err_known(s->e, json_name(m), known);
        if (json_get(v, json_name(m)) != m)
            return wrong(s, "%s%s\"%s\" is there twice", in, colon, json_name(m));
    }
    return true;
}

/* Text members: NULL where absent; wrong type is an error. */
static bool take_text(const struct source_of *s, const struct json *object, const char *name, char **out)
{
    const struct json *v = json_get(object, name);
    if (!json_is_null(v) && !json_str(v))
        return wrong(s, "\"%s\" must be a text", name);
    *out = mem_text(json_str(v));
    return true;
}

static bool take_number(const struct source_of *s, const struct json *object, const char *name,
                        double otherwise, double *out)
{
    const struct json *v = json_get(object, name);
    if (!json_is_null(v) && !json_is_number(v))
        return wrong(s, "\"%s\" must be a number", name);
    *out = json_num(v, otherwise);
    return true;
}

static bool take_texts(const struct source_of *s, const struct json *list, const char *name, int *n,
                       char ***out)
{
    if (!json_is_array(list))
        return wrong(s, "\"%s\" must be a list of texts", name);
    *out = mem_zero(json_count(list), sizeof **out);
    for (const struct json *v = json_first(list); v; v = json_next(v)) {
        if (!json_str(v))
            return wrong(s, "\"%s\" must be a list of texts", name);
        (*out)[(*n)++] = mem_text(json_str(v));
    }
    return true;
}

static char *beside(const struct source_of *s, const char *file)
{
    char *folder = file_folder(s->path), *joined = file ? file_join(folder, file) : NULL;
    free(folder);
    return joined;
}

/* A part's files; joined to the manifest's folder. */
static bool take_part(const struct source_of *s, const struct json *part, const char *place,
                      struct manifest_part *out)
{
    static const char *const known[] = {"x", "y", NULL};
    char *x = NULL, *y = NULL;
    bool ok = known_object(s, part, place, known) && take_text(s, part, "x", &x) &&
              take_text(s, part, "y", &y) && (x || wrong(s, "\"files\": an \"x\" is missing"));
    out->x = beside(s, x);
    out->y = beside(s, y);
    free(x);
    free(y);
    return ok;
}

/* One csv, one npz with its keys, or arrays by split. */
static const char *const *known_files(const struct json *files)
{
    static const char *const any[] = {"csv", "npz", "train", "validation", "test", NULL},
                             *const of_csv[] = {"csv", NULL}, *const of_npz[] = {"npz", "x", "y", NULL};
    return !json_is_null(json_get(files, "csv"))   ? of_csv
           : !json_is_null(json_get(files, "npz")) ? of_npz
                                                   : any;
}

static bool take_files(const struct source_of *s, const struct json *files, struct manifest *m)
{
    static const char *const places[] = {"\"train\"", "\"validation\"", "\"test\""};
    char *csv = NULL, *npz = NULL;
    bool ok = json_is_object(files) || wrong(s, "\"files\" must name csv, npz, or train and test");
    ok = ok && known_object(s, files, "\"files\"", known_files(files)) && take_text(s, files, "csv", &csv) &&
         take_text(s, files, "npz", &npz);
    m->csv = beside(s, csv);
    m->npz = beside(s, npz);
    free(csv);
    free(npz);
    if (!ok || m->csv)
        return ok;
    if (m->npz)
        return take_text(s, files, "x", &m->npz_keys.x) && take_text(s, files, "y", &m->npz_keys.y) &&
               (m->npz_keys.x || wrong(s, "\"files\": the key \"x\" of the npz is missing"));
    bool any = false;
    for (int i = 0; ok && i < SPLIT_ALL; i++) {
        const struct json *part = json_get(files, split_names[i]);
        any |= !json_is_null(part);
        ok = json_is_null(part) || take_part(s, part, places[i], &m->parts[i]);
    }
    return ok && (any || wrong(s, "\"files\" names neither csv nor npz nor train or test"));
}

static bool take_label(const struct source_of *s, const struct json *label, struct manifest *m)
{
    static const char *const known[] = {"column", "classes", NULL};
    const struct json *classes = json_get(label, "classes");
    return known_object(s, label, "\"label\"", known) && take_text(s, label, "column", &m->label) &&
           (json_is_null(classes) || take_texts(s, classes, "label.classes", &m->n_classes, &m->classes));
}

static bool take_feature(const struct source_of *s, const struct json *v, struct feature *f)
{
    static const char *const known[] = {"column", "name", "unit", "about", "source", "mean", "std", NULL};
    *f = (struct feature){.mean = NAN, .std = NAN};
    if (json_str(v)) {
        f->column = mem_text(json_str(v));
        f->name = mem_text(json_str(v));
        return true;
    }
    bool ok = known_object(s, v, "an entry of \"features\"", known) &&
              take_text(s, v, "column", &f->column) && take_text(s, v, "name", &f->name) &&
              take_text(s, v, "unit", &f->unit) && take_text(s, v, "about", &f->about) &&
              take_text(s, v, "source", &f->source) && take_number(s, v, "mean", NAN, &f->mean) &&
              take_number(s, v, "std", NAN, &f->std);
    if (ok && !f->column)
        return wrong(s, "\"features\": one has no \"column\"");
    if (ok && f->std <= 0)
        return wrong(s, "\"features\": the std of %s is not above 0", f->column);
    if (ok && !f->name)
        f->name = mem_text(f->column);
    return ok;
}

static bool take_features(const struct source_of *s, const struct json *list, struct manifest *m)
{
    m->n_features = -1;
    if (json_is_null(list))
        return true;
    if (!json_is_array(list) || json_count(list) == 0)
        return wrong(s, "\"features\" must be a list with at least one entry");
    m->features = mem_zero(json_count(list), sizeof *m->features);
    m->n_features = 0;
    for (const struct json *v = json_first(list); v; v = json_next(v))
        if (!take_feature(s, v, &m->features[m->n_features++]))
            return false;
    return true;
}

static bool take_cuts(const struct source_of *s, const struct json *cuts, struct manifest_group *g)
{
    if (json_is_null(cuts))
        return true;
    if (!json_is_array(cuts))
        return wrong(s, "group %s: \"cuts\" must be a list of numbers", g->name);
    g->cuts = mem_zero(json_count(cuts), sizeof *g->cuts);
    for (const struct json *v = json_first(cuts); v; v = json_next(v)) {
        if (!json_is_number(v) || (g->n_cuts && json_num(v, 0) <= g->cuts[g->n_cuts - 1]))
            return wrong(s, "group %s: \"cuts\" must be numbers in ascending order", g->name);
        g->cuts[g->n_cuts++] = json_num(v, 0);
    }
    return true;
}

static bool take_onehot(const struct source_of *s, const struct json *onehot, struct manifest_group *g)
{
    if (json_is_null(onehot))
        return true;
    if (!json_is_object(onehot) || json_count(onehot) == 0)
        return wrong(s, "\"groups\": \"onehot\" must name classes, each with its columns");
    g->classes = mem_zero(json_count(onehot), sizeof *g->classes);
    for (const struct json *v = json_first(onehot); v; v = json_next(v)) {
        struct manifest_class *c = &g->classes[g->n_classes++];
        c->name = mem_text(json_name(v));
        if (!take_texts(s, v, "onehot", &c->n_columns, &c->columns))
            return false;
    }
    return true;
}

static bool take_groups(const struct source_of *s, const struct json *list, struct manifest *m)
{
    if (json_is_null(list))
        return true;
    if (!json_is_array(list))
        return wrong(s, "\"groups\" must be a list");
    static const char *const known[] = {"name", "column", "cuts", "onehot", NULL};
    m->groups = mem_zero(json_count(list), sizeof *m->groups);
    for (const struct json *v = json_first(list); v; v = json_next(v)) {
        struct manifest_group *g = &m->groups[m->n_groups++];
        if (!known_object(s, v, "an entry of \"groups\"", known) || !take_text(s, v, "name", &g->name) ||
            !take_text(s, v, "column", &g->column) || !take_onehot(s, json_get(v, "onehot"), g))
            return false;
        if (!g->name || !g->column == !g->classes)
            return wrong(s, "\"groups\": each needs a \"name\" and either a \"column\" or a \"onehot\"");
        if (g->classes && !json_is_null(json_get(v, "cuts")))
            return wrong(s, "group %s: \"cuts\" need a \"column\"", g->name);
        if (!take_cuts(s, json_get(v, "cuts"), g))
            return false;
    }
    return true;
}

/* A number, or one for each channel. */
static bool take_channels(const struct source_of *s, const struct json *v, const char *name, double otherwise,
                          int *n, double **out)
{
    int count = json_is_array(v) ? (int)json_count(v) : 1;
    if (count == 0 || (*n > 1 && count > 1 && count != *n))
        return wrong(s, "\"scale\": \"%s\" has %d entries where %d are expected", name, count, *n);
    *out = mem_zero((size_t)count, sizeof **out);
    if (!json_is_array(v)) {
        (*out)[0] = json_num(v, otherwise);
        return json_is_null(v) || json_is_number(v) ||
               wrong(s, "\"scale\": \"%s\" must be a number or a list of numbers", name);
    }
    int i = 0;
    for (const struct json *one = json_first(v); one; one = json_next(one)) {
        if (!json_is_number(one))
            return wrong(s, "\"scale\": \"%s\" must be a number or a list of numbers", name);
        (*out)[i++] = json_num(one, 0);
    }
    *n = count;
    return true;
}

/* mean and std as lists of one length. */
static void spread(double **list, int have, int want)
{
    if (have == want)
        return;
    *list = mem_resize(*list, (size_t)want, sizeof **list);
    for (int i = 1; i < want; i++)
        (*list)[i] = (*list)[0];
}

static bool take_scale(const struct source_of *s, const struct json *scale, struct manifest *m)
{
    const struct json *mean = json_get(scale, "mean"), *std = json_get(scale, "std");
    static const char *const known[] = {"divide", "mean", "std", NULL};
    m->n_scale = 1;
    if (!known_object(s, scale, "\"scale\"", known) || !take_number(s, scale, "divide", 1, &m->divide) ||
        !take_channels(s, mean, "mean", 0, &m->n_scale, &m->mean) ||
        !take_channels(s, std, "std", 1, &m->n_scale, &m->std))
        return false;
    spread(&m->mean, json_is_array(mean) ? (int)json_count(mean) : 1, m->n_scale);
    spread(&m->std, json_is_array(std) ? (int)json_count(std) : 1, m->n_scale);
    for (int i = 0; i < m->n_scale; i++)
        if (!(m->std[i] > 0) || !isfinite(m->mean[i]) || m->divide == 0)
            return wrong(s, "\"scale\": divide must not be 0 and every std must be above 0");
    return true;
}

static bool take_shape(const struct source_of *s, const struct json *shape, struct manifest *m)
{
    if (json_is_null(shape))
        return true;
    if (!json_is_array(shape) || json_count(shape) == 0 || json_count(shape) > 8)
        return wrong(s, "\"shape\" must be a list of 1 to 8 sizes");
    for (const struct json *v = json_first(shape); v; v = json_next(v)) {
        double size = json_num(v, 0);
        if (size < 1 || size > 1e9 || size != floor(size))
            return wrong(s, "\"shape\" must be a list of sizes");
        m->sample_dim[m->sample_rank++] = (int64_t)size;
    }
    return true;
}

static bool take_split(const struct source_of *s, const struct json *split, struct manifest *m)
{
    static const char *const any[] = {"column", "validation", "test", "seed", NULL}, *const by_column[] = {
                                                                                         "column", NULL};
    double seed;
    if (json_is_null(split))
        return true;
    if (!known_object(s, split, "\"split\"", json_is_null(json_get(split, "column")) ? any : by_column) ||
        !take_text(s, split, "column", &m->split_column) ||
        !take_number(s, split, "validation", 0, &m->validation) ||
        !take_number(s, split, "test", 0, &m->test) || !take_number(s, split, "seed", 1, &seed))
        return false;
    m->split_drawn = !m->split_column;
    m->split_seed = (uint64_t)(seed >= 0 ? seed : 0);
    return (m->validation >= 0 && m->test >= 0 && m->validation + m->test <= 1 && seed >= 0 &&
            seed < 4294967296.0 && seed == floor(seed)) ||
           wrong(
               s,
               "\"split\": validation and test must be fractions that sum to at most 1, seed a whole number");
}

/* One of a list of words; otherwise where absent. */
static bool take_word(const struct source_of *s, const struct json *object, const char *name,
                      const char *const *words, int otherwise, int *out)
{
    const struct json *v = json_get(object, name);
    const char *word = json_str(v);
    *out = otherwise;
    if (json_is_null(v))
        return true;
    for (int i = 0; word && words[i]; i++)
        if (strcmp(words[i], word) == 0) {
            *out = i;
            return true;
        }
    struct buf known = {0};
    for (int i = 0; words[i]; i++)
        buf_printf(&known, "%s%s", i ? ", " : "", words[i]);
    wrong(s, "\"%s\" must be one of %s", name, buf_text(&known));
    buf_release(&known);
    const char *near = word ? text_nearest(word, words) : NULL;
    return near && err_hint(s->e, "did you mean %s?", near);
}

static bool take_choices(const struct source_of *s, const struct json *root, struct manifest *m)
{
    static const char *const tasks[] = {"classification", "regression", NULL};
    static const char *const outputs[] = {"logits", "probabilities", "values", NULL};
    static const char *const standards[] = {"no", "train", NULL};
    static const char *const decimals[] = {".", ",", NULL};
    int output, standard, decimal;
    if (!take_word(s, root, "task", tasks, -1, &m->task) ||
        !take_word(s, root, "output", outputs, -1, &output) ||
        !take_word(s, root, "standardize", standards, 0, &standard) ||
        !take_word(s, root, "decimal", decimals, 0, &decimal))
        return false;
    m->output = (enum output_kind)(output + 1);
    m->standardize = standard == 1;
    m->decimal_comma = decimal == 1;
    const struct json *synthetic = json_get(root, "synthetic");
    if (!json_is_null(synthetic) && !json_is_bool(synthetic))
        return wrong(s, "\"synthetic\" must be true or false");
    m->synthetic = json_true(synthetic);
    const struct json *missing = json_get(root, "missing");
    m->missing = json_is_number(missing) ? MISSING_VALUE : MISSING_ERROR;
    m->missing_value = json_num(missing, 0);
    if (json_str(missing) && strcmp(json_str(missing), "mean") == 0)
        m->missing = MISSING_MEAN;
    return json_is_null(missing) || m->missing != MISSING_ERROR ||
           wrong(s, "\"missing\" must be \"mean\" or a number");
}

bool manifest_read(const char *path, struct manifest *out, struct err *e)
{
    static const char *const known[] = {"name",  "about", "source",      "licence", "synthetic", "task",
                                        "files", "label", "features",    "groups",  "output",    "split",
                                        "shape", "scale", "standardize", "decimal", "missing",   NULL};
    const struct source_of s = {path, e};
    struct buf text = {0};
    *out = (struct manifest){.path = mem_text(path), .divide = 1};
    struct json *root =
        file_read(path, MANIFEST_BYTES_MAX, &text, e) ? json_parse(buf_text(&text), text.len, path, e) : NULL;
    bool ok =
        root && (json_is_object(root) || wrong(&s, "not an object")) && known_object(&s, root, NULL, known) &&
        take_text(&s, root, "name", &out->name) && take_text(&s, root, "about", &out->about) &&
        take_text(&s, root, "source", &out->source) && take_text(&s, root, "licence", &out->licence) &&
        take_choices(&s, root, out) && take_files(&s, json_get(root, "files"), out) &&
        take_label(&s, json_get(root, "label"), out) && take_features(&s, json_get(root, "features"), out) &&
        take_groups(&s, json_get(root, "groups"), out) && take_shape(&s, json_get(root, "shape"), out) &&
        take_scale(&s, json_get(root, "scale"), out) && take_split(&s, json_get(root, "split"), out);
    json_free(root);
    buf_release(&text);
    if (!ok)
        manifest_release(out);
    return ok;
}

static void free_texts(char **texts, int n)
{
    for (int i = 0; i < n; i++)
        free(texts[i]);
    free(texts);
}

static void release_groups(struct manifest *m)
{
    for (int i = 0; i < m->n_groups; i++) {
        struct manifest_group *g = &m->groups[i];
        for (int c = 0; c < g->n_classes; c++) {
            free(g->classes[c].name);
            free_texts(g->classes[c].columns, g->classes[c].n_columns);
        }
        free(g->classes);
        free(g->cuts);
        free(g->name);
        free(g->column);
    }
    free(m->groups);
}

void manifest_release(struct manifest *m)
{
    char *texts[] = {m->path, m->name,       m->about,      m->source, m->licence,     m->csv,
                     m->npz,  m->npz_keys.x, m->npz_keys.y, m->label,  m->split_column};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        free(texts[i]);
    for (int i = 0; i < SPLIT_ALL; i++) {
        free(m->parts[i].x);
        free(m->parts[i].y);
    }
    free_texts(m->classes, m->n_classes);
    for (int64_t i = 0; i < m->n_features; i++)
        feature_release(&m->features[i]);
    free(m->features);
    release_groups(m);
    free(m->mean);
    free(m->std);
    *m = (struct manifest){0};
}
