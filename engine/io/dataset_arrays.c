/* dataset_arrays: a dataset from IDX, NPY or NPZ files, such as images. */
#include "engine/io/dataset_build.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/mem.h"
#include "engine/io/finite.h"
#include "engine/io/npz.h"

static bool add_part(struct dataset *d, struct array *x_take, const char *path, struct err *e)
{
    struct storage *s = d->storage;
    int64_t sample = x_take->rank > 0 && x_take->dim[0] > 0 ? x_take->n / x_take->dim[0] : 0;
    if (sample == 0)
        return err_set(e, ERR_UNREADABLE, "%s: no records", path);
    if (s->n_parts && sample != d->n_features)
        return err_set(e, ERR_UNREADABLE, "%s: a sample has %lld elements, in the file before it %lld", path,
                       (long long)sample, (long long)d->n_features);
    d->n_features = sample;
    s->parts[s->n_parts] = *x_take;
    *x_take = (struct array){0};
    s->first[s->n_parts + 1] = s->first[s->n_parts] + s->parts[s->n_parts].dim[0];
    s->n_parts++;
    d->n = s->first[s->n_parts];
    return true;
}

static enum task guess_task(const struct manifest *m, const struct array *y)
{
    if (m->task >= 0)
        return (enum task)m->task;
    return m->n_classes || array_is_integer(y) ? TASK_CLASSIFICATION : TASK_REGRESSION;
}

/* Labels or targets of one part, whose records begin at first. */
static bool add_labels(struct dataset *d, const struct manifest *m, const struct array *y, int64_t first,
                       const char *path, struct err *e)
{
    int64_t n = d->n - first;
    if (y->rank == 0 || y->dim[0] != n || n == 0)
        return err_set(e, ERR_UNREADABLE, "%s: %lld labels for %lld records", path,
                       y->rank ? (long long)y->dim[0] : 0LL, (long long)n);
    if (first == 0)
        d->task = guess_task(m, y);
    if (d->task == TASK_CLASSIFICATION) {
        if (y->n != n)
            return err_set(e, ERR_UNREADABLE, "%s: a label must be one number per record", path);
        d->labels = mem_resize(d->labels, (size_t)d->n, sizeof *d->labels);
        return dataset_label_numbers(d, m, y, first, path, e);
    }
    if (first > 0 && y->n / n != d->n_targets)
        return err_set(e, ERR_UNREADABLE, "%s: %lld targets a record, in the file before it %lld", path,
                       (long long)(y->n / n), (long long)d->n_targets);
    d->n_targets = y->n / n;
    d->targets = mem_resize(d->targets, (size_t)(d->n * d->n_targets), sizeof *d->targets);
    for (int64_t i = 0; i < y->n; i++)
        d->targets[first * d->n_targets + i] = (float)array_real(y, i);
    return true;
}

/* Records that no number can be computed from are refused or left out, in x and y alike. Sizes are not checked yet. */
static bool keep_finite(struct dataset *d, struct array *x, const char *x_path, struct array *y,
                        const char *y_path, bool skip_bad, struct err *e)
{
    int64_t n = x->rank > 0 && x->n > 0 ? x->dim[0] : 0;
    bool labelled = y->rank > 0 && y->n > 0 && y->dim[0] == n;
    struct record_array both[] = {record_array(x, x_path), record_array(y, y_path)};
    if (n == 0)
        return true;
    bool *good = mem_alloc((size_t)n, sizeof *good);
    bool ok = finite_records(both, labelled ? 2 : 1, n, skip_bad, good, e);
    free(good);
    d->skipped += n - x->dim[0];
    return ok;
}

/* One split's files; splits that have labels and splits that have none do not mix. */
static bool read_part(struct dataset *d, const struct manifest *m, enum split split, bool skip_bad,
                      struct err *e)
{
    const struct manifest_part *p = &m->parts[split];
    struct array x = {0}, y = {0};
    int64_t first = d->n;
    bool ok = array_read(p->x, &x, e) && (!p->y || array_read(p->y, &y, e)) &&
              keep_finite(d, &x, p->x, &y, p->y, skip_bad, e) && add_part(d, &x, p->x, e) &&
              (!p->y || add_labels(d, m, &y, first, p->y, e));
    if (ok && first > 0 && !p->y != (d->task == TASK_NONE))
        ok = err_set(e, ERR_UNREADABLE, "%s: some splits have labels and some have none", d->path);
    array_release(&x);
    array_release(&y);
    return ok;
}

/* x and y of an archive become the only part; y may stay empty. */
static bool read_npz(struct dataset *d, const struct manifest *m, bool skip_bad, struct err *e)
{
    struct array x = {0}, y = {0};
    struct buf x_name = {0}, y_name = {0};
    const struct manifest_part *keys = &m->npz_keys;
    buf_printf(&x_name, "%s: %s", m->npz, keys->x);
    buf_printf(&y_name, "%s: %s", m->npz, keys->y ? keys->y : "");
    bool ok = npz_read(m->npz, keys->x, &x, e) && (!keys->y || npz_read(m->npz, keys->y, &y, e)) &&
              keep_finite(d, &x, buf_text(&x_name), &y, buf_text(&y_name), skip_bad, e) &&
              add_part(d, &x, m->npz, e) && (!keys->y || add_labels(d, m, &y, 0, m->npz, e));
    array_release(&x);
    array_release(&y);
    buf_release(&x_name);
    buf_release(&y_name);
    return ok;
}

static bool read_parts(struct dataset *d, const struct manifest *m, bool skip_bad, struct err *e)
{
    d->task = TASK_NONE;
    if (m->npz)
        return read_npz(d, m, skip_bad, e);
    for (int s = 0; s < SPLIT_ALL; s++)
        if (m->parts[s].x && !read_part(d, m, (enum split)s, skip_bad, e))
            return false;
    return true;
}

/* Without a list of classes they are as many as the labels say. */
static void number_classes(struct dataset *d)
{
    int32_t most = -1;
    if (d->task != TASK_CLASSIFICATION || d->classes)
        return;
    for (int64_t i = 0; i < d->n; i++)
        most = d->labels[i] > most ? d->labels[i] : most;
    d->n_classes = most + 1;
    d->classes = mem_zero((size_t)d->n_classes, sizeof *d->classes);
    for (int i = 0; i < d->n_classes; i++) {
        struct buf name = {0};
        buf_printf(&name, "%d", i);
        d->classes[i] = buf_take(&name);
    }
}

static bool take_shape(struct dataset *d, const struct manifest *m, struct err *e)
{
    const struct array *x = &d->storage->parts[0];
    int64_t elements = 1;
    d->sample_rank = m->sample_rank ? m->sample_rank : x->rank - 1;
    for (int i = 0; i < d->sample_rank; i++) {
        d->sample_dim[i] = m->sample_rank ? m->sample_dim[i] : x->dim[i + 1];
        elements = elements > d->n_features ? elements : elements * d->sample_dim[i];
    }
    return elements == d->n_features ||
           err_set(e, ERR_UNREADABLE, "%s: \"shape\" does not have the %lld elements of a sample", d->path,
                   (long long)d->n_features);
}

/* Eight-bit values are looked up, one table a channel. */
static void tabulate_bytes(struct storage *s)
{
    for (int p = 0; p < s->n_parts; p++)
        if (s->parts[p].type != ARRAY_U8)
            return;
    s->byte_value = mem_alloc((size_t)s->n_scale * 256, sizeof *s->byte_value);
    for (int c = 0; c < s->n_scale; c++)
        for (int v = 0; v < 256; v++)
            s->byte_value[256 * c + v] = (float)((v / s->divide - s->mean[c]) / s->std[c]);
}

static bool take_scale(struct dataset *d, const struct manifest *m, struct err *e)
{
    struct storage *s = d->storage;
    s->divide = m->divide;
    s->n_scale = m->n_scale;
    s->mean = mem_copy(m->mean, (size_t)m->n_scale, sizeof *s->mean);
    s->std = mem_copy(m->std, (size_t)m->n_scale, sizeof *s->std);
    if (s->n_scale > 1 && (d->sample_rank == 0 || d->sample_dim[0] != s->n_scale))
        return err_set(e, ERR_UNREADABLE, "%s: \"scale\" has %d channels, the shape begins with %lld",
                       d->path, s->n_scale, d->sample_rank ? (long long)d->sample_dim[0] : 1LL);
    tabulate_bytes(s);
    return true;
}

static void take_splits(struct dataset *d, const struct manifest *m)
{
    if (m->split_drawn) {
        dataset_draw_splits(d, m->validation, m->test, m->split_seed);
        return;
    }
    int *split_of = mem_alloc((size_t)d->n, sizeof *split_of), part = 0;
    for (int64_t row = 0; m->npz && row < d->n; row++)
        split_of[row] = SPLIT_ALL;
    for (int s = 0; !m->npz && s < SPLIT_ALL; s++) {
        if (!m->parts[s].x)
            continue;
        for (int64_t row = d->storage->first[part]; row < d->storage->first[part + 1]; row++)
            split_of[row] = s;
        part++;
    }
    dataset_set_splits(d, split_of);
    free(split_of);
}

bool dataset_from_arrays(struct dataset *d, const struct manifest *m, bool skip_bad, struct err *e)
{
    if (m->n_groups || m->split_column)
        return err_set(e, ERR_UNREADABLE, "%s: groups and a split column need a csv", d->path);
    if (!read_parts(d, m, skip_bad, e) || !take_shape(d, m, e) || !take_scale(d, m, e))
        return false;
    number_classes(d);
    take_splits(d, m);
    return true;
}
