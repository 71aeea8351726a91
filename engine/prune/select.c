/* select: exact counts: which portions of a ranking are gone at an amount. Scores and their order are made in portion.c. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/mem.h"
#include "engine/base/num.h"
#include "engine/prune/bits.h"
#include "engine/prune/ranking.h"
#include "engine/prune/select_stream.h"

const char *const scope_names[] = {[SCOPE_GLOBAL] = "global", [SCOPE_LAYER] = "layer", NULL};

struct ranking *ranking_new(const struct graph *g, const struct layers *l, const struct coupling *c,
                            const struct tensor *const *weights, const struct strategy *s, struct err *e)
{
    if (l->n == 0) {
        err_set(e, ERR_UNREACHABLE, "nothing in this model can be pruned");
        err_hint(e, "open says why of each constant, in the list unprunable");
        return NULL;
    }
    struct ranking *r = mem_zero(1, sizeof *r);
    *r = (struct ranking){.g = g, .l = l, .c = c, .strategy = *s};
    r->in_layers = mem_alloc((size_t)l->n, sizeof *r->in_layers);
    r->weights = mem_alloc((size_t)l->n, sizeof *r->weights);
    for (int i = 0; i < l->n; i++) {
        int v = l->v[i].value;
        r->in_layers[i] = !s->in_layers || s->in_layers[i];
        r->weights[i] = weights && weights[v] ? weights[v]->f : layer_weights(g, &l->v[i]);
    }
    r->strategy.in_layers = r->in_layers;
    r->segments = mem_alloc((size_t)l->n + 1, sizeof *r->segments);
    if (portions_rows[s->structure].build(r, e))
        return r;
    ranking_free(r);
    return NULL;
}

void ranking_free(struct ranking *r)
{
    if (!r)
        return;
    free(r->in_layers);
    free(r->weights);
    free(r->order);
    free(r->segments);
    free(r->first);
    free(r->set_of_id);
    free(r->scores);
    free(r);
}

/* Cuts by hand in a chosen layer. */
static void add_hand_cuts(const struct ranking *r, const struct mask *hand, int layer, struct mask *m)
{
    const struct layer *l = &r->l->v[layer];
    const uint64_t *words = mask_words(hand, layer);
    if (bits_count(words, 0, l->weights) < l->weights) {
        uint64_t *to = mask_edit(m, layer);
        for (size_t k = 0; k < bits_words(l->weights); k++)
            to[k] &= words[k];
    }
    for (int64_t u = 0; u < l->units; u++)
        if (mask_removed(hand, layer, u))
            mask_set_removed(m, layer, u, true);
}

/* The mask before anything is selected: chosen layers whole (or as they are, with within=kept) but for cuts by hand, others as
 * they are. */
static struct mask *start_mask(const struct ranking *r, const struct mask *current, const struct guards *g)
{
    struct mask *m = r->strategy.within_kept ? mask_copy(current) : mask_new(r->l);
    for (int i = 0; i < r->l->n; i++) {
        if (!r->in_layers[i])
            mask_share(m, current, i);
        else if (g && g->hand_cuts)
            add_hand_cuts(r, g->hand_cuts, i, m);
    }
    return m;
}

/* What selecting works on. */
struct work {
    const struct ranking *r;
    const struct portions *row;
    uint64_t *forced, *blocked, *cut; /* bits by id */
    int64_t *room;                    /* units left, by layer */
    bool guarded;                     /* some bit of forced or blocked is set */
    int64_t cut_portions;
    double threshold;
};

static void begin(struct work *w, const struct ranking *r, const struct mask *start, const struct guards *g)
{
    size_t words = bits_words(r->n_ids);
    *w = (struct work){.r = r, .row = &portions_rows[r->strategy.structure], .threshold = NAN};
    w->forced = mem_zero(words * 3, sizeof *w->forced);
    w->blocked = w->forced + words;
    w->cut = w->blocked + words;
    w->room = mem_alloc((size_t)r->l->n, sizeof *w->room);
    for (int i = 0; i < r->l->n; i++)
        w->room[i] = bits_count(mask_units(start, i), 0, r->l->v[i].units);
    w->row->mark(r, start, g, w->forced, w->blocked);
    w->guarded = bits_count(w->forced, 0, r->n_ids) || bits_count(w->blocked, 0, r->n_ids);
}

static void end(struct work *w)
{
    free(w->forced);
    free(w->room);
}

static int64_t forced_in(const struct work *w, const struct segment *s)
{
    int64_t n = 0;
    if (!w->r->order)
        return stream_count(w->r, s, w->forced);
    for (int64_t i = 0; w->guarded && i < s->n; i++)
        n += bits_get(w->forced, w->r->order[s->first + i]);
    return n;
}

/* Cut up to `want` more of a segment, the lowest first; how many it were. */
static int64_t select_more(struct work *w, const struct segment *s, int64_t want)
{
    int64_t done = 0;
    if (!w->r->order)
        return stream_select(w->r, s, w->forced, w->blocked, want, w->cut, &w->threshold);
    for (int64_t i = 0; i < s->n && done < want; i++) {
        uint32_t id = w->r->order[s->first + i];
        if (w->guarded && (bits_get(w->forced, id) || bits_get(w->blocked, id)))
            continue;
        if (w->row->take && !w->row->take(w->r, id, w->room))
            continue;
        bits_on(w->cut, id);
        done++;
        if (done == want) {
            double score = w->row->score(w->r, id);
            w->threshold = isnan(w->threshold) || score > w->threshold ? score : w->threshold;
        }
    }
    return done;
}

static void where(const struct ranking *r, const struct segment *s, struct buf *out)
{
    buf_printf(out, "%lld %ss", (long long)s->n, portions_rows[r->strategy.structure].noun);
    if (s->layer >= 0)
        buf_printf(out, " of %s", r->l->v[s->layer].name);
    if (s->layer >= 0 && s->n_layers > 1)
        buf_printf(out, " and the %d layers coupled to it", s->n_layers - 1);
}

static enum reach too_few_left(const struct ranking *r, const struct segment *s, int64_t asked,
                               int64_t possible, struct err *e)
{
    struct buf place = {0};
    bool units = r->strategy.structure == STRUCTURE_UNIT;
    where(r, s, &place);
    err_set(e, ERR_UNREACHABLE, "%lld of the %s should go, but only %lld can: others are protected%s",
            (long long)asked, buf_text(&place), (long long)possible,
            units ? ", or the last ones of a layer" : "");
    err_hint(e, "ask for at most %.6g, or release what is protected",
             floor((double)possible / (double)s->n * 1e6) / 1e6);
    buf_release(&place);
    return REACH_TOO_FEW_LEFT;
}

static enum reach already_more(const struct ranking *r, const struct segment *s, int64_t asked, int64_t cut,
                               struct err *e)
{
    struct buf place = {0};
    where(r, s, &place);
    err_set(e, ERR_UNREACHABLE, "%lld of the %s are cut %s, more than the %lld asked for", (long long)cut,
            buf_text(&place), r->strategy.within_kept ? "already" : "by hand", (long long)asked);
    err_hint(e, "ask for at least %.6g, or put some back", ceil((double)cut / (double)s->n * 1e6) / 1e6);
    buf_release(&place);
    return REACH_ALREADY_MORE;
}

static enum reach select_segment(struct work *w, const struct segment *s, double amount, struct err *e)
{
    int64_t asked = num_portion(amount, s->n), forced = forced_in(w, s);
    if (forced > asked)
        return already_more(w->r, s, asked, forced, e);
    int64_t done = select_more(w, s, asked - forced);
    w->cut_portions += forced + done;
    return forced + done < asked ? too_few_left(w->r, s, asked, forced + done, e) : REACH_OK;
}

enum reach ranking_try(const struct ranking *r, const struct mask *current, const struct guards *g,
                       double amount, struct cut *out, struct err *e)
{
    struct mask *m = start_mask(r, current, g);
    struct work w;
    enum reach reach = REACH_OK;
    begin(&w, r, m, g);
    for (int i = 0; i < r->n_segments && reach == REACH_OK; i++)
        reach = select_segment(&w, &r->segments[i], amount, e);
    if (reach == REACH_OK) {
        w.row->apply(r, w.cut, m);
        *out = (struct cut){m, r->n, w.cut_portions, w.threshold};
    } else {
        mask_unref(m);
    }
    end(&w);
    return reach;
}

bool ranking_cut(const struct ranking *r, const struct mask *current, const struct guards *g, double amount,
                 struct cut *out, struct err *e)
{
    if (!(amount >= 0 && amount <= 1)) {
        err_set(e, ERR_USAGE, "an amount of %g is not between 0 and 1", amount);
        return err_hint(e, "0.5 is half of what can be cut");
    }
    return ranking_try(r, current, g, amount, out, e) == REACH_OK;
}
