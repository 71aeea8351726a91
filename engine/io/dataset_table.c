/* dataset_table: a dataset from a CSV: features, standardisation, labels. */
#include "engine/io/dataset_build.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/mem.h"
#include "engine/base/num.h"
#include "engine/base/text.h"

enum { CELL_MAX = 64 };

bool dataset_missing(const char *cell)
{
    static const char *const words[] = {"", "NA", "N/A", "NaN", "nan", "?"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(cell, words[i]) == 0)
            return true;
    return false;
}

bool dataset_number(const char *cell, bool decimal_comma, double *out)
{
    if (!decimal_comma)
        return num_parse(cell, out);
    char point[CELL_MAX];
    size_t n = strlen(cell);
    if (n >= sizeof point || strchr(cell, '.'))
        return false;
    memcpy(point, cell, n + 1);
    char *comma = strchr(point, ',');
    if (comma)
        *comma = '.';
    return num_parse(point, out);
}

static bool no_column(const struct csv *table, const char *what, const char *name, struct err *e)
{
    struct buf names = {0};
    const char **list = mem_zero((size_t)table->n_columns + 1, sizeof *list);
    for (int i = 0; i < table->n_columns; i++) {
        list[i] = table->columns[i];
        if (i < 12)
            buf_printf(&names, " %s", table->columns[i]);
    }
    const char *near = text_nearest(name, list);
    err_set(e, ERR_UNREADABLE, "%s has no column %s, which %s names", table->path, name, what);
    if (near)
        err_hint(e, "did you mean %s?", near);
    else
        err_hint(e, "columns:%s%s", buf_text(&names), table->n_columns > 12 ? " ..." : "");
    free(list);
    buf_release(&names);
    return false;
}

/* A column of a plain CSV named split holds the split if all its cells say so. */
static int plain_split_column(const struct csv *table)
{
    int column = csv_column(table, "split");
    for (int64_t row = 0; column >= 0 && row < table->n_rows; row++) {
        const char *cell = csv_cell(table, row, column);
        if (strcmp(cell, "train") != 0 && strcmp(cell, "validation") != 0 && strcmp(cell, "test") != 0)
            return -1;
    }
    return column;
}

/* Which columns are features: those listed, or all but label and split. */
static bool find_features(struct dataset *d, struct manifest *m, const struct csv *table, int label,
                          int split, int *columns, struct err *e)
{
    if (m->n_features >= 0) {
        d->n_features = m->n_features;
        d->features = m->features; /* handed over */
        m->features = NULL;
        m->n_features = -1;
        for (int64_t f = 0; f < d->n_features; f++) {
            columns[f] = csv_column(table, d->features[f].column);
            if (columns[f] < 0)
                return no_column(table, "the manifest", d->features[f].column, e);
        }
        return true;
    }
    d->features = mem_zero((size_t)table->n_columns, sizeof *d->features);
    for (int c = 0; c < table->n_columns; c++) {
        if (c == label || c == split)
            continue;
        struct feature *f = &d->features[d->n_features];
        columns[d->n_features++] = c;
        *f = (struct feature){.name = mem_text(table->columns[c]),
                              .column = mem_text(table->columns[c]),
                              .mean = NAN,
                              .std = NAN};
    }
    return d->n_features > 0 || err_set(e, ERR_UNREADABLE, "%s: no column is left for features", table->path);
}

/* Cells to numbers; missing ones become NaN. Rows with a cell that is no number are marked bad. */
static bool read_values(const struct manifest *m, const struct csv *table, const int *columns,
                        int64_t n_features, double *values, bool *good, struct err *first)
{
    int64_t bad = 0;
    for (int64_t row = 0; row < table->n_rows; row++) {
        good[row] = true;
        for (int64_t f = 0; f < n_features && good[row]; f++) {
            const char *cell = csv_cell(table, row, columns[f]);
            double *v = &values[row * n_features + f];
            bool missing = dataset_missing(cell);
            *v = NAN;
            if (dataset_number(cell, m->decimal_comma, v) || (missing && m->missing != MISSING_ERROR))
                continue;
            good[row] = false;
            bad++;
            err_set(first, ERR_UNREADABLE,
                    missing ? "%s line %lld, column %s: the value is missing"
                            : "%s line %lld, column %s: '%s' is no number",
                    table->path, (long long)table->lines[row], table->columns[columns[f]], cell);
        }
    }
    return bad == 0;
}

static void move_rows(double *values, int64_t n, int64_t n_features, const bool *good)
{
    int64_t to = 0;
    for (int64_t row = 0; row < n; row++)
        if (good[row])
            memmove(values + to++ * n_features, values + row * n_features,
                    (size_t)n_features * sizeof *values);
}

static bool take_values(struct dataset *d, const struct manifest *m, struct csv *table, const int *columns,
                        bool skip_bad, struct err *e)
{
    struct err first = {0};
    bool *good = mem_zero((size_t)table->n_rows, sizeof *good);
    int64_t rows = table->n_rows;
    double *values = d->storage->table = mem_alloc((size_t)rows * (size_t)d->n_features, sizeof *values);
    bool ok = read_values(m, table, columns, d->n_features, values, good, &first);
    if (!ok && skip_bad) {
        csv_keep_rows(table, good);
        move_rows(values, rows, d->n_features, good);
        ok = table->n_rows > 0 || err_set(e, ERR_UNREADABLE, "%s: no row is left", table->path);
    } else if (!ok) {
        int64_t more = -1;
        for (int64_t row = 0; row < rows; row++)
            more += !good[row];
        if (more > 0)
            err_set(e, first.code, "%s. %lld more lines like it", first.message, (long long)more);
        else
            err_set(e, first.code, "%s", first.message);
        err_hint(e, more + 1 < rows
                        ? "data ... skip_bad=yes continues without them; \"missing\" in the manifest fills "
                          "missing values"
                        : "no line is right: data ... label=COLUMN takes a column as the answers, "
                          "\"features\" in a manifest names those that are inputs");
    }
    free(good);
    err_release(&first);
    d->n = table->n_rows;
    return ok;
}

/* The rows that means are taken over: training rows, or all where there are none. */
static double column_mean(const struct dataset *d, int64_t f, double about, bool squared)
{
    enum split s = d->n_split[SPLIT_TRAIN] ? SPLIT_TRAIN : SPLIT_ALL;
    double sum = 0;
    int64_t n = 0;
    for (int64_t i = 0; i < d->n_split[s]; i++) {
        double v = d->storage->table[d->rows[s][i] * d->n_features + f];
        if (isnan(v))
            continue;
        sum += squared ? (v - about) * (v - about) : v;
        n++;
    }
    return n ? sum / (double)n : 0;
}

static void fill_missing(struct dataset *d, const struct manifest *m, int64_t f)
{
    double value = m->missing == MISSING_VALUE ? m->missing_value : column_mean(d, f, 0, false);
    for (int64_t row = 0; row < d->n; row++)
        if (isnan(d->storage->table[row * d->n_features + f]))
            d->storage->table[row * d->n_features + f] = value;
}

/* Stated mean and std hold; else "standardize" computes them; else values stay as they are. A constant column is only moved. */
static void standardize(struct dataset *d, const struct manifest *m)
{
    for (int64_t f = 0; f < d->n_features; f++) {
        struct feature *feature = &d->features[f];
        if (m->missing != MISSING_ERROR)
            fill_missing(d, m, f);
        if (isnan(feature->mean))
            feature->mean = m->standardize ? column_mean(d, f, 0, false) : 0;
        if (isnan(feature->std))
            feature->std = m->standardize ? sqrt(column_mean(d, f, feature->mean, true)) : 1;
        if (feature->std == 0)
            feature->std = 1;
    }
}

/* What the labels are where the manifest does not say: numbers with fractions are a regression. */
static enum task guess_task(const struct manifest *m, const struct csv *table, int label)
{
    if (m->task >= 0)
        return (enum task)m->task;
    if (m->n_classes)
        return TASK_CLASSIFICATION;
    int64_t whole;
    double v;
    for (int64_t row = 0; row < table->n_rows; row++) {
        const char *cell = csv_cell(table, row, label);
        if (!num_parse_int(cell, &whole) && dataset_number(cell, m->decimal_comma, &v))
            return TASK_REGRESSION;
    }
    return TASK_CLASSIFICATION;
}

static bool take_targets(struct dataset *d, const struct manifest *m, const struct csv *table, int label,
                         struct err *e)
{
    d->n_targets = 1;
    d->targets = mem_alloc((size_t)d->n, sizeof *d->targets);
    for (int64_t row = 0; row < d->n; row++) {
        double v;
        if (!dataset_number(csv_cell(table, row, label), m->decimal_comma, &v))
            return err_set(e, ERR_UNREADABLE, "%s line %lld, column %s: the target '%s' is no number",
                           table->path, (long long)table->lines[row], m->label, csv_cell(table, row, label));
        d->targets[row] = (float)v;
    }
    return true;
}

static bool take_labels(struct dataset *d, const struct manifest *m, const struct csv *table, int label,
                        struct err *e)
{
    d->task = label < 0 ? TASK_NONE : guess_task(m, table, label);
    if (d->task == TASK_NONE)
        return true;
    if (d->task == TASK_REGRESSION)
        return take_targets(d, m, table, label, e);
    const char **texts = mem_alloc((size_t)d->n, sizeof *texts);
    for (int64_t row = 0; row < d->n; row++)
        texts[row] = csv_cell(table, row, label);
    bool ok = dataset_label_texts(d, m, texts, table, e);
    free(texts);
    return ok;
}

static bool take_splits(struct dataset *d, const struct manifest *m, const struct csv *table, int column,
                        struct err *e)
{
    if (column >= 0)
        return dataset_column_splits(d, table, column, e);
    if (m->split_drawn)
        dataset_draw_splits(d, m->validation, m->test, m->split_seed);
    else {
        int *none = mem_alloc((size_t)d->n, sizeof *none);
        for (int64_t row = 0; row < d->n; row++)
            none[row] = SPLIT_ALL;
        dataset_set_splits(d, none);
        free(none);
    }
    return true;
}

bool dataset_from_table(struct dataset *d, struct manifest *m, struct csv *table, bool skip_bad,
                        struct err *e)
{
    int label = m->label ? csv_column(table, m->label) : -1;
    int split = m->split_column  ? csv_column(table, m->split_column)
                : m->split_drawn ? -1
                                 : plain_split_column(table);
    if (m->label && label < 0)
        return no_column(table, "label", m->label, e);
    if (m->split_column && split < 0)
        return no_column(table, "split", m->split_column, e);
    int64_t most = m->n_features > table->n_columns ? m->n_features : table->n_columns;
    int *columns = mem_zero((size_t)most, sizeof *columns);
    bool ok = find_features(d, m, table, label, split, columns, e) &&
              take_values(d, m, table, columns, skip_bad, e) && take_splits(d, m, table, split, e) &&
              take_labels(d, m, table, label, e) && dataset_add_groups(d, m, table, e);
    free(columns);
    if (ok)
        standardize(d, m);
    return ok;
}
