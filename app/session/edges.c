/* edges: see edges.h. */
#include "app/session/edges.h"

#include <stdlib.h>
#include <string.h>

#include "app/cmd/strategy.h"
#include "app/cmd/words.h"
#include "engine/base/json.h"
#include "engine/base/num.h"

struct walk {
    struct session *s;
    const struct ranking *ranking;
    int64_t portions;
    const uint8_t *before; /* inputs that reach an output at the head */
};

/* What is connected when k portions are cut; false: out of reach. */
static bool wiring_at(const struct walk *w, int64_t k, struct wiring *out)
{
    const struct state *at = w->s->state;
    const struct guards guards = state_guards(at);
    struct cut cut;
    if (!ranking_cut(w->ranking, at->mask, &guards, (double)k / (double)w->portions, &cut, NULL))
        return false;
    wiring_find(at->current->graph, &at->current->layers, cut.mask, out);
    mask_unref(cut.mask);
    return true;
}

/* How many inputs are cut off at k portions that the head still has. */
static int64_t lost_at(const struct walk *w, int64_t k)
{
    struct wiring now;
    int64_t lost = 0;
    if (!wiring_at(w, k, &now))
        return 0;
    for (int64_t i = 0; i < now.n_inputs; i++)
        lost += w->before[i] && !now.input_alive[i];
    wiring_release(&now);
    return lost;
}

/* The fewest portions, up to `high`, at which so many inputs are lost. A larger cut loses no fewer. */
static int64_t fewest(const struct walk *w, int64_t high, int64_t inputs)
{
    int64_t low = 0;
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        if (lost_at(w, middle) >= inputs)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

/* An input that is cut off at k portions and not at one less; -1: none. */
static int64_t turned_off(const struct walk *w, int64_t k)
{
    struct wiring less, now;
    int64_t found = -1;
    if (k < 1 || !wiring_at(w, k - 1, &less))
        return -1;
    if (wiring_at(w, k, &now)) {
        for (int64_t i = 0; i < now.n_inputs; i++)
            if (w->before[i] && less.input_alive[i] && !now.input_alive[i])
                found = i;
        wiring_release(&now);
    }
    wiring_release(&less);
    return found;
}

static void put_lost(const struct walk *w, struct json *list, int64_t k)
{
    int64_t input = turned_off(w, k);
    if (input < 0)
        return;
    char *name = state_input_name(w->s->state, input);
    struct json *one = json_push_object(list);
    json_put_text(one, "name", name);
    json_put_num(one, "amount", (double)k / (double)w->portions);
    free(name);
}

static struct json *find(struct session *s, const struct ranking *ranking, const struct words *words)
{
    struct walk w = {s, ranking, s->draft->portions, NULL};
    struct wiring head;
    const char *keys = strchr(s->draft_command + strlen("prune "), ' ');
    struct json *result = json_object(), *list = json_put_array(result, "lost");
    json_put_text(result, "strategy", keys ? keys + 1 : NULL);
    double amount = 0;
    wiring_find(s->state->current->graph, &s->state->current->layers, s->state->mask, &head);
    w.before = head.input_alive;
    if (words->n_args == 1 && num_parse(words->args[0], &amount) && w.portions > 0) {
        int64_t here = num_portion(amount, w.portions), lost = lost_at(&w, here);
        int64_t first = lost > 0 ? fewest(&w, here, 1) : 0;
        if (lost > 0)
            put_lost(&w, list, first);
        if (lost > 1)
            put_lost(&w, list, fewest(&w, here, lost));
    }
    wiring_release(&head);
    return result;
}

struct json *edges_find(struct session *s)
{
    struct words words;
    struct chosen_strategy chosen;
    struct json *result = NULL;
    if (!s->draft || !s->draft_command || !words_parse(s->draft_command, &words, NULL))
        return NULL;
    if (strategy_read(s, &words, &chosen, NULL)) {
        const struct ranking *ranking = session_ranking(s, &chosen.s, NULL);
        result = ranking ? find(s, ranking, &words) : NULL;
        strategy_release(&chosen);
    }
    words_release(&words);
    return result;
}
