/* op_pool: the rows of this family. */
#include "engine/graph/op_rows.h"

const struct op op_pool_rows[1] = {{.name = ""}};
const int op_pool_count = 0;
