/* num: see num.h. */
#include "engine/base/num.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/buf.h"

bool num_parse(const char *text, double *out)
{
    if (!*text || strspn(text, "+-.0123456789eE") != strlen(text))
        return false;
    char *end;
    double v = strtod(text, &end);
    if (*end || !isfinite(v))
        return false;
    *out = v;
    return true;
}

bool num_parse_int(const char *text, int64_t *out)
{
    if (!*text || strspn(text, "+-0123456789") != strlen(text))
        return false;
    char *end;
    errno = 0;
    long long v = strtoll(text, &end, 10);
    if (*end || errno)
        return false;
    *out = v;
    return true;
}

/* Commas only where num_count sets them. */
bool num_parse_count(const char *text, int64_t *out)
{
    char digits[32];
    size_t n = strlen(text), len = 0, head = strcspn(text, ",");
    if (head == n)
        return num_parse_int(text, out);
    if (n >= sizeof digits || head == 0 || head > 3)
        return false;
    for (size_t i = 0; i < n; i++) {
        bool comma = i >= head && (i - head) % 4 == 0;
        if (comma ? text[i] != ',' : text[i] < '0' || text[i] > '9')
            return false;
        if (!comma)
            digits[len++] = text[i];
    }
    digits[len] = '\0';
    return (n - head) % 4 == 0 && num_parse_int(digits, out);
}

/* Per cent by the exponent, so that 84.6% is the number that 0.846 is. */
bool num_parse_share(const char *text, double *out)
{
    char number[64];
    size_t n = strlen(text);
    if (n == 0 || text[n - 1] != '%')
        return num_parse(text, out);
    if (n < 2 || n + 3 > sizeof number || strpbrk(text, "eE"))
        return false;
    memcpy(number, text, n - 1);
    memcpy(number + n - 1, "e-2", 4);
    return num_parse(number, out);
}

int64_t num_portion(double a, int64_t n)
{
    return (int64_t)nearbyint(a * (double)n);
}

bool num_parse_bytes(const char *text, int64_t *out)
{
    static const struct {
        const char *unit;
        double bytes;
    } units[] = {{"", 1},       {"B", 1},        {"K", 0x1p10},   {"KiB", 0x1p10}, {"KB", 1e3},
                 {"M", 0x1p20}, {"MiB", 0x1p20}, {"MB", 1e6},     {"G", 0x1p30},   {"GiB", 0x1p30},
                 {"GB", 1e9},   {"T", 0x1p40},   {"TiB", 0x1p40}, {"TB", 1e12}};
    size_t digits = strspn(text, "0123456789.");
    char number[32];
    if (digits == 0 || digits >= sizeof number)
        return false;
    memcpy(number, text, digits);
    number[digits] = '\0';
    double v;
    if (!num_parse(number, &v))
        return false;
    const char *unit = text + digits;
    unit += unit[0] == ' ' && unit[1] != '\0';
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (strcmp(unit, units[i].unit) == 0 && v * units[i].bytes < 9e18) {
            *out = (int64_t)nearbyint(v * units[i].bytes);
            return true;
        }
    return false;
}

void num_count(struct buf *out, int64_t n)
{
    char digits[32];
    int len = snprintf(digits, sizeof digits, "%lld", (long long)n);
    for (int i = 0; i < len; i++) {
        int left = len - i;
        if (i > 0 && digits[i - 1] != '-' && left % 3 == 0)
            buf_putc(out, ',');
        buf_putc(out, digits[i]);
    }
}

void num_bytes(struct buf *out, double bytes)
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
    int unit = 0;
    if (!isfinite(bytes)) {
        buf_putc(out, '?');
        return;
    }
    while (fabs(bytes) >= 1023.95 && unit < 4) {
        bytes /= 1024;
        unit++;
    }
    buf_printf(out, unit ? "%.1f %s" : "%.0f %s", bytes, units[unit]);
}

/* -0.0 after rounding reads as a loss that is not there. */
static double unsigned_zero(double v, int decimals)
{
    double scale = pow(10, decimals);
    return nearbyint(v * scale) == 0 ? 0 : v;
}

void num_percent(struct buf *out, double fraction, int decimals)
{
    if (isfinite(fraction))
        buf_printf(out, "%.*f%%", decimals, unsigned_zero(100 * fraction, decimals));
    else
        buf_putc(out, '?');
}

void num_points(struct buf *out, double fraction, int decimals)
{
    if (isfinite(fraction))
        buf_printf(out, "%+.*fpp", decimals, unsigned_zero(100 * fraction, decimals));
    else
        buf_putc(out, '?');
}

void num_seconds(struct buf *out, double seconds)
{
    if (!isfinite(seconds))
        buf_putc(out, '?');
    else if (seconds < 0.01)
        buf_printf(out, "%.1f ms", seconds * 1e3);
    else if (seconds < 1)
        buf_printf(out, "%.0f ms", seconds * 1e3);
    else if (seconds < 100)
        buf_printf(out, "%.1f s", seconds);
    else
        buf_printf(out, "%.0f min", seconds / 60);
}

void num_plain(struct buf *out, double v, int decimals)
{
    if (isfinite(v))
        buf_printf(out, "%.*f", decimals, unsigned_zero(v, decimals));
    else
        buf_putc(out, '?');
}

void num_exact(struct buf *out, double v)
{
    char text[40];
    if (v == nearbyint(v) && fabs(v) < 1e15) { /* %g would write 40 as 4e+01 */
        buf_printf(out, "%.0f", v);
        return;
    }
    for (int digits = 1; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, v);
        if (strtod(text, NULL) == v)
            break;
    }
    buf_puts(out, text);
}
