/* csv: see csv.h. The file is read once into one buffer; cells are NUL-ended in place. */
#include "engine/io/csv.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/base/file.h"
#include "engine/base/mem.h"

#define CSV_BYTES_MAX ((size_t)1 << 30)
enum { CSV_COLUMNS_MAX = 100000 };

/* The reading head: cells of one line at a time. */
struct reader {
    char *at, *end;
    char separator;
    int64_t line; /* of the row read last */
    int64_t next_line;
    const char **cells;
    size_t n, capacity;
};

static char find_separator(const char *text)
{
    static const char candidates[] = {',', ';', '\t'};
    size_t line = strcspn(text, "\r\n"), best = 0;
    char separator = ',';
    for (size_t c = 0; c < sizeof candidates; c++) {
        size_t count = 0;
        for (size_t i = 0; i < line; i++)
            count += text[i] == candidates[c];
        if (count > best) {
            best = count;
            separator = candidates[c];
        }
    }
    return separator;
}

/* Unquote in place; leaves r->at behind the closing quote. false if there is none. */
static bool read_quoted(struct reader *r, const char **cell)
{
    char *to = ++r->at;
    *cell = to;
    for (; r->at < r->end; r->at++) {
        if (*r->at == '"') {
            if (r->at + 1 < r->end && r->at[1] == '"') {
                r->at++;
            } else {
                r->at++;
                *to = '\0';
                return true;
            }
        }
        r->next_line += *r->at == '\n';
        *to++ = *r->at;
    }
    return false;
}

/* End the cell where r->at stands; true if more cells of the line follow. */
static bool end_cell(struct reader *r)
{
    char stop = r->at < r->end ? *r->at : '\n';
    bool more = stop == r->separator && r->at < r->end;
    if (r->at < r->end)
        *r->at++ = '\0';
    if (stop == '\r' && r->at < r->end && *r->at == '\n')
        r->at++;
    return more;
}

static bool stops(const struct reader *r)
{
    return r->at >= r->end || *r->at == r->separator || *r->at == '\n' || *r->at == '\r';
}

/* Read one line's cells; false at the end of the file. *broken: a quote was not closed or followed by other text. */
static bool read_line(struct reader *r, bool *broken)
{
    while (r->at < r->end && (*r->at == '\n' || *r->at == '\r')) {
        r->next_line += *r->at == '\n';
        r->at++;
    }
    r->n = 0;
    *broken = false;
    r->line = r->next_line;
    if (r->at >= r->end)
        return false;
    bool more = true;
    while (more) {
        r->cells = mem_grow(r->cells, r->n, &r->capacity, sizeof *r->cells);
        const char **cell = &r->cells[r->n++];
        if (r->at < r->end && *r->at == '"') {
            *broken |= !read_quoted(r, cell);
        } else {
            *cell = r->at;
        }
        const char *here = r->at;
        while (!stops(r))
            r->at++;
        *broken |= *cell != here && r->at != here;
        more = end_cell(r);
    }
    r->next_line++;
    return true;
}

static bool read_header(struct csv *c, struct reader *r, struct err *e)
{
    bool broken;
    if (!read_line(r, &broken) || broken)
        return err_set(e, ERR_UNREADABLE, "%s: no line of column names", c->path);
    if (r->n > CSV_COLUMNS_MAX)
        return err_set(e, ERR_UNREADABLE, "%s: %zu columns, more than the %d that are read", c->path, r->n,
                       CSV_COLUMNS_MAX);
    c->n_columns = (int)r->n;
    c->columns = mem_copy(r->cells, r->n, sizeof *r->cells);
    for (int i = 0; i < c->n_columns; i++)
        for (int j = 0; j < i; j++)
            if (c->n_columns <= 4096 && strcmp(c->columns[i], c->columns[j]) == 0) {
                err_set(e, ERR_UNREADABLE, "%s: columns %d and %d are both named %s", c->path, j + 1, i + 1,
                        c->columns[i]);
                return err_hint(e, "rename one of them");
            }
    return true;
}

static void add_row(struct csv *c, const struct reader *r, size_t *capacity)
{
    if ((size_t)c->n_rows == *capacity) {
        *capacity = *capacity ? *capacity * 2 : 256;
        c->cells = mem_resize(c->cells, *capacity * (size_t)c->n_columns, sizeof *c->cells);
        c->lines = mem_resize(c->lines, *capacity, sizeof *c->lines);
    }
    memcpy(c->cells + c->n_rows * c->n_columns, r->cells, r->n * sizeof *r->cells);
    c->lines[c->n_rows++] = r->line;
}

static bool read_rows(struct csv *c, struct reader *r, bool skip_bad, struct err *e)
{
    size_t capacity = 0;
    struct err first = {0};
    bool broken;
    while (read_line(r, &broken)) {
        bool good = !broken && r->n == (size_t)c->n_columns;
        if (good) {
            add_row(c, r, &capacity);
            continue;
        }
        if (broken)
            err_set(&first, ERR_UNREADABLE, "%s line %lld: a quote is not closed", c->path,
                    (long long)r->line);
        else
            err_set(&first, ERR_UNREADABLE, "%s line %lld: %zu fields, expected %d", c->path,
                    (long long)r->line, r->n, c->n_columns);
        c->n_skipped++;
    }
    bool ok = first.code == ERR_NONE || skip_bad;
    if (!ok && c->n_skipped > 1)
        err_set(e, first.code, "%s. %lld more lines like it", first.message, (long long)c->n_skipped - 1);
    else if (!ok)
        err_set(e, first.code, "%s", first.message);
    err_release(&first);
    return ok || err_hint(e, "data ... skip_bad=yes continues without them");
}

bool csv_read(const char *path, bool skip_bad, struct csv *out, struct err *e)
{
    *out = (struct csv){.path = mem_text(path)};
    bool ok = file_read(path, CSV_BYTES_MAX, &out->text, e);
    if (ok) {
        buf_putc(&out->text, '\n'); /* so that the last cell ends inside the buffer */
        char *text = out->text.data;
        size_t mark = strncmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
        struct reader r = {.at = text + mark, .end = text + out->text.len, .next_line = 1};
        r.separator = find_separator(r.at);
        ok = read_header(out, &r, e) && read_rows(out, &r, skip_bad, e);
        free(r.cells);
    }
    if (ok && out->n_rows == 0) {
        err_set(e, ERR_UNREADABLE, "%s: no rows", path);
        ok = err_hint(e, "the first line names the columns, one record a line follows");
    }
    if (!ok)
        csv_release(out);
    return ok;
}

void csv_release(struct csv *c)
{
    free(c->path);
    free(c->columns);
    free(c->cells);
    free(c->lines);
    buf_release(&c->text);
    *c = (struct csv){0};
}

int csv_column(const struct csv *c, const char *name)
{
    for (int i = 0; i < c->n_columns; i++)
        if (strcmp(c->columns[i], name) == 0)
            return i;
    return -1;
}

const char *csv_cell(const struct csv *c, int64_t row, int column)
{
    return c->cells[row * c->n_columns + column];
}

void csv_keep_rows(struct csv *c, const bool *keep)
{
    int64_t to = 0;
    for (int64_t row = 0; row < c->n_rows; row++) {
        if (!keep[row])
            continue;
        memmove(c->cells + to * c->n_columns, c->cells + row * c->n_columns,
                (size_t)c->n_columns * sizeof *c->cells);
        c->lines[to++] = c->lines[row];
    }
    c->n_skipped += c->n_rows - to;
    c->n_rows = to;
}
