/* verdict: see verdict.h. */
#include "app/scene/verdict.h"

#include <math.h>
#include <string.h>

#include "app/scene/facts_of.h"
#include "engine/base/json.h"
#include "engine/base/num.h"

const char *verdict_reading(double low, double high)
{
    if (!isfinite(low) || !isfinite(high))
        return NULL;
    if (low <= 0 && high >= 0)
        return "cannot tell from noise";
    if (high < 0)
        return high > -0.01 ? "small, real drop" : "real drop";
    return "real gain";
}

/* ---- when a rule speaks ---- */

typedef const struct verdict_facts *facts;

static bool whole(facts f)
{
    return f->prunable > 0 && f->kept == f->prunable;
}

static bool nothing_left(facts f)
{
    return f->prunable > 0 && f->kept == 0;
}

static bool few_left(facts f)
{
    return f->kept > 0 && f->prunable / f->kept >= 1.95;
}

static bool most_left(facts f)
{
    return f->kept > 0 && f->kept < f->prunable && !few_left(f);
}

static bool open_question(facts f)
{
    return f->partial && f->low <= 0 && f->high >= 0;
}

static bool no_change(facts f)
{
    return !f->partial && f->low <= 0 && f->high >= 0 && !whole(f);
}

static bool fell(facts f)
{
    return f->high < 0;
}

static bool rose(facts f)
{
    return f->low > 0;
}

static bool error_partial(facts f)
{
    return f->partial && isfinite(f->mse);
}

/* One record has no interval. */
static bool error_alone(facts f)
{
    return isfinite(f->mse) && isnan(f->mse_low);
}

static bool error_same(facts f)
{
    return f->mse_low <= 0 && f->mse_high >= 0 && !whole(f);
}

static bool error_rose(facts f)
{
    return f->mse_low > 0;
}

static bool error_fell(facts f)
{
    return f->mse_high < 0;
}

/* Values differ a little everywhere: what their error became tells more. */
static bool answers_changed(facts f)
{
    return f->changed > 0 && isnan(f->mse);
}

static bool answers_kept(facts f)
{
    return f->n > 0 && f->changed == 0 && !whole(f);
}

static bool input_cut(facts f)
{
    return f->cut_inputs == 1;
}

static bool inputs_cut(facts f)
{
    return f->cut_inputs > 1;
}

static bool layer_empty(facts f)
{
    return f->empty && !nothing_left(f);
}

/* One in ten is worth a word. */
static bool many_dead(facts f)
{
    return f->dead > 0 && f->dead >= 0.1 * f->units && !nothing_left(f);
}

/* ---- the rules: the first of a group that applies speaks; groups of one line follow one another ---- */

static const struct rule {
    int group, line;
    bool (*when)(facts f);
    const char *text; /* {words}: see words[] */
    bool alarm;
    const char *see; /* key of the screen that tells more */
} rules[] = {
    {0, 0, whole, "Nothing is pruned: every connection is kept.", false, NULL},
    {0, 0, nothing_left, "Every connection is cut: the answer is the same for every record.", true, NULL},
    {0, 0, few_left, "Keeps 1 connection in {in}.", false, NULL},
    {0, 0, most_left, "Keeps {kept} of the connections.", false, NULL},
    {1, 0, open_question,
     "Overall accuracy: no change can be told so far ({delta}; all records will say {low} .. {high}).", false,
     NULL},
    {1, 0, no_change, "Overall accuracy: no detectable change ({delta}, 95% {low} .. {high}).", false, NULL},
    {1, 0, fell, "Overall accuracy fell by {size} (95% {low} .. {high}).", true, NULL},
    {1, 0, rose, "Overall accuracy rose by {size} (95% {low} .. {high}).", false, NULL},
    {1, 0, error_partial,
     "Squared error of the records so far: {error}, dense {dense error}; no change can be told yet.", false,
     NULL},
    {1, 0, error_alone, "Squared error: {error}, dense {dense error}; too few records for an interval.",
     false, NULL},
    {1, 0, error_same,
     "Squared error: no detectable change ({error change}, 95% {error low} .. {error high}).", false, NULL},
    {1, 0, error_rose,
     "The squared error rose from {dense error} to {error} (95% {error low} .. {error high}).", true, NULL},
    {1, 0, error_fell,
     "The squared error fell from {dense error} to {error} (95% {error low} .. {error high}).", false, NULL},
    {2, 1, answers_changed, "{changed} of {n} records ({share}) get a different answer.", true, NULL},
    {2, 1, answers_kept, "None of {n} records gets a different answer.", false, NULL},
    {3, 2, input_cut, "1 of {inputs} inputs no longer reaches the output at all: {cut names}.", true, "5"},
    {3, 2, inputs_cut, "{cut inputs} of {inputs} inputs no longer reach the output at all: {cut names}.",
     true, "5"},
    {4, 3, layer_empty, "Layer {empty} is empty: nothing passes through it.", true, NULL},
    {4, 3, many_dead, "{dead} of {units} units are dead: nothing reaches them, or they reach nothing.", true,
     NULL},
};

/* ---- words ---- */

enum word_kind { AS_COUNT, AS_PERCENT, AS_POINTS, AS_SIZE, AS_BARE, AS_ERROR, AS_CHANGE, AS_RATIO };

static double in_how_many(facts f)
{
    return f->prunable / f->kept;
}

static double kept_share(facts f)
{
    return f->kept / f->prunable;
}

static double error_change(facts f)
{
    return f->mse - f->dense_mse;
}

static double changed_share(facts f)
{
    return f->changed / f->n;
}

#define MEMBER(name)                                                                                         \
    static double the_##name(facts f)                                                                        \
    {                                                                                                        \
        return f->name;                                                                                      \
    }
MEMBER(delta)
MEMBER(low)
MEMBER(high)
MEMBER(mse)
MEMBER(dense_mse)
MEMBER(mse_low)
MEMBER(mse_high)
MEMBER(changed)
MEMBER(n)
MEMBER(inputs)
MEMBER(cut_inputs)
MEMBER(dead)
MEMBER(units)

static const struct {
    const char *word;
    double (*value)(facts f);
    enum word_kind kind;
} words[] = {
    {"in", in_how_many, AS_RATIO},
    {"kept", kept_share, AS_PERCENT},
    {"delta", the_delta, AS_POINTS},
    {"size", the_delta, AS_SIZE},
    {"low", the_low, AS_BARE},
    {"high", the_high, AS_BARE},
    {"error", the_mse, AS_ERROR},
    {"dense error", the_dense_mse, AS_ERROR},
    {"error change", error_change, AS_CHANGE},
    {"error low", the_mse_low, AS_CHANGE},
    {"error high", the_mse_high, AS_CHANGE},
    {"changed", the_changed, AS_COUNT},
    {"n", the_n, AS_COUNT},
    {"share", changed_share, AS_PERCENT},
    {"inputs", the_inputs, AS_COUNT},
    {"cut inputs", the_cut_inputs, AS_COUNT},
    {"dead", the_dead, AS_COUNT},
    {"units", the_units, AS_COUNT},
};

static void put_number(struct buf *out, double v, enum word_kind kind)
{
    switch (kind) {
    case AS_COUNT:
        amount_text(out, amount_count(v));
        break;
    case AS_PERCENT:
        num_percent(out, v, 1);
        break;
    case AS_POINTS:
        num_points(out, v, 1);
        break;
    case AS_SIZE:
        num_plain(out, fabs(100 * v), 1);
        buf_puts(out, "pp");
        break;
    case AS_BARE:
        amount_text(out, amount_signed(100 * v, 1));
        break;
    case AS_ERROR:
        num_plain(out, v, 4);
        break;
    case AS_CHANGE:
        amount_text(out, amount_signed(v, 4));
        break;
    case AS_RATIO:
        buf_printf(out, "%.3g", round(v * 10) / 10);
        break;
    }
}

static void put_word(struct buf *out, facts f, const char *word, size_t n)
{
    if (n == 9 && strncmp(word, "cut names", n) == 0)
        buf_puts(out, f->cut_names ? f->cut_names : "?");
    else if (n == 5 && strncmp(word, "empty", n) == 0)
        buf_puts(out, f->empty ? f->empty : "?");
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strlen(words[i].word) == n && strncmp(words[i].word, word, n) == 0)
            put_number(out, words[i].value(f), words[i].kind);
}

static void put_sentence(struct buf *out, facts f, const char *text)
{
    while (*text) {
        size_t plain = strcspn(text, "{");
        buf_add(out, text, plain);
        text += plain;
        if (*text == '{') {
            size_t n = strcspn(text + 1, "}");
            put_word(out, f, text + 1, n);
            text += n + 2;
        }
    }
}

const struct verdict_line *verdict_of(const struct verdict_facts *f, struct scratch *memory, size_t *n)
{
    enum { LINES = 4 };
    struct verdict_line *lines = scratch_take(memory, LINES, sizeof *lines);
    struct buf text[LINES] = {{0}};
    struct verdict_line found[LINES] = {{0}};
    int spoken = -1;
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        const struct rule *r = &rules[i];
        if (r->group == spoken || !r->when(f))
            continue;
        spoken = r->group;
        if (text[r->line].len)
            buf_putc(&text[r->line], ' ');
        put_sentence(&text[r->line], f, r->text);
        found[r->line].alarm |= r->alarm;
        found[r->line].see = r->see ? r->see : found[r->line].see;
    }
    *n = 0;
    for (int i = 0; i < LINES; i++)
        if (text[i].len) {
            found[i].text = scratch_buf(memory, &text[i]);
            lines[(*n)++] = found[i];
        }
    return lines;
}

/* ---- from the board ---- */

static char *cut_names(const struct json *cut, struct scratch *memory)
{
    enum { SHOWN = 4 };
    struct buf text = {0};
    size_t shown = 0;
    for (const struct json *name = json_first(cut); name && shown < SHOWN; name = json_next(name), shown++)
        buf_printf(&text, "%s%s", shown ? "; " : "", json_str(name));
    buf_puts(&text, json_count(cut) > SHOWN ? "; and others" : "");
    return scratch_buf(memory, &text);
}

void verdict_facts(const struct ui *u, struct scratch *memory, struct verdict_facts *out)
{
    const struct json *m = u->board.item[BOARD_MASK], *e = u->board.item[BOARD_EVAL];
    const struct json *cut = json_get(m, "cut_inputs"), *model = u->board.item[BOARD_MODEL];
    e = u->board.stale[BOARD_EVAL] ? NULL : e;
    *out = (struct verdict_facts){.kept = number_of(m, "kept"),
                                  .prunable = number_of(m, "prunable"),
                                  .n = number_of(e, "n"),
                                  .changed = number_of(e, "changed"),
                                  .delta = number_of(e, "delta"),
                                  .low = number_of(e, "delta_low"),
                                  .high = number_of(e, "delta_high"),
                                  .mse = number_of(e, "mse"),
                                  .dense_mse = number_of(e, "dense_mse"),
                                  .mse_low = number_of(e, "delta_mse_low"),
                                  .mse_high = number_of(e, "delta_mse_high"),
                                  .partial = partial(e),
                                  .cut_inputs = (double)json_count(cut),
                                  .cut_names = cut_names(cut, memory),
                                  .dead = number_of(m, "dead")};
    size_t features = json_count(json_get(u->board.item[BOARD_DATA], "features"));
    double elements = 1;
    const struct json *shape = json_get(json_first(json_get(model, "inputs")), "shape");
    for (const struct json *d = json_first(shape); d; d = json_next(d))
        elements *= json_num(d, 0) > 0 ? json_num(d, 0) : 1; /* the batch is free */
    out->inputs = features ? (double)features : shape ? elements : NAN;
    for (const struct json *l = layer_at(u, 0); l; l = json_next(l)) {
        out->units += number_of(l, "units");
        if (number_of(l, "kept") == 0 && number_of(l, "weights") > 0 && !out->empty)
            out->empty = text_of(l, "name", "?");
    }
}

const struct verdict_line *verdict_lines(const struct ui *u, struct scratch *memory, size_t *n)
{
    struct verdict_facts f;
    verdict_facts(u, memory, &f);
    return verdict_of(&f, memory, n);
}
