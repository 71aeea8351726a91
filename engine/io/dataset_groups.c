/* dataset_groups: the sets of records that the manifest names: by cuts of a number, by values of a column, by one-hot columns. */
#include "engine/io/dataset_build.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/mem.h"
#include "engine/base/num.h"

/* A new group without records; the name is handed over. */
static struct record_group *add_group(struct dataset *d, const char *family, char *name_take)
{
    d->groups = mem_resize(d->groups, (size_t)d->n_groups + 1, sizeof *d->groups);
    struct record_group *g = &d->groups[d->n_groups++];
    *g = (struct record_group){
        .name = name_take, .family = mem_text(family), .member = mem_zero((size_t)d->n, 1)};
    return g;
}

static void join(struct dataset *d, int group, int64_t row)
{
    d->groups[group].member[row] = 1;
    d->groups[group].n++;
}

/* Groups nobody belongs to say nothing and go. */
static void drop_empty(struct dataset *d, int first)
{
    int to = first;
    for (int i = first; i < d->n_groups; i++) {
        if (d->groups[i].n) {
            d->groups[to++] = d->groups[i];
            continue;
        }
        free(d->groups[i].name);
        free(d->groups[i].family);
        free(d->groups[i].member);
    }
    d->n_groups = to;
}

/* "age <25", "age 25-39", "age 40+": whole cuts end one below the next. */
static char *cut_name(const struct manifest_group *g, int i)
{
    struct buf b = {0};
    buf_printf(&b, "%s ", g->name);
    if (i == 0) {
        buf_putc(&b, '<');
        num_exact(&b, g->cuts[0]);
    } else {
        num_exact(&b, g->cuts[i - 1]);
        if (i == g->n_cuts) {
            buf_putc(&b, '+');
        } else {
            bool whole = g->cuts[i] == floor(g->cuts[i]);
            buf_putc(&b, '-');
            num_exact(&b, whole ? g->cuts[i] - 1 : g->cuts[i]);
        }
    }
    return buf_take(&b);
}

static bool add_cuts(struct dataset *d, const struct manifest *m, const struct manifest_group *g,
                     const struct csv *table, int column, struct err *e)
{
    int first = d->n_groups;
    for (int i = 0; i <= g->n_cuts; i++)
        add_group(d, g->name, cut_name(g, i));
    int other = -1;
    for (int64_t row = 0; row < d->n; row++) {
        const char *cell = csv_cell(table, row, column);
        double v;
        if (dataset_number(cell, m->decimal_comma, &v)) {
            int band = 0;
            while (band < g->n_cuts && v >= g->cuts[band])
                band++;
            join(d, first + band, row);
        } else if (dataset_missing(cell)) {
            if (other < 0) {
                struct buf name = {0};
                buf_printf(&name, "%s other", g->name);
                add_group(d, g->name, buf_take(&name));
                other = d->n_groups - 1;
            }
            join(d, other, row);
        } else {
            return err_set(e, ERR_UNREADABLE,
                           "%s line %lld, column %s: '%s' is no number, but group %s has cuts", table->path,
                           (long long)table->lines[row], g->column, cell, g->name);
        }
    }
    drop_empty(d, first);
    return true;
}

static int find_group(const struct dataset *d, int first, const char *name)
{
    for (int i = first; i < d->n_groups; i++)
        if (strcmp(d->groups[i].name, name) == 0)
            return i;
    return -1;
}

enum { VALUES_MAX = 200 };

static bool add_values(struct dataset *d, const struct manifest_group *g, const struct csv *table, int column,
                       struct err *e)
{
    int first = d->n_groups;
    for (int64_t row = 0; row < d->n; row++) {
        struct buf name = {0};
        const char *cell = csv_cell(table, row, column);
        buf_printf(&name, "%s %s", g->name, *cell ? cell : "other");
        int at = find_group(d, first, buf_text(&name));
        if (at < 0 && d->n_groups - first >= VALUES_MAX) {
            buf_release(&name);
            err_set(e, ERR_UNREADABLE, "group %s: column %s has more than %d values", g->name, g->column,
                    VALUES_MAX);
            return err_hint(e, "give it \"cuts\"");
        }
        if (at < 0) {
            add_group(d, g->name, buf_take(&name));
            at = d->n_groups - 1;
        }
        buf_release(&name);
        join(d, at, row);
    }
    return true;
}

static bool column_of(const struct csv *table, const char *name, const char *group, int *out, struct err *e)
{
    *out = csv_column(table, name);
    return *out >= 0 || err_set(e, ERR_UNREADABLE, "%s: group %s names the column %s, which is not there",
                                table->path, group, name);
}

/* Does the row have a number other than 0 in one of the class's columns? */
static bool in_class(const struct csv *table, int64_t row, const int *columns, int n)
{
    double v;
    for (int i = 0; i < n; i++)
        if (dataset_number(csv_cell(table, row, columns[i]), false, &v) && v != 0)
            return true;
    return false;
}

static bool add_onehot(struct dataset *d, const struct manifest_group *g, const struct csv *table,
                       struct err *e)
{
    int first = d->n_groups;
    uint8_t *listed = mem_zero((size_t)d->n, 1);
    bool ok = true;
    for (int c = 0; ok && c <= g->n_classes; c++) {
        const struct manifest_class *cls = c < g->n_classes ? &g->classes[c] : NULL;
        int n = cls ? cls->n_columns : 0, *columns = mem_zero((size_t)n, sizeof *columns);
        for (int i = 0; ok && i < n; i++)
            ok = column_of(table, cls->columns[i], g->name, &columns[i], e);
        struct buf name = {0};
        buf_printf(&name, "%s %s", g->name, cls ? cls->name : "other");
        add_group(d, g->name, buf_take(&name));
        for (int64_t row = 0; ok && row < d->n; row++)
            if (cls ? in_class(table, row, columns, n) : !listed[row]) {
                join(d, d->n_groups - 1, row);
                listed[row] = 1;
            }
        free(columns);
    }
    free(listed);
    drop_empty(d, first);
    return ok;
}

bool dataset_add_groups(struct dataset *d, const struct manifest *m, const struct csv *table, struct err *e)
{
    for (int i = 0; i < m->n_groups; i++) {
        const struct manifest_group *g = &m->groups[i];
        int column = -1;
        if (g->column && !column_of(table, g->column, g->name, &column, e))
            return false;
        bool ok = g->n_classes ? add_onehot(d, g, table, e)
                  : g->n_cuts  ? add_cuts(d, m, g, table, column, e)
                               : add_values(d, g, table, column, e);
        if (!ok)
            return false;
    }
    return true;
}
