/* case: one conformance case is a folder with model.onnx and test data (input_N.pb, output_N.pb, each a TensorProto), as in the
 * ONNX standard. Reads it, runs it through the engine in one lane, compares. conformance.c chooses and counts cases. */
#ifndef PODA_TESTS_CONFORMANCE_CASE_H
#define PODA_TESTS_CONFORMANCE_CASE_H

#include <stdbool.h>

#include "engine/base/err.h"
#include "engine/graph/source.h"
#include "engine/io/onnx.h"

enum { CASE_PORTS = 16 };

struct test_case {
    struct model_file *model;
    const struct source *source;
    int n_inputs, n_outputs;
    struct source_tensor inputs[CASE_PORTS], outputs[CASE_PORTS]; /* named as in the model */
    int bound; /* inputs that had to be bound as constants for the last run */
};

/* model: path of the model; data: folder of the tensors. */
bool case_read(struct test_case *c, const char *model, const char *data, struct err *e);
void case_release(struct test_case *c);

struct tolerance {
    double relative, absolute; /* a difference of absolute + relative * |expected| passes */
};

/* Bind, run, compare; then the same in 16 and 64 lanes (lanes.h). Shapes and indices that arrive as inputs are bound as constants: first no input is, then the integer ones
 * behind the first, then all behind the first, then all. The error is that of the first way. */
bool case_run(struct test_case *c, const struct tolerance *by, struct err *e);

#endif
