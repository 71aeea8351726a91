/* util_scenes_session: history, jobs and layer for the screens; see util_scenes.h. */
#include "tests/unit/util_scenes.h"

#include <math.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define NONE                                                                                                 \
    {                                                                                                        \
        0, TRUST_ABSENT, MEASURE_PLAIN, 0                                                                    \
    }
#define PERCENT(value)                                                                                       \
    {                                                                                                        \
        value, TRUST_EXACT, MEASURE_PERCENT, 1                                                               \
    }
#define POINTS(value)                                                                                        \
    {                                                                                                        \
        value, TRUST_EXACT, MEASURE_POINTS, 1                                                                \
    }
#define BYTES(value)                                                                                         \
    {                                                                                                        \
        value, TRUST_EXACT, MEASURE_BYTES, 0                                                                 \
    }
#define SECONDS(value)                                                                                       \
    {                                                                                                        \
        value, TRUST_EXACT, MEASURE_SECONDS, 0                                                               \
    }
#define NUMBER(value)                                                                                        \
    {                                                                                                        \
        value, TRUST_EXACT, MEASURE_COUNT, 0                                                                 \
    }

struct history_scene example_history(void)
{
    static const struct step_row rows[] = {
        {.id = 1,
         .last = true,
         .text = "load readmit-mlp",
         .time = "09:41",
         .metric = PERCENT(0.846),
         .size = BYTES(55560)},
        {.id = 2,
         .depth = 1,
         .trunks = 2,
         .text = "magnitude global 50%",
         .metric = PERCENT(0.846),
         .size = BYTES(29900)},
        {.id = 3, .depth = 2, .trunks = 6, .text = "70%", .metric = PERCENT(0.844), .size = BYTES(18944)},
        {.id = 4,
         .depth = 3,
         .trunks = 6,
         .last = true,
         .text = "80%",
         .note = "same mask as #12",
         .metric = PERCENT(0.840),
         .size = BYTES(13444)},
        {.id = 5,
         .depth = 4,
         .trunks = 6,
         .last = true,
         .text = "90%",
         .metric = PERCENT(0.824),
         .size = BYTES(7987)},
        {.id = 6,
         .depth = 2,
         .trunks = 2,
         .last = true,
         .text = "per-layer 70%",
         .metric = PERCENT(0.839),
         .size = BYTES(18944)},
        {.id = 7,
         .depth = 1,
         .trunks = 2,
         .text = "channel-L1 50%",
         .note = "'too lossy'",
         .metric = PERCENT(0.829),
         .size = BYTES(28160)},
        {.id = 8,
         .depth = 1,
         .last = true,
         .text = "wanda 75%",
         .tag = "shortlist",
         .metric = PERCENT(0.844),
         .size = BYTES(16179)},
        {.id = 9,
         .depth = 2,
         .trunks = 4,
         .text = "wanda 80%",
         .metric = PERCENT(0.843),
         .size = BYTES(13444)},
        {.id = 11,
         .depth = 2,
         .trunks = 4,
         .text = "magnitude 79%",
         .metric = PERCENT(0.842),
         .size = BYTES(14029)},
        {.id = 12,
         .depth = 2,
         .trunks = 4,
         .text = "mag80",
         .tag = "candidate",
         .time = "11:52",
         .metric = PERCENT(0.840),
         .size = BYTES(13444),
         .here = true},
        {.id = 13,
         .depth = 2,
         .last = true,
         .text = "mag80 + keep age_80plus",
         .time = "11:58",
         .metric = PERCENT(0.844),
         .size = BYTES(13444)},
    };
    static const struct fact diff[] = {
        {"strategy", NONE, NONE, NONE, "+ protect age_80plus", false},
        {"weights", NONE, NONE, NONE, "1 back, 1 cut", false},
        {"size", BYTES(0), NONE, NONE, NULL, false},
        {"accuracy", POINTS(0.004), POINTS(-0.001), POINTS(0.008), NULL, false},
        {"age 80+", POINTS(0.039), POINTS(0.014), POINTS(0.065), NULL, false},
        {"changed", NUMBER(203), NONE, NONE, "rows (254)", false},
        {"inputs", NONE, NONE, NONE, "age_80plus wired again", false},
    };
    return (struct history_scene){
        .rows = rows,
        .count = COUNT(rows),
        .selected = 10,
        .columns = {.tag = true, .note = true, .time = true, .metric = true, .size = true},
        .summary = "13 steps (1 hidden), 5 leaves, 2 tags, 3 notes, 2.1 MB",
        .diff_title = "Diff #12 -> #13",
        .diff = diff,
        .diff_count = COUNT(diff),
        .note_title = "Note on #12 (tags: candidate)",
        .note = "Clinic: losing age is not acceptable for discharge planning. Try protecting it, see #13.\n"
                "-- 11:52, seen with record 1733"};
}

struct jobs_scene example_jobs(void)
{
    static const struct job_row rows[] = {
        {44, "sweep magnitude 0..98%, 36 points", JOB_RUNNING, 22, 36, SECONDS(142), SECONDS(61),
         "4 threads"},
        {45, "accuracy #6", JOB_PAUSED, 384, 10000, SECONDS(2.4), NONE, NULL},
        {46, "curve random", JOB_QUEUED, 0, 36, NONE, NONE, "after 44"},
        {43, "accuracy #6, all 10,000 images", JOB_DONE, 10000, 10000, SECONDS(9.8), NONE, "exact"},
        {42, "accuracy at 71.3%", JOB_DROPPED, 384, 10000, SECONDS(0.37), NONE, "superseded"},
        {41, "accuracy at 70.8%", JOB_CANCELLED, 192, 10000, SECONDS(0.19), NONE, "by ^C"},
        {39, "data labels.csv", JOB_FAILED, 812, 0, NONE, NONE, "line 812: 41 fields, expected 42"},
    };
    static const char *const details[] = {
        "coarse to fine: 0 98 50 75 25 88 63 ...",
        "0% 91.9   25% 91.9   50% 91.8   75% 90.6   80% 89.8   83% 89.0   86% ~88.1",
        "If you quit now: finished points are already saved; the rest resumes on next start.",
    };
    static const struct fact facts[] = {
        {"frame", SECONDS(0.004), NONE, NONE, "worst 11 ms", false},
        {"cancel answered in", SECONDS(0.009), NONE, NONE, "worst 22 ms", false},
        {"memory", BYTES(222298112), NONE, NONE, "limit 2 GB", false},
    };
    return (struct jobs_scene){.rows = rows,
                               .count = COUNT(rows),
                               .detail_title = "Job 44: sweep magnitude",
                               .details = details,
                               .detail_count = COUNT(details),
                               .facts = facts,
                               .fact_count = COUNT(facts)};
}

/* fc1 in blocks of 8 neurons by 1 input; three inputs are cut, one block of neurons is nearly empty. */
struct layer_scene example_layer(void)
{
    enum { ROWS = 16, COLUMNS = 42, BINS = 40 };
    static double share[ROWS * COLUMNS], cut[BINS], kept[BINS];
    static const struct fact facts[] = {
        {"kept", NUMBER(1161), NONE, NONE, "of 5,376 (21.6%)", false},
        {"mean |w| kept", {0.155, TRUST_EXACT, MEASURE_PLAIN, 3}, NONE, NONE, NULL, false},
        {"energy kept", PERCENT(0.764), NONE, NONE, "sum w^2", false},
        {"fan-in median", NUMBER(9), NONE, NONE, "0 to 17", false},
        {"neurons at 0", NUMBER(9), NONE, NONE, NULL, true},
        {"inputs at 0", NUMBER(3), NONE, NONE, NULL, true},
    };
    for (int i = 0; i < ROWS; i++)
        for (int k = 0; k < COLUMNS; k++) {
            int odd = (i * 5 + k * 11 + i * k) % 9;
            share[i * COLUMNS + k] = k == 5 || k == 17 || k == 31 ? 0 : i == 9 && k % 6 ? 0 : odd / 8.0;
        }
    for (int b = 0; b < BINS; b++) {
        double n = floor(600 * exp(-b / 7.0));
        cut[b] = b < 10 ? n : 0;
        kept[b] = b < 10 ? 0 : n;
    }
    return (struct layer_scene){.title = "fc1 kept pattern, 128 neurons x 42 inputs",
                                .pattern = {ROWS, COLUMNS, 8, 1, share, NULL, 4, 12},
                                .legend = "share kept per cell, 8 neurons x 1 input",
                                .values_title = "fc1 weights and threshold",
                                .histogram = {cut, kept, BINS, 0.0093, 0.0931},
                                .facts = facts,
                                .fact_count = COUNT(facts),
                                .cell = "n32-39 x in12 diag_circ: 5 of 8 kept, mean w +0.21"};
}
