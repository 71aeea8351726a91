/* neuron_picture: see neuron_picture.h. One tile (an image) stands dense beside pruned; several (kernels) stand dense above
 * pruned, a column each. */
#include "views/neuron_picture.h"

#include <math.h>

#include "views/picture.h"
#include "views/widget.h"

enum { GAP = 3, LABEL = 8 };

static double largest(const struct weight_picture *p)
{
    double most = 0;
    size_t n = (size_t)p->rows * (size_t)p->columns;
    for (size_t t = 0; t < p->count; t++)
        for (size_t i = 0; i < n; i++) {
            double v = fabs((double)p->tiles[t].dense[i]);
            most = v > most ? v : most;
        }
    return most;
}

int neuron_picture_height(const struct weight_picture *p, int width)
{
    int high = p->count > 1 ? p->rows : 28;
    struct picture_scale scale = picture_fit(p->rows, p->columns, (width - 4 - GAP) / 2, high);
    return p->count > 1 ? 2 * scale.h + 5 : scale.h + 2;
}

static void draw_pair(const struct weight_picture *p, struct surface *s, struct rect r,
                      const struct look *look)
{
    const struct weight_tile *t = &p->tiles[p->first];
    struct picture_scale scale = picture_fit(p->rows, p->columns, (r.w - GAP) / 2, r.h);
    int right = r.x + scale.w + GAP;
    double most = largest(p);
    struct rect left_at = {r.x, r.y, scale.w, r.h}, right_at = {right, r.y, scale.w, r.h};
    picture_draw(s, rect_intersect(r, left_at), t->dense, p->rows, p->columns, scale, most, look);
    picture_draw(s, rect_intersect(r, right_at), t->pruned, p->rows, p->columns, scale, most, look);
    int rest = r.x + r.w - (right + scale.w + GAP);
    if (rest >= 12) {
        struct rect at = {right + scale.w + GAP, r.y, rest, r.h};
        at.y += surface_wrap(s, at, STYLE_DENSE, "left: dense", look);
        at.y += surface_wrap(s, at, STYLE_PRUNED, "right: pruned", look) + 1;
        at.h -= 3;
        int used = t->caption ? surface_wrap(s, at, STYLE_NORMAL, t->caption, look) + 1 : 0;
        at.y += used;
        at.h -= used;
        surface_wrap(s, at, STYLE_DIM, picture_legend(look->glyphs), look);
    }
}

static void draw_tiles(const struct weight_picture *p, struct surface *s, struct rect r,
                       const struct look *look)
{
    int caption = 0;
    struct picture_scale scale = picture_fit(p->rows, p->columns, r.w - LABEL, (r.h - 1) / 2);
    int lower_y = r.y + 1 + scale.h + (r.h >= 2 * scale.h + 2 ? 1 : 0);
    double most = largest(p);
    for (size_t i = 0; i < p->count; i++) {
        int w = surface_columns(p->tiles[i].caption);
        caption = w > caption ? w : caption;
    }
    int each = (scale.w > caption ? scale.w : caption) + GAP;
    surface_text(s, r, r.x, r.y + 1, STYLE_DENSE, "dense");
    surface_text(s, r, r.x, lower_y, STYLE_PRUNED, "pruned");
    size_t shown = 0;
    for (size_t i = p->first; i < p->count; i++, shown++) {
        const struct weight_tile *t = &p->tiles[i];
        int x = r.x + LABEL + (int)shown * each;
        if (x + each - GAP > r.x + r.w)
            break;
        surface_text(s, r, x, r.y, STYLE_DIM, t->caption);
        struct rect upper = {x, r.y + 1, scale.w, scale.h}, lower = {x, lower_y, scale.w, scale.h};
        picture_draw(s, rect_intersect(r, upper), t->dense, p->rows, p->columns, scale, most, look);
        picture_draw(s, rect_intersect(r, lower), t->pruned, p->rows, p->columns, scale, most, look);
    }
    if (lower_y + scale.h < r.y + r.h)
        surface_fit(s, (struct rect){r.x + LABEL, r.y + r.h - 1, r.w - LABEL, 1}, STYLE_DIM, ALIGN_LEFT,
                    picture_legend(look->glyphs), look);
    scroll_mark(s, (struct rect){r.x - 2, r.y - 1, r.w + 4, r.h + 2}, p->first, shown, p->count);
}

void neuron_picture_draw(const struct weight_picture *p, struct surface *s, struct rect r,
                         const struct look *look)
{
    struct rect in = surface_box(s, r, p->title, look);
    if (in.h < 3 || p->count == 0 || p->first >= p->count)
        return;
    if (p->count == 1)
        draw_pair(p, s, in, look);
    else
        draw_tiles(p, s, in, look);
}
