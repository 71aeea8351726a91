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
#include "engine/base/plan.h"
#include "engine/prune/cost.h"

enum { POINTS_DEFAULT = 20, POINTS_MAX = 1000 };

struct sweep {
    int n;
    double *amounts;
    struct json **points; /* NULL until measured, or where guards make the amount unreachable */
    bool *tried;
    enum split split;
    struct chosen_strategy strategy;
    struct ranking *ranking; /* borrowed */
    int together; /* how many were measured at a time where memory holds no more; 0: all that were asked */
};

/* Points that are taken together: each is cut and counted, then all are measured. */
struct take {
    struct session *s;
    struct sweep *sweep;
    int n;
    struct taken {
        int point; /* its number in the sweep */
        bool cut;  /* within reach */
        struct cut at;
        struct cost cost;
        struct err why;
    } * v;
    int n_open;          /* points that are to be measured, */
    int *open;           /* their numbers in v, */
    struct mask **masks; /* their masks */
    struct measured measured;
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

/* What a point is worth on the records that were measured, beside the dense model. */
static void put_measured(const struct session *s, const struct sweep *sweep, const struct outcome *dense,
                         const struct outcome *pruned, struct json *p)
{
    static const char *const names[] = {"accuracy", "loss",        "mse",         "r2",
                                        "changed",  "newly_wrong", "newly_right", "exact"};
    struct comparison c;
    outcome_compare(dense, pruned, &s->state->data->reading, &c);
    struct json *measured = eval_json(s->state, sweep->split, dense, pruned, &c);
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
}

static struct json *point_of(const struct take *t, int k)
{
    return t->sweep->points[t->v[t->open[k]].point];
}

/* A point that has lost: its accuracy is bounds and nothing more. */
static bool is_lost(struct session *s, const struct outcome *pruned, struct json *p)
{
    double low, high;
    if (!pruned->right || pruned->n == pruned->total ||
        !race_lost(s->race, (int64_t)json_num(json_get(p, "bytes"), 0), pruned->n_right, pruned->n,
                   pruned->total, &low, &high))
        return false;
    json_put_num(p, "low", low);
    json_put_num(p, "high", high);
    json_put_int(p, "n", pruned->n);
    json_put_int(p, "of", pruned->total);
    json_put_bool(p, "exact", false);
    return true;
}

/* Measure the open points on the first n records, 0: all. */
static bool measure_open(struct take *t, int64_t n, struct err *e)
{
    struct measured *m = &t->measured;
    m->n = t->n_open;
    m->masks = t->masks;
    m->any_order = true;
    if (!measure_masks(t->s, t->s->state, t->sweep->split, n, m, e))
        return false;
    if (m->together > 0)
        t->sweep->together = m->together;
    return true;
}

/* Look at the points on their way and close those that have lost. */
static bool race_points(struct take *t, struct err *e)
{
    static const int64_t looks[] = {256, 1024};
    int64_t total = t->s->state->data->set->n_split[t->sweep->split];
    for (size_t k = 0; k < sizeof looks / sizeof *looks && looks[k] < total; k++) {
        int n = 0;
        if (!measure_open(t, looks[k], e))
            return false;
        for (int i = 0; i < t->n_open; i++) {
            if (is_lost(t->s, t->measured.pruned[i], point_of(t, i)))
                continue;
            t->open[n] = t->open[i];
            t->masks[n++] = t->masks[i];
        }
        t->n_open = n;
    }
    return true;
}

static bool measure_points(struct take *t, struct err *e)
{
    struct session *s = t->s;
    if ((s->race && !race_points(t, e)) || !measure_open(t, 0, e))
        return false;
    for (int k = 0; k < t->n_open; k++) {
        const struct outcome *pruned = t->measured.pruned[k];
        struct json *p = point_of(t, k);
        put_measured(s, t->sweep, t->measured.dense, pruned, p);
        if (s->race && pruned->right)
            race_finish(s->race, (int64_t)json_num(json_get(p, "bytes"), 0), pruned->accuracy);
    }
    outcomes_trim(s->outcomes);
    return true;
}

static bool cut_slice(void *work, int64_t i, void *scratch, const atomic_bool *stop)
{
    const struct take *t = work;
    const struct state *at = t->s->state;
    const struct model *m = at->current;
    const struct guards guards = state_guards(at);
    struct taken *one = &t->v[i];
    (void)scratch, (void)stop;
    one->cut =
        ranking_cut(t->sweep->ranking, at->mask, &guards, t->sweep->amounts[one->point], &one->at, &one->why);
    if (one->cut)
        cost_of(m->graph, &m->layers, &m->coupling, one->at.mask, &one->cost);
    return true;
}

/* An amount that guards make unreachable is no point of the curve. */
static bool open_points(struct take *t, struct err *e)
{
    const struct plan plan = {.slices = t->n, .work = t, .slice = cut_slice};
    if (!plan_run(t->s->runner, &plan))
        return err_set(e, ERR_CANCELLED, "the curve was stopped before its end");
    for (int i = 0; i < t->n; i++) {
        const struct taken *one = &t->v[i];
        if (!one->cut && one->why.code != ERR_UNREACHABLE)
            return err_set(e, one->why.code, "%s", one->why.message);
        if (!one->cut)
            continue;
        t->sweep->points[one->point] = cost_point(t->s->state, t->sweep->amounts[one->point], &one->cost);
        t->masks[t->n_open] = one->at.mask;
        t->open[t->n_open++] = i;
    }
    return true;
}

static void take_release(struct take *t)
{
    for (int i = 0; i < t->n; i++) {
        if (t->v[i].cut) {
            mask_unref(t->v[i].at.mask);
            cost_release(&t->v[i].cost);
        }
        err_release(&t->v[i].why);
    }
    free(t->v);
    free(t->open);
    free(t->masks);
    free(t->measured.pruned);
}

/* The points points[0..n). */
static bool take_together(struct session *s, struct sweep *sweep, const int *points, int n, struct err *e)
{
    size_t count = (size_t)n;
    struct take t = {.s = s, .sweep = sweep, .n = n};
    t.v = mem_zero(count, sizeof *t.v);
    t.open = mem_alloc(count, sizeof *t.open);
    t.masks = mem_alloc(count, sizeof(struct mask *));
    t.measured.pruned = mem_alloc(count, sizeof(struct outcome *));
    for (int i = 0; i < n; i++)
        t.v[i].point = points[i];
    bool ok = open_points(&t, e) && (!s->state->data || measure_points(&t, e));
    for (int i = 0; i < n; i++)
        if (sweep->points[points[i]])
            fill_unknown(sweep->points[points[i]]);
    take_release(&t);
    return ok;
}

static struct json *sweep_json(const struct session *s, const struct sweep *sweep)
{
    struct json *result = json_object(), *points = json_put_array(result, "points");
    for (int i = 0; i < sweep->n; i++)
        if (sweep->points[i])
            json_push(points, json_copy(sweep->points[i]));
    json_put_int(result, "wanted", sweep->n);
    if (sweep->together > 0)
        json_put_int(result, "together", sweep->together);
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

/* All at once; where somebody watches coarse to fine, every 2^k-th point first, then those between. */
static bool take_points(struct session *s, struct sweep *sweep, struct err *e)
{
    int *points = mem_alloc((size_t)sweep->n, sizeof *points), stride = 1;
    bool ok = true;
    while (s->partial && stride * 4 < sweep->n)
        stride *= 2;
    for (; ok && stride >= 1; stride /= 2) {
        int n = 0;
        for (int i = 0; i < sweep->n; i += stride) {
            if (!sweep->tried[i])
                points[n++] = i;
            sweep->tried[i] = true;
        }
        ok = n == 0 || take_together(s, sweep, points, n, e);
        if (ok && s->partial)
            s->partial(s->partial_data, sweep_json(s, sweep));
    }
    free(points);
    return ok;
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
    sweep.tried = mem_zero((size_t)sweep.n, sizeof *sweep.tried);
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
    free(sweep.tried);
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
    if (json_get(r, "together"))
        buf_printf(out, "measured %.0f at a time: more do not fit into memory; --memory raises the limit\n",
                   json_num(json_get(r, "together"), 0));
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
