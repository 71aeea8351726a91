/* op_rows: the families of operators. Each family's file defines its rows and their number; op_table.c looks through them all.
 * What a row holds is in op.h. */
#ifndef PODA_GRAPH_OP_ROWS_H
#define PODA_GRAPH_OP_ROWS_H

#include "engine/graph/op.h"

#define OP_FAMILY(family)                                                                                    \
    extern const struct op op_##family##_rows[];                                                             \
    extern const int op_##family##_count

OP_FAMILY(view);   /* elements stay where they are: Reshape, Flatten, Identity, Cast ... */
OP_FAMILY(move);   /* elements change place: Transpose, Gather, Concat ... */
OP_FAMILY(slice);  /* parts and margins: Slice, Split, Pad */
OP_FAMILY(make);   /* known while binding: Constant, Shape, Range ... */
OP_FAMILY(math);   /* element by element: Relu, Clip, Exp ... */
OP_FAMILY(pair);   /* the same of several operands: Add, Where, Greater ... */
OP_FAMILY(reduce); /* along axes: ReduceMean, ArgMax, Softmax ... */
OP_FAMILY(norm);   /* BatchNormalization, LayerNormalization ... */
OP_FAMILY(pool);   /* MaxPool, AveragePool, GlobalAveragePool ... */
OP_FAMILY(resize); /* Resize */
OP_FAMILY(einsum); /* Einsum */
OP_FAMILY(ml);     /* ai.onnx.ml */
OP_FAMILY(gemm);   /* Gemm, MatMul */
OP_FAMILY(conv);   /* Conv, ConvTranspose */

#endif
