/* util_scenes: see util_scenes.h. */
#include "tests/unit/util_scenes.h"

#include <math.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

#define EXACT(value, kind, places)                                                                           \
    {                                                                                                        \
        value, TRUST_EXACT, kind, places                                                                     \
    }
#define PERCENT(value) EXACT(value, MEASURE_PERCENT, 1)
#define POINTS(value) EXACT(value, MEASURE_POINTS, 1)
#define PLAIN(value) EXACT(value, MEASURE_PLAIN, 3)
#define SIGNED(value) EXACT(value, MEASURE_SIGNED, 3)
#define BYTES(value) EXACT(value, MEASURE_BYTES, 0)
#define NUMBER(value) EXACT(value, MEASURE_COUNT, 0)
#define TIMES(value) EXACT(value, MEASURE_TIMES, 1)
#define NONE                                                                                                 \
    {                                                                                                        \
        0, TRUST_ABSENT, MEASURE_PLAIN, 0                                                                    \
    }

struct frame_scene example_frame(char tab)
{
    static const struct key_hint keys[] = {
        {"Enter", "open layer"}, {"d", "dense/pruned/delta"},
        {"[ ]", "layer"},        {"m", "keep as step"},
        {"a", "note"},           {":", "command"},
        {"q", "back"},           {"?", "help"},
    };
    return (struct frame_scene){.model = "readmit-mlp 42-128-64-2",
                                .step = "#12 mag80",
                                .metric = "acc",
                                .now = PERCENT(0.840),
                                .dense = PERCENT(0.846),
                                .size = BYTES(13444),
                                .storage = "bitmask",
                                .mode = MODE_LIVE,
                                .tab = tab,
                                .status_left = "ready",
                                .status_middle = "every number above: full set, exact",
                                .status_right = "autosaved 12:04:31",
                                .keys = keys,
                                .key_count = COUNT(keys)};
}

struct overview_scene example_overview(void)
{
    static const struct verdict_line verdict[] = {
        {"Keeps 1 connection in 5. Overall accuracy: no detectable change (-0.6pp, 95% -1.4 .. +0.2).", false,
         NULL},
        {"BUT 254 of 4,096 records (6.2%) get a different answer, and group 'age 80+' loses 5.2pp.", true,
         "7"},
        {"3 of 42 inputs no longer reach the output at all, one of them is age_80plus.", true, "8"},
    };
    static const struct layer_row layers[] = {
        {"fc1", "42>128", 5376, 1161, 128, 9, POINTS(-0.003), false},
        {"fc2", "128>64", 8192, 1475, 64, 3, POINTS(-0.004), false},
        {"fc3", "64>2", 128, 103, 2, 0, POINTS(0.0), false},
    };
    static const struct size_row sizes[] = {
        {"dense f32", BYTES(55560), NULL},
        {"CSR u16", BYTES(17998), NULL},
        {"bitmask+val", BYTES(13444), "best"},
    };
    static const struct fact costs[] = {
        {"budget", BYTES(16384), NONE, NONE, "fits", false},
        {"mult-adds", NUMBER(2739), NONE, NONE, "20%", false},
        {"measured b=1", TIMES(1.6), NONE, NONE, "fast", false},
        {"measured b=256", TIMES(0.7), NONE, NONE, "SLOW", true},
    };
    static const struct quality_row quality[] = {
        {"accuracy", PERCENT(0.846), PERCENT(0.840), POINTS(-0.006), POINTS(-0.0135), POINTS(0.0018),
         "cannot tell from noise", false},
        {"AUC", PLAIN(0.871), PLAIN(0.862), SIGNED(-0.009), SIGNED(-0.014), SIGNED(-0.004),
         "small, real drop", false},
        {"ECE (15 eq-mass)", PLAIN(0.021), PLAIN(0.038), SIGNED(0.017), SIGNED(0.006), SIGNED(0.027),
         "over-confident now", false},
        {"different answers", NONE, PERCENT(0.062), NONE, PERCENT(0.055), PERCENT(0.070),
         "newly wrong 139, right 115", false},
        {"worst group", PERCENT(0.803), PERCENT(0.751), POINTS(-0.052), POINTS(-0.085), POINTS(-0.020),
         "age 80+  (p 0.013 after Holm)", true},
    };
    return (struct overview_scene){.verdict = verdict,
                                   .verdict_count = COUNT(verdict),
                                   .layers = layers,
                                   .layer_count = COUNT(layers),
                                   .selected = 0,
                                   .total = {NULL, NULL, 13696, 2739, 194, 12, NONE, false},
                                   .routes_dense = NUMBER(688128),
                                   .routes = NUMBER(21540),
                                   .sizes = sizes,
                                   .size_count = COUNT(sizes),
                                   .costs = costs,
                                   .cost_count = COUNT(costs),
                                   .quality_title =
                                       "validation set, n=4,096 (paired: same records through both models)",
                                   .quality = quality,
                                   .quality_count = COUNT(quality)};
}

struct strategy_scene example_strategy(void)
{
    static const char *const criteria[] = {"magnitude", "random"};
    static const char *const scopes[] = {"global", "layer"};
    static const char *const structures[] = {"weight", "unit"};
    static const struct toggle protect[] = {{"fc3", true}, {"age_80plus", false}};
    static const struct control controls[] = {
        {.kind = CONTROL_CHOICE, .label = "criterion", .choices = criteria, .choice_count = 2},
        {.kind = CONTROL_CHOICE, .label = "scope", .choices = scopes, .choice_count = 2},
        {.kind = CONTROL_CHOICE, .label = "structure", .choices = structures, .choice_count = 2},
        {.kind = CONTROL_SLIDER,
         .label = "sparsity",
         .high = 0.99,
         .at = 0.80,
         .low_end = EXACT(0, MEASURE_PERCENT, 0),
         .high_end = EXACT(0.99, MEASURE_PERCENT, 0),
         .value = PERCENT(0.80)},
        {.kind = CONTROL_TOGGLES, .label = "protect", .toggles = protect, .toggle_count = 2},
        {.kind = CONTROL_SLIDER,
         .label = "fc1 limit",
         .high = 0.99,
         .at = 0.95,
         .low_end = EXACT(0, MEASURE_PERCENT, 0),
         .high_end = EXACT(0.99, MEASURE_PERCENT, 0),
         .value = PERCENT(0.95)},
        {.kind = CONTROL_SLIDER,
         .label = "min fan-in",
         .low = 1,
         .high = 8,
         .at = 1,
         .off = true,
         .low_end = NUMBER(1),
         .high_end = NUMBER(8)},
        {.kind = CONTROL_NUMBER, .label = "seed", .value = NUMBER(7), .note = "used by random only"},
    };
    static const struct sparsity_row layers[] = {
        {"fc1", 5376, 1161, false},
        {"fc2", 8192, 1475, false},
        {"fc3", 128, 103, true},
    };
    static const struct fact exact[] = {
        {"kept", NUMBER(2739), NONE, NONE, "of 13,696", false},
        {"size", BYTES(13444), NONE, NONE, "of 16 KiB, ok", false},
        {"threshold", EXACT(0.0931, MEASURE_PLAIN, 4), NONE, NONE, "|w| at least", false},
        {"dead units", NUMBER(12), NONE, NONE, "(+4)", false},
        {"inputs cut", NUMBER(3), NONE, NONE, "(+1)", true},
    };
    static const struct fact measured[] = {
        {"accuracy", PERCENT(0.840), NONE, NONE, NULL, false},
        {"vs dense", POINTS(-0.006), POINTS(-0.0135), POINTS(0.0018), NULL, false},
        {"changed", PERCENT(0.062), NONE, NONE, "254 records", false},
        {"worst", POINTS(-0.052), NONE, NONE, "age 80+", true},
        {"ECE", PLAIN(0.038), NONE, NONE, "(+0.017)", false},
    };
    static const struct strategy_notice notices[] = {
        {NOTE_WARNING, "age_80plus lost its last outgoing link at 79.6%.", "P protect it   8 see features"},
        {NOTE_WARNING, "budget met from 74.7% on; accuracy falls 1pp per 4% sparsity after 86%.",
         "3 see curve"},
        {NOTE_INFO, "moving from #11 to here changes 137 weights (1.0%); undo with u", NULL},
    };
    return (struct strategy_scene){.draft = "draft from #11 mag79",
                                   .controls = controls,
                                   .control_count = COUNT(controls),
                                   .selected = 3,
                                   .layers = layers,
                                   .layer_count = COUNT(layers),
                                   .exact = exact,
                                   .exact_count = COUNT(exact),
                                   .measured = 4096,
                                   .measured_of = 4096,
                                   .measured_in = EXACT(0.006, MEASURE_SECONDS, 0),
                                   .facts = measured,
                                   .fact_count = COUNT(measured),
                                   .notices = notices,
                                   .notice_count = COUNT(notices)};
}

/* Accuracy falls slowly, then fast; the band is about +-0.7 points wide everywhere. */
#define POINT(kib, acc, front)                                                                               \
    {                                                                                                        \
        1024.0 * (kib), acc, (acc)-0.007, (acc) + 0.007, front, true                                         \
    }

struct curve_scene example_curve(void)
{
    static const struct curve_point wanda[] = {
        POINT(3.4, 0.743, true),   POINT(3.9, 0.763, true),   POINT(4.6, 0.790, true),
        POINT(5.7, 0.813, true),   POINT(7.8, 0.826, true),   POINT(9.2, 0.835, true),
        POINT(13.1, 0.843, true),  POINT(15.8, 0.844, true),  POINT(21.0, 0.845, true),
        POINT(29.2, 0.846, false), POINT(54.3, 0.846, false),
    };
    static const struct curve_point magnitude[] = {
        POINT(3.4, 0.725, false),  POINT(3.9, 0.743, false),  POINT(5.0, 0.789, false),
        POINT(6.2, 0.812, false),  POINT(7.8, 0.824, false),  POINT(13.1, 0.840, false),
        POINT(18.5, 0.844, false), POINT(29.2, 0.846, false),
    };
    static const struct curve_point channel[] = {
        POINT(4.8, 0.720, false),
        POINT(10.5, 0.743, false),
        POINT(14.0, 0.767, false),
        POINT(17.0, 0.790, false),
        POINT(21.0, 0.813, false),
        POINT(27.5, 0.829, false),
        {1024 * 40.0, 0.842, NAN, NAN, false, false},
    };
    static const struct curve_series series[] = {
        {'w', "wanda", wanda, COUNT(wanda), false},
        {'m', "magnitude", magnitude, COUNT(magnitude), false},
        {'s', "channel-L1", channel, COUNT(channel), false},
    };
    static const struct fact cursor[] = {
        {"size", BYTES(13444), NONE, NONE, NULL, false},
        {"accuracy", PERCENT(0.843), NONE, NONE, NULL, false},
        {"data", NONE, NONE, NONE, "83.6 .. 85.0", false},
        {"computed", NONE, NONE, NONE, "exact", false},
        {"changed", PERCENT(0.054), NONE, NONE, NULL, false},
        {"worst", POINTS(-0.039), NONE, NONE, "age 80+", false},
        {"vs m@80", POINTS(0.003), POINTS(-0.004), POINTS(0.009), "tie", false},
    };
    static const struct fact side[] = {
        {"=Best under 16.0 KiB", NONE, NONE, NONE, NULL, false},
        {"w 75.0%", PERCENT(0.844), NONE, NONE, NULL, false},
        {"w 80.0%", PERCENT(0.843), NONE, NONE, "tie", false},
        {"m 75.0%", PERCENT(0.842), NONE, NONE, "tie", false},
        {"=Knee, farthest from chord", NONE, NONE, NONE, NULL, false},
        {"w 88.0%", PERCENT(0.835), NONE, NONE, NULL, false},
    };
    return (struct curve_scene){.series = series,
                                .series_count = COUNT(series),
                                .x = {"stored size", MEASURE_BYTES, 0, true, NAN, NAN},
                                .y = {"accuracy", MEASURE_PERCENT, 1, false, NAN, NAN},
                                .budget = 16384,
                                .dense = 0.846,
                                .at_series = 0,
                                .at_point = 6,
                                .cursor_title = "w wanda 80.0%",
                                .cursor = cursor,
                                .cursor_count = COUNT(cursor),
                                .side = side,
                                .side_count = COUNT(side),
                                .sweep = {107, 108}};
}
