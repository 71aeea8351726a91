/* target: the smallest amount that brings a quantity (bytes, multiply-adds, parameters) down to what is wanted. */
#include "engine/base/err.h"
#include "engine/prune/ranking.h"

struct search {
    const struct ranking *r;
    const struct mask *current;
    const struct guards *g;
    int64_t (*measure)(void *data, const struct mask *m);
    void *data;
};

static double amount_of(const struct search *s, int64_t portions)
{
    return s->r->n ? (double)portions / (double)s->r->n : 0;
}

static enum reach measure(const struct search *s, int64_t portions, int64_t *quantity)
{
    struct cut cut;
    struct err ignored = {0};
    enum reach reach = ranking_try(s->r, s->current, s->g, amount_of(s, portions), &cut, &ignored);
    err_release(&ignored);
    if (reach == REACH_OK) {
        *quantity = s->measure(s->data, cut.mask);
        mask_unref(cut.mask);
    }
    return reach;
}

/* The largest number of portions for which enough are left; -1 for none. */
static int64_t most(const struct search *s)
{
    int64_t low = -1, high = s->r->n, quantity;
    while (low < high) {
        int64_t middle = low + (high - low + 1) / 2;
        if (measure(s, middle, &quantity) == REACH_TOO_FEW_LEFT)
            high = middle - 1;
        else
            low = middle;
    }
    return low;
}

bool ranking_cut_to(const struct ranking *r, const struct mask *current, const struct guards *g,
                    int64_t (*measure_fn)(void *data, const struct mask *m), void *data, int64_t wanted,
                    double *amount, struct cut *out, struct err *e)
{
    struct search s = {r, current, g, measure_fn, data};
    int64_t high = most(&s), low = 0, quantity = 0;
    if (high < 0 ||
        measure(&s, high, &quantity) != REACH_OK) /* guards leave nothing: say what stands in the way */
        return ranking_cut(r, current, g, amount_of(&s, high < 0 ? 0 : high), out, e);
    if (quantity > wanted) {
        err_set(e, ERR_UNREACHABLE, "%lld is out of reach: cutting all that can go leaves %lld",
                (long long)wanted, (long long)quantity);
        return err_hint(e, "ask for %lld or more, choose more layers, or another structure",
                        (long long)quantity);
    }
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        if (measure(&s, middle, &quantity) == REACH_OK && quantity <= wanted)
            high = middle;
        else
            low = middle + 1;
    }
    *amount = amount_of(&s, low);
    return ranking_cut(r, current, g, *amount, out, e);
}
