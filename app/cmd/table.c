/* table: the commands in the order in which people meet them. A new command is a row in its family's file and a line here. */
#include "app/cmd/cmd_rows.h"

#include <stddef.h>

const struct command *const commands[] = {
    &command_open,    &command_data,    &command_eval,
    &command_prune,   &command_protect, &command_release,
    &command_restore, &command_cut,     &command_shrink,
    &command_curve,   &command_layers,  &command_layer,
    &command_neuron,  &command_sizes,   &command_predict,
    &command_export,  &command_undo,    &command_redo,
    &command_goto,    &command_note,    &command_tag,
    &command_hide,    &command_unhide,  &command_history,
    &command_diff,    &command_sql,     NULL,
};
