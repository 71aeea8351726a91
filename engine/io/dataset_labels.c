/* dataset_labels: labels as class numbers. Integer labels index the classes, text is looked up; without classes the distinct
 * labels, sorted (by value where all are whole numbers). */
#include "engine/io/dataset_build.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/mem.h"
#include "engine/base/num.h"

enum { CLASSES_MAX = 100000 };

static void take_classes(struct dataset *d, const struct manifest *m)
{
    d->n_classes = m->n_classes;
    d->classes = mem_zero((size_t)m->n_classes, sizeof *d->classes);
    for (int i = 0; i < m->n_classes; i++)
        d->classes[i] = mem_text(m->classes[i]);
}

static bool all_whole(const char *const *texts, int64_t n)
{
    int64_t v;
    for (int64_t i = 0; i < n; i++)
        if (!num_parse_int(texts[i], &v))
            return false;
    return true;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int by_value(const void *a, const void *b)
{
    int64_t x = 0, y = 0;
    num_parse_int(*(const char *const *)a, &x);
    num_parse_int(*(const char *const *)b, &y);
    return x != y ? (x > y) - (x < y) : by_text(a, b); /* 1 and 01 are two */
}

/* The distinct texts, sorted, become the classes. */
static void find_classes(struct dataset *d, const char *const *texts)
{
    size_t capacity = 0;
    const char **sorted = mem_copy(texts, (size_t)d->n, sizeof *sorted);
    qsort(sorted, (size_t)d->n, sizeof *sorted, all_whole(texts, d->n) ? by_value : by_text);
    for (int64_t i = 0; i < d->n && d->n_classes < CLASSES_MAX; i++) {
        if (i > 0 && strcmp(sorted[i], sorted[i - 1]) == 0)
            continue;
        d->classes = mem_grow(d->classes, (size_t)d->n_classes, &capacity, sizeof *d->classes);
        d->classes[d->n_classes++] = mem_text(sorted[i]);
    }
    free(sorted);
}

/* A class under its name: sorted, there may be as many as records. */
struct named {
    const char *name;
    int32_t number;
};

static int by_name(const void *a, const void *b)
{
    const struct named *x = a, *y = b;
    int order = strcmp(x->name, y->name);
    return order ? order : (x->number > y->number) - (x->number < y->number);
}

static struct named *sort_classes(const struct dataset *d)
{
    struct named *sorted = mem_alloc((size_t)d->n_classes, sizeof *sorted);
    for (int32_t i = 0; i < d->n_classes; i++)
        sorted[i] = (struct named){d->classes[i], i};
    qsort(sorted, (size_t)d->n_classes, sizeof *sorted, by_name);
    return sorted;
}

/* The first class of that name; where numbers may stand for classes, else the one it counts to; -1: none. */
static int32_t class_of(const struct named *sorted, int32_t n, const char *text, bool by_number)
{
    int32_t from = 0, to = n;
    int64_t v;
    while (from < to) {
        int32_t mid = from + (to - from) / 2;
        if (strcmp(sorted[mid].name, text) < 0)
            from = mid + 1;
        else
            to = mid;
    }
    if (from < n && strcmp(sorted[from].name, text) == 0)
        return sorted[from].number;
    return by_number && num_parse_int(text, &v) && v >= 0 && v < n ? (int32_t)v : -1;
}

static bool unknown_label(const struct dataset *d, const char *where, const char *label, int64_t more,
                          struct err *e)
{
    struct buf known = {0};
    for (int i = 0; i < d->n_classes && i < 12; i++)
        buf_printf(&known, " %s", d->classes[i]);
    if (more)
        err_set(e, ERR_UNREADABLE, "%s: unknown label '%s'. %lld more lines like it", where, label,
                (long long)more);
    else
        err_set(e, ERR_UNREADABLE, "%s: unknown label '%s'", where, label);
    err_hint(e, "classes:%s%s", buf_text(&known), d->n_classes > 12 ? " ..." : "");
    buf_release(&known);
    return false;
}

bool dataset_label_texts(struct dataset *d, const struct manifest *m, const char *const *texts,
                         const struct csv *lines, struct err *e)
{
    int64_t bad = -1, more = 0;
    if (m->n_classes)
        take_classes(d, m);
    else
        find_classes(d, texts);
    bool by_number = m->n_classes && all_whole(texts, d->n);
    struct named *sorted = sort_classes(d);
    d->labels = mem_alloc((size_t)d->n, sizeof *d->labels);
    for (int64_t row = 0; row < d->n; row++) {
        d->labels[row] = class_of(sorted, d->n_classes, texts[row], by_number);
        if (d->labels[row] < 0) {
            more += bad >= 0;
            bad = bad >= 0 ? bad : row;
        }
    }
    free(sorted);
    if (bad < 0)
        return true;
    struct buf where = {0};
    buf_printf(&where, "%s line %lld", lines->path, (long long)lines->lines[bad]);
    unknown_label(d, buf_text(&where), texts[bad], more, e);
    buf_release(&where);
    return false;
}

bool dataset_label_numbers(struct dataset *d, const struct manifest *m, const struct array *y, int64_t first,
                           const char *path, struct err *e)
{
    if (!d->classes && m->n_classes)
        take_classes(d, m);
    for (int64_t i = 0; i < y->n; i++) {
        double v = array_real(y, i);
        bool known = v >= 0 && v == floor(v) && v < (m->n_classes ? m->n_classes : CLASSES_MAX);
        if (!known) {
            err_set(e, ERR_UNREADABLE, "%s, record %lld: the label %g is no class number", path, (long long)i,
                    v);
            return err_hint(e, "labels of arrays count from 0%s",
                            m->n_classes ? " and stay below the number of classes" : "");
        }
        d->labels[first + i] = (int32_t)v;
    }
    return true;
}
