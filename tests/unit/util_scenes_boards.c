/* util_scenes_boards: states of the screens overview, strategy and curve as the explorer's own scenes make them of a board: see
 * util_scenes.h. The numbers are invented and agree with one another. */
#include "tests/unit/util_scenes.h"

#include <math.h>
#include <string.h>

#include "app/ui.h"
#include "engine/base/json.h"
#include "engine/base/num.h"

enum { RECORDS = 400, POINTS = 9 };

static void post(void *data, enum request_kind kind, const char *line)
{
    (void)data, (void)kind, (void)line;
}

static void put(struct ui *u, enum board_item item, const char *text)
{
    board_put(&u->board, item, json_parse(text, strlen(text), "a board", NULL));
}

#define STRATEGY "criterion=magnitude structure=weight scope=global seed=1"
#define MODEL "{\"name\":\"readmit\",\"inputs\":[{\"shape\":[1,42]}]}"
#define DENSE                                                                                                \
    "{\"kept\":13696,\"prunable\":13696,\"macs\":13696,\"dense_macs\":13696,\"routes_log10\":5.8,"           \
    "\"parameters\":13890,"                                                                                  \
    "\"sizes\":{\"dense\":55560,\"bitmask\":57272,\"csr\":83740,\"file\":56250}}"
#define MASK                                                                                                 \
    "{\"kept\":2876,\"prunable\":13696,\"portions\":13696,\"cut_portions\":10820,\"parameters\":3070,"       \
    "\"macs\":2876,\"dense_macs\":13696,\"routes_log10\":4.8,\"dead\":8,\"cut_inputs\":[\"sex\"],"           \
    "\"sizes\":{\"dense\":55560,\"bitmask\":13992,\"csr\":18820,\"file\":56250}}"
#define LAYERS                                                                                               \
    "{\"layers\":[{\"name\":\"fc1\",\"shape\":[128,42],\"inputs\":42,\"weights\":5376,\"kept\":1221,"        \
    "\"units\":128,\"dead\":6},{\"name\":\"fc2\",\"shape\":[64,128],\"inputs\":128,\"weights\":8192,"        \
    "\"kept\":1550,\"units\":64,\"dead\":2},{\"name\":\"fc3\",\"shape\":[2,64],\"inputs\":64,\"weights\":"   \
    "128,"                                                                                                   \
    "\"kept\":105,\"units\":2,\"dead\":0}]}"
#define EVAL                                                                                                 \
    "{\"split\":\"validation\",\"n\":4096,\"total\":4096,\"exact\":true,\"accuracy\":0.842,\"loss\":0.402,"  \
    "\"dense_accuracy\":0.846,\"dense_loss\":0.398,\"delta\":-0.004,\"delta_low\":-0.011,"                   \
    "\"delta_high\":0.003,\"changed\":230,\"changed_low\":0.0495,\"changed_high\":0.0636,\"newly_wrong\":"   \
    "123,\"newly_right\":107}"
#define DRAFT                                                                                                \
    "{\"kept\":2739,\"prunable\":13696,\"portions\":13696,\"cut_portions\":10957,\"parameters\":2933,"       \
    "\"macs\":2739,\"dense_macs\":13696,\"dead\":12,\"cut_inputs\":[\"sex\",\"age 80+\"],"                   \
    "\"threshold\":0.0931,\"changed_weights\":137,\"changed_units\":0,"                                      \
    "\"sizes\":{\"dense\":55560,\"bitmask\":13444,\"csr\":17998,\"file\":56250}}"
#define DRAFT_LAYERS                                                                                         \
    "{\"layers\":[{\"name\":\"fc1\",\"weights\":5376,\"kept\":1161},{\"name\":\"fc2\",\"weights\":8192,"     \
    "\"kept\":1475},{\"name\":\"fc3\",\"weights\":128,\"kept\":103}]}"
#define DRAFT_EVAL                                                                                           \
    "{\"split\":\"validation\",\"n\":4096,\"total\":4096,\"exact\":true,\"accuracy\":0.840,\"loss\":0.409,"  \
    "\"dense_accuracy\":0.846,\"dense_loss\":0.398,\"delta\":-0.0059,\"delta_low\":-0.0135,"                 \
    "\"delta_high\":0.0018,\"changed\":254,\"changed_low\":0.055,\"changed_high\":0.0698,\"newly_wrong\":"   \
    "139,\"newly_right\":115}"

/* One explorer for all rows: the next call changes it. */
static struct ui *fresh(enum view_id screen)
{
    static const struct ui_port port = {.post = post};
    static struct ui u;
    static bool used;
    if (used)
        ui_release(&u);
    used = true;
    ui_init(&u, &port);
    u.screen = screen;
    u.amount = 0.79;
    put(&u, BOARD_STATUS, "{\"step\":11,\"command\":\"prune 0.79 " STRATEGY "\",\"path\":\"a.db\"}");
    put(&u, BOARD_MODEL, MODEL);
    put(&u, BOARD_DATA, "{\"task\":\"classification\"}");
    put(&u, BOARD_DENSE, DENSE);
    put(&u, BOARD_MASK, MASK);
    put(&u, BOARD_LAYERS, LAYERS);
    put(&u, BOARD_EVAL, EVAL);
    return &u;
}

static struct scene scene_of(const struct ui *u)
{
    static struct scratch memory;
    struct scene out;
    scratch_clear(&memory);
    ui_scene(u, &memory, &out);
    return out;
}

/* ---- overview ---- */

struct scene board_overview_delta(void)
{
    struct ui *u = fresh(VIEW_OVERVIEW);
    u->aspect = ASPECT_DELTA;
    u->sort = 3;
    u->budget = 16384;
    return scene_of(u);
}

struct scene board_overview_dense(void)
{
    struct ui *u = fresh(VIEW_OVERVIEW);
    u->aspect = ASPECT_DENSE;
    u->budget = 4096;
    return scene_of(u);
}

/* Accuracy fell, a layer is empty. */
struct scene board_overview_emptied(void)
{
    struct ui *u = fresh(VIEW_OVERVIEW);
    put(u, BOARD_LAYERS,
        "{\"layers\":[{\"name\":\"fc1\",\"inputs\":42,\"weights\":5376,\"kept\":2876,\"units\":128,\"dead\":"
        "128},"
        "{\"name\":\"fc2\",\"inputs\":128,\"weights\":8192,\"kept\":0,\"units\":64,\"dead\":64}]}");
    put(u, BOARD_EVAL,
        "{\"split\":\"validation\",\"n\":4096,\"total\":4096,\"exact\":true,\"accuracy\":0.5,\"loss\":0.693,"
        "\"dense_accuracy\":0.846,\"dense_loss\":0.398,\"delta\":-0.346,\"delta_low\":-0.365,"
        "\"delta_high\":-0.327,\"changed\":1900,\"changed_low\":0.4486,\"changed_high\":0.4792,\"newly_"
        "wrong\":1658,\"newly_right\":242}");
    return scene_of(u);
}

struct scene board_overview_regression(void)
{
    struct ui *u = fresh(VIEW_OVERVIEW);
    put(u, BOARD_EVAL,
        "{\"split\":\"test\",\"n\":89,\"total\":89,\"exact\":true,\"mse\":0.512,\"r2\":0.44,\"dense_mse\":0."
        "498,"
        "\"dense_r2\":0.46,\"loss\":0.512,\"dense_loss\":0.498,\"delta_mse\":0.014,\"delta_mse_low\":-0.006,"
        "\"delta_mse_high\":0.034,\"changed\":87}");
    return scene_of(u);
}

/* ---- strategy ---- */

static struct json *point(double amount, double accuracy, int shift)
{
    static const char digits[] = "0123456789abcdef";
    char right[RECORDS / 4 + 1] = {0};
    struct json *p = json_object();
    int64_t kept = 13696 - num_portion(amount, 13696), n_right = (int64_t)round(accuracy * RECORDS);
    for (int64_t i = 0; i < RECORDS; i += 4) {
        int digit = 0;
        for (int64_t k = 0; k < 4; k++)
            digit |= ((i + k) * 37 + 11 * shift) % RECORDS < n_right ? 1 << k : 0;
        right[i / 4] = digits[digit];
    }
    json_put_num(p, "amount", amount);
    json_put_num(p, "sparsity", amount);
    json_put_int(p, "kept", kept);
    json_put_int(p, "parameters", kept + 194);
    json_put_int(p, "macs", kept);
    json_put_int(p, "bytes", 2488 + 4 * kept);
    json_put_num(p, "accuracy", (double)n_right / RECORDS);
    json_put_num(p, "loss", 1 - 0.7 * accuracy);
    json_put_int(p, "changed", (int64_t)((0.87 - accuracy) * RECORDS));
    json_put_num(p, "low", accuracy - 0.02);
    json_put_num(p, "high", accuracy + 0.02);
    json_put_int(p, "n", RECORDS);
    json_put_bool(p, "exact", true);
    json_put_text(p, "right", right);
    return p;
}

/* One curve; every accuracy less by `less`, other records right by `shift`. */
static void put_curve(struct ui *u, const char *criterion, double less, int shift)
{
    static const double amounts[POINTS] = {0, 0.25, 0.5, 0.75, 0.8, 0.85, 0.9, 0.95, 0.98},
                        accuracies[POINTS] = {0.845, 0.845, 0.8425, 0.84, 0.8375, 0.825, 0.8, 0.75, 0.66};
    struct json *c = json_object(), *list = json_put_array(c, "points");
    char strategy[128] = "criterion=";
    for (int i = 0; i < POINTS; i++)
        json_push(list, point(amounts[i], accuracies[i] - less * amounts[i], shift));
    json_put_int(c, "wanted", POINTS);
    json_put_int(c, "tried", POINTS);
    json_put_text(c, "criterion", criterion);
    json_put_text(c, "structure", "weight");
    json_put_text(c, "scope", "global");
    strcat(strategy, criterion);
    strcat(strategy, " structure=weight scope=global seed=1");
    json_put_text(c, "strategy", strategy);
    board_put_curve(&u->board, c);
}

static struct ui *drafting(void)
{
    struct ui *u = fresh(VIEW_STRATEGY);
    u->control = 4;
    u->amount = 0.8;
    u->drafting = true;
    put(u, BOARD_DRAFT, DRAFT);
    put(u, BOARD_DRAFT_LAYERS, DRAFT_LAYERS);
    put(u, BOARD_DRAFT_EVAL, DRAFT_EVAL);
    return u;
}

struct scene board_strategy_notices(void)
{
    struct ui *u = drafting();
    u->budget = 16384;
    put(u, BOARD_DRAFT_LAYERS,
        "{\"layers\":[{\"name\":\"fc1\",\"weights\":5376,\"kept\":2639},{\"name\":\"fc2\",\"weights\":8192,"
        "\"kept\":100},{\"name\":\"fc3\",\"weights\":128,\"kept\":0}]}");
    put(u, BOARD_DRAFT_EDGES,
        "{\"strategy\":\"" STRATEGY "\",\"lost\":[{\"name\":\"age 80+\",\"amount\":0.7958}]}");
    put_curve(u, "magnitude", 0, 0);
    put(u, BOARD_FIT, "{\"asked\":\"prune bytes=16384 " STRATEGY "\",\"amount\":0.7463}");
    return scene_of(u);
}

/* 64 and 1,024 of 4,096 records are in. */
struct scene board_strategy_bound(void)
{
    struct ui *u = drafting();
    put(u, BOARD_DRAFT_EVAL,
        "{\"split\":\"validation\",\"n\":1024,\"total\":4096,\"exact\":false,\"accuracy\":0.838,\"delta\":-0."
        "008,"
        "\"delta_low\":-0.034,\"delta_high\":0.018,\"changed\":63,\"changed_low\":0.044,\"changed_high\":0."
        "085,"
        "\"accuracy_low\":0.806,\"accuracy_high\":0.868}");
    return scene_of(u);
}

struct scene board_strategy_few(void)
{
    struct ui *u = drafting();
    put(u, BOARD_DRAFT_EVAL,
        "{\"split\":\"validation\",\"n\":64,\"total\":4096,\"exact\":false,\"accuracy\":0.859,\"delta\":0."
        "016,"
        "\"delta_low\":-0.11,\"delta_high\":0.13,\"changed\":3,\"changed_low\":0.003,\"changed_high\":0.155,"
        "\"accuracy_low\":0.73,\"accuracy_high\":0.94}");
    return scene_of(u);
}

/* A key was pressed; nothing has answered yet. */
struct scene board_strategy_stale(void)
{
    struct ui *u = drafting();
    ui_run(u, "side 1");
    return scene_of(u);
}

/* The same, between two points of the strategy's curve. */
struct scene board_strategy_guess(void)
{
    struct ui *u = drafting();
    put_curve(u, "magnitude", 0, 0);
    ui_run(u, "side 2");
    return scene_of(u);
}

/* Nothing was ever measured, and no curve is drawn. */
struct scene board_strategy_waiting(void)
{
    struct ui *u = drafting();
    put(u, BOARD_STATUS, "{\"step\":11,\"command\":\"prune 0.79 " STRATEGY "\",\"split\":\"validation\"}");
    put(u, BOARD_DATA, "{\"task\":\"classification\",\"splits\":{\"validation\":4096}}");
    board_drop(&u->board, BOARD_EVAL);
    board_drop(&u->board, BOARD_DRAFT_EVAL);
    return scene_of(u);
}

struct scene board_strategy_frozen(void)
{
    struct ui *u = drafting();
    u->frozen = true;
    u->board.stale[BOARD_DRAFT_EVAL] = true;
    return scene_of(u);
}

struct scene board_strategy_no_data(void)
{
    struct ui *u = drafting();
    board_drop(&u->board, BOARD_DATA);
    board_drop(&u->board, BOARD_EVAL);
    board_drop(&u->board, BOARD_DRAFT_EVAL);
    return scene_of(u);
}

struct scene board_strategy_over(void)
{
    struct ui *u = drafting();
    u->budget = 10240;
    put(u, BOARD_FIT, "{\"asked\":\"prune bytes=10240 " STRATEGY "\",\"amount\":0.8585}");
    return scene_of(u);
}

/* Every row of the controls; a layer is left out. */
struct scene board_strategy_units(void)
{
    struct ui *u = drafting();
    u->choice[0] = u->choice[2] = 1;
    u->seed = 7;
    u->left_out[2] = true;
    u->control = 5;
    u->tick = 2;
    return scene_of(u);
}

/* ---- curve ---- */

static struct ui *two_curves(void)
{
    struct ui *u = fresh(VIEW_CURVE);
    u->budget = 16384;
    u->at_amount = 0.85;
    put_curve(u, "magnitude", 0, 0);
    put_curve(u, "random", 0.02, 3);
    return u;
}

struct scene board_curve_ties(void)
{
    return scene_of(two_curves());
}

struct scene board_curve_zoomed(void)
{
    struct ui *u = two_curves();
    ui_run(u, "zoom 1");
    ui_run(u, "zoom 1");
    return scene_of(u);
}

struct scene board_curve_changed(void)
{
    struct ui *u = two_curves();
    ui_run(u, "metric");
    ui_run(u, "metric");
    ui_run(u, "axis");
    return scene_of(u);
}

struct scene board_curve_only(void)
{
    struct ui *u = two_curves();
    ui_run(u, "move 1");
    ui_run(u, "only");
    return scene_of(u);
}

struct scene board_curve_none_fits(void)
{
    struct ui *u = two_curves();
    u->budget = 1024;
    return scene_of(u);
}

struct scene board_curve_no_data(void)
{
    struct ui *u = fresh(VIEW_CURVE);
    board_drop(&u->board, BOARD_DATA);
    board_drop(&u->board, BOARD_EVAL);
    return scene_of(u);
}

struct scene board_curve_regression(void)
{
    static const char curve[] = "{\"wanted\":3,\"criterion\":\"magnitude\",\"structure\":\"unit\",\"scope\":"
                                "\"layer\",\"strategy\":\"x\","
                                "\"points\":[{\"amount\":0,\"bytes\":9000,\"kept\":2200,\"macs\":2200,"
                                "\"mse\":0.498,\"r2\":0.46,\"loss\":"
                                "0.498,\"changed\":0,\"n\":89,\"low\":null,\"high\":null,\"exact\":true},{"
                                "\"amount\":0.5,\"bytes\":4500,"
                                "\"kept\":1100,\"macs\":1100,\"mse\":0.51,\"r2\":0.45,\"loss\":0.51,"
                                "\"changed\":80,\"n\":89,\"exact\":true},"
                                "{\"amount\":0.9,\"bytes\":900,\"kept\":220,\"macs\":220,\"mse\":0.9,\"r2\":"
                                "0.02,\"loss\":0.9,\"changed\":"
                                "89,\"n\":89,\"exact\":true}]}";
    struct ui *u = fresh(VIEW_CURVE);
    put(u, BOARD_EVAL,
        "{\"split\":\"test\",\"n\":89,\"total\":89,\"exact\":true,\"mse\":0.512,\"r2\":0.44,\"dense_mse\":0."
        "498,"
        "\"dense_r2\":0.46,\"changed\":87}");
    board_put_curve(&u->board, json_parse(curve, strlen(curve), "a curve", NULL));
    u->amount = 0.5;
    return scene_of(u);
}
