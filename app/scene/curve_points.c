/* curve_points: see curve_points.h. */
#include "app/scene/curve_points.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

#include "app/scene/facts_of.h"
#include "engine/base/json.h"
#include "engine/stats/tradeoff.h"

/* Y and X go through these in order. A regression's loss is its squared error, and all of its answers change a little:
 * it has neither row. */
static const struct curve_measure qualities[] = {
    {"accuracy", "accuracy", MEASURE_PERCENT, 1, true, false, "low", "high", false},
    {"squared error", "mse", MEASURE_PLAIN, 4, false, false, "mse_low", "mse_high", false},
    {"R2", "r2", MEASURE_PLAIN, 3, true, false, NULL, NULL, false},
    {"loss", "loss", MEASURE_PLAIN, 4, false, false, NULL, NULL, false},
    {"changed answers", "changed", MEASURE_PERCENT, 1, false, false, NULL, NULL, true},
};
static const struct curve_measure costs[] = {
    {"stored size", "bytes", MEASURE_BYTES, 1, false, true, NULL, NULL, false},
    {"parameters", "parameters", MEASURE_COUNT, 0, false, true, NULL, NULL, false},
    {"multiply-adds", "macs", MEASURE_COUNT, 0, false, true, NULL, NULL, false},
    {"sparsity", "sparsity", MEASURE_PERCENT, 0, true, false, NULL, NULL, false},
};
enum { QUALITIES = sizeof qualities / sizeof *qualities, COSTS = sizeof costs / sizeof *costs };

/* Has any point the measure? */
static bool known(const struct ui *u, const struct curve_measure *m)
{
    bool any = false, of_classes = strcmp(m->member, "loss") == 0 || strcmp(m->member, "changed") == 0;
    for (int i = 0; i < u->board.n_curves; i++)
        for (const struct json *p = json_first(json_get(u->board.curves[i], "points")); p; p = json_next(p)) {
            any = any || json_is_number(json_get(p, m->member));
            if (of_classes && json_is_number(json_get(p, "mse")))
                return false;
        }
    return any;
}

const struct curve_measure *curve_quality(const struct ui *u)
{
    for (int i = 0; i < QUALITIES; i++)
        if (known(u, &qualities[(u->metric + i) % QUALITIES]))
            return &qualities[(u->metric + i) % QUALITIES];
    return NULL;
}

const struct curve_measure *curve_cost(const struct ui *u)
{
    return &costs[u->axis % COSTS];
}

void curve_next_quality(struct ui *u)
{
    const struct curve_measure *m = curve_quality(u);
    if (m)
        u->metric = (int)(m - qualities + 1) % QUALITIES;
}

void curve_next_cost(struct ui *u)
{
    u->axis = (u->axis + 1) % COSTS;
}

double curve_value(const struct curve_measure *m, const struct json *point)
{
    double v = m ? number_of(point, m->member) : NAN;
    return m && m->per_record ? v / number_of(point, "n") : v;
}

struct amount curve_amount(const struct curve_measure *m, double v)
{
    struct amount a = {v, isnan(v) ? TRUST_UNKNOWN : TRUST_EXACT, m->measure, m->decimals};
    return a;
}

const struct json **curve_points(const struct ui *u, struct scratch *memory, size_t curve, size_t *n)
{
    const struct json *list =
        curve < (size_t)u->board.n_curves ? json_get(u->board.curves[curve], "points") : NULL;
    size_t i = 0;
    *n = json_count(list);
    const struct json **out = scratch_take(memory, *n, sizeof *out);
    bool rising = curve_cost(u)->more_is_better; /* amounts rise, sizes fall */
    for (const struct json *p = json_first(list); p; p = json_next(p), i++)
        out[rising ? i : *n - 1 - i] = p;
    return out;
}

size_t curve_cursor(const struct ui *u, const struct json *const *points, size_t n)
{
    double at = isfinite(u->at_amount) ? u->at_amount : u->amount;
    size_t best = 0;
    for (size_t i = 1; i < n; i++)
        if (fabs(number_of(points[i], "amount") - at) < fabs(number_of(points[best], "amount") - at))
            best = i;
    return best;
}

size_t curve_selected(const struct ui *u)
{
    size_t n = (size_t)u->board.n_curves;
    return u->series < n ? u->series : n ? n - 1 : 0;
}

bool curve_hidden(const struct ui *u, size_t curve)
{
    return u->only && curve != curve_selected(u);
}

bool curve_settled(const struct json *point)
{
    return json_get(point, "of") != NULL;
}

struct tradeoff curve_tradeoff(const struct ui *u, const struct json *point)
{
    const struct curve_measure *x = curve_cost(u), *y = curve_quality(u);
    double cost = curve_value(x, point), quality = curve_settled(point) ? NAN : curve_value(y, point);
    return (struct tradeoff){x->more_is_better ? -cost : cost, y && !y->more_is_better ? -quality : quality};
}

struct tradeoff *curve_all(const struct ui *u, struct scratch *memory, size_t *n)
{
    size_t most = 0;
    for (int i = 0; i < u->board.n_curves; i++)
        most += json_count(json_get(u->board.curves[i], "points"));
    struct tradeoff *out = scratch_take(memory, most, sizeof *out);
    *n = 0;
    for (int i = 0; i < u->board.n_curves; i++)
        for (const struct json *p = json_first(json_get(u->board.curves[i], "points")); p; p = json_next(p))
            if (!curve_hidden(u, (size_t)i))
                out[(*n)++] = curve_tradeoff(u, p);
    return out;
}

size_t curve_knee(const struct ui *u, const struct json *const *points, size_t n)
{
    enum { MOST = 256 };
    double x[MOST], y[MOST];
    size_t index[MOST], known = 0;
    bool rising = curve_cost(u)->more_is_better;
    if (n > MOST)
        return SIZE_MAX;
    for (size_t i = 0; i < n; i++) {
        size_t at = rising ? n - 1 - i : i;
        struct tradeoff t = curve_tradeoff(u, points[at]);
        x[known] = curve_cost(u)->log ? log(t.cost) : t.cost;
        y[known] = t.quality;
        index[known] = at;
        known += !curve_settled(points[at]);
        if (!curve_settled(points[at]) && (!isfinite(t.cost) || !isfinite(t.quality)))
            return SIZE_MAX;
    }
    size_t knee = known ? tradeoff_knee(x, y, known) : SIZE_MAX;
    return knee < known ? index[knee] : SIZE_MAX;
}

bool curve_pair(const struct json *a, const struct json *b, double *low, double *high, bool *tie)
{
    const char *first = text_of(a, "right", NULL), *second = text_of(b, "right", NULL);
    int64_t wrong, right, n = count_of(a, "n");
    if (!first || !second || n != count_of(b, "n") || !tradeoff_disagree(first, second, &wrong, &right))
        return false;
    *tie = tradeoff_tie(wrong, right, n, low, high);
    return true;
}

bool curve_earlier(const struct ui *u, size_t curve)
{
    return strcmp(text_of(u->board.curves[curve], "base", ""),
                  text_of(u->board.item[BOARD_STATUS], "base", "")) != 0;
}

/* The criterion's first letter, units' u; a letter that an earlier curve has gives way to the next free one. */
char curve_letter(const struct ui *u, size_t curve)
{
    char letter = 'a';
    bool taken[26] = {false};
    for (size_t i = 0; i <= curve && i < (size_t)u->board.n_curves; i++) {
        const struct json *c = u->board.curves[i];
        bool unit = strcmp(text_of(c, "structure", ""), "unit") == 0;
        letter = (char)tolower((unsigned char)(unit ? "unit" : text_of(c, "criterion", "a"))[0]);
        letter = letter >= 'a' && letter <= 'z' ? letter : 'a';
        while (taken[letter - 'a'])
            letter = letter == 'z' ? 'a' : (char)(letter + 1);
        taken[letter - 'a'] = true;
    }
    return letter;
}

/* "magnitude", and what else is not as usual: "magnitude unit layer* on test", the star where it was drawn earlier. Two curves of one name tell their whole strategy. */
char *curve_name(const struct ui *u, struct scratch *memory, size_t curve)
{
    static const struct {
        const char *key, *usual;
    } choices[] = {{"criterion", ""}, {"structure", "weight"}, {"scope", "global"}};
    struct buf text = {0};
    bool twin = false;
    for (size_t i = 0; i < (size_t)u->board.n_curves; i++) {
        bool same = i != curve;
        for (size_t k = 0; k < 3; k++)
            same = same && strcmp(text_of(u->board.curves[i], choices[k].key, ""),
                                  text_of(u->board.curves[curve], choices[k].key, "")) == 0;
        twin = twin || same;
    }
    for (size_t k = 0; k < 3; k++) {
        const char *word = text_of(u->board.curves[curve], choices[k].key, "?");
        if (strcmp(word, choices[k].usual) != 0)
            buf_printf(&text, "%s%s", text.len ? " " : "", word);
    }
    const char *rest = twin ? strstr(text_of(u->board.curves[curve], "strategy", ""), "scope=") : NULL;
    rest = rest ? strchr(rest, ' ') : NULL;
    buf_puts(&text, rest ? rest : "");
    buf_puts(&text, curve_earlier(u, curve) ? "*" : "");
    const char *split = text_of(u->board.curves[curve], "split", "");
    if (strcmp(split, text_of(u->board.item[BOARD_STATUS], "split", split)) != 0)
        buf_printf(&text, " on %s", split);
    return scratch_buf(memory, &text);
}
