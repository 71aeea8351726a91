/* op_conv: the rows of this family. */
#include "engine/graph/op_rows.h"

const struct op op_conv_rows[1] = {{.name = ""}};
const int op_conv_count = 0;
