/* util_scenes_neuron: neurons of three kinds for the screens; see util_scenes.h. */
#include "tests/unit/util_scenes.h"

#include <math.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define NONE                                                                                                 \
    {                                                                                                        \
        0, TRUST_ABSENT, MEASURE_PLAIN, 0                                                                    \
    }

static const struct fact facts[] = {
    {"routes to output", {15, TRUST_EXACT, MEASURE_COUNT, 0}, NONE, NONE, "dense 128", false},
    {"twin agreement r", {0.94, TRUST_EXACT, MEASURE_PLAIN, 2}, NONE, NONE, NULL, false},
    {"silent", {0.31, TRUST_EXACT, MEASURE_PERCENT, 0}, NONE, NONE, "dense 22%", false},
    {"cut links", {35, TRUST_EXACT, MEASURE_COUNT, 0}, NONE, NONE, NULL, false},
};

struct neuron_scene example_neuron(void)
{
    static const struct link_row in[] = {
        {"n_inpatient", 0.812, 0.812, 0.27, true, false, false, 0.27},
        {"n_emergency", 0.544, 0.544, 0.18, true, false, false, 0.18},
        {"time_in_hosp", 0.391, 0.391, 0.13, true, true, false, 0.13},
        {"a1c_result", -0.337, -0.337, 0.11, true, false, false, 0.11},
        {"n_meds", 0.288, 0.288, 0.10, true, false, false, 0.10},
        {"diag_circ", 0.201, 0.201, 0.07, true, false, false, 0.07},
        {"insulin_up", 0.176, 0.176, 0.06, true, false, false, 0.06},
        {"age_80plus", 0.089, 0, 0, false, false, false, 0.03},
        {"race_other", -0.071, 0, 0, false, false, false, 0.03},
    };
    static const struct link_row out[] = {
        {"fc2.12", 0.620, 0.620, 0.21, true, false, false, 0.21},
        {"fc2.3", -0.481, -0.481, 0.16, true, false, true, 0.16},
        {"fc2.40", 0.377, 0.377, 0.13, true, false, false, 0.13},
        {"fc2.55", 0.301, 0.301, 0.10, true, false, false, 0.10},
        {"fc2.21", -0.266, -0.266, 0.09, true, false, true, 0.09},
        {"fc2.7", 0.092, 0, 0, false, false, false, 0.03},
    };
    static const char *const words[] = {
        "Rises with earlier admissions and ER visits; pushes toward 'readmitted'.",
        "Agrees with its dense twin.",
    };
    return (struct neuron_scene){.layer = "fc1",
                                 .unit = 37,
                                 .name = "prior-use",
                                 .in = {.title = "In",
                                        .rows = in,
                                        .count = COUNT(in),
                                        .selected = 2,
                                        .kept = 7,
                                        .of = 42,
                                        .bias = {-0.420, TRUST_EXACT, MEASURE_SIGNED, 3},
                                        .footnote = "cut 35, largest age_80plus +0.089"},
                                 .out = {.title = "Out",
                                         .rows = out,
                                         .count = COUNT(out),
                                         .kept = 9,
                                         .of = 64,
                                         .footnote = "cut 55, largest 0.092"},
                                 .words = words,
                                 .word_count = COUNT(words),
                                 .facts = facts,
                                 .fact_count = COUNT(facts)};
}

/* A ring that excites around a core that inhibits; small weights cut. */
static void draw_ring(float *dense, float *pruned, int side)
{
    double middle = (side - 1) / 2.0;
    for (int i = 0; i < side; i++)
        for (int k = 0; k < side; k++) {
            double r = hypot(i - middle, k - middle) / middle;
            double w = exp(-12 * (r - 0.6) * (r - 0.6)) - 0.8 * exp(-12 * r * r);
            dense[i * side + k] = (float)w;
            pruned[i * side + k] = fabs(w) > 0.35 ? (float)w : 0;
        }
}

struct neuron_scene example_pixels(void)
{
    static float dense[28 * 28], pruned[28 * 28];
    static struct weight_tile tile = {"301 of 784 kept", dense, pruned};
    struct neuron_scene n = example_neuron();
    draw_ring(dense, pruned, 28);
    n.name = NULL;
    n.picture = (struct weight_picture){"Incoming weights, 28 x 28", 28, 28, &tile, 1, 0};
    return n;
}

struct neuron_scene example_kernels(void)
{
    static float dense[6][25], pruned[6][25];
    static struct weight_tile tiles[6] = {
        {"ch 0  11/25", dense[0], pruned[0]}, {"ch 1   9/25", dense[1], pruned[1]},
        {"ch 2   9/25", dense[2], pruned[2]}, {"ch 3   9/25", dense[3], pruned[3]},
        {"ch 4   9/25", dense[4], pruned[4]}, {"ch 5   0/25", dense[5], pruned[5]},
    };
    struct neuron_scene n = example_neuron();
    for (int c = 0; c < 6; c++)
        for (int i = 0; i < 25; i++) {
            dense[c][i] = (float)(((i * 7 + c * 5) % 11 - 5) / 5.0);
            pruned[c][i] = c < 5 && fabsf(dense[c][i]) > 0.5f ? dense[c][i] : 0;
        }
    n.layer = "conv2";
    n.unit = 7;
    n.name = NULL;
    n.picture = (struct weight_picture){"Kernels, 6 channels", 5, 5, tiles, 6, 0};
    return n;
}
