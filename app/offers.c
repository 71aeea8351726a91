/* offers: see offers.h. */
#include "app/offers.h"

#include <string.h>

int offer_score(const struct offers *o, const char *text, const char *about)
{
    return fuzzy_score(&o->query, text, o->with_about ? about : NULL);
}

bool offer_wanted(const struct offers *o, int score)
{
    return score >= 0 && (o->n < OFFERS_MOST || score > o->rows[o->n - 1].score);
}

void offer_add(struct offers *o, struct offer one)
{
    one.score = offer_score(o, one.text, one.about);
    o->all += one.score >= 0;
    if (!offer_wanted(o, one.score))
        return;
    size_t at = o->n < OFFERS_MOST ? o->n++ : OFFERS_MOST - 1;
    for (; at > 0 && o->rows[at - 1].score < one.score; at--)
        o->rows[at] = o->rows[at - 1];
    o->rows[at] = one;
}
