/* util_scenes_help: help and picker for the screens; see util_scenes.h. */
#include "tests/unit/util_scenes.h"

#include <stdint.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

struct help_scene example_help(void)
{
    static const struct key_hint keys[] = {
        {"j k", "move"},   {"h l", "smaller, larger step"}, {"H L", "big steps"}, {"=", "type a value"},
        {"Space", "tick"}, {"F", "freeze live work"},       {"r", "full run"},    {"m", "keep as a step"},
        {"P", "protect"},  {"B", "set the budget"}};
    static const struct key_hint everywhere[] = {
        {"1..9 0", "screens"}, {"q", "back"},     {"Esc", "close"},   {"u ^R", "undo, redo"},
        {"a", "note"},         {":", "commands"}, {"J", "jobs"},      {"^L", "redraw"},
        {"/ n N", "search"},   {"y", "copy"},     {"^C", "stop job"}, {"?", "help"},
    };
    static const struct help_word words[] = {
        {"kept", "A connection that is still there: its mask is 1."},
        {"dead unit", "A unit with no route from an input or none to an output; it is just its bias."},
        {"changed record", "A record whose answer differs between the dense and the pruned model."},
    };
    return (struct help_scene){
        .screen = "2 Strategy",
        .see =
            "Left what may be chosen: what is scored, in what portions it goes, where the cut falls and how "
            "much. Right the price: sizes at once, accuracy as soon as it is measured.",
        .how =
            "k = round-half-even(sparsity * n) portions leave, by rank of their score, ties in index order. "
            "The threshold is shown only.",
        .careful = "'~' is an estimate from part of the records; '*' belongs to an earlier setting.",
        .keys = keys,
        .key_count = COUNT(keys),
        .everywhere = everywhere,
        .everywhere_count = COUNT(everywhere),
        .words_title = "Words used on this screen",
        .words = words,
        .word_count = COUNT(words),
        .selected = SIZE_MAX};
}

struct picker_scene example_picker(void)
{
    static const struct picker_row samples[] = {
        {"breast-cancer", "30 inputs, small MLP: benign or malignant", "2,112 weights", false},
        {"credit", "59 inputs, MLP, group age: who pays back", "5,952 weights", false},
        {"readmit", "synthetic: 42 inputs, age 80+ hangs on one weak input", "13,696 weights", false},
        {"digits-mlp", "MNIST, 784-300-100-10", "266,200 weights", false},
        {"digits-cnn", "MNIST, residual, depthwise, concat", "98,000 weights", false},
    };
    static const struct picker_row sessions[] = {
        {"readmit-2024-05", "13 steps, at #12 mag80", "yesterday 12:04", false},
        {"digits", "4 steps, at #4", "3 days ago", false},
        {"cut.db", "cut.db: the file is cut short", "last year", true},
    };
    return (struct picker_scene){.samples = samples,
                                 .sample_count = COUNT(samples),
                                 .sessions = sessions,
                                 .session_count = COUNT(sessions),
                                 .selected = 2,
                                 .hint = "Type :open and the name of an ONNX file; q leaves."};
}
