/* util_scenes_states: the rows of examples[]: screens in states that are easily forgotten; see util_scenes.h. */
#include "tests/unit/util_scenes.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define NONE                                                                                                 \
    {                                                                                                        \
        0, TRUST_ABSENT, MEASURE_PLAIN, 0                                                                    \
    }

/* A row whose body is the normal example of its screen. */
#define NORMAL(function, screen, type, id, tab)                                                              \
    static struct scene function(void)                                                                       \
    {                                                                                                        \
        static struct type body;                                                                             \
        body = screen();                                                                                     \
        return (struct scene){example_frame(tab), id, &body};                                                \
    }
NORMAL(normal_overview, example_overview, overview_scene, VIEW_OVERVIEW, '1')
NORMAL(normal_strategy, example_strategy, strategy_scene, VIEW_STRATEGY, '2')
NORMAL(normal_curve, example_curve, curve_scene, VIEW_CURVE, '3')
NORMAL(normal_neuron, example_neuron, neuron_scene, VIEW_NEURON, '5')
NORMAL(normal_pixels, example_pixels, neuron_scene, VIEW_NEURON, '5')
NORMAL(normal_kernels, example_kernels, neuron_scene, VIEW_NEURON, '5')
NORMAL(normal_history, example_history, history_scene, VIEW_HISTORY, '9')
NORMAL(normal_jobs, example_jobs, jobs_scene, VIEW_JOBS, 0)
NORMAL(normal_layer, example_layer, layer_scene, VIEW_LAYER, '4')
NORMAL(normal_help, example_help, help_scene, VIEW_HELP, 0)
NORMAL(normal_picker, example_picker, picker_scene, VIEW_PICKER, 0)

/* Nothing is open. */
static struct scene overview_empty(void)
{
    static struct overview_scene body;
    body = (struct overview_scene){.quality_hint = "No data yet: type :data and the name of a file."};
    struct scene s = {{.mode = MODE_LIVE, .tab = '1', .status_left = "no model"}, VIEW_OVERVIEW, &body};
    return s;
}

static struct scene no_body(void)
{
    return (struct scene){example_frame('1'), VIEW_OVERVIEW, NULL};
}

/* A model without data: no metric was ever asked for. */
static struct scene overview_no_data(void)
{
    static struct overview_scene body;
    static const struct verdict_line verdict[] = {{"Keeps 1 connection in 5.", false, NULL}};
    static struct layer_row layers[3];
    body = example_overview();
    memcpy(layers, body.layers, sizeof layers);
    for (size_t i = 0; i < COUNT(layers); i++)
        layers[i].alone = (struct amount){0};
    body.layers = layers;
    body.verdict = verdict;
    body.verdict_count = 1;
    body.quality_count = 0;
    body.quality_title = NULL;
    body.quality_hint = "No data yet: type :data and the name of a file.";
    struct scene s = {example_frame('1'), VIEW_OVERVIEW, &body};
    s.frame.now = s.frame.dense = (struct amount){0};
    return s;
}

/* Asked for, not known yet; known, but of an earlier state. */
static struct scene overview_unknown(void)
{
    static struct overview_scene body;
    static struct quality_row quality[5];
    static struct layer_row layers[3];
    body = example_overview();
    memcpy(quality, body.quality, sizeof quality);
    memcpy(layers, body.layers, sizeof layers);
    quality[0].pruned.trust = quality[0].delta.trust = TRUST_STALE;
    quality[1].pruned.v = quality[1].delta.v = NAN;
    quality[1].lo = quality[1].hi = (struct amount){0};
    quality[2].pruned.trust = TRUST_UNKNOWN;
    quality[3].pruned.trust = TRUST_PARTIAL;
    for (size_t i = 0; i < COUNT(layers); i++)
        layers[i].alone.trust = i == 0 ? TRUST_STALE : TRUST_UNKNOWN;
    body.quality = quality;
    body.layers = layers;
    body.routes.v = NAN;
    struct scene s = {example_frame('1'), VIEW_OVERVIEW, &body};
    s.frame.now.trust = TRUST_STALE;
    s.frame.status_middle = "* of an earlier state";
    return s;
}

static struct scene overview_many(void)
{
    enum { LAYERS = 10000 };
    static struct overview_scene body;
    static struct layer_row layers[LAYERS];
    static char names[LAYERS][32];
    body = example_overview();
    for (int i = 0; i < LAYERS; i++) {
        snprintf(names[i], sizeof names[i], "block%d.conv", i);
        layers[i] = body.layers[i % 3];
        layers[i].name = names[i];
    }
    body.layers = layers;
    body.layer_count = LAYERS;
    body.selected = 4321;
    return (struct scene){example_frame('1'), VIEW_OVERVIEW, &body};
}

static struct scene with_names(const char *const names[3], const char *model)
{
    static struct overview_scene body;
    static struct layer_row layers[3];
    body = example_overview();
    memcpy(layers, body.layers, sizeof layers);
    for (size_t i = 0; i < 3; i++)
        layers[i].name = names[i];
    body.layers = layers;
    struct scene s = {example_frame('1'), VIEW_OVERVIEW, &body};
    s.frame.model = model;
    return s;
}

static struct scene overview_long(void)
{
    static char name[301];
    memset(name, 'n', 300);
    const char *const names[3] = {name, "a/very/long/path/to/some/module/of/the/network/fc2/MatMul_37",
                                  "fc3"};
    return with_names(names,
                      "a-model-whose-name-is-longer-than-any-title-line-could-ever-hold-without-cutting");
}

static struct scene overview_foreign(void)
{
    static const char *const names[3] = {"日本語の層", "couche_e\xcc\x81t\xc3\xa9", "bad\033[31m\xff"};
    return with_names(names, "modèle-日本");
}

static struct scene overview_job(void)
{
    struct scene s = normal_overview();
    s.frame.mode = MODE_FROZEN;
    s.frame.job = (struct job_scene){"sweep magnitude", 22, 36, {61, TRUST_EXACT, MEASURE_SECONDS, 0}};
    s.frame.status_left = NULL;
    return s;
}

static struct scene overview_error(void)
{
    struct scene s = normal_overview();
    s.frame.notice = NOTICE_ERROR;
    s.frame.message =
        "val.csv line 812: 41 fields, expected 42. :data val.csv skip_bad=yes continues without it";
    return s;
}

static struct scene overview_prompt(void)
{
    static const struct choice_row choices[] = {
        {"prune AMOUNT|TARGET [criterion=...]", "remove connections or units", NULL},
        {"protect layer=NAME|input=NAME", "keep what is named, whatever its score", NULL},
        {"predict RECORD", "the answer of both models for one record", NULL},
    };
    struct scene s = normal_overview();
    s.frame.prompt = (struct prompt_scene){
        .open = true, .sign = ":", .text = "pr 0.8", .cursor = 2, .choices = choices, .choice_count = 3};
    return s;
}

/* The values of a key, one chosen, and what the key means. */
static struct scene overview_completion(void)
{
    static const struct choice_row choices[] = {{"global", NULL, NULL}, {"layer", NULL, NULL}};
    struct scene s = normal_overview();
    s.frame.prompt =
        (struct prompt_scene){.open = true,
                              .sign = ":",
                              .text = "prune 0.8 scope=",
                              .cursor = 16,
                              .choices = choices,
                              .choice_count = 2,
                              .selected = 1,
                              .usage = "scope=global|layer  one cut over all layers, or one in each"};
    return s;
}

/* A refused line stays, with the nearest word offered. */
static struct scene overview_refused(void)
{
    static const struct choice_row choices[] = {
        {"prune", "cut the lowest-scored portions: AMOUNT is the fraction that is gone afterwards", NULL}};
    struct scene s = normal_overview();
    s.frame.notice = NOTICE_ERROR;
    s.frame.message = "no command prnue. did you mean prune? 'help' lists all commands";
    s.frame.prompt = (struct prompt_scene){.open = true,
                                           .sign = ":",
                                           .text = "prnue 0.8",
                                           .cursor = 5,
                                           .choices = choices,
                                           .choice_count = 1,
                                           .selected = SIZE_MAX};
    return s;
}

static const struct choice_row palette_rows[] = {
    {"screen curve", "trade-off curve", "3"},
    {"curve", "trade-off of size and quality over many amounts; the head stays", NULL},
    {"restore", "put a connection, kernel or unit back by hand", NULL},
    {"look block.conv1", "layer 3x3 16>32, 4,608 weights", NULL},
    {"goto 2", "prune 0.5 criterion=magnitude structure=weight scope=global seed=1", NULL},
    {"redo", "go forward again", "C-r"},
};

static struct scene palette_of(const char *typed, size_t count, size_t selected)
{
    struct scene s = normal_overview();
    s.frame.prompt = (struct prompt_scene){.open = true,
                                           .sign = "> ",
                                           .text = typed,
                                           .cursor = strlen(typed),
                                           .choices = palette_rows,
                                           .choice_count = count,
                                           .selected = selected,
                                           .title = "Palette",
                                           .all = count ? 10007 : 0};
    return s;
}

static struct scene overview_palette(void)
{
    return palette_of("cur", COUNT(palette_rows), 1);
}

static struct scene overview_palette_none(void)
{
    return palette_of("^nothing like that", 0, 0);
}

static struct scene overview_which(void)
{
    static const struct key_hint keys[] = {
        {"y", "copy the row"}, {"t", "copy the table"}, {"c", "copy the command"}, {"p", "copy the picture"}};
    struct scene s = normal_overview();
    s.frame.which_title = "y...";
    s.frame.which = keys;
    s.frame.which_count = COUNT(keys);
    return s;
}

/* 64 of 10,000 images are in. */
static struct scene strategy_partial(void)
{
    static struct strategy_scene body;
    static struct fact facts[] = {
        {"accuracy", {0.922, TRUST_PARTIAL, MEASURE_PERCENT, 1}, NONE, NONE, "+-9.7", false},
        {"vs dense", {-0.01, TRUST_PARTIAL, MEASURE_POINTS, 0}, NONE, NONE, "+-13", false},
        {"changed", NONE, NONE, NONE, "too few", false},
        {"at a guess", {0.913, TRUST_GUESS, MEASURE_PERCENT, 1}, NONE, NONE, NULL, false},
        {"before", {0.915, TRUST_STALE, MEASURE_PERCENT, 1}, NONE, NONE, NULL, false},
        {"worst", {NAN, TRUST_UNKNOWN, MEASURE_POINTS, 1}, NONE, NONE, NULL, false},
    };
    body = example_strategy();
    body.facts = facts;
    body.fact_count = COUNT(facts);
    body.measured = 64;
    body.measured_of = 10000;
    body.measured_in = (struct amount){0};
    return (struct scene){example_frame('2'), VIEW_STRATEGY, &body};
}

static struct scene strategy_no_data(void)
{
    static struct strategy_scene body;
    body = example_strategy();
    body.measured = body.measured_of = 0;
    body.fact_count = 0;
    body.notice_count = 0;
    body.draft = NULL;
    body.measured_hint = "No data: sizes are exact, accuracy cannot be measured. Type :data and a file.";
    return (struct scene){example_frame('2'), VIEW_STRATEGY, &body};
}

static struct scene curve_empty(void)
{
    static struct curve_scene body;
    body = (struct curve_scene){.x = {"stored size", MEASURE_BYTES, 0, true, NAN, NAN},
                                .y = {"accuracy", MEASURE_PERCENT, 1, false, NAN, NAN},
                                .budget = NAN,
                                .dense = NAN,
                                .at_series = SIZE_MAX,
                                .hint = "No curve yet: r runs a sweep of 36 points."};
    return (struct scene){example_frame('3'), VIEW_CURVE, &body};
}

/* One point, a budget far away, a linear axis. */
static struct scene curve_one(void)
{
    static const struct curve_point point[] = {{13444, 0.84, NAN, NAN, true, false}};
    static const struct curve_series series[] = {{'m', "magnitude", point, 1, false}};
    struct scene s = curve_empty();
    static struct curve_scene body;
    body = *(const struct curve_scene *)s.body;
    body.series = series;
    body.series_count = 1;
    body.budget = 100000;
    body.x.log = false;
    body.at_series = body.at_point = 0;
    body.cursor_title = "m magnitude 80.0%";
    s.body = &body;
    return s;
}

static struct scene neuron_dead(void)
{
    static struct neuron_scene body;
    body = example_neuron();
    body.in.count = 0;
    body.in.kept = 0;
    body.in.footnote = NULL;
    body.out_active = true;
    body.state = "Dead: no way in. It is just its bias.";
    return (struct scene){example_frame('5'), VIEW_NEURON, &body};
}

/* No histogram yet, some blocks not counted; signs shown. */
static struct scene layer_unknown(void)
{
    static struct layer_scene body;
    static double share[16 * 42];
    static signed char sign[16 * 42];
    body = example_layer();
    for (int i = 0; i < 16 * 42; i++) {
        share[i] = i % 42 > 30 ? NAN : body.pattern.share[i];
        sign[i] = i % 3 == 0 ? -1 : 1;
    }
    body.pattern.share = share;
    body.pattern.sign = sign;
    body.histogram.bins = 0;
    body.histogram.threshold = NAN;
    return (struct scene){example_frame('4'), VIEW_LAYER, &body};
}

/* The threshold moves: rows most kept first, some cells other than in the step. */
static struct scene layer_draft(void)
{
    static struct layer_scene body;
    static bool changed[16 * 42];
    static const int64_t first[16] = {56, 80, 16, 96, 0, 8, 24, 32, 40, 48, 64, 88, 104, 112, 120, 72};
    static const struct fact facts[] = {
        {"threshold ->", {0.11, TRUST_EXACT, MEASURE_PLAIN, 4}, NONE, NONE, "m keeps, Esc drops", false},
        {"weights", {-272, TRUST_EXACT, MEASURE_SIGNED, 0}, NONE, NONE, "of 2,739 kept", false},
        {"vs dense",
         {-0.004, TRUST_PARTIAL, MEASURE_POINTS, 1},
         {-0.011, TRUST_PARTIAL, MEASURE_POINTS, 1},
         {0.003, TRUST_PARTIAL, MEASURE_POINTS, 1},
         NULL,
         false},
    };
    body = example_layer();
    for (int i = 0; i < 16 * 42; i++)
        changed[i] = i % 5 == 0;
    body.title = "DRAFT fc1 kept pattern, 128 neurons x 42 inputs";
    body.pattern.draft = true;
    body.pattern.sorted = "most kept first";
    body.pattern.changed = changed;
    body.pattern.row_first = first;
    body.facts = facts;
    body.fact_count = COUNT(facts);
    return (struct scene){example_frame('4'), VIEW_LAYER, &body};
}

/* A convolution: few inputs, kernels in place of values. */
static struct scene layer_kernels(void)
{
    static struct layer_scene body;
    body = example_layer();
    body.title = "conv2 kept pattern, 16 channels x 6 inputs";
    body.pattern.columns = 6;
    body.pattern.rows_per = 1;
    body.pattern.at_column = 2;
    body.cell = "channel 4 x channel 2: 9 of 25 kept, mean +0.210";
    body.kernels = example_kernels().picture;
    body.kernels.first = 2;
    return (struct scene){example_frame('4'), VIEW_LAYER, &body};
}

/* Only the model was loaded. */
static struct scene history_new(void)
{
    static struct history_scene body;
    body = example_history();
    body.count = 1;
    body.selected = 0;
    body.columns.tag = body.columns.note = false;
    body.diff_title = body.note_title = body.note = NULL;
    body.summary = "1 step";
    return (struct scene){example_frame('9'), VIEW_HISTORY, &body};
}

static struct scene jobs_none(void)
{
    static const struct jobs_scene body = {0};
    return (struct scene){example_frame(0), VIEW_JOBS, &body};
}

/* The failed one chosen, and said below every screen. */
static struct scene jobs_failed(void)
{
    static struct jobs_scene body;
    static const char *const details[] = {
        "labels.csv line 812: 41 fields, expected 42.",
        ":data labels.csv skip_bad=yes continues without it.",
    };
    body = example_jobs();
    body.selected = body.count - 1;
    body.detail_title = "Job 39: data labels.csv";
    body.details = details;
    body.detail_count = COUNT(details);
    struct scene s = {example_frame(0), VIEW_JOBS, &body};
    s.frame.notice = NOTICE_ERROR;
    s.frame.message = "job 39 failed: labels.csv line 812: 41 fields, expected 42";
    return s;
}

static struct scene help_search(void)
{
    static struct help_scene body;
    body = example_help();
    body.search = "dead";
    body.found = true;
    body.words_title = "Found";
    body.selected = 1;
    return (struct scene){example_frame(0), VIEW_HELP, &body};
}

static struct scene picker_none(void)
{
    static struct picker_scene body;
    body = (struct picker_scene){.hint = "Type :open and the name of an ONNX file; q leaves."};
    return (struct scene){{.mode = MODE_LIVE}, VIEW_PICKER, &body};
}

static struct scene message_page(void)
{
    static const struct message_scene body = {
        "broken.onnx cannot be opened", STYLE_ERROR,
        "node Conv_3: its weight has 4,294,967,296 elements, the file holds 1,204 bytes of it.",
        "Export the model again, or type :open and another name."};
    return (struct scene){{.mode = MODE_LIVE}, VIEW_MESSAGE, &body};
}

const struct example examples[] = {
    {"overview", normal_overview, false, false},
    {"overview-empty", overview_empty, false, false},
    {"overview-pending", no_body, false, false},
    {"overview-no-data", overview_no_data, false, false},
    {"overview-unknown", overview_unknown, false, false},
    {"overview-peek", normal_overview, true, false},
    {"overview-10000-layers", overview_many, false, false},
    {"overview-long-names", overview_long, false, false},
    {"overview-foreign-names", overview_foreign, false, true},
    {"overview-job", overview_job, false, false},
    {"overview-error", overview_error, false, false},
    {"overview-prompt", overview_prompt, false, false},
    {"overview-completion", overview_completion, false, false},
    {"overview-refused", overview_refused, false, false},
    {"overview-palette", overview_palette, false, false},
    {"overview-palette-none", overview_palette_none, false, false},
    {"overview-which", overview_which, false, false},
    {"strategy", normal_strategy, false, false},
    {"strategy-partial", strategy_partial, false, false},
    {"strategy-no-data", strategy_no_data, false, false},
    {"curve", normal_curve, false, false},
    {"curve-empty", curve_empty, false, false},
    {"curve-one-point", curve_one, false, false},
    {"neuron", normal_neuron, false, false},
    {"neuron-image", normal_pixels, false, false},
    {"neuron-kernels", normal_kernels, false, false},
    {"neuron-dead", neuron_dead, false, false},
    {"layer", normal_layer, false, false},
    {"layer-unknown", layer_unknown, false, false},
    {"layer-draft", layer_draft, false, false},
    {"layer-kernels", layer_kernels, false, false},
    {"history", normal_history, false, false},
    {"history-peek", normal_history, true, false},
    {"history-new", history_new, false, false},
    {"jobs", normal_jobs, false, false},
    {"jobs-failed", jobs_failed, false, false},
    {"jobs-none", jobs_none, false, false},
    {"help", normal_help, false, false},
    {"help-search", help_search, false, false},
    {"picker", normal_picker, false, false},
    {"picker-none", picker_none, false, false},
    {"message", message_page, false, false},
    {"overview-delta", board_overview_delta, false, false},
    {"overview-dense", board_overview_dense, false, false},
    {"overview-emptied", board_overview_emptied, false, false},
    {"overview-regression", board_overview_regression, false, false},
    {"strategy-notices", board_strategy_notices, false, false},
    {"strategy-bound", board_strategy_bound, false, false},
    {"strategy-few", board_strategy_few, false, false},
    {"strategy-stale", board_strategy_stale, false, false},
    {"strategy-guess", board_strategy_guess, false, false},
    {"strategy-waiting", board_strategy_waiting, false, false},
    {"strategy-frozen", board_strategy_frozen, false, false},
    {"strategy-without-data", board_strategy_no_data, false, false},
    {"strategy-over-budget", board_strategy_over, false, false},
    {"strategy-units-by-chance", board_strategy_units, false, false},
    {"curve-ties", board_curve_ties, false, false},
    {"curve-zoomed", board_curve_zoomed, false, false},
    {"curve-changed-answers", board_curve_changed, false, false},
    {"curve-only", board_curve_only, false, false},
    {"curve-none-fits", board_curve_none_fits, false, false},
    {"curve-without-data", board_curve_no_data, false, false},
    {"curve-regression", board_curve_regression, false, false},
};
const size_t example_count = COUNT(examples);
