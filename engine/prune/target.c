/* target: the smallest amount that brings a quantity (bytes, multiply-adds, parameters) down to what is wanted. */
#include "engine/base/err.h"
#include "engine/prune/ranking.h"

static double amount_of(const struct ranking *r, int64_t portions)
{
    return r->n ? (double)portions / (double)r->n : 0;
}

/* quantity NULL: only whether so many can go. */
static enum reach measure(const struct goal *t, int64_t portions, int64_t *quantity)
{
    struct cut cut;
    struct err ignored = {0};
    enum reach reach = ranking_try(t->r, t->current, t->g, amount_of(t->r, portions), &cut, &ignored);
    err_release(&ignored);
    if (reach == REACH_OK) {
        if (quantity)
            *quantity = t->measure(t->data, cut.mask);
        mask_unref(cut.mask);
    }
    return reach;
}

void goal_search_begin(struct goal_search *s, const struct ranking *r)
{
    *s = (struct goal_search){.low = -1, .high = r->n, .portions = -1};
}

/* Within the largest number of portions for which enough are left, -1 for none, lies what is searched for. */
static bool narrow_most(struct goal_search *s, const struct goal *t)
{
    if (s->low < s->high) {
        int64_t middle = s->low + (s->high - s->low + 1) / 2;
        if (measure(t, middle, NULL) == REACH_TOO_FEW_LEFT)
            s->high = middle - 1;
        else
            s->low = middle;
        return true;
    }
    s->most = s->high;
    s->blocked = s->most < 0 || measure(t, s->most, &s->least) != REACH_OK;
    s->low = 0;
    s->bounded = true;
    return !s->blocked && s->least <= t->wanted;
}

bool goal_search_step(struct goal_search *s, const struct goal *t)
{
    int64_t quantity;
    if (!s->bounded)
        return narrow_most(s, t);
    if (s->low >= s->high) {
        s->portions = s->low;
        s->amount = amount_of(t->r, s->low);
        return false;
    }
    int64_t middle = s->low + (s->high - s->low) / 2;
    if (measure(t, middle, &quantity) == REACH_OK && quantity <= t->wanted)
        s->high = middle;
    else
        s->low = middle + 1;
    return true;
}

bool ranking_cut_to(const struct goal *t, double *amount, struct cut *out, struct err *e)
{
    struct goal_search s;
    goal_search_begin(&s, t->r);
    while (goal_search_step(&s, t))
        ;
    if (s.blocked) /* guards leave nothing: say what stands in the way */
        return ranking_cut(t->r, t->current, t->g, amount_of(t->r, s.most < 0 ? 0 : s.most), out, e);
    if (s.portions < 0) {
        err_set(e, ERR_UNREACHABLE, "%lld is out of reach: cutting all that can go leaves %lld",
                (long long)t->wanted, (long long)s.least);
        return err_hint(e, "ask for %lld or more, choose more layers, or another structure",
                        (long long)s.least);
    }
    *amount = s.amount;
    return ranking_cut(t->r, t->current, t->g, *amount, out, e);
}
