/* onnx: model files in and out. The original message is kept and edited on export, so that whatever poda does not understand
 * (metadata, names, docs, unknown fields) survives the round trip and folded constants never leak into the file. */
#ifndef PODA_IO_ONNX_H
#define PODA_IO_ONNX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/graph/source.h"

struct buf;
struct err;

struct model_file; /* opaque: the message, its source, its external data; files stay open */

/* Read and validate a file. Checked before protobuf-c sees it: nesting (it recurses without limit), size, field lengths.
 * External data are regular files in the model's folder or below. NaN and infinity stay here; layers.h refuses them in
 * prunable weights. Refusals come within seconds and under 1 GB, whatever sizes the file states. ERR_UNREADABLE with the file,
 * the place, the reason, the next step; ERR_UNSUPPORTED for opsets outside 7..25, functions, sparse initializers. */
struct model_file *model_file_read(const char *path, struct err *e);
struct model_file *model_file_parse(const void *bytes, size_t n, const char *path,
                                    struct err *e); /* path: for messages and external data */
void model_file_free(struct model_file *m);

const struct source *model_file_source(const struct model_file *m); /* borrowed */

/* Sizes that the file leaves free (source_shape): the source has them, what is written back leaves them free. */
bool model_file_shape(struct model_file *m, const char *input, const struct shape *shape, struct err *e);
void model_file_shape_like(struct model_file *m, const struct source *like);

/* SHA-256 of the file's bytes, as sha256sum prints it; where there are external data, of these bytes followed by name and
 * SHA-256 of each such file, in order of first use. */
const char *model_file_hash(const struct model_file *m);

/* The file's name without .onnx; its folder's if that is "model". */
const char *model_file_name(const struct model_file *m);
const char *model_file_path(const struct model_file *m);
/* The external data file number i, from 0; NULL behind the last. */
const char *model_file_external(const struct model_file *m, size_t i);

/* What an export takes: its constants may change, their number and types do not. Nothing is written to learn it. */
int64_t model_file_export_bytes(const struct model_file *m);

/* A changed copy of the message, for export; NULL where the file, or one beside it, was changed since it was opened. Edits name things as the file does. Element types stay as in the file: numbers are
 * rounded to them (to nearest, ties to even; integers saturate), and an element that reads as before keeps its very bytes, so
 * that a double or int64 loses nothing. raw_data stays raw_data, typed fields stay typed fields. */
struct model_edit;
struct model_edit *model_edit_new(const struct model_file *m,
                                  struct err *e); /* m may be freed before the edit */
void model_edit_free(struct model_edit *edit);

/* Replace data and shape of an initializer, or of the tensor that a Constant node puts out (name: its output). ERR_UNKNOWN if the
 * file has no such constant, ERR_UNSUPPORTED if it holds no numbers. */
bool model_edit_tensor(struct model_edit *edit, const char *name, const struct shape *shape,
                       const float *data, struct err *e);

/* As above for integer tensors (Reshape targets, Split sizes, Slice ends). */
bool model_edit_integers(struct model_edit *edit, const char *name, const struct shape *shape,
                         const int64_t *data, struct err *e);

/* Change an integer or integer-list attribute of node `source_node` (index in the source), e.g. Conv group, Split split. One that
 * the node lacks is added as a list. ERR_UNSUPPORTED if it is of another kind, or a single integer and n is not 1. */
bool model_edit_attr(struct model_edit *edit, int source_node, const char *attr, const int64_t *values, int n,
                     struct err *e);

/* Let node input `slot` read another, new initializer: for tensors shared by nodes that now differ, or an optional input that
 * was absent. It has the element type of the constant that the slot reads now; float (int64) where it reads none. new_name
 * must be new in the graph: ERR_UNSUPPORTED. */
bool model_edit_rewire(struct model_edit *edit, int source_node, int slot, const char *new_name,
                       const struct shape *shape, const float *data, struct err *e);
bool model_edit_rewire_integers(struct model_edit *edit, int source_node, int slot, const char *new_name,
                                const struct shape *shape, const int64_t *data, struct err *e);

/* Drop stored shapes of intermediate values (value_info), which no longer hold after shrinking. */
void model_edit_drop_value_info(struct model_edit *edit);

/* Append the bytes to out, weights embedded; ERR_UNSUPPORTED above 2 GiB. Names and shapes of inputs and outputs stay, so that the
 * result opens where the original did. Nodes and initializers that only rewiring left without readers leave the file, for their
 * shapes may no longer fit; what nobody read before stays. To be called last: numbers of nodes hold no more. */
bool model_edit_serialise(struct model_edit *edit, struct buf *out, struct err *e);

#endif
