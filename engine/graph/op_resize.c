/* op_resize: the rows of this family. */
#include "engine/graph/op_rows.h"

const struct op op_resize_rows[1] = {{.name = ""}};
const int op_resize_count = 0;
