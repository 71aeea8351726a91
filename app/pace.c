/* pace: see pace.h. */
#include "app/pace.h"

static const double fastest = 1.0 / 30, slowest = 1.0, patience = 0.05;

double pace_interval(const struct pace *p)
{
    return p->interval > fastest ? p->interval : fastest;
}

void pace_wrote(struct pace *p, double seconds)
{
    double now = pace_interval(p), next = seconds > patience ? 2 * now : now / 2;
    p->interval = next < slowest ? next : slowest;
}
