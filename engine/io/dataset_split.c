/* dataset_split: which records belong to train, validation and test. */
#include "engine/io/dataset_build.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/base/mem.h"
#include "engine/base/num.h"
#include "engine/base/rng.h"

void dataset_set_splits(struct dataset *d, const int *split_of)
{
    for (int s = 0; s < SPLITS; s++)
        d->rows[s] = mem_alloc((size_t)d->n, sizeof *d->rows[s]);
    for (int64_t row = 0; row < d->n; row++) {
        if (split_of[row] != SPLIT_ALL)
            d->rows[split_of[row]][d->n_split[split_of[row]]++] = row;
        d->rows[SPLIT_ALL][d->n_split[SPLIT_ALL]++] = row;
    }
}

struct drawn {
    uint64_t key;
    int64_t row;
};

static int by_key(const void *a, const void *b)
{
    const struct drawn *x = a, *y = b;
    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    return (x->row > y->row) - (x->row < y->row);
}

/* Rows ordered by SplitMix64(seed 2^32 + row): first the test records, next the validation records, each in that order. */
void dataset_draw_splits(struct dataset *d, double validation, double test, uint64_t seed)
{
    struct drawn *order = mem_alloc((size_t)d->n, sizeof *order);
    int64_t n_test = num_portion(test, d->n), n_validation = num_portion(validation, d->n);
    for (int64_t row = 0; row < d->n; row++)
        order[row] = (struct drawn){rng_splitmix64((seed << 32) + (uint64_t)row), row};
    qsort(order, (size_t)d->n, sizeof *order, by_key);
    for (int s = 0; s < SPLITS; s++)
        d->rows[s] = mem_alloc((size_t)d->n, sizeof *d->rows[s]);
    for (int64_t i = 0; i < d->n; i++) {
        enum split s = i < n_test ? SPLIT_TEST : i < n_test + n_validation ? SPLIT_VALIDATION : SPLIT_TRAIN;
        d->rows[s][d->n_split[s]++] = order[i].row;
        d->rows[SPLIT_ALL][i] = i;
    }
    d->n_split[SPLIT_ALL] = d->n;
    free(order);
}

static int split_named(const char *word)
{
    for (int s = 0; s < SPLIT_ALL; s++)
        if (strcmp(word, split_names[s]) == 0)
            return s;
    return -1;
}

bool dataset_column_splits(struct dataset *d, const struct csv *table, int column, struct err *e)
{
    int *split_of = mem_alloc((size_t)d->n, sizeof *split_of);
    bool ok = true;
    for (int64_t row = 0; ok && row < d->n; row++) {
        split_of[row] = split_named(csv_cell(table, row, column));
        if (split_of[row] < 0) {
            ok = err_set(e, ERR_UNREADABLE, "%s line %lld, column %s: '%s' is no split", table->path,
                         (long long)table->lines[row], table->columns[column], csv_cell(table, row, column));
            err_hint(e, "known: train, validation, test");
        }
    }
    if (ok)
        dataset_set_splits(d, split_of);
    free(split_of);
    return ok;
}
