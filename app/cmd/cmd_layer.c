/* cmd_layer: the command that looks at one layer: where in it the cuts fell, its values, its threshold. */
#include "app/cmd/cmd_rows.h"

#include <math.h>
#include <string.h>

#include "app/session/look.h"
#include "engine/base/err.h"
#include "engine/base/json.h"
#include "engine/base/num.h"
#include "engine/explain/pattern.h"

enum { BLOCKS_MOST = 1024, SAID_COLUMNS = 100 };

static bool read_blocks(const struct words *w, const char *key, int *out, struct err *e)
{
    const char *word = words_key(w, key);
    int64_t n = *out;
    if (word && (!num_parse_int(word, &n) || n < 1 || n > BLOCKS_MOST)) {
        err_set(e, ERR_USAGE, "%s=%s is no number of blocks from 1 to %d", key, word, BLOCKS_MOST);
        return err_hint(e, "example: %s=%d", key, *out);
    }
    *out = (int)n;
    return true;
}

static bool run_layer(struct session *s, const struct words *w, struct answer *out, struct err *e)
{
    struct pattern_wish wish = {16, 64, PATTERN_BY_INDEX};
    int order;
    if (!session_need_model(s, e) || !read_blocks(w, "rows", &wish.rows, e) ||
        !read_blocks(w, "columns", &wish.columns, e) ||
        !read_choice(w, "order", pattern_order_names, PATTERN_BY_INDEX, &order, e))
        return false;
    const struct state *at = session_now(s);
    int layer = layer_by_name(&at->current->layers, w->args[0], e);
    if (layer < 0)
        return false;
    wish.order = (enum pattern_order)order;
    out->result = look_layer(at, layer, &wish);
    return true;
}

static double member(const struct json *object, const char *name)
{
    return json_num(json_get(object, name), NAN);
}

static void say_fan(const struct json *r, const char *name, const char *title, const char *of,
                    struct buf *out)
{
    const struct json *f = json_get(r, name);
    buf_printf(out, "%s %.0f to %.0f, median %g", title, member(f, "min"), member(f, "max"),
               member(f, "median"));
    if (member(f, "none") > 0)
        buf_printf(out, "; %s without any: %.0f", of, member(f, "none"));
    buf_putc(out, '\n');
}

static void say_threshold(const struct json *r, struct buf *out)
{
    double cut = member(r, "largest_cut"), kept = member(r, "smallest_kept");
    if (isnan(cut))
        buf_puts(out, "nothing is cut\n");
    else if (isnan(kept))
        buf_puts(out, "everything is cut\n");
    else if (isnan(member(r, "threshold")))
        buf_printf(out, "no threshold: |w| up to %.4f was cut and from %.4f kept\n", cut, kept);
    else
        buf_printf(out, "threshold: |w| up to %.4f was cut, from %.4f kept\n", cut, kept);
}

/* Each block by the tenth of its weights that is kept, rounded up: a lone survivor shows. */
static void say_blocks(const struct json *r, struct buf *out)
{
    static const char ramp[] = " .:-=+*#%@@";
    int columns = (int)member(r, "columns");
    const struct json *kept = json_first(json_get(r, "block_kept")),
                      *of = json_first(json_get(r, "block_of")), *row = json_first(json_get(r, "row_first"));
    for (; row; row = json_next(row)) {
        buf_printf(out, "%7.0f |", json_num(row, 0));
        for (int c = 0; c < columns && kept; c++, kept = json_next(kept), of = json_next(of))
            if (c < SAID_COLUMNS)
                buf_putc(out, ramp[(int)ceil(10 * json_num(kept, 0) / json_num(of, 1))]);
        buf_puts(out, "|\n");
    }
    buf_printf(out, "share kept: blank 0%s, %.0f unit%s x %.0f input%s a cell\n", "  . to 10%  @ above 80%",
               member(r, "row_units"), member(r, "row_units") > 1 ? "s" : "", member(r, "column_inputs"),
               member(r, "column_inputs") > 1 ? "s" : "");
}

static void say_layer(const struct json *r, struct buf *out)
{
    struct buf kept = {0}, of = {0};
    num_count(&kept, (int64_t)member(r, "kept"));
    num_count(&of, (int64_t)member(r, "weights"));
    buf_printf(out, "%s: kept %s of %s weights; energy kept ", json_str(json_get(r, "layer")),
               buf_text(&kept), buf_text(&of));
    num_percent(out, member(r, "energy"), 1);
    buf_puts(out, "; mean |w| kept ");
    num_plain(out, member(r, "mean_kept"), 4);
    buf_putc(out, '\n');
    buf_release(&kept);
    buf_release(&of);
    say_threshold(r, out);
    say_fan(r, "fan_in", "a unit hears", "units", out);
    say_fan(r, "fan_out", "an input is heard by", "inputs", out);
    say_blocks(r, out);
}

static const struct command_key layer_keys[] = {
    {"rows", "N", "units in at most so many blocks; 16"},
    {"columns", "N", "inputs in at most so many blocks; 64"},
    {"order", "index|survival|loss", "survival: most kept first; loss: largest sum of squares cut first"},
    {NULL, NULL, NULL}};

const struct command command_layer = {.name = "layer",
                                      .kind = COMMAND_QUERY,
                                      .min_args = 1,
                                      .max_args = 1,
                                      .usage = "layer fc1 order=survival",
                                      .about = "where in a layer the cuts fell, its values and threshold",
                                      .keys = layer_keys,
                                      .run = run_layer,
                                      .say = say_layer};
