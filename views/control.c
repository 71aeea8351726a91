/* control: see control.h. */
#include "views/control.h"

#include "engine/base/buf.h"
#include "views/spot.h"
#include "views/widget.h"

static int amount_columns(struct amount a)
{
    struct buf text = {0};
    amount_text(&text, a);
    int n = surface_columns(buf_text(&text));
    buf_release(&text);
    return n;
}

static int larger(int a, int b)
{
    return a > b ? a : b;
}

struct control_columns control_measure(const struct control *controls, size_t n)
{
    struct control_columns w = {0, 0, 0, 3};
    for (size_t i = 0; i < n; i++) {
        const struct control *c = &controls[i];
        w.label = larger(w.label, surface_columns(c->label));
        if (c->kind != CONTROL_SLIDER)
            continue;
        w.low = larger(w.low, amount_columns(c->low_end));
        w.high = larger(w.high, amount_columns(c->high_end));
        w.value = larger(w.value, amount_columns(c->value));
    }
    return w;
}

/* Choices in a row, the chosen one between angle brackets. Begins with the chosen one's left neighbour where they do not
 * all fit. */
static int draw_choice(const struct control *c, bool selected, struct surface *s, struct rect r,
                       const struct look *look)
{
    int width = 0;
    for (size_t i = 0; i < c->choice_count; i++)
        width += surface_columns(c->choices[i]) + 2 + (i == c->chosen ? 4 : 0);
    size_t first = width - 2 > r.w && c->chosen > 0 ? c->chosen - 1 : 0;
    int x = r.x;
    for (size_t i = first; i < c->choice_count && x < r.x + r.w; i++) {
        bool chosen = i == c->chosen;
        int w = surface_columns(c->choices[i]) + (chosen ? 4 : 0), left = r.x + r.w - x;
        enum style style = !chosen ? STYLE_DIM : selected ? STYLE_SELECTED : STYLE_STRONG;
        struct buf text = {0};
        buf_printf(&text, chosen ? "< %s >" : "%s", c->choices[i]);
        surface_fit(s, (struct rect){x, r.y, w < left ? w : left, 1}, style, ALIGN_LEFT, buf_text(&text),
                    look);
        spot_point(s, (struct rect){x, r.y, w < left ? w : left, 1}, (int64_t)i - (int64_t)c->chosen);
        buf_release(&text);
        x += w + 2;
    }
    return x;
}

static int draw_slider(const struct control *c, struct control_columns w, bool selected, struct surface *s,
                       struct rect r, const struct look *look)
{
    int track = r.w - w.low - w.high - w.value - 4;
    double span = c->high - c->low;
    track = track < 50 ? track : 50;
    enum style style = c->off ? STYLE_DIM : selected ? STYLE_PRUNED : STYLE_KEPT;
    amount_draw(s, (struct rect){r.x, r.y, w.low, 1}, c->low_end, STYLE_DIM, look);
    slider_draw(s, (struct rect){r.x + w.low + 1, r.y, track, 1}, span > 0 ? (c->at - c->low) / span : 0,
                style, look);
    spot_slider(s, (struct rect){r.x + w.low + 2, r.y, track - 2, 1}, "h", "l");
    int x = r.x + w.low + 1 + track + 1;
    amount_draw(s, (struct rect){x, r.y, w.high, 1}, c->high_end, STYLE_DIM, look);
    struct rect value = {x + w.high + 1, r.y, w.value, 1};
    if (c->off)
        surface_fit(s, value, STYLE_DIM, ALIGN_RIGHT, "off", look);
    else
        amount_draw(s, value, c->value, selected ? STYLE_SELECTED : STYLE_STRONG, look);
    return value.x + value.w;
}

static int toggle_columns(const struct toggle *t)
{
    return surface_columns(t->label) + 4;
}

/* The first to be drawn, so that the one under the cursor is in sight: a mark of more stands on both sides then. */
static size_t first_toggle(const struct control *c, bool selected, int room)
{
    size_t first = 0;
    for (int w = 0; selected && first < c->toggle_selected; first++, w = 0) {
        for (size_t i = first; i <= c->toggle_selected && i < c->toggle_count; i++)
            w += toggle_columns(&c->toggles[i]) + 2;
        if (w + (first > 0 ? 2 : 0) <= room)
            break;
    }
    return first;
}

static int draw_toggles(const struct control *c, bool selected, struct surface *s, struct rect r,
                        const struct look *look)
{
    size_t first = first_toggle(c, selected, r.w);
    int x = first > 0 ? surface_text(s, r, r.x, r.y, STYLE_DIM, glyphs_of(look)->ellipsis) + 1 : r.x;
    for (size_t i = first; i < c->toggle_count; i++) {
        const struct toggle *t = &c->toggles[i];
        int w = toggle_columns(t);
        if (x + w > r.x + r.w) {
            surface_text(s, r, r.x + r.w - 1, r.y, STYLE_DIM, glyphs_of(look)->ellipsis);
            break;
        }
        enum style style = selected && i == c->toggle_selected ? STYLE_SELECTED
                           : t->on                             ? STYLE_STRONG
                                                               : STYLE_NORMAL;
        const char *mark = t->on ? glyphs_of(look)->ticked : glyphs_of(look)->unticked;
        spot_tick(s, (struct rect){x, r.y, w, 1}, (int64_t)i);
        x = surface_printf(s, r, x, r.y, style, "%s [%s]", t->label, mark) + 2;
    }
    return x;
}

void control_draw(const struct control *c, struct control_columns w, bool selected, struct surface *s,
                  struct rect r, const struct look *look)
{
    enum style label = selected ? STYLE_SELECTED : c->off ? STYLE_DIM : STYLE_NORMAL;
    if (selected)
        surface_text(s, r, r.x, r.y, STYLE_SELECTED, glyphs_of(look)->pointer);
    surface_fit(s, rect_intersect(r, (struct rect){r.x + 1, r.y, w.label, 1}), label, ALIGN_LEFT, c->label,
                look);
    struct rect rest = {r.x + w.label + 3, r.y, r.w - w.label - 3, 1};
    int x = rest.x;
    switch (c->kind) {
    case CONTROL_CHOICE:
        x = draw_choice(c, selected, s, rest, look);
        break;
    case CONTROL_SLIDER:
        x = draw_slider(c, w, selected, s, rest, look) + 2;
        break;
    case CONTROL_TOGGLES:
        x = draw_toggles(c, selected, s, rest, look);
        break;
    case CONTROL_NUMBER: {
        int n = amount_columns(c->value);
        amount_draw(s, (struct rect){rest.x, r.y, n, 1}, c->value, selected ? STYLE_SELECTED : STYLE_STRONG,
                    look);
        x = rest.x + n + 2;
        break;
    }
    }
    if (c->note && x < rest.x + rest.w)
        surface_fit(s, (struct rect){x, r.y, rest.x + rest.w - x, 1}, STYLE_DIM, ALIGN_LEFT, c->note, look);
}
