/* style: see style.h. The rows are there; here is what a terminal's palette makes of them. */
#include "views/style.h"

#include <stddef.h>
#include <string.h>

#include "engine/base/err.h"

struct style_row {
    const char *name;
    char letter;
    unsigned attributes;
    int32_t colours[THEME_COUNT];
};

static const struct style_row rows[STYLE_COUNT] = {
#define X(id, sign, attrs, dark, light, high, deuteran)                                                      \
    [STYLE_##id] = {.name = #id,                                                                             \
                    .letter = sign,                                                                          \
                    .attributes = attrs,                                                                     \
                    .colours = {[THEME_DEFAULT] = dark,                                                      \
                                [THEME_LIGHT] = light,                                                       \
                                [THEME_HIGH_CONTRAST] = high,                                                \
                                [THEME_MONO] = -1,                                                           \
                                [THEME_DEUTERAN] = deuteran}},
    STYLES(X)
#undef X
};

static const char *const theme_names[THEME_COUNT + 1] = {"default", "light",    "high-contrast",
                                                         "mono",    "deuteran", NULL};

struct style_look style_look(enum style style, enum theme theme)
{
    struct style_look look = {rows[style].colours[theme], rows[style].attributes};
    if (look.colour >= 0)
        look.attributes &= ~(unsigned)ATTR_DIM;
    return look;
}

char style_letter(enum style style)
{
    return rows[style].letter;
}

const char *style_name(enum style style)
{
    return rows[style].name;
}

const char *theme_name(enum theme theme)
{
    return theme_names[theme];
}

bool theme_by_name(const char *name, enum theme *out, struct err *e)
{
    for (int i = 0; i < THEME_COUNT; i++)
        if (strcmp(name, theme_names[i]) == 0) {
            *out = (enum theme)i;
            return true;
        }
    err_set(e, ERR_UNKNOWN, "--theme knows no %s", name);
    return err_known(e, name, theme_names);
}

/* The first sixteen as xterm has them; terminals differ a little. */
static const int32_t basic[16] = {0x000000, 0xcd0000, 0x00cd00, 0xcdcd00, 0x0000ee, 0xcd00cd,
                                  0x00cdcd, 0xe5e5e5, 0x7f7f7f, 0xff0000, 0x00ff00, 0xffff00,
                                  0x5c5cff, 0xff00ff, 0x00ffff, 0xffffff};

/* Squared distance with the usual weights for how bright each primary looks. */
static int32_t distance(int32_t a, int32_t b)
{
    int32_t red = (a >> 16 & 255) - (b >> 16 & 255);
    int32_t green = (a >> 8 & 255) - (b >> 8 & 255);
    int32_t blue = (a & 255) - (b & 255);
    return 3 * red * red + 6 * green * green + blue * blue;
}

static int32_t nearest_basic(int32_t rgb, int count)
{
    int best = 1;
    for (int i = 2; i < count; i++)
        if (distance(rgb, basic[i]) < distance(rgb, basic[best]))
            best = i;
    return best;
}

/* Colours 16 to 255: a cube of six levels, then 24 greys. */
static int32_t fixed_colour(int index)
{
    static const int32_t level[6] = {0, 95, 135, 175, 215, 255};
    if (index >= 232)
        return (8 + 10 * (index - 232)) * 0x010101;
    int cube = index - 16;
    return level[cube / 36] << 16 | level[cube / 6 % 6] << 8 | level[cube % 6];
}

static int32_t nearest_256(int32_t rgb)
{
    int best = 16;
    for (int i = 17; i < 256; i++)
        if (distance(rgb, fixed_colour(i)) < distance(rgb, fixed_colour(best)))
            best = i;
    return best;
}

int32_t colour_map(int32_t rgb, enum colour_depth depth)
{
    if (rgb < 0 || depth == COLOURS_NONE)
        return -1;
    switch (depth) {
    case COLOURS_TRUE:
        return rgb;
    case COLOURS_256:
        return nearest_256(rgb);
    case COLOURS_16:
        return nearest_basic(rgb, 16);
    default:
        return nearest_basic(rgb, 8);
    }
}
