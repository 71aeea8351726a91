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
#define NONE {0, TRUST_ABSENT, MEASURE_PLAIN, 0}

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
         "139 newly wrong, 115 newly right", false},
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
