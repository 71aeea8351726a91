/* strategy: see strategy.h. */
#include "app/cmd/strategy.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/base/mem.h"
#include "engine/base/num.h"
#include "engine/base/text.h"

/* Mark the layers that one pattern of the list names. */
static bool mark_layers(const struct layers *l, const char *pattern, bool *in, struct err *e)
{
    bool any = false;
    for (int i = 0; i < l->n; i++)
        if (text_matches(pattern, l->v[i].name) || text_matches(pattern, l->v[i].tensor))
            any = in[i] = true;
    if (any)
        return true;
    if (!strchr(pattern, '*'))
        return layer_by_name(l, pattern, e) >= 0;
    err_set(e, ERR_UNKNOWN, "layers=%s matches no layer", pattern);
    return err_hint(e, "'layers' lists them");
}

static bool read_layers(const struct layers *l, const char *list, struct chosen_strategy *out, struct err *e)
{
    if (!list)
        return true;
    out->in_layers = mem_zero((size_t)l->n, sizeof *out->in_layers);
    char *copy = mem_text(list);
    bool ok = true;
    for (char *at = copy; ok && at;) {
        char *comma = strchr(at, ',');
        if (comma)
            *comma = '\0';
        ok = mark_layers(l, at, out->in_layers, e);
        at = comma ? comma + 1 : NULL;
    }
    free(copy);
    struct buf names = {0};
    for (int i = 0; ok && i < l->n; i++)
        if (out->in_layers[i])
            buf_printf(&names, "%s%s", names.len ? "," : "", l->v[i].name);
    out->layers_text = buf_take(&names);
    out->s.in_layers = out->in_layers;
    return ok;
}

static bool read_seed(const struct session *s, const struct words *w, uint64_t *seed, struct err *e)
{
    const char *word = words_key(w, "seed");
    int64_t n = (int64_t)s->options.seed;
    if (word && (!num_parse_int(word, &n) || n < 0)) {
        err_set(e, ERR_USAGE, "seed=%s is no whole number of 0 or more", word);
        return err_hint(e, "example: seed=7");
    }
    *seed = (uint64_t)n;
    return true;
}

bool strategy_read(const struct session *s, const struct words *w, struct chosen_strategy *out, struct err *e)
{
    static const char *const withins[] = {"base", "kept", NULL};
    *out = (struct chosen_strategy){0};
    int criterion, structure, scope, norm, within;
    bool ok = read_choice(w, "criterion", criterion_names, CRITERION_MAGNITUDE, &criterion, e) &&
              read_choice(w, "structure", structure_names, STRUCTURE_WEIGHT, &structure, e) &&
              read_choice(w, "scope", scope_names, SCOPE_GLOBAL, &scope, e) &&
              read_choice(w, "norm", norm_names, NORM_L2, &norm, e) &&
              read_choice(w, "within", withins, 0, &within, e) && read_seed(s, w, &out->s.seed, e) &&
              read_layers(&session_now(s)->current->layers, words_key(w, "layers"), out, e);
    if (!ok) {
        strategy_release(out);
        return false;
    }
    out->s.criterion = (enum criterion)criterion;
    out->s.structure = (enum structure)structure;
    out->s.scope = (enum scope)scope;
    out->s.norm = (enum norm)norm;
    out->s.within_kept = within == 1;
    return true;
}

void strategy_release(struct chosen_strategy *c)
{
    free(c->in_layers);
    free(c->layers_text);
    *c = (struct chosen_strategy){0};
}

void strategy_print(const struct chosen_strategy *c, struct buf *out)
{
    buf_printf(out, " criterion=%s structure=%s scope=%s", criterion_names[c->s.criterion],
               structure_names[c->s.structure], scope_names[c->s.scope]);
    if (c->s.structure == STRUCTURE_UNIT)
        buf_printf(out, " norm=%s", norm_names[c->s.norm]);
    buf_printf(out, " seed=%llu", (unsigned long long)c->s.seed);
    if (c->layers_text) {
        buf_puts(out, " layers=");
        text_quote(out, c->layers_text);
    }
    if (c->s.within_kept)
        buf_puts(out, " within=kept");
}
