/* prompt: see prompt.h. */
#include "views/prompt.h"

#include <stdint.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/text.h"
#include "views/layout.h"
#include "views/spot.h"
#include "views/widget.h"

/* Byte from which to show text, so that the cursor is within `room` columns of it. */
static size_t first_byte(const char *text, size_t cursor, int room)
{
    size_t from = 0, n, len = strlen(text);
    cursor = cursor < len ? cursor : len;
    int columns = 0;
    for (size_t i = 0; i < cursor; i += n)
        columns += text_width(text_decode(text + i, len - i, &n));
    while (columns >= room && from < cursor) {
        columns -= text_width(text_decode(text + from, len - from, &n));
        from += n;
    }
    return from;
}

void prompt_line(const struct prompt_scene *p, struct surface *s, struct rect r)
{
    const char *text = p->text ? p->text : "";
    size_t cursor = p->cursor < strlen(text) ? p->cursor : strlen(text);
    int x = surface_text(s, r, r.x, r.y, STYLE_KEY, p->sign ? p->sign : ":");
    struct rect room = {x, r.y, r.x + r.w - x, 1};
    size_t from = first_byte(text, cursor, room.w);
    struct buf before = {0};
    buf_add(&before, text + from, cursor - from);
    int at = x + surface_columns(buf_text(&before));
    surface_text(s, room, x, r.y, STYLE_PROMPT, text + from);
    struct rect one = {at, r.y, 1, 1};
    surface_restyle(s, rect_intersect(one, r), STYLE_CURSOR);
    buf_release(&before);
}

static int widest(const struct prompt_scene *p, size_t top, size_t visible, bool keys)
{
    int most = 0;
    for (size_t i = top; i < top + visible; i++) {
        const char *text = keys ? p->choices[i].key : p->choices[i].text;
        int w = text ? surface_columns(text) : 0;
        most = w > most ? w : most;
    }
    return most;
}

void choices_draw(const struct prompt_scene *p, struct surface *s, struct rect in, size_t top, size_t visible,
                  const struct look *look)
{
    int key = widest(p, top, visible, true), room = in.w - (key ? key + 2 : 0);
    int text = widest(p, top, visible, false);
    text = text > room ? room : text;
    for (size_t i = 0; i < visible; i++) {
        const struct choice_row *c = &p->choices[top + i];
        bool chosen = top + i == p->selected;
        int y = in.y + (int)i;
        struct rect line = {in.x - 1, y, in.w + 2, 1};
        spot_row(s, line, (int64_t)(top + i) - (p->selected == SIZE_MAX ? -1 : (int64_t)p->selected));
        if (chosen)
            surface_text(s, line, line.x, y, STYLE_SELECTED, glyphs_of(look)->pointer);
        surface_fit(s, (struct rect){in.x, y, text, 1}, chosen ? STYLE_SELECTED : STYLE_NORMAL, ALIGN_LEFT,
                    c->text, look);
        if (c->about && text + 2 < room)
            surface_fit(s, (struct rect){in.x + text + 2, y, room - text - 2, 1}, STYLE_DIM, ALIGN_LEFT,
                        c->about, look);
        if (c->key)
            surface_fit(s, (struct rect){in.x + in.w - key, y, key, 1}, STYLE_KEY, ALIGN_RIGHT, c->key, look);
    }
}

/* What may be typed, in a box over the lower part of the screen; it ends above row `bottom`. */
static void draw_choices(const struct prompt_scene *p, struct surface *s, struct rect r, int bottom,
                         const struct look *look)
{
    enum { MOST = 10 };
    size_t visible = p->choice_count < MOST ? p->choice_count : MOST;
    if ((int)visible > bottom - 4)
        visible = bottom > 4 ? (size_t)(bottom - 4) : 0;
    if (visible == 0)
        return;
    int height = (int)visible + 2;
    struct rect box = {r.x, bottom - height, r.w, height};
    surface_fill(s, box, STYLE_NORMAL, " ");
    struct rect in = surface_box(s, box, NULL, look);
    size_t top = layout_scroll(p->choice_count, p->selected == SIZE_MAX ? 0 : p->selected, visible);
    choices_draw(p, s, in, top, visible, look);
    scroll_mark(s, box, top, visible, p->choice_count);
}

/* A message stands where the usage would. */
void prompt_draw(const struct prompt_scene *p, struct surface *s, struct rect line, int above,
                 const struct look *look)
{
    spot_cover(s);
    struct rect usage = {line.x, line.y - 1, line.w, 1};
    bool tells = p->usage && above == 0;
    if (tells) {
        surface_fill(s, usage, STYLE_STATUS, " ");
        surface_fit(s, (struct rect){usage.x + 1, usage.y, usage.w - 2, 1}, STYLE_STATUS, ALIGN_LEFT,
                    p->usage, look);
    }
    draw_choices(p, s, line, line.y - above - tells, look);
    prompt_line(p, s, line);
}

void which_draw(const struct frame_scene *f, struct surface *s, const struct look *look)
{
    int rows = keys_rows(f->which, f->which_count, s->w - 4) + 2;
    rows = rows < s->h - 4 ? rows : s->h - 4;
    struct rect box = {0, s->h - 2 - rows, s->w, rows};
    if (rows < 3)
        return;
    spot_cover(s);
    surface_fill(s, box, STYLE_NORMAL, " ");
    struct rect in = surface_box(s, box, f->which_title, look);
    keys_draw_clicked(s, in, f->which, f->which_count, look);
}
