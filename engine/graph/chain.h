/* chain: nodes one after the other that go element by element, computed strip by strip, so that what one writes the next still
 * finds in the first cache. Every element is computed as it would be alone. */
#ifndef PODA_GRAPH_CHAIN_H
#define PODA_GRAPH_CHAIN_H

#include "engine/graph/op.h"

/* How many of n calls, from the first, can go together; 1 where none can. Calls that only rename memory count. */
int chain_length(const struct op_call *calls, int n);

/* Input and result are the same memory, and nobody reads another result (Dropout's mask): nothing to do. */
bool chain_is_view(const struct op_call *c);

/* Compute so many calls: what chain_length gave. */
void chain_run(const struct op_call *calls, int n);

#endif
