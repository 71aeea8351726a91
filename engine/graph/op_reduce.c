/* op_reduce: the rows of this family. */
#include "engine/graph/op_rows.h"

const struct op op_reduce_rows[1] = {{.name = ""}};
const int op_reduce_count = 0;
