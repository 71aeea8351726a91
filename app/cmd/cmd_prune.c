/* cmd_prune: the commands that change the mask: prune, restore, cut; and the guards: protect, release. */
#include "app/cmd/cmd_rows.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "app/cmd/report_json.h"
#include "app/cmd/strategy.h"
#include "app/session/by_hand.h"
#include "engine/base/err.h"
#include "engine/base/json.h"
#include "engine/base/mem.h"
#include "engine/base/num.h"
#include "engine/base/text.h"
#include "engine/prune/cost.h"
#include "engine/prune/effect.h"

/* What a target like bytes= measures, and how its value reads. */
enum target { TARGET_BYTES, TARGET_MACS, TARGET_PARAMS, TARGETS };

static const char *const target_keys[TARGETS] = {"bytes", "macs", "params"};
static const char *const storage_names[] = {"dense", "bitmask", "csr", NULL};

struct gauge {
    const struct model *model;
    enum target target;
    int storage; /* index into storage_names, -1: the smallest */
};

static int64_t gauge_bytes(const struct gauge *g, const struct cost *c)
{
    const int64_t by_storage[] = {c->dense_bytes, c->bitmask_bytes, c->csr_bytes};
    return g->storage < 0 ? c->smallest_bytes : by_storage[g->storage];
}

static int64_t gauge_read(void *data, const struct mask *m)
{
    const struct gauge *g = data;
    struct cost c;
    cost_of(g->model->graph, &g->model->layers, &g->model->coupling, m, &c);
    int64_t v = g->target == TARGET_BYTES  ? gauge_bytes(g, &c)
                : g->target == TARGET_MACS ? c.macs
                                           : c.parameters;
    cost_release(&c);
    return v;
}

/* bytes=90 KiB, as sizes are printed: the unit is a word of its own. */
static bool read_bytes(const struct words *w, int64_t *wanted)
{
    struct buf text = {0};
    buf_puts(&text, words_key(w, "bytes"));
    if (w->n_args > 0)
        buf_printf(&text, " %s", w->args[0]);
    bool ok = num_parse_bytes(buf_text(&text), wanted);
    buf_release(&text);
    return ok;
}

/* The value of a target key: a count, or for macs= at most 1 a fraction of dense. */
static bool read_wanted(const struct gauge *g, const struct words *w, int64_t *wanted, struct err *e)
{
    double v;
    const char *text = words_key(w, target_keys[g->target]);
    int64_t least = g->target == TARGET_MACS ? 2 : 0; /* macs=1 is the fraction */
    if (g->target == TARGET_BYTES ? read_bytes(w, wanted) : num_parse_count(text, wanted) && *wanted >= least)
        return true;
    if (g->target == TARGET_MACS && num_parse_share(text, &v) && v >= 0 && v <= 1) {
        struct mask *all = mask_new(&g->model->layers);
        *wanted = (int64_t)(v * (double)gauge_read((void *)(uintptr_t)g, all));
        mask_unref(all);
        return true;
    }
    err_set(e, ERR_USAGE, "%s=%s is no size", target_keys[g->target], text);
    return err_hint(e, "examples: bytes=16KiB macs=0.5 params=20000");
}

/* Which target the words name; TARGETS for none, with the AMOUNT read instead. */
static bool read_amount(const struct words *w, enum target *target, double *amount, struct err *e)
{
    int given = w->n_args;
    int64_t bytes;
    *target = TARGETS;
    for (int t = 0; t < TARGETS; t++)
        if (words_key(w, target_keys[t])) {
            *target = (enum target)t;
            given++;
        }
    given -= *target == TARGET_BYTES && w->n_args > 0 && read_bytes(w, &bytes);
    if (given != 1) {
        err_set(e, ERR_USAGE,
                given ? "prune takes one amount or one target" : "prune needs an amount or a target");
        return err_hint(e, "examples: prune 0.8, prune bytes=16KiB");
    }
    if (*target != TARGETS)
        return true;
    if (num_parse_share(w->args[0], amount) && *amount >= 0 && *amount <= 1)
        return true;
    err_set(e, ERR_USAGE, "the amount %s is no fraction between 0 and 1", w->args[0]);
    return err_hint(e, "0.8 cuts 80 %% of the portions");
}

/* Amount or target into a cut. */
static bool find_cut(const struct session *s, const struct words *w, const struct ranking *r, double *amount,
                     struct cut *out, struct err *e)
{
    const struct state *at = s->state;
    struct gauge g = {.model = at->current};
    int64_t wanted;
    struct guards guards = state_guards(at);
    if (!read_amount(w, &g.target, amount, e) || !read_choice(w, "storage", storage_names, -1, &g.storage, e))
        return false;
    if (g.target == TARGETS)
        return ranking_cut(r, at->mask, &guards, *amount, out, e);
    if (!read_wanted(&g, w, &wanted, e))
        return false;
    const struct goal to = {r, at->mask, &guards, gauge_read, &g, wanted};
    return ranking_cut_to(&to, amount, out, e);
}

/* How far it is from where the session stands. */
static void put_difference(struct json *result, const struct state *before, const struct state *after)
{
    const struct model *m = before->current;
    const struct effect_difference change =
        effect_difference(&m->layers, &m->coupling, before->mask, after->mask);
    json_put_int(result, "changed_weights", change.added + change.removed);
    json_put_int(result, "changed_units", change.units);
}

static bool run_prune(struct session *s, const struct words *w, struct answer *out, struct err *e)
{
    double started = s->seconds(), amount = 0;
    struct chosen_strategy chosen;
    if (!session_need_model(s, e) || !strategy_read(s, w, &chosen, e))
        return false;
    struct ranking *r = session_ranking(s, &chosen.s, e);
    struct cut cut;
    bool ok = r && find_cut(s, w, r, &amount, &cut, e);
    if (ok) {
        struct state *next = state_copy(s->state);
        state_set_mask(next, cut.mask);
        next->portions = cut.portions;
        next->cut_portions = cut.cut_portions;
        buf_puts(&out->canonical, "prune ");
        num_exact(&out->canonical, amount);
        strategy_print(&chosen, &out->canonical);
        out->result = mask_json(next);
        json_put_num(out->result, "amount", amount);
        json_put_num(out->result, "threshold", cut.threshold);
        put_difference(out->result, s->state, next);
        json_put_num(out->result, "seconds", s->seconds() - started);
        ok = session_commit(s, buf_text(&out->canonical), out->result, next, NULL, e);
    }
    strategy_release(&chosen);
    return ok;
}

/* restore and cut: one place back or away by hand. */
static bool run_by_hand(struct session *s, const struct words *w, bool away, struct answer *out,
                        struct err *e)
{
    double started = s->seconds();
    struct place place;
    if (!session_need_model(s, e) || !state_place(s->state, w->args[0], &place, e))
        return false;
    struct state *next = state_copy(s->state);
    if (!(away ? by_hand_cut(next, &place, e) : by_hand_restore(next, &place, e))) {
        state_unref(next);
        return false;
    }
    buf_printf(&out->canonical, "%s ", w->verb);
    state_place_print(next, &place, &out->canonical);
    out->result = mask_json(next);
    json_put_num(out->result, "seconds", s->seconds() - started);
    return session_commit(s, buf_text(&out->canonical), out->result, next, NULL, e);
}

static bool run_restore(struct session *s, const struct words *w, struct answer *out, struct err *e)
{
    return run_by_hand(s, w, false, out, e);
}

static bool run_cut(struct session *s, const struct words *w, struct answer *out, struct err *e)
{
    return run_by_hand(s, w, true, out, e);
}

static bool run_guard(struct session *s, const struct words *w, bool protect, struct answer *out,
                      struct err *e)
{
    if (!session_need_model(s, e))
        return false;
    struct state *next = state_copy(s->state);
    if (!(protect ? by_hand_protect(next, w->args[0], e) : by_hand_release(next, w->args[0], e))) {
        state_unref(next);
        return false;
    }
    buf_printf(&out->canonical, "%s ", w->verb);
    text_quote(&out->canonical, w->args[0]);
    out->result = json_object();
    struct json *list = json_put_array(out->result, "protected");
    for (int i = 0; i < next->n_protections; i++)
        json_push_text(list, next->protections[i]);
    return session_commit(s, buf_text(&out->canonical), out->result, next, NULL, e);
}

static bool run_protect(struct session *s, const struct words *w, struct answer *out, struct err *e)
{
    return run_guard(s, w, true, out, e);
}

static bool run_release(struct session *s, const struct words *w, struct answer *out, struct err *e)
{
    return run_guard(s, w, false, out, e);
}

static void say_protected(const struct json *result, struct buf *out)
{
    const struct json *list = json_get(result, "protected");
    buf_puts(out, json_count(list) ? "protected:" : "nothing is protected");
    for (const struct json *p = json_first(list); p; p = json_next(p))
        buf_printf(out, " %s", json_str(p));
    buf_putc(out, '\n');
}

static const struct command_key prune_keys[] = {
    STRATEGY_KEYS,
    {"bytes", "SIZE", "target: the smallest listed storage"},
    {"storage", "dense|bitmask|csr", "the storage that bytes= means"},
    {"macs", "N", "target: multiply-adds; at most 1: a fraction of dense"},
    {"params", "N", "target: parameters"},
    {NULL, NULL, NULL}};

const struct command command_prune = {
    .name = "prune",
    .kind = COMMAND_STEP,
    .max_args = 1,
    .usage = "prune 0.8 criterion=magnitude scope=global",
    .about = "cut the lowest-scored portions: AMOUNT is the fraction that is gone afterwards",
    .keys = prune_keys,
    .run = run_prune,
    .say = say_mask};
const struct command command_restore = {.name = "restore",
                                        .kind = COMMAND_STEP,
                                        .min_args = 1,
                                        .max_args = 1,
                                        .args = "LINK",
                                        .usage = "restore fc1/37/12",
                                        .about = "put a connection, kernel or unit back by hand",
                                        .run = run_restore,
                                        .say = say_mask};
const struct command command_cut = {.name = "cut",
                                    .kind = COMMAND_STEP,
                                    .min_args = 1,
                                    .max_args = 1,
                                    .args = "LINK",
                                    .usage = "cut fc1/37/12",
                                    .about = "remove a connection, kernel or unit by hand",
                                    .run = run_cut,
                                    .say = say_mask};
const struct command command_protect = {
    .name = "protect",
    .kind = COMMAND_STEP,
    .min_args = 1,
    .max_args = 1,
    .args = "WHAT",
    .usage = "protect input:age_80plus",
    .about = "keep an input, layer, unit or link (input: layer: unit: link:) from later cuts",
    .run = run_protect,
    .say = say_protected};
const struct command command_release = {.name = "release",
                                        .kind = COMMAND_STEP,
                                        .min_args = 1,
                                        .max_args = 1,
                                        .args = "WHAT",
                                        .usage = "release input:age_80plus",
                                        .about = "undo a protect",
                                        .run = run_release,
                                        .say = say_protected};
