/* message: see message.h. */
#include "views/message.h"

#include "engine/base/buf.h"
#include "views/layout.h"

void message_draw(const struct message_scene *m, struct surface *s, struct rect r, const struct look *look)
{
    int width = r.w - 8 < 76 ? r.w - 8 : 76;
    if (width < 8)
        width = r.w;
    int rows = 2 + surface_wrap_rows(m->text, width) + (m->hint ? 1 + surface_wrap_rows(m->hint, width) : 0);
    struct rect at = {r.x + (r.w - width) / 2, r.y + (rows < r.h ? (r.h - rows) / 3 : 0), width, r.h};
    at.h = r.y + r.h - at.y;
    surface_fit(s, at, m->style, ALIGN_LEFT, m->title, look);
    at.y += 2;
    at.h -= 2;
    int used = surface_wrap(s, at, STYLE_NORMAL, m->text, look);
    at.y += used + 1;
    at.h -= used + 1;
    if (m->hint && at.h > 0)
        surface_wrap(s, at, STYLE_KEY, m->hint, look);
}

void message_too_small(struct surface *s, const struct look *look)
{
    struct buf need = {0}, have = {0};
    struct rect all = surface_rect(s);
    buf_printf(&need, "needs %d x %d", MIN_COLUMNS, MIN_ROWS);
    buf_printf(&have, "this is %d x %d", s->w, s->h);
    const char *lines[] = {"too small", buf_text(&need), buf_text(&have), "q quits"};
    int count = s->h < 4 ? s->h : 4, first = (s->h - count) / 2;
    for (int i = 0; i < count; i++) /* in one row: the size, that says it all */
        surface_fit(s, (struct rect){all.x, first + i, all.w, 1}, i == 0 ? STYLE_WARN : STYLE_NORMAL,
                    ALIGN_CENTRE, s->h == 1 ? lines[1] : lines[i], look);
    buf_release(&need);
    buf_release(&have);
}
