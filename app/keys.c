/* keys: see keys.h. */
#include "app/keys.h"

#include <string.h>

#define ALL KEYS_EVERYWHERE

const struct key_row key_rows[] = {
    {VIEW_OVERVIEW, "j", "move 1", "layer", "next layer"},
    {VIEW_OVERVIEW, "k", "move -1", NULL, "previous layer"},
    {VIEW_OVERVIEW, "Enter", "enter", "open layer", "open the layer"},
    {VIEW_OVERVIEW, "2", "screen strategy", "prune", "choose a strategy and prune"},
    {VIEW_OVERVIEW, "d", "aspect", "delta", "show the dense model, the pruned one, or the change"},
    {VIEW_OVERVIEW, "s", "sort", "sort", "order the layers by the next column"},
    {VIEW_OVERVIEW, "S", "invert", NULL, "turn the order round"},
    {VIEW_OVERVIEW, ">", "sort 1", NULL, "order the layers by the next column"},
    {VIEW_OVERVIEW, "<", "sort -1", NULL, "order the layers by the column before"},
    {VIEW_OVERVIEW, "]", "move 1", NULL, "next layer"},
    {VIEW_OVERVIEW, "[", "move -1", NULL, "previous layer"},
    {VIEW_STRATEGY, "j", "move 1", NULL, "next control"},
    {VIEW_STRATEGY, "k", "move -1", NULL, "previous control"},
    {VIEW_STRATEGY, "h", "side -1", "-+1%", "lower, or the choice before"},
    {VIEW_STRATEGY, "l", "side 1", NULL, "higher, or the next choice"},
    {VIEW_STRATEGY, "H", "side -5", "-+5%", "five steps lower"},
    {VIEW_STRATEGY, "L", "side 5", NULL, "five steps higher"},
    {VIEW_STRATEGY, "=", "prompt amount", "type value", "type the amount"},
    {VIEW_STRATEGY, "Enter", "keep", "make it a step", "keep the draft as a step"},
    {VIEW_STRATEGY, "Tab", "move 1", "next", "next control"},
    {VIEW_STRATEGY, "S-Tab", "move -1", NULL, "previous control"},
    {VIEW_STRATEGY, "Space", "tick", NULL, "cut in this layer or leave it alone; protect it or release it"},
    {VIEW_STRATEGY, "F", "freeze", "freeze", "stop or resume live measuring"},
    {VIEW_STRATEGY, "r", "run-all", "full run", "measure all records once while frozen"},
    {VIEW_STRATEGY, "P", "protect-noticed", NULL,
     "protect the input that the first notice names; in the row 'protect', what is under the cursor"},
    {VIEW_STRATEGY, "B", "prompt budget", "budget", "compare with a budget in bytes"},
    {VIEW_CURVE, "l", "side 1", "cursor", "next point"},
    {VIEW_CURVE, "h", "side -1", NULL, "previous point"},
    {VIEW_CURVE, "j", "move 1", "curve", "next curve"},
    {VIEW_CURVE, "k", "move -1", NULL, "previous curve"},
    {VIEW_CURVE, "Enter", "enter", "adopt", "make the point under the cursor a step"},
    {VIEW_CURVE, "B", "prompt budget", "budget", "draw a budget line in bytes"},
    {VIEW_CURVE, "r", "sweep", "sweep", "sweep the strategy that screen 2 shows"},
    {VIEW_CURVE, "Y", "metric", "metric", "another measure of quality"},
    {VIEW_CURVE, "X", "axis", "axis", "another measure of cost"},
    {VIEW_CURVE, "+", "zoom 1", "zoom", "closer, around the cursor"},
    {VIEW_CURVE, "-", "zoom -1", NULL, "farther"},
    {VIEW_CURVE, "_", "zoom 0", NULL, "show all points"},
    {VIEW_CURVE, "o", "only", "only", "hide the other curves, or show them"},
    {VIEW_LAYER, "j", "move 1", "cell", "cells below"},
    {VIEW_LAYER, "k", "move -1", NULL, "cells above"},
    {VIEW_LAYER, "h", "side -1", NULL, "cells to the left"},
    {VIEW_LAYER, "l", "side 1", NULL, "cells to the right"},
    {VIEW_LAYER, "Enter", "enter", "neuron", "open the cell's first unit"},
    {VIEW_LAYER, "v", "cell-mode", "pattern/value/delta",
     "kept share, mean of kept weights, dense minus pruned, mean of dense weights"},
    {VIEW_LAYER, "d", "cell-aspect", NULL, "values of the pruned model, of what was cut, of the dense model"},
    {VIEW_LAYER, "<", "threshold -1", "threshold", "lower the threshold: a draft"},
    {VIEW_LAYER, ">", "threshold 1", NULL, "raise the threshold: a draft"},
    {VIEW_LAYER, "o", "cell-order", "order", "by index, most kept first, or what lost most first"},
    {VIEW_LAYER, "z k", "kernels", "kernels", "the kernels of a convolution's channel"},
    {VIEW_LAYER, "]", "next-layer 1", "layer", "next layer"},
    {VIEW_LAYER, "[", "next-layer -1", NULL, "previous layer"},
    {VIEW_NEURON, "j", "move 1", "link", "next link"},
    {VIEW_NEURON, "k", "move -1", NULL, "previous link; above the first one, the unit itself"},
    {VIEW_NEURON, "Enter", "enter", "follow", "go to the unit at the other end"},
    {VIEW_NEURON, "Backspace", "out", "back",
     "go back along the followed links; from the first, to the layer"},
    {VIEW_NEURON, "Tab", "pane", "in/out", "incoming or outgoing links"},
    {VIEW_NEURON, "S-Tab", "pane", NULL, "incoming or outgoing links"},
    {VIEW_NEURON, "]", "sibling 1", "neuron", "next neuron"},
    {VIEW_NEURON, "[", "sibling -1", NULL, "previous neuron"},
    {VIEW_NEURON, "}", "parent 1", "layer", "next layer"},
    {VIEW_NEURON, "{", "parent -1", NULL, "previous layer"},
    {VIEW_NEURON, "P", "restore-or-protect", "put back/protect",
     "put a cut link or unit back, protect a kept one, release a protected one"},
    {VIEW_NEURON, "x", "cut-link", "cut", "cut the link, or the whole unit where the cursor is on it"},
    {VIEW_NEURON, "c", "show-cut", "all links", "list the cut links as well"},
    {VIEW_NEURON, "d", "links-aspect", "delta", "show the pruned model, the change, or the dense model"},
    {VIEW_HISTORY, "j", "move 1", "step", "next step"},
    {VIEW_HISTORY, "k", "move -1", NULL, "previous step"},
    {VIEW_HISTORY, "Enter", "enter", "go there", "go to the step"},
    {VIEW_HISTORY, "d", "against", "compare",
     "compare with the step before, the dense model, the marked step"},
    {VIEW_HISTORY, "D", "mark-step", "mark", "mark this step to compare others with it"},
    {VIEW_HISTORY, "H", "hide-step", "hide", "leave the step out of this picture, or bring it back"},
    {VIEW_HISTORY, ".", "show-hidden", "hidden", "show hidden steps as well, dimmed"},
    {VIEW_HISTORY, "}", "chapter 1", "tagged", "next step that has a tag"},
    {VIEW_HISTORY, "{", "chapter -1", NULL, "previous step that has a tag"},
    {VIEW_JOBS, "j", "move 1", "job", "next job"},
    {VIEW_JOBS, "k", "move -1", NULL, "previous job"},
    {VIEW_JOBS, "x", "job-cancel", "cancel", "stop the job, or take it out of the queue"},
    {VIEW_JOBS, "X", "job-cancel-all", "cancel all", "stop everything that runs or waits"},
    {VIEW_JOBS, "c", "job-clear", "forget ended", "forget the jobs that have ended"},
    {VIEW_PICKER, "j", "move 1", "choose", "next"},
    {VIEW_PICKER, "k", "move -1", NULL, "previous"},
    {VIEW_PICKER, "Enter", "enter", "open", "open it"},
    {VIEW_HELP, "Enter", "enter", "open", "open what the cursor is on"},
    {VIEW_HELP, "Down", "move 1", "next", "next row"},
    {VIEW_HELP, "Tab", "help-pane", "keys/words", "the keys, the words, the text"},
    {VIEW_HELP, "Backspace", "help-back", "back", "take a letter back; without one, go back"},
    {VIEW_HELP, "Esc", "help-back all", "close", "drop the search; without one, leave the help"},
    {ALL, "1", "screen overview", NULL, "overview"},
    {ALL, "2", "screen strategy", NULL, "strategy"},
    {ALL, "3", "screen curve", NULL, "trade-off curve"},
    {ALL, "4", "screen layer", NULL, "layer"},
    {ALL, "5", "screen neuron", NULL, "neuron"},
    {ALL, "6", "screen record", NULL, "record"},
    {ALL, "7", "screen groups", NULL, "who pays"},
    {ALL, "8", "screen inputs", NULL, "features"},
    {ALL, "9", "screen history", NULL, "history"},
    {ALL, "0", "screen report", NULL, "report"},
    {ALL, "J", "screen jobs", NULL, "jobs"},
    {ALL, "u", "undo", "undo", "go back one step; nothing is lost"},
    {ALL, "C-r", "redo", NULL, "go forward again"},
    {ALL, "U", "redo", NULL, "go forward again"},
    {ALL, "m", "keep", NULL, "keep the draft as a step, or tag this step"},
    {ALL, "a", "prompt note", NULL, "write a note on this step"},
    {ALL, "t", "prompt tag", NULL, "give this step a tag"},
    {ALL, "'", "find tag", NULL, "go to a step by its tag"},
    {ALL, "/", "find search", NULL, "search the list"},
    {ALL, "n", "find-next 1", NULL, "next row that was searched for"},
    {ALL, "N", "find-next -1", NULL, "previous row that was searched for"},
    {ALL, "&", "find filter", NULL, "show only rows that hold a word"},
    {ALL, "\\", "find filter", NULL, "show only rows that hold a word"},
    {ALL, "F", "freeze", NULL, "stop or resume live measuring"},
    {ALL, "p", "peek", NULL, "on small screens: the other pane"},
    {ALL, ":", "prompt command", ": command", "type a command"},
    {ALL, "C-p", "palette", NULL, "search commands, layers, steps"},
    {ALL, "(", "visit -1", NULL, "back to the view before"},
    {ALL, ")", "visit 1", NULL, "forward again through visited views"},
    {ALL, "?", "help", "? help", "explain this screen"},
    {ALL, "F1", "help", NULL, "explain this screen"},
    {ALL, "q", "back", "q back", "back; on the first screen: leave"},
    {ALL, "Backspace", "out", NULL, "one level out: to the layer, to the overview"},
    {ALL, "Q", "quit", NULL, "leave; everything is saved"},
    {ALL, "C-c", "interrupt", NULL, "stop the job; twice: leave"},
    {ALL, "C-z", "suspend", NULL, "suspend"},
    {ALL, "C-l", "redraw", NULL, "draw anew"},
    {ALL, "Down", "move 1", NULL, "next"},
    {ALL, "Up", "move -1", NULL, "previous"},
    {ALL, "Left", "side -1", NULL, "left"},
    {ALL, "Right", "side 1", NULL, "right"},
    {ALL, "PgDn", "move 10", NULL, "ten on"},
    {ALL, "PgUp", "move -10", NULL, "ten back"},
    {ALL, "C-f", "move 10", NULL, "ten on"},
    {ALL, "C-b", "move -10", NULL, "ten back"},
    {ALL, "C-d", "move 10", NULL, "ten on"},
    {ALL, "C-u", "move -10", NULL, "ten back"},
    {ALL, "g", "move -1000000", NULL, "first"},
    {ALL, "Home", "move -1000000", NULL, "first"},
    {ALL, "G", "move 1000000", NULL, "last"},
    {ALL, "End", "move 1000000", NULL, "last"},
    {ALL, "y y", "copy row", NULL, "copy the row under the cursor"},
    {ALL, "y t", "copy table", NULL, "copy the table as CSV, numbers in full"},
    {ALL, "y c", "copy command", NULL, "copy the command that tells what is shown"},
    {ALL, "y p", "copy picture", NULL, "copy the screen as plain text"},
    {ALL, "E", "prompt export", NULL, "export this view to a file"},
    {ALL, "z p", "print-view", NULL, "print the screen into the scrollback"},
    {ALL, "z m", "mouse", NULL, "mouse off or on"},
    {ALL, "z g", "glyphs", NULL, "other glyphs: ascii, blocks, braille"},
    {ALL, "z t", "theme", NULL, "another theme of colours"},
};
const size_t key_row_count = sizeof key_rows / sizeof *key_rows;

const struct key_row *key_find(int context, const char *key)
{
    const struct key_row *everywhere = NULL;
    for (size_t i = 0; i < key_row_count; i++) {
        if (strcmp(key_rows[i].key, key) != 0)
            continue;
        if (key_rows[i].context == context)
            return &key_rows[i];
        if (key_rows[i].context == ALL)
            everywhere = &key_rows[i];
    }
    return everywhere;
}

static const char *second_key(const struct key_row *row, const char *prefix)
{
    size_t n = strlen(prefix);
    return strncmp(row->key, prefix, n) == 0 && row->key[n] == ' ' && row->key[n + 1] ? row->key + n + 1
                                                                                      : NULL;
}

const struct key_row *key_after(int context, const char *prefix, size_t i, const char **second)
{
    for (size_t k = 0; k < key_row_count; k++) {
        const struct key_row *row = &key_rows[k];
        *second = row->context == context || row->context == ALL ? second_key(row, prefix) : NULL;
        if (*second && i-- == 0)
            return row;
    }
    return NULL;
}

bool key_is_prefix(int context, const char *key)
{
    const char *second;
    return key_after(context, key, 0, &second) != NULL;
}

const char *key_prefix_title(const char *key)
{
    static const struct {
        const char *key, *title;
    } titles[] = {{"y", "y: copy"}, {"z", "z: how it is shown"}};
    for (size_t i = 0; i < sizeof titles / sizeof *titles; i++)
        if (strcmp(titles[i].key, key) == 0)
            return titles[i].title;
    return key;
}
