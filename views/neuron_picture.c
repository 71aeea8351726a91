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

/* How tiles stand: `across` of them in each of `bands`, dense above pruned. */
struct tile_plan {
    struct picture_scale scale;
    int each, across, bands, band;
    bool apart; /* an empty line between dense and pruned */
};

static struct tile_plan plan_tiles(const struct weight_picture *p, struct rect r)
{
    struct tile_plan t = {.scale = picture_fit(p->rows, p->columns, r.w - LABEL, (r.h - 1) / 2)};
    int caption = 0;
    for (size_t i = 0; i < p->count; i++) {
        int w = surface_columns(p->tiles[i].caption);
        caption = w > caption ? w : caption;
    }
    t.apart = r.h >= 2 * t.scale.h + 2;
    t.each = (t.scale.w > caption ? t.scale.w : caption) + GAP;
    t.across = (r.w - LABEL + GAP) / t.each > 1 ? (r.w - LABEL + GAP) / t.each : 1;
    t.band = 1 + 2 * t.scale.h + (t.apart ? 2 : 0);
    t.bands = r.h / t.band > 1 ? r.h / t.band : 1;
    return t;
}

static void draw_tile(const struct weight_picture *p, const struct weight_tile *tile, struct tile_plan t,
                      double most, struct surface *s, struct rect r, struct rect at, const struct look *look)
{
    struct rect upper = {at.x, at.y + 1, t.scale.w, t.scale.h}, lower = upper;
    lower.y += t.scale.h + (t.apart ? 1 : 0);
    surface_text(s, r, at.x, at.y, STYLE_DIM, tile->caption);
    picture_draw(s, rect_intersect(r, upper), tile->dense, p->rows, p->columns, t.scale, most, look);
    picture_draw(s, rect_intersect(r, lower), tile->pruned, p->rows, p->columns, t.scale, most, look);
}

static void draw_tiles(const struct weight_picture *p, struct surface *s, struct rect r,
                       const struct look *look)
{
    const char *legend = picture_legend(look->glyphs);
    int below = surface_wrap_rows(legend, r.w - LABEL);
    struct tile_plan t = plan_tiles(p, r);
    double most = largest(p);
    size_t shown = 0, room = (size_t)t.across * (size_t)t.bands;
    int y = r.y;
    for (; p->first + shown < p->count && shown < room; shown++) {
        int column = (int)shown % t.across;
        y = r.y + (int)shown / t.across * t.band;
        if (column == 0) {
            surface_text(s, r, r.x, y + 1, STYLE_DENSE, "dense");
            surface_text(s, r, r.x, y + 1 + t.scale.h + (t.apart ? 1 : 0), STYLE_PRUNED, "pruned");
        }
        struct rect at = {r.x + LABEL + column * t.each, y, t.scale.w, t.band};
        draw_tile(p, &p->tiles[p->first + shown], t, most, s, r, at, look);
    }
    y += 1 + 2 * t.scale.h + (t.apart ? 1 : 0); /* below the last band */
    if (y < r.y + r.h) {
        y = y + below <= r.y + r.h ? r.y + r.h - below : y;
        surface_wrap(s, (struct rect){r.x + LABEL, y, r.w - LABEL, r.y + r.h - y}, STYLE_DIM, legend, look);
    }
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
