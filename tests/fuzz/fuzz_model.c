/* fuzz_model: any bytes as a model file. They must be refused, or read, bound and written again, without a crash, a leak or a
 * step out of bounds. Seeds: tests/data/onnx. */
#include <stddef.h>
#include <stdint.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/graph/graph.h"
#include "engine/io/onnx.h"

/* Bytes of folded constants: a fuzzer's machine has little memory. */
enum { CONSTANTS_MAX = 16 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct err e = {0};
    struct buf out = {0};
    struct model_file *m = model_file_parse(bytes, n, "tests/data/onnx/external/model.onnx", &e);
    if (m) {
        graph_free(graph_bind(model_file_source(m), CONSTANTS_MAX, &e));
        struct model_edit *edit = model_edit_new(m, NULL);
        if (edit)
            model_edit_serialise(edit, &out, &e);
        model_edit_free(edit);
        model_file_free(m);
    }
    buf_release(&out);
    err_release(&e);
    return 0;
}
