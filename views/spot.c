/* spot: see spot.h. */
#include "views/spot.h"

#include <stdbool.h>
#include <stdio.h>

#include "engine/base/mem.h"

static struct spot *add(struct surface *s, struct rect r, enum spot_kind kind)
{
    s->spots = mem_grow(s->spots, s->n_spots, &s->spot_capacity, sizeof *s->spots);
    struct spot *spot = &s->spots[s->n_spots++];
    *spot = (struct spot){.r = rect_intersect(r, surface_rect(s)), .kind = kind};
    return spot;
}

void spot_key(struct surface *s, struct rect r, const char *key)
{
    struct spot *spot = add(s, r, SPOT_KEY);
    snprintf(spot->key, sizeof spot->key, "%s", key);
}

void spot_row(struct surface *s, struct rect r, int64_t by)
{
    add(s, r, SPOT_ROW)->by = by;
}

void spot_cell(struct surface *s, struct rect r, int64_t by, int64_t across)
{
    struct spot *spot = add(s, r, SPOT_ROW);
    spot->by = by;
    spot->across = across;
}

void spot_point(struct surface *s, struct rect r, int64_t by)
{
    add(s, r, SPOT_POINT)->by = by;
}

void spot_tick(struct surface *s, struct rect r, int64_t number)
{
    add(s, r, SPOT_TICK)->by = number;
}

void spot_word(struct surface *s, struct rect r, int64_t number)
{
    add(s, r, SPOT_WORD)->by = number;
}

void spot_slider(struct surface *s, struct rect r, const char *lower, const char *raise)
{
    struct spot *spot = add(s, r, SPOT_SLIDER);
    snprintf(spot->key, sizeof spot->key, "%s", lower);
    snprintf(spot->raise, sizeof spot->raise, "%s", raise);
}

void spot_cover(struct surface *s)
{
    s->n_spots = 0;
}

const struct spot *spot_at(const struct surface *s, int x, int y, enum spot_kind kind)
{
    for (size_t i = s->n_spots; i-- > 0;) {
        const struct rect r = s->spots[i].r;
        bool inside = x >= r.x && x < r.x + r.w && y >= r.y && y < r.y + r.h;
        if (inside && (kind == SPOT_KINDS || s->spots[i].kind == kind))
            return &s->spots[i];
    }
    return NULL;
}

double spot_fraction(struct rect track, int x)
{
    double at = track.w > 1 ? (double)(x - track.x) / (track.w - 1) : 0;
    return at < 0 ? 0 : at > 1 ? 1 : at;
}
