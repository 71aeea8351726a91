/* palette: see palette.h. */
#include "views/palette.h"

#include "engine/base/buf.h"
#include "engine/base/num.h"
#include "views/prompt.h"
#include "views/spot.h"
#include "views/widget.h"

enum { PALETTE_WIDTH = 100 };

static void draw_count(const struct prompt_scene *p, struct surface *s, struct rect line)
{
    struct buf text = {0};
    num_count(&text, (int64_t)p->all);
    buf_puts(&text, p->all == 1 ? " fits" : " fit");
    int w = surface_columns(buf_text(&text));
    if (w < line.w / 2)
        surface_text(s, line, line.x + line.w - w, line.y, STYLE_DIM, buf_text(&text));
    buf_release(&text);
}

void palette_draw(const struct prompt_scene *p, struct surface *s, struct rect body, const struct look *look)
{
    struct rect box = body;
    box.w = body.w - 4 < PALETTE_WIDTH ? body.w - 4 : PALETTE_WIDTH;
    box.x = body.x + (body.w - box.w) / 2;
    int room = body.h - 4;
    size_t visible =
        p->choice_count < (size_t)(room > 0 ? room : 0) ? p->choice_count : (size_t)(room > 0 ? room : 0);
    box.h = (int)visible + 3;
    spot_cover(s);
    surface_fill(s, box, STYLE_NORMAL, " ");
    struct rect in = surface_box(s, box, p->title, look);
    draw_count(p, s, (struct rect){in.x, in.y, in.w, 1});
    prompt_line(p, s, (struct rect){in.x, in.y, in.w - 14, 1});
    size_t top = layout_scroll(p->choice_count, p->selected, visible);
    choices_draw(p, s, (struct rect){in.x, in.y + 1, in.w, (int)visible}, top, visible, look);
    scroll_mark(s, box, top, visible, p->choice_count);
}
