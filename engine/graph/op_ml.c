/* op_ml: the rows of this family. */
#include "engine/graph/op_rows.h"

const struct op op_ml_rows[1] = {{.name = ""}};
const int op_ml_count = 0;
