/* cmd_shrink: from a masked model to a physically smaller one. */
#include "app/cmd/cmd_rows.h"

#include <math.h>

#include "app/session/shrunk.h"
#include "engine/base/err.h"
#include "engine/base/json.h"
#include "engine/base/num.h"

static int64_t units_removed(const struct json *result)
{
    int64_t units = 0;
    for (const struct json *l = json_first(json_get(result, "removed_units")); l; l = json_next(l))
        units += (int64_t)json_count(l);
    return units;
}

/* Shrinking what was shrunk already must take something away: a step with the same graph would say nothing. */
static bool is_smaller(const struct state *at, const struct json *result, struct err *e)
{
    if (at->current == at->opened || units_removed(result) > 0)
        return true;
    err_set(e, ERR_UNREACHABLE,
            "nothing to remove: the model is shrunk already, and no unit that may leave is cut or dead");
    return err_hint(e, "remove units first: prune 0.3 structure=unit, or cut LAYER/UNIT");
}

static bool run_shrink(struct session *s, const struct words *w, struct answer *out, struct err *e)
{
    (void)w;
    double started = s->seconds();
    struct buf onnx = {0};
    if (!session_need_model(s, e))
        return false;
    struct state *next = shrunk_state(s, s->state, NULL, &out->result, &onnx, e);
    if (!next)
        return false;
    if (!is_smaller(s->state, out->result, e)) {
        state_unref(next);
        buf_release(&onnx);
        return false;
    }
    json_put_num(out->result, "seconds", s->seconds() - started);
    buf_puts(&out->canonical, "shrink");
    bool ok = session_commit(s, "shrink", out->result, next, &onnx, e);
    buf_release(&onnx);
    return ok;
}

static void say_shrink(const struct json *r, struct buf *out)
{
    int64_t units = units_removed(r);
    if (units == 0)
        buf_puts(
            out,
            "nothing to remove: no unit that may leave is cut or dead (prune structure=unit cuts units)");
    else
        num_count(out, units);
    buf_puts(out, units == 0 ? "; " : units == 1 ? " unit removed for good; " : " units removed for good; ");
    num_count(out, (int64_t)json_num(json_get(r, "parameters"), 0));
    buf_puts(out, " parameters, ");
    num_count(out, (int64_t)json_num(json_get(r, "macs"), 0));
    buf_printf(out, " multiply-adds; largest difference to the masked model %.3g\n",
               json_num(json_get(r, "max_difference"), NAN));
}

const struct command command_shrink = {.name = "shrink",
                                       .kind = COMMAND_STEP,
                                       .usage = "shrink",
                                       .about = "make a physically smaller graph that computes the same",
                                       .run = run_shrink,
                                       .say = say_shrink};
