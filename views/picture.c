/* picture: see picture.h. */
#include "views/picture.h"

#include <math.h>
#include <stddef.h>

static const char *const ascii_up[] = {".", "+", "*", "#"};
static const char *const ascii_down[] = {",", "-", "=", "%"};
static const char *const block_up[] = {"░", "▒", "▓", "█"};
static const char *const block_down[] = {"·", "-", "=", "≡"};

const char *picture_sign(enum glyphs level, double v)
{
    if (isnan(v))
        return "?";
    if (v == 0)
        return " ";
    int step = (int)ceil(fabs(v) * 4) - 1;
    step = step > 3 ? 3 : step < 0 ? 0 : step;
    if (level == GLYPHS_ASCII)
        return v > 0 ? ascii_up[step] : ascii_down[step];
    return v > 0 ? block_up[step] : block_down[step];
}

const char *picture_legend(enum glyphs level)
{
    return level == GLYPHS_ASCII ? ".+*# excites  ,-=% inhibits  blank: cut or 0"
                                 : "░▒▓█ excites  ·-=≡ inhibits  blank: cut or 0";
}

struct picture_scale picture_fit(int rows, int columns, int w, int h)
{
    struct picture_scale s = {1, 1, 2, 2 * columns, rows};
    if (s.w <= w && s.h <= h)
        return s;
    for (int k = 2;; k++) { /* a cell is about twice as high as wide */
        int across = (k + 1) / 2;
        s = (struct picture_scale){k, across, 1, (columns + across - 1) / across, (rows + k - 1) / k};
        if ((s.w <= w && s.h <= h) || (s.w <= 1 && s.h <= 1))
            return s;
    }
}

/* Mean over a block: what remains of fine structure at this scale. */
static double block_mean(const float *values, int rows, int columns, int row, int column,
                         struct picture_scale scale)
{
    double sum = 0;
    int n = 0;
    for (int i = row; i < row + scale.rows && i < rows; i++)
        for (int k = column; k < column + scale.columns && k < columns; k++, n++)
            sum += values[(size_t)i * (size_t)columns + (size_t)k];
    return n > 0 ? sum / n : 0;
}

void picture_draw(struct surface *s, struct rect r, const float *values, int rows, int columns,
                  struct picture_scale scale, double most, const struct look *look)
{
    for (int y = 0; y < scale.h && y < r.h; y++)
        for (int x = 0; x * scale.wide < r.w && x * scale.wide < scale.w; x++) {
            double v = block_mean(values, rows, columns, y * scale.rows, x * scale.columns, scale);
            v = most > 0 ? v / most : 0;
            for (int i = 0; i < scale.wide; i++)
                surface_text(s, r, r.x + x * scale.wide + i, r.y + y, v < 0 ? STYLE_NEGATIVE : STYLE_POSITIVE,
                             picture_sign(look->glyphs, v));
        }
}
