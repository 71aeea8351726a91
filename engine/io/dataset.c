/* dataset: opening, filling blocks, freeing. Where the values come from: dataset_table.c and dataset_arrays.c. */
#include "engine/io/dataset.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/file.h"
#include "engine/base/mem.h"
#include "engine/io/dataset_build.h"

const char *const split_names[] = {"train", "validation", "test", "all", NULL};

static bool is_json(const char *path)
{
    size_t n = strlen(path);
    return n > 5 && strcmp(path + n - 5, ".json") == 0;
}

/* The manifest, then every file in the manifest's order. */
static void list_files(struct dataset *d, const struct manifest *m)
{
    const char *files[3 + 2 * SPLIT_ALL];
    int n = 0;
    if (is_json(d->path))
        files[n++] = d->path;
    if (m->csv)
        files[n++] = m->csv;
    if (m->npz)
        files[n++] = m->npz;
    for (int i = 0; i < SPLIT_ALL; i++) {
        if (m->parts[i].x)
            files[n++] = m->parts[i].x;
        if (m->parts[i].y)
            files[n++] = m->parts[i].y;
    }
    d->files = mem_alloc((size_t)n, sizeof *d->files);
    for (; d->n_files < n; d->n_files++)
        d->files[d->n_files] = mem_text(files[d->n_files]);
}

static bool hash_files(struct dataset *d, struct err *e)
{
    struct buf all = {0};
    char hex[HASH_HEX];
    bool ok = true;
    for (int i = 0; ok && i < d->n_files; i++) {
        ok = file_hash(d->files[i], hex, e);
        buf_puts(&all, ok ? hex : "");
    }
    hash_bytes(buf_text(&all), all.len, d->hash);
    buf_release(&all);
    return ok;
}

/* A plain CSV is a manifest that says nothing but its name and label. */
static void plain_manifest(const char *path, const char *label, struct manifest *m)
{
    *m = (struct manifest){
        .path = mem_text(path), .csv = mem_text(path), .task = -1, .n_features = -1, .divide = 1};
    struct buf name = {0};
    const char *base = file_base(path), *dot = strrchr(base, '.');
    buf_add(&name, base, dot && dot > base ? (size_t)(dot - base) : strlen(base));
    m->name = buf_take(&name);
    m->label = mem_text(label);
}

static void take_texts(struct dataset *d, struct manifest *m)
{
    char **from[] = {&m->name, &m->about, &m->source, &m->licence};
    char **to[] = {&d->name, &d->about, &d->source, &d->licence};
    for (int i = 0; i < 4; i++) {
        *to[i] = *from[i];
        *from[i] = NULL;
    }
    if (!d->name)
        d->name = mem_text(file_base(d->path));
    d->synthetic = m->synthetic;
    d->output = m->output;
}

static bool build(struct dataset *d, struct manifest *m, const struct dataset_options *o, struct err *e)
{
    take_texts(d, m);
    list_files(d, m);
    if (!hash_files(d, e))
        return false;
    if (!m->csv)
        return dataset_from_arrays(d, m, o->skip_bad, e);
    struct csv table;
    if (!csv_read(m->csv, o->skip_bad, &table, e))
        return false;
    bool ok = dataset_from_table(d, m, &table, o->skip_bad, e);
    d->skipped = table.n_skipped;
    csv_release(&table);
    return ok;
}

struct dataset *dataset_open(const char *path, const struct dataset_options *o, struct err *e)
{
    struct manifest m;
    if (!is_json(path))
        plain_manifest(path, o->label, &m);
    else if (!manifest_read(path, &m, e))
        return NULL;
    if (o->label && is_json(path)) {
        free(m.label);
        m.label = mem_text(o->label);
    }
    struct dataset *d = mem_zero(1, sizeof *d);
    d->path = mem_text(path);
    d->storage = mem_zero(1, sizeof *d->storage);
    if (!build(d, &m, o, e)) {
        dataset_free(d);
        d = NULL;
    }
    manifest_release(&m);
    return d;
}

void feature_release(struct feature *f)
{
    free(f->name);
    free(f->column);
    free(f->unit);
    free(f->about);
    free(f->source);
}

static void free_storage(struct storage *s)
{
    for (int i = 0; i < s->n_parts; i++)
        array_release(&s->parts[i]);
    free(s->table);
    free(s->mean);
    free(s->std);
    free(s->byte_value);
    free(s);
}

void dataset_free(struct dataset *d)
{
    if (!d)
        return;
    free_storage(d->storage);
    for (int64_t i = 0; d->features && i < d->n_features; i++)
        feature_release(&d->features[i]);
    for (int i = 0; i < d->n_classes; i++)
        free(d->classes[i]);
    for (int i = 0; i < d->n_files; i++)
        free(d->files[i]);
    for (int i = 0; i < d->n_groups; i++) {
        free(d->groups[i].name);
        free(d->groups[i].family);
        free(d->groups[i].member);
    }
    for (int i = 0; i < SPLITS; i++)
        free(d->rows[i]);
    void *blocks[] = {d->path,    d->name,   d->about,   d->source, d->licence, d->features,
                      d->classes, d->labels, d->targets, d->groups, d->files};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        free(blocks[i]);
    free(d);
}

static void fill_table(const struct dataset *d, const int64_t *rows, int n, int lanes, float *out)
{
    for (int lane = 0; lane < n; lane++) {
        const double *record = d->storage->table + rows[lane] * d->n_features;
        for (int64_t f = 0; f < d->n_features; f++)
            out[f * lanes + lane] = (float)((record[f] - d->features[f].mean) / d->features[f].std);
    }
}

/* The part of a record, and its number there. */
static const struct array *part_of(const struct storage *s, int64_t row, int64_t *within)
{
    int p = 0;
    while (row >= s->first[p + 1])
        p++;
    *within = row - s->first[p];
    return &s->parts[p];
}

enum { FILL_LANES = 64, FILL_FEATURES = 8, CACHE_LINE = 64 };

/* FILL_FEATURES bytes of each lane by a table. Images have wide margins: eight features that are 0 in every record are written
 * in rows. */
static void fill_eight(const float *value, const uint8_t *const *bytes, int64_t first, int n_lanes,
                       ptrdiff_t stride, float *out)
{
    uint64_t eight[FILL_LANES], any = 0;
    for (int lane = 0; lane < n_lanes; lane++) {
        memcpy(&eight[lane], bytes[lane] + first, FILL_FEATURES);
        any |= eight[lane];
    }
    for (int i = 0; !any && i < FILL_FEATURES; i++)
        for (int lane = 0; lane < n_lanes; lane++)
            out[i * stride + lane] = value[0];
    for (int lane = 0; any && lane < n_lanes; lane++) {
        const uint8_t *b = (const uint8_t *)&eight[lane];
        float *to = out + lane;
        to[0] = value[b[0]];
        to[stride] = value[b[1]];
        to[2 * stride] = value[b[2]];
        to[3 * stride] = value[b[3]];
        to[4 * stride] = value[b[4]];
        to[5 * stride] = value[b[5]];
        to[6 * stride] = value[b[6]];
        to[7 * stride] = value[b[7]];
    }
}

/* Bytes of some lanes, few features of every lane at a time: what is written stays in the first cache until its lines are
 * full. Records lie anywhere, so they are asked for before they are needed. */
static void fill_bytes(const struct dataset *d, const uint8_t *const *bytes, int n_lanes, int stride,
                       float *out)
{
    const struct storage *s = d->storage;
    int64_t per_channel = d->n_features / s->n_scale;
    for (int lane = 0; lane < n_lanes; lane++)
        for (int64_t f = 0; f < d->n_features; f += CACHE_LINE)
            __builtin_prefetch(bytes[lane] + f);
    for (int c = 0; c < s->n_scale; c++) {
        const float *value = s->byte_value + 256 * c;
        int64_t f = c * per_channel, end = f + per_channel;
        for (; f + FILL_FEATURES <= end; f += FILL_FEATURES)
            fill_eight(value, bytes, f, n_lanes, stride, out + f * stride);
        for (; f < end; f++)
            for (int lane = 0; lane < n_lanes; lane++)
                out[f * stride + lane] = value[bytes[lane][f]];
    }
}

/* One record into one lane. */
static void fill_lane(const struct dataset *d, int64_t row, int stride, float *out)
{
    const struct storage *s = d->storage;
    int64_t per_channel = d->n_features / s->n_scale, within;
    const struct array *part = part_of(s, row, &within);
    for (int64_t f = 0; f < d->n_features; f++) {
        int64_t c = f / per_channel;
        double v = array_real(part, within * d->n_features + f);
        out[f * stride] = (float)((v / s->divide - s->mean[c]) / s->std[c]);
    }
}

static void fill_arrays(const struct dataset *d, const int64_t *rows, int n, int stride, float *out)
{
    const uint8_t *bytes[FILL_LANES];
    for (int lane = 0; lane < n && !d->storage->byte_value; lane++)
        fill_lane(d, rows[lane], stride, out + lane);
    for (int lane = 0; lane < n && d->storage->byte_value; lane += FILL_LANES) {
        int n_lanes = n - lane < FILL_LANES ? n - lane : FILL_LANES;
        for (int i = 0; i < n_lanes; i++) {
            int64_t within;
            const struct array *part = part_of(d->storage, rows[lane + i], &within);
            bytes[i] = part->u8 + within * d->n_features;
        }
        fill_bytes(d, bytes, n_lanes, stride, out + lane);
    }
}

void dataset_fill(const struct dataset *d, const int64_t *rows, int n, int lanes, float *out)
{
    if (d->storage->table)
        fill_table(d, rows, n, lanes, out);
    else
        fill_arrays(d, rows, n, lanes, out);
    for (int64_t f = 0; n < lanes && f < d->n_features; f++)
        for (int lane = n; lane < lanes; lane++)
            out[f * lanes + lane] = out[f * lanes + n - 1];
}

enum split dataset_default_split(const struct dataset *d)
{
    return d->n_split[SPLIT_VALIDATION] ? SPLIT_VALIDATION : d->n_split[SPLIT_TEST] ? SPLIT_TEST : SPLIT_ALL;
}

int dataset_split(const struct dataset *d, const char *word, struct err *e)
{
    const char *there[SPLITS + 1] = {NULL};
    bool empty = false;
    for (int i = 0, n = 0; i < SPLITS; i++) {
        bool named = strcmp(word, split_names[i]) == 0;
        if (named && d->n_split[i])
            return i;
        empty |= named;
        if (d->n_split[i])
            there[n++] = split_names[i];
    }
    err_set(e, ERR_UNKNOWN, empty ? "the data set has no records in split %s" : "no split %s", word);
    err_known(e, empty ? "" : word, there);
    return -1;
}
