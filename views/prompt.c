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

static void draw_line(const struct prompt_scene *p, struct surface *s, struct rect r)
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

/* What may be typed, in a box over the lower part of the screen. */
static void draw_choices(const struct prompt_scene *p, struct surface *s, struct rect r,
                         const struct look *look)
{
    enum { MOST = 10 };
    size_t visible = p->choice_count < MOST ? p->choice_count : MOST;
    if ((int)visible > r.y - 4)
        visible = r.y > 4 ? (size_t)(r.y - 4) : 0;
    if (visible == 0)
        return;
    int height = (int)visible + 2, text = 0;
    struct rect box = {r.x, r.y - height, r.w, height};
    surface_fill(s, box, STYLE_NORMAL, " ");
    struct rect in = surface_box(s, box, NULL, look);
    size_t top = layout_scroll(p->choice_count, p->selected == SIZE_MAX ? 0 : p->selected, visible);
    for (size_t i = top; i < top + visible; i++) {
        int w = surface_columns(p->choices[i].text);
        text = w > text ? w : text;
    }
    text = text > in.w ? in.w : text;
    for (size_t i = 0; i < visible; i++) {
        const struct choice_row *c = &p->choices[top + i];
        bool chosen = top + i == p->selected;
        struct rect line = {in.x - 1, in.y + (int)i, in.w + 2, 1};
        spot_row(s, line, (int64_t)(top + i) - (p->selected == SIZE_MAX ? -1 : (int64_t)p->selected));
        if (chosen)
            surface_text(s, line, line.x, line.y, STYLE_SELECTED, glyphs_of(look)->pointer);
        surface_fit(s, (struct rect){in.x, line.y, text, 1}, chosen ? STYLE_SELECTED : STYLE_NORMAL,
                    ALIGN_LEFT, c->text, look);
        if (c->about && text + 2 < in.w)
            surface_fit(s, (struct rect){in.x + text + 2, line.y, in.w - text - 2, 1}, STYLE_DIM, ALIGN_LEFT,
                        c->about, look);
    }
    scroll_mark(s, box, top, visible, p->choice_count);
}

void prompt_draw(const struct prompt_scene *p, struct surface *s, struct rect line, const struct look *look)
{
    spot_cover(s);
    draw_choices(p, s, line, look);
    draw_line(p, s, line);
}

void which_draw(const struct frame_scene *f, struct surface *s, const struct look *look)
{
    int rows = ((int)f->which_count + 1) / 2 + 2;
    rows = rows < s->h - 4 ? rows : s->h - 4;
    struct rect box = {0, s->h - 2 - rows, s->w, rows};
    if (rows < 3)
        return;
    surface_fill(s, box, STYLE_NORMAL, " ");
    struct rect in = surface_box(s, box, f->which_title, look);
    keys_draw_clicked(s, in, f->which, f->which_count, look);
}
