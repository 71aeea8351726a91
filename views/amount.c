/* amount: see amount.h. */
#include "views/amount.h"

#include <math.h>
#include <stdint.h>

#include "engine/base/buf.h"
#include "engine/base/num.h"

static struct amount make(double v, enum measure measure, int decimals)
{
    return (struct amount){v, isnan(v) ? TRUST_UNKNOWN : TRUST_EXACT, measure, decimals};
}

struct amount amount_plain(double v, int decimals)
{
    return make(v, MEASURE_PLAIN, decimals);
}

struct amount amount_signed(double v, int decimals)
{
    return make(v, MEASURE_SIGNED, decimals);
}

struct amount amount_count(double v)
{
    return make(v, MEASURE_COUNT, 0);
}

struct amount amount_percent(double fraction, int decimals)
{
    return make(fraction, MEASURE_PERCENT, decimals);
}

struct amount amount_points(double fraction, int decimals)
{
    return make(fraction, MEASURE_POINTS, decimals);
}

struct amount amount_bytes(double bytes)
{
    return make(bytes, MEASURE_BYTES, 0);
}

struct amount amount_seconds(double seconds)
{
    return make(seconds, MEASURE_SECONDS, 0);
}

struct amount amount_weight(double v)
{
    return make(v, MEASURE_WEIGHT, 0);
}

struct amount amount_times(double v, int decimals)
{
    return make(v, MEASURE_TIMES, decimals);
}

bool amount_shown(struct amount a)
{
    return a.trust != TRUST_ABSENT;
}

/* A plus sign before what does not round to zero. */
static void signed_plain(struct buf *out, double v, int decimals)
{
    if (v > 0 && nearbyint(v * pow(10, decimals)) != 0)
        buf_putc(out, '+');
    if (decimals == 0 && fabs(v) < 9e18)
        num_count(out, llround(v));
    else
        num_plain(out, v, decimals);
}

static void number(struct buf *out, struct amount a)
{
    switch (a.measure) {
    case MEASURE_PLAIN:
        num_plain(out, a.v, a.decimals);
        break;
    case MEASURE_SIGNED:
        signed_plain(out, a.v, a.decimals);
        break;
    case MEASURE_COUNT:
        if (fabs(a.v) < 9e18)
            num_count(out, (int64_t)a.v);
        else
            buf_putc(out, '?');
        break;
    case MEASURE_PERCENT:
        num_percent(out, a.v, a.decimals);
        break;
    case MEASURE_POINTS:
        num_points(out, a.v, a.decimals);
        break;
    case MEASURE_WEIGHT:
        if (a.v > 0 && a.v < 0.001)
            buf_printf(out, "%.1e", a.v);
        else
            num_plain(out, a.v, 4);
        break;
    case MEASURE_BYTES:
        num_bytes(out, a.v);
        break;
    case MEASURE_SECONDS:
        num_seconds(out, a.v);
        break;
    case MEASURE_TIMES:
        num_plain(out, a.v, a.decimals);
        buf_putc(out, 'x');
        break;
    }
}

void amount_text(struct buf *out, struct amount a)
{
    if (a.trust == TRUST_ABSENT)
        return;
    if (a.trust == TRUST_UNKNOWN || isnan(a.v)) {
        buf_putc(out, '?');
        return;
    }
    if (a.trust == TRUST_GUESS)
        buf_puts(out, "guess ");
    else if (a.trust == TRUST_PARTIAL)
        buf_putc(out, '~');
    number(out, a);
    if (a.trust == TRUST_STALE)
        buf_putc(out, '*');
}

enum style amount_style(struct amount a, enum style usual)
{
    if (isnan(a.v))
        return STYLE_DIM;
    switch (a.trust) {
    case TRUST_STALE:
        return STYLE_STALE;
    case TRUST_GUESS:
        return STYLE_GUESS;
    case TRUST_UNKNOWN:
        return STYLE_DIM;
    default:
        return usual;
    }
}

static void bare(struct buf *out, struct amount a)
{
    if (a.measure == MEASURE_POINTS)
        a = (struct amount){100 * a.v, a.trust, MEASURE_SIGNED, a.decimals};
    else if (a.measure == MEASURE_PERCENT)
        a = (struct amount){100 * a.v, a.trust, MEASURE_PLAIN, a.decimals};
    if (a.trust == TRUST_STALE || a.trust == TRUST_PARTIAL)
        a.trust = TRUST_EXACT;
    amount_text(out, a);
}

void amount_interval(struct buf *out, struct amount lo, struct amount hi)
{
    if (!amount_shown(lo) || !amount_shown(hi))
        return;
    bare(out, lo);
    buf_puts(out, " .. ");
    bare(out, hi);
}
