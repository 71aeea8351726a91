/* offers: see offers.h. */
#include "app/offers.h"

#include <string.h>

static int score_of(const struct offers *o, const char *text, const char *about)
{
    return fuzzy_score(&o->query, text, o->with_about ? about : NULL);
}

static bool among_best(const struct offers *o, int score)
{
    return score >= 0 && (o->n < OFFERS_MOST || score > o->rows[o->n - 1].score);
}

bool offer_wanted(struct offers *o, const char *text, const char *about)
{
    int score = score_of(o, text, about);
    bool wanted = among_best(o, score);
    o->all += !wanted && score >= 0;
    return wanted;
}

void offer_add(struct offers *o, struct offer one)
{
    one.score = score_of(o, one.text, one.about);
    o->all += one.score >= 0;
    if (!among_best(o, one.score))
        return;
    size_t at = o->n < OFFERS_MOST ? o->n++ : OFFERS_MOST - 1;
    for (; at > 0 && o->rows[at - 1].score < one.score; at--)
        o->rows[at] = o->rows[at - 1];
    o->rows[at] = one;
}
