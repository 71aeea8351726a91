/* load: see load.h. */
#include "app/session/load.h"

#include <stdlib.h>
#include <string.h>

#include "app/cmd/words.h"
#include "engine/base/err.h"
#include "engine/base/file.h"
#include "engine/base/mem.h"

static bool same_content(const struct words *w, const char *hash, struct err *e)
{
    const char *expected = words_key(w, "hash");
    if (!expected || strcmp(expected, hash) == 0)
        return true;
    err_set(e, ERR_UNREADABLE, "%s has changed: its hash is %.12s..., expected %s", w->args[0], hash,
            expected);
    return err_hint(e, "put the file back as it was, or open it without hash=");
}

/* The next step where a file is missing or not the one: a hash that was asked for is said even where the file is, so that replay
 * tells what to look for. */
static void expect_file(const struct words *w, struct err *e)
{
    if (words_key(w, "hash") && e && e->code == ERR_UNREADABLE)
        err_hint(e, "the file with hash %s is needed there", words_key(w, "hash"));
    file_hint(w->args[0], e);
}

struct model *load_model(const struct session *s, const struct words *w, struct err *e)
{
    struct model *m = model_open(w->args[0], words_key(w, "shape"), &s->kernels, e);
    if (m && same_content(w, model_file_hash(m->file), e))
        return m;
    model_unref(m);
    expect_file(w, e);
    return NULL;
}

struct data *load_data(const struct state *at, const struct words *w, struct err *e)
{
    const char *skip = words_key(w, "skip_bad");
    const struct dataset_options o = {.label = words_key(w, "label"),
                                      .skip_bad = skip && strcmp(skip, "yes") == 0};
    struct dataset *set = dataset_open(w->args[0], &o, e);
    if (!set) {
        expect_file(w, e);
        return NULL;
    }
    struct data *data = mem_zero(1, sizeof *data);
    data->refs = 1;
    data->set = set;
    bool fits = reading_make(at->opened->graph, set, &data->reading, e);
    if (!fits)
        err_place(e, "%s", w->args[0]);
    if (fits && same_content(w, set->hash, e))
        return data;
    data_unref(data);
    return NULL;
}
