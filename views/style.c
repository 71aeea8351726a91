/* style: see style.h. The rows are there; here is what a terminal's palette makes of them. */
#include "views/style.h"

#include <stddef.h>
#include <string.h>

#include "engine/base/err.h"

/* The eight colours of old terminals but black, which is 0; the brighter ones stand BRIGHT behind. */
enum { RED = 1, GREEN, YELLOW, BLUE, MAGENTA, CYAN, WHITE, BRIGHT };

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

struct style_look style_look(enum style style, enum theme theme, enum colour_depth depth)
{
    struct style_look look = {colour_map(rows[style].colours[theme], depth), rows[style].attributes};
    if (theme == THEME_LIGHT && depth == COLOURS_16 && look.colour == WHITE)
        look.colour = BRIGHT; /* not white on paper; dim tells it from other greys */
    else if (look.colour >= 0)
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

/* Squared distance with the usual weights for how bright each primary looks. */
static int32_t distance(int32_t a, int32_t b)
{
    int32_t red = (a >> 16 & 255) - (b >> 16 & 255);
    int32_t green = (a >> 8 & 255) - (b >> 8 & 255);
    int32_t blue = (a & 255) - (b & 255);
    return 3 * red * red + 6 * green * green + blue * blue;
}

/* Degrees round the circle of colours, from red on; 0xRRGGBB is no grey. */
static int hue(int32_t rgb, int most, int least)
{
    int red = rgb >> 16 & 255, green = rgb >> 8 & 255, blue = rgb & 255, span = most - least;
    int at = most == red     ? 60 * (green - blue) / span
             : most == green ? 120 + 60 * (blue - red) / span
                             : 240 + 60 * (red - green) / span;
    return at < 0 ? at + 360 : at;
}

/* Orange is the darker yellow, the blue of the sky is cyan; a dark orange is red and a dark sky blue, which paper shows better. */
static int32_t basic_hue(int hue, bool dark, bool bright)
{
    static const struct {
        int below, colour, dark;
        bool shines;
    } parts[] = {{22, RED, RED, true},       {35, YELLOW, RED, false},      {43, YELLOW, YELLOW, false},
                 {75, YELLOW, YELLOW, true}, {170, GREEN, GREEN, true},     {215, CYAN, BLUE, true},
                 {262, BLUE, BLUE, true},    {345, MAGENTA, MAGENTA, true}, {361, RED, RED, true}};
    int i = 0;
    while (hue >= parts[i].below)
        i++;
    return (dark ? parts[i].dark : parts[i].colour) + (bright && parts[i].shines ? BRIGHT : 0);
}

static int32_t basic_colour(int32_t rgb, bool bright)
{
    enum { GREYISH = 60, SHINING = 0xe0 };
    int red = rgb >> 16 & 255, green = rgb >> 8 & 255, blue = rgb & 255;
    int most = red > green ? red : green, least = red < green ? red : green;
    most = blue > most ? blue : most;
    least = blue < least ? blue : least;
    if (most - least >= GREYISH)
        return basic_hue(hue(rgb, most, least), most < 0xc0, bright && most >= SHINING);
    if (!bright)
        return most >= SHINING ? WHITE : -1;
    return most < 0x90 ? BRIGHT : most < SHINING ? WHITE : BRIGHT + WHITE;
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
        return basic_colour(rgb, true);
    default:
        return basic_colour(rgb, false);
    }
}
