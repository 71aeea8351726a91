/* plan: the serial runner. See plan.h. */
#include "engine/base/plan.h"

#include <stddef.h>

static const atomic_bool never = false;

static bool serial_run(struct runner *self, const struct plan *p)
{
    void *scratch = p->scratch_new ? p->scratch_new(p->work) : NULL;
    bool whole = true;
    for (int64_t i = 0; whole && i < p->slices; i++) {
        whole = !atomic_load(self->stop) && p->slice(p->work, i, scratch, self->stop);
        if (!whole)
            break;
        if (p->fold)
            p->fold(p->work, i);
        if (self->progress)
            self->progress(self->progress_data, i + 1, p->slices);
    }
    if (p->scratch_free)
        p->scratch_free(scratch);
    return whole;
}

void runner_serial(struct runner *r, const atomic_bool *stop)
{
    *r = (struct runner){.run = serial_run, .stop = stop ? stop : &never, .threads = 1};
}

bool plan_run(struct runner *r, const struct plan *p)
{
    return r->run(r, p);
}
