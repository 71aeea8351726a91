/* sheet: see sheet.h. */
#include "app/sheet.h"

#include <math.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/json.h"
#include "engine/base/num.h"
#include "engine/base/text.h"

struct sheet *sheet_new(struct scratch *memory, const char *titles, size_t rows)
{
    struct sheet *t = scratch_take(memory, 1, sizeof *t);
    t->columns = 1;
    for (const char *c = titles; *c; c++)
        t->columns += *c == ' ';
    t->titles = scratch_take(memory, t->columns, sizeof *t->titles);
    for (size_t i = 0; i < t->columns; i++) {
        size_t n = strcspn(titles, " ");
        t->titles[i] = scratch_printf(memory, "%.*s", (int)n, titles);
        titles += n + (titles[n] == ' ');
    }
    t->rows = rows;
    t->cells = scratch_take(memory, rows * t->columns, sizeof *t->cells);
    t->selected = SIZE_MAX;
    return t;
}

void sheet_text(struct sheet *t, size_t row, size_t column, const char *text)
{
    t->cells[row * t->columns + column] = text;
}

/* Lists become one text: shape 128x42 is "128 42". */
static const char *value_text(struct scratch *memory, const struct json *v)
{
    struct buf text = {0};
    if (json_str(v))
        return json_str(v);
    if (json_is_bool(v))
        return json_true(v) ? "yes" : "no";
    if (json_is_number(v))
        num_exact(&text, json_num(v, 0));
    for (const struct json *one = json_is_array(v) ? json_first(v) : NULL; one; one = json_next(one)) {
        const char *word = value_text(memory, one);
        buf_printf(&text, "%s%s", text.len ? " " : "", word ? word : "");
    }
    return text.len ? scratch_buf(memory, &text) : NULL;
}

void sheet_fill(struct sheet *t, struct scratch *memory, size_t row, const struct json *object)
{
    for (size_t c = 0; c < t->columns; c++)
        if (json_get(object, t->titles[c]))
            sheet_text(t, row, c, value_text(memory, json_get(object, t->titles[c])));
}

struct sheet *sheet_of(struct scratch *memory, const struct json *list, const char *members)
{
    struct sheet *t = sheet_new(memory, members, json_count(list));
    size_t row = 0;
    for (const struct json *one = json_first(list); one; one = json_next(one))
        sheet_fill(t, memory, row++, one);
    return t;
}

static void field(struct buf *out, const char *text)
{
    struct buf safe = {0};
    text_escape(&safe, text ? text : "", text ? strlen(text) : 0);
    const char *at = buf_text(&safe);
    bool quoted = at[strcspn(at, ",\"")];
    if (quoted)
        buf_putc(out, '"');
    for (; *at; at++)
        buf_printf(out, *at == '"' ? "\"\"" : "%c", *at);
    if (quoted)
        buf_putc(out, '"');
    buf_release(&safe);
}

static void line(struct buf *out, const char *const *cells, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (i)
            buf_putc(out, ',');
        field(out, cells[i]);
    }
    buf_putc(out, '\n');
}

void sheet_csv(const struct sheet *t, struct buf *out)
{
    line(out, t->titles, t->columns);
    for (size_t row = 0; row < t->rows; row++)
        line(out, t->cells + row * t->columns, t->columns);
}

void sheet_row(const struct sheet *t, struct buf *out)
{
    for (size_t c = 0; t->selected < t->rows && c < t->columns; c++) {
        const char *text = t->cells[t->selected * t->columns + c];
        buf_puts(out, c ? "\t" : "");
        text_escape(out, text ? text : "", text ? strlen(text) : 0);
    }
}
