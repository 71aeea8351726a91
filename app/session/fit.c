/* fit: see fit.h. */
#include "app/session/fit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "app/cmd/strategy.h"
#include "app/cmd/words.h"
#include "app/session/look.h"
#include "engine/base/json.h"
#include "engine/base/mem.h"
#include "engine/base/num.h"
#include "engine/prune/cost.h"

struct fit {
    struct words words;
    char *line;
    char base[HASH_HEX];
    int64_t bytes;
    bool begun;
    struct goal_search search;
};

static int64_t smallest(void *data, const struct mask *mask)
{
    const struct model *m = data;
    struct cost c;
    cost_of(m->graph, &m->layers, &m->coupling, mask, &c);
    int64_t bytes = c.smallest_bytes;
    cost_release(&c);
    return bytes;
}

struct fit *fit_new(struct session *s, const char *line)
{
    struct fit *f = mem_zero(1, sizeof *f);
    f->line = mem_text(line);
    state_base(s->state, f->base);
    const char *bytes = words_parse(line, &f->words, NULL) ? words_key(&f->words, "bytes") : NULL;
    if (s->state->current && bytes && num_parse_bytes(bytes, &f->bytes))
        return f;
    fit_free(f);
    return NULL;
}

void fit_free(struct fit *f)
{
    if (!f)
        return;
    words_release(&f->words);
    free(f->line);
    free(f);
}

/* false: over, found or not. */
static bool search_on(struct fit *f, struct session *s)
{
    struct chosen_strategy chosen;
    if (!strategy_read(s, &f->words, &chosen, NULL))
        return false;
    const struct guards guards = state_guards(s->state);
    const struct goal to = {.r = session_ranking(s, &chosen.s, NULL),
                            .current = s->state->mask,
                            .g = &guards,
                            .measure = smallest,
                            .data = s->state->current,
                            .wanted = f->bytes};
    if (to.r && !f->begun)
        goal_search_begin(&f->search, to.r);
    f->begun = true;
    bool on = to.r && goal_search_step(&f->search, &to);
    strategy_release(&chosen);
    return on;
}

bool fit_step(struct fit *f, struct session *s, struct json **out)
{
    char base[HASH_HEX];
    *out = NULL;
    state_base(s->state, base);
    if (strcmp(base, f->base) != 0)
        return true;
    if (search_on(f, s))
        return false;
    *out = json_object();
    json_put_text(*out, "asked", f->line);
    look_base(s->state, *out);
    json_put_num(*out, "amount", f->begun && f->search.portions >= 0 ? f->search.amount : NAN);
    return true;
}
