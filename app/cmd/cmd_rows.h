/* cmd_rows: the rows of the command table, each defined in the file of its family. */
#ifndef PODA_CMD_CMD_ROWS_H
#define PODA_CMD_CMD_ROWS_H

#include "app/cmd/cmd.h"
#include "app/session/session.h"

extern const struct command command_open, command_data; /* cmd_open.c */
extern const struct command command_prune, command_restore, command_cut, command_protect,
    command_release;                                                       /* cmd_prune.c */
extern const struct command command_eval, command_predict;                 /* cmd_eval.c */
extern const struct command command_curve;                                 /* cmd_curve.c */
extern const struct command command_layers, command_sizes, command_neuron; /* cmd_look.c */
extern const struct command command_layer;                                 /* cmd_layer.c */
extern const struct command command_shrink, command_export;                /* cmd_export.c */
extern const struct command command_undo, command_redo, command_goto, command_note, command_tag, command_hide,
    command_unhide;                                                     /* cmd_tree.c */
extern const struct command command_history, command_diff, command_sql; /* cmd_history.c */

#endif
