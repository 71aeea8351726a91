/* verdict: see verdict.h. */
#include "app/scene/verdict.h"

#include <math.h>

#include "app/scene/facts_of.h"
#include "engine/base/json.h"
#include "engine/base/num.h"

const char *verdict_reading(double low, double high)
{
    if (!isfinite(low) || !isfinite(high))
        return NULL;
    if (low <= 0 && high >= 0)
        return "cannot tell from noise";
    if (high < 0)
        return high > -0.01 ? "small, real drop" : "real drop";
    return "real gain";
}

/* "1 connection in 5", or a share where that reads better. */
static void say_kept(const struct ui *u, struct buf *out)
{
    const struct json *m = u->board.item[BOARD_MASK];
    double kept = number_of(m, "kept"), all = number_of(m, "prunable");
    if (!(all > 0))
        return;
    if (kept == all)
        buf_puts(out, "Nothing is pruned: every connection is kept.");
    else if (kept > 0 && all / kept >= 1.95) {
        buf_printf(out, "Keeps 1 connection in %.3g.", round(all / kept * 10) / 10);
    } else {
        buf_puts(out, "Keeps ");
        num_percent(out, kept / all, 1);
        buf_puts(out, " of the connections.");
    }
}

static void say_accuracy(const struct ui *u, struct buf *out)
{
    const struct json *e = u->board.item[BOARD_EVAL];
    double delta = number_of(e, "delta"), low = number_of(e, "delta_low"), high = number_of(e, "delta_high");
    if (!isfinite(delta) || u->board.stale[BOARD_EVAL])
        return;
    buf_puts(out, partial(e) ? " So far, overall accuracy: " : " Overall accuracy: ");
    buf_puts(out, low <= 0 && high >= 0 ? "no detectable change" : delta < 0 ? "it fell" : "it rose");
    buf_puts(out, " (");
    num_points(out, delta, 1);
    buf_puts(out, ", 95% ");
    num_plain(out, 100 * low, 1);
    buf_puts(out, " .. ");
    num_plain(out, 100 * high, 1);
    buf_puts(out, ").");
}

static void say_error(const struct ui *u, struct buf *out)
{
    const struct json *e = u->board.item[BOARD_EVAL];
    if (!json_is_number(json_get(e, "mse")) || u->board.stale[BOARD_EVAL])
        return;
    buf_puts(out, partial(e) ? " So far, squared error: " : " Squared error: ");
    num_plain(out, number_of(e, "mse"), 4);
    buf_puts(out, ", dense ");
    num_plain(out, number_of(e, "dense_mse"), 4);
    buf_putc(out, '.');
}

static bool say_changed(const struct ui *u, struct buf *out)
{
    const struct json *e = u->board.item[BOARD_EVAL];
    double changed = number_of(e, "changed"), n = number_of(e, "n");
    if (!(n > 0) || !(changed > 0) || u->board.stale[BOARD_EVAL])
        return false;
    num_count(out, (int64_t)changed);
    buf_puts(out, " of ");
    num_count(out, (int64_t)n);
    buf_puts(out, " records (");
    num_percent(out, changed / n, 1);
    buf_puts(out, ") get a different answer.");
    return true;
}

static bool say_inputs(const struct ui *u, struct buf *out)
{
    const struct json *cut = json_get(u->board.item[BOARD_MASK], "cut_inputs");
    size_t n = json_count(cut), all = json_count(json_get(u->board.item[BOARD_DATA], "features")), shown = 0;
    if (n == 0)
        return false;
    if (all)
        buf_printf(out, "%zu of %zu inputs no longer reach the output at all: ", n, all);
    else
        buf_printf(out, "%zu inputs no longer reach the output at all: ", n);
    for (const struct json *name = json_first(cut); name && shown < 4; name = json_next(name), shown++)
        buf_printf(out, "%s%s", shown ? "; " : "", json_str(name));
    buf_puts(out, n > 4 ? " ..." : ".");
    return true;
}

const struct verdict_line *verdict_lines(const struct ui *u, struct scratch *memory, size_t *n)
{
    struct verdict_line *lines = scratch_take(memory, 3, sizeof *lines);
    struct buf first = {0}, changed = {0}, inputs = {0};
    *n = 0;
    say_kept(u, &first);
    say_accuracy(u, &first);
    say_error(u, &first);
    if (first.len)
        lines[(*n)++] = (struct verdict_line){scratch_buf(memory, &first),
                                              number_of(u->board.item[BOARD_EVAL], "delta_high") < 0, NULL};
    if (say_changed(u, &changed))
        lines[(*n)++] = (struct verdict_line){scratch_buf(memory, &changed), true, NULL};
    if (say_inputs(u, &inputs))
        lines[(*n)++] = (struct verdict_line){scratch_buf(memory, &inputs), true, "5"};
    buf_release(&first);
    buf_release(&changed);
    buf_release(&inputs);
    return lines;
}
