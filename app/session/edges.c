/* edges: see edges.h. */
#include "app/session/edges.h"

#include <stdlib.h>
#include <string.h>

#include "app/cmd/strategy.h"
#include "app/cmd/words.h"
#include "app/session/look.h"
#include "engine/base/json.h"
#include "engine/base/mem.h"
#include "engine/base/num.h"

struct edges {
    struct words words; /* of the draft's command */
    struct json *result;
    int64_t portions, here; /* all; those that the draft cuts */
    int64_t lost;           /* inputs that the draft loses; -1: not yet counted */
    int64_t wanted;         /* of which now the first so many are looked for; 0: done */
    int64_t low, high;      /* portions: fewer than low lose fewer than wanted, high lose as many */
};

/* What is connected when k portions are cut; false: out of reach. */
static bool wiring_at(const struct edges *w, struct session *s, int64_t k, struct wiring *out)
{
    const struct state *at = s->state;
    const struct guards guards = state_guards(at);
    struct chosen_strategy chosen;
    struct cut cut;
    if (!strategy_read(s, &w->words, &chosen, NULL))
        return false;
    const struct ranking *ranking = session_ranking(s, &chosen.s, NULL);
    bool ok = ranking && ranking_cut(ranking, at->mask, &guards, (double)k / (double)w->portions, &cut, NULL);
    strategy_release(&chosen);
    if (!ok)
        return false;
    wiring_find(at->current->graph, &at->current->layers, &at->current->coupling, cut.mask, out);
    mask_unref(cut.mask);
    return true;
}

/* How many inputs are cut off at k portions that the head still has. */
static int64_t lost_at(const struct edges *w, struct session *s, int64_t k)
{
    struct wiring now;
    int64_t lost = 0;
    if (!wiring_at(w, s, k, &now))
        return 0;
    for (int64_t i = 0; i < now.n_inputs; i++)
        lost += state_wiring(s->state)->input_alive[i] && !now.input_alive[i];
    wiring_release(&now);
    return lost;
}

/* An input that is cut off at k portions and not at one less; -1: none. */
static int64_t turned_off(const struct edges *w, struct session *s, int64_t k)
{
    struct wiring less, now;
    int64_t found = -1;
    if (k < 1 || !wiring_at(w, s, k - 1, &less))
        return -1;
    if (wiring_at(w, s, k, &now)) {
        for (int64_t i = 0; i < now.n_inputs; i++)
            if (state_wiring(s->state)->input_alive[i] && less.input_alive[i] && !now.input_alive[i])
                found = i;
        wiring_release(&now);
    }
    wiring_release(&less);
    return found;
}

static void put_lost(struct edges *w, struct session *s, int64_t k)
{
    int64_t input = turned_off(w, s, k);
    if (input < 0)
        return;
    char *name = state_input_name(s->state, input);
    struct json *one = json_push_object((struct json *)(uintptr_t)json_get(w->result, "lost"));
    json_put_text(one, "name", name);
    json_put_num(one, "amount", (double)k / (double)w->portions);
    free(name);
}

/* Look for the fewest portions at which so many inputs are lost: a larger cut loses no fewer. */
static void look_for(struct edges *w, int64_t inputs)
{
    w->wanted = inputs;
    w->high = w->here;
}

struct edges *edges_new(struct session *s)
{
    struct edges *w = mem_zero(1, sizeof *w);
    double amount;
    bool ok = s->draft && s->draft_command && words_parse(s->draft_command, &w->words, NULL) &&
              w->words.n_args == 1 && num_parse(w->words.args[0], &amount) && s->draft->portions > 0;
    if (!ok) {
        words_release(&w->words);
        free(w);
        return NULL;
    }
    const char *keys = strchr(s->draft_command + strlen("prune "), ' ');
    w->portions = s->draft->portions;
    w->here = num_portion(amount, w->portions);
    w->lost = -1;
    w->result = json_object();
    json_put_text(w->result, "strategy", keys ? keys + 1 : NULL);
    look_base(s->state, w->result);
    json_put_array(w->result, "lost");
    return w;
}

void edges_free(struct edges *w)
{
    if (!w)
        return;
    words_release(&w->words);
    json_free(w->result);
    free(w);
}

bool edges_step(struct edges *w, struct session *s, struct json **out)
{
    if (w->lost < 0) {
        w->lost = lost_at(w, s, w->here);
        look_for(w, w->lost > 0 ? 1 : 0);
    } else if (w->low < w->high) {
        int64_t middle = w->low + (w->high - w->low) / 2;
        if (lost_at(w, s, middle) >= w->wanted)
            w->high = middle;
        else
            w->low = middle + 1;
    } else {
        put_lost(w, s, w->low);
        look_for(w, w->wanted < w->lost ? w->lost : 0);
    }
    if (w->wanted > 0)
        return false;
    *out = w->result;
    w->result = NULL;
    return true;
}
