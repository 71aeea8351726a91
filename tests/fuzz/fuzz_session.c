/* Any bytes as commands of one session with several roots: what one left must not reach into what another freed. */
#include <stdint.h>
#include <stdlib.h>

#include "tests/unit/util_any_session.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum { COMMANDS_MOST = 200 };
    struct any_session seen = {0};
    any_session(data, size < COMMANDS_MOST ? size : COMMANDS_MOST, &seen);
    return 0;
}
