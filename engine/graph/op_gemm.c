/* op_gemm: the rows of this family. */
#include "engine/graph/op_rows.h"

const struct op op_gemm_rows[1] = {{.name = ""}};
const int op_gemm_count = 0;
