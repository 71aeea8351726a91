/* db_value: values of rows by what they are. See db.h. */
#include <math.h>
#include <string.h>

#include "store/db.h"

struct value value_int(int64_t i)
{
    return (struct value){.kind = VALUE_INT, .i = i};
}

struct value value_real(double v)
{
    return (struct value){.kind = isnan(v) ? VALUE_NULL : VALUE_REAL, .d = v};
}

struct value value_text(const char *text)
{
    return (struct value){
        .kind = text ? VALUE_TEXT : VALUE_NULL, .bytes = text, .n = text ? strlen(text) : 0};
}
