/* cmd_curve: the trade-off curve of one strategy: amounts against cost and quality, the head unchanged. Points are measured from
 * coarse to fine, so that a person who watches sees the shape first. */
#include "app/cmd/cmd_rows.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "app/cmd/eval_json.h"
#include "app/cmd/strategy.h"
#include "app/session/look.h"
#include "app/session/measure.h"
#include "app/session/race.h"
#include "engine/base/err.h"
#include "engine/base/json.h"
#include "engine/base/mem.h"
#include "engine/base/num.h"
#include "engine/prune/cost.h"

enum { POINTS_DEFAULT = 20, POINTS_MAX = 1000 };

struct sweep {
    int n;
    double *amounts;
    struct json **points; /* NULL until measured, or where guards make the amount unreachable */
    enum split split;
    struct chosen_strategy strategy;
    struct ranking *ranking; /* borrowed */
};

static bool read_list(const char *text, struct sweep *out, struct err *e)
{
    char *copy = mem_text(text);
    bool ok = true;
    for (char *at = copy; ok && at;) {
        char *comma = strchr(at, ',');
        if (comma)
            *comma = '\0';
        double v = 0;
        ok = out->n < POINTS_MAX && num_parse_share(at, &v) && v >= 0 && v <= 1;
        out->amounts = mem_resize(out->amounts, (size_t)out->n + 1, sizeof *out->amounts);
        out->amounts[out->n++] = v;
        at = comma ? comma + 1 : NULL;
    }
    free(copy);
    if (!ok)
        err_set(e, ERR_USAGE, "points=%s is neither a number of points nor a list of fractions", text);
    return ok || err_hint(e, "examples: points=20, points=0,0.5,0.9 (at most %d)", POINTS_MAX);
}

/* points=N: i/N for i = 0..N-1; points=a,b,c: these amounts. */
static bool read_points(const struct words *w, struct sweep *out, struct err *e)
{
    const char *word = words_key(w, "points");
    int64_t n = POINTS_DEFAULT;
    bool count = !word || (num_parse_int(word, &n) && n > 1);
    if (!count)
        return read_list(word, out, e);
    if (n > POINTS_MAX)
        return err_set(e, ERR_USAGE, "points=%s: at most %d", word, POINTS_MAX);
    out->n = (int)n;
    out->amounts = mem_alloc((size_t)n, sizeof *out->amounts);
    for (int i = 0; i < out->n; i++)
        out->amounts[i] = (double)i / (double)n;
    return true;
}

static struct json *cost_point(const struct state *at, double amount, const struct cost *c)
{
    double prunable = (double)at->opened->layers.prunable;
    struct json *p = json_object();
    json_put_num(p, "amount", amount);
    json_put_num(p, "sparsity", 1 - (double)c->kept / prunable);
    json_put_int(p, "kept", c->kept);
    json_put_int(p, "parameters", c->parameters);
    json_put_int(p, "macs", c->macs);
    json_put_int(p, "bytes", c->smallest_bytes);
    return p;
}

/* Members that every point has: unknown where there are no data, or no labels. */
static void fill_unknown(struct json *point)
{
    static const char *const names[] = {"accuracy", "loss", "changed", "low", "high", "exact"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (!json_get(point, names[i]))
            json_put_null(point, names[i]);
}

/* Which records are right, a hexadecimal digit for four: any two points can then be compared in pairs. */
static void put_answers(struct json *p, const struct outcome *o)
{
    struct buf text = {0};
    for (int64_t i = 0; i < o->n; i += 4) {
        int digit = 0;
        for (int64_t k = 0; k < 4 && i + k < o->n; k++)
            digit |= (o->right[i + k] != 0) << k;
        buf_putc(&text, "0123456789abcdef"[digit]);
    }
    json_put_text(p, "right", buf_text(&text));
    buf_release(&text);
}

/* Look at the point on its way: *lost, its accuracy is bounds then and nothing more. */
static bool race_point(struct session *s, struct state *at, enum split split, struct json *p, bool *lost,
                       struct err *e)
{
    static const int64_t looks[] = {256, 1024};
    int64_t total = at->data->set->n_split[split], bytes = (int64_t)json_num(json_get(p, "bytes"), 0);
    for (size_t k = 0; k < sizeof looks / sizeof *looks && looks[k] < total && !*lost; k++) {
        const struct outcome *dense, *pruned;
        struct comparison c;
        double low, high;
        if (!measure_pair(s, at, split, looks[k], &c, &dense, &pruned, e))
            return false;
        if (!pruned->right || pruned->n == total)
            return true;
        *lost = race_lost(s->race, bytes, pruned->n_right, pruned->n, total, &low, &high);
        if (*lost) {
            json_put_num(p, "low", low);
            json_put_num(p, "high", high);
            json_put_int(p, "n", pruned->n);
            json_put_int(p, "of", total);
            json_put_bool(p, "exact", false);
        }
    }
    return true;
}

static bool measure_point(struct session *s, struct state *at, const struct sweep *sweep, int i,
                          struct err *e)
{
    const struct outcome *dense, *pruned;
    struct comparison c;
    struct json *p = sweep->points[i];
    bool lost = false;
    if (s->race && !race_point(s, at, sweep->split, p, &lost, e))
        return false;
    if (lost)
        return true;
    if (!measure_pair(s, at, sweep->split, 0, &c, &dense, &pruned, e))
        return false;
    if (s->race && pruned->right)
        race_finish(s->race, (int64_t)json_num(json_get(p, "bytes"), 0), pruned->accuracy);
    struct json *measured = eval_json(at, sweep->split, dense, pruned, &c);
    static const char *const names[] = {"accuracy", "loss",        "mse",         "r2",
                                        "changed",  "newly_wrong", "newly_right", "exact"};
    for (size_t k = 0; k < sizeof names / sizeof *names; k++)
        if (json_get(measured, names[k]))
            json_put(p, names[k], json_copy(json_get(measured, names[k])));
    json_put_num(p, "low", dense->accuracy + c.low);
    json_put_num(p, "high", dense->accuracy + c.high);
    if (json_get(measured, "mse")) {
        json_put_num(p, "mse_low", dense->mse + c.mse_low);
        json_put_num(p, "mse_high", dense->mse + c.mse_high);
    }
    json_put_int(p, "n", c.n);
    if (s->answers && pruned->right)
        put_answers(p, pruned);
    json_free(measured);
    outcomes_trim(s->outcomes);
    return true;
}

/* An amount that guards make unreachable is no point of the curve. */
static bool take_point(struct session *s, const struct sweep *sweep, int i, struct err *e)
{
    struct cut cut;
    struct err why = {0};
    struct guards guards = state_guards(s->state);
    if (!ranking_cut(sweep->ranking, s->state->mask, &guards, sweep->amounts[i], &cut, &why)) {
        bool skip = why.code == ERR_UNREACHABLE || err_set(e, why.code, "%s", why.message);
        err_release(&why);
        return skip;
    }
    struct state *at = state_copy(s->state);
    const struct model *m = at->current;
    struct cost c;
    state_set_mask(at, cut.mask);
    cost_of(m->graph, &m->layers, &m->coupling, at->mask, &c);
    sweep->points[i] = cost_point(at, sweep->amounts[i], &c);
    cost_release(&c);
    bool ok = !at->data || measure_point(s, at, sweep, i, e);
    fill_unknown(sweep->points[i]);
    state_unref(at);
    return ok;
}

static struct json *sweep_json(const struct session *s, const struct sweep *sweep)
{
    struct json *result = json_object(), *points = json_put_array(result, "points");
    for (int i = 0; i < sweep->n; i++)
        if (sweep->points[i])
            json_push(points, json_copy(sweep->points[i]));
    json_put_int(result, "wanted", sweep->n);
    json_put_text(result, "criterion", criterion_names[sweep->strategy.s.criterion]);
    json_put_text(result, "structure", structure_names[sweep->strategy.s.structure]);
    json_put_text(result, "scope", scope_names[sweep->strategy.s.scope]);
    struct buf strategy = {0};
    strategy_print(&sweep->strategy, &strategy);
    json_put_text(result, "strategy", buf_text(&strategy) + 1);
    buf_release(&strategy);
    json_put_text(result, "split", s->state->data ? split_names[sweep->split] : NULL);
    look_base(s->state, result);
    return result;
}

/* Coarse to fine: every 2^k-th point first, then those between. */
static bool take_points(struct session *s, const struct sweep *sweep, struct err *e)
{
    int stride = 1;
    while (stride * 4 < sweep->n)
        stride *= 2;
    for (; stride >= 1; stride /= 2)
        for (int i = 0; i < sweep->n; i += stride) {
            if (sweep->points[i])
                continue;
            if (!take_point(s, sweep, i, e))
                return false;
            if (s->partial)
                s->partial(s->partial_data, sweep_json(s, sweep));
        }
    return true;
}

static void canonical_curve(const struct words *w, const struct sweep *sweep, struct buf *out)
{
    const char *points = words_key(w, "points");
    buf_puts(out, "curve points=");
    if (points)
        buf_puts(out, points);
    else
        buf_printf(out, "%d", POINTS_DEFAULT);
    strategy_print(&sweep->strategy, out);
    buf_printf(out, " split=%s", split_names[sweep->split]);
}

static bool run_curve(struct session *s, const struct words *w, struct answer *out, struct err *e)
{
    struct sweep sweep = {.split = SPLIT_ALL};
    double started = s->seconds();
    if (!session_need_model(s, e) || !read_points(w, &sweep, e) || !strategy_read(s, w, &sweep.strategy, e)) {
        free(sweep.amounts);
        return false;
    }
    int split = s->state->data ? read_split(s, w, e) : SPLIT_ALL;
    sweep.points = mem_zero((size_t)sweep.n, sizeof *sweep.points);
    sweep.ranking = split < 0 ? NULL : session_ranking(s, &sweep.strategy.s, e);
    sweep.split = (enum split)split;
    bool ok = sweep.ranking && take_points(s, &sweep, e);
    if (ok) {
        out->result = sweep_json(s, &sweep);
        json_put_int(out->result, "tried", sweep.n);
        json_put_num(out->result, "seconds", s->seconds() - started);
        canonical_curve(w, &sweep, &out->canonical);
    }
    for (int i = 0; i < sweep.n; i++)
        json_free(sweep.points[i]);
    free(sweep.points);
    free(sweep.amounts);
    strategy_release(&sweep.strategy);
    return ok;
}

/* What a point was measured to be: accuracy with its interval, else squared error, else the answers that changed; nothing
 * without data. */
static void say_quality(const struct json *p, struct buf *out)
{
    struct buf cell = {0};
    if (json_is_number(json_get(p, "accuracy"))) {
        num_percent(&cell, json_num(json_get(p, "accuracy"), NAN), 2);
        buf_printf(out, "  %8s  ", buf_text(&cell));
        num_percent(out, json_num(json_get(p, "low"), NAN), 2);
        buf_puts(out, " .. ");
        num_percent(out, json_num(json_get(p, "high"), NAN), 2);
    } else if (json_is_number(json_get(p, "mse"))) {
        buf_printf(out, "  %13.6g", json_num(json_get(p, "mse"), NAN));
        if (json_is_number(json_get(p, "mse_low")))
            buf_printf(out, "  %.6g .. %.6g", json_num(json_get(p, "mse_low"), NAN),
                       json_num(json_get(p, "mse_high"), NAN));
    } else if (json_is_number(json_get(p, "changed"))) {
        buf_printf(out, "  %7.0f", json_num(json_get(p, "changed"), NAN));
    }
    buf_release(&cell);
}

static void say_curve(const struct json *r, struct buf *out)
{
    const struct json *first = json_first(json_get(r, "points"));
    buf_puts(out, "amount  sparsity        kept       bytes");
    if (json_is_number(json_get(first, "accuracy")))
        buf_puts(out, "  accuracy  95% interval");
    else if (json_is_number(json_get(first, "mse")))
        buf_puts(out, "  squared error  95% interval");
    else if (json_is_number(json_get(first, "changed")))
        buf_puts(out, "  changed");
    if (json_is_number(json_get(first, "changed")))
        buf_printf(out, "  on %s", json_str(json_get(r, "split")));
    buf_putc(out, '\n');
    for (const struct json *p = first; p; p = json_next(p)) {
        struct buf cells[3] = {{0}};
        num_percent(&cells[0], json_num(json_get(p, "sparsity"), NAN), 1);
        num_count(&cells[1], (int64_t)json_num(json_get(p, "kept"), 0));
        num_bytes(&cells[2], json_num(json_get(p, "bytes"), NAN));
        buf_printf(out, "%6.3f  %8s  %10s  %10s", json_num(json_get(p, "amount"), NAN), buf_text(&cells[0]),
                   buf_text(&cells[1]), buf_text(&cells[2]));
        say_quality(p, out);
        buf_putc(out, '\n');
        for (int i = 0; i < 3; i++)
            buf_release(&cells[i]);
    }
    int64_t wanted = (int64_t)json_num(json_get(r, "wanted"), 0), reached = json_count(json_get(r, "points"));
    if (reached < wanted)
        buf_printf(out, "%lld of %lld amounts are out of reach; prune AMOUNT says why\n",
                   (long long)(wanted - reached), (long long)wanted);
}

static const struct command_key curve_keys[] = {{"points", "N|LIST", "N amounts i/N, or a list of fractions"},
                                                STRATEGY_KEYS,
                                                SPLIT_KEY,
                                                {NULL, NULL, NULL}};

const struct command command_curve = {.name = "curve",
                                      .kind = COMMAND_QUERY,
                                      .usage = "curve points=20 scope=layer",
                                      .about =
                                          "trade-off of size and quality over many amounts; the head stays",
                                      .keys = curve_keys,
                                      .run = run_curve,
                                      .say = say_curve};
