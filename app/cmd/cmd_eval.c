/* cmd_eval: the commands that run the model over data: eval (dense and pruned on a split), predict (a file of inputs). */
#include "app/cmd/cmd_rows.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "app/cmd/eval_json.h"
#include "app/session/measure.h"
#include "app/session/predict.h"
#include "engine/base/err.h"
#include "engine/base/file.h"
#include "engine/base/json.h"
#include "engine/base/num.h"
#include "engine/stats/paired.h"

/* The split that split= names, or the default. -1 on error. */
int read_split(const struct session *s, const struct words *w, struct err *e)
{
    const struct dataset *d = session_now(s)->data->set;
    const char *word = words_key(w, "split");
    return word ? dataset_split(d, word, e) : (int)dataset_default_split(d);
}

static double when_labelled(const struct outcome *o, double v)
{
    return o->right ? v : NAN;
}

static void put_classification(struct json *r, const struct outcome *dense, const struct outcome *pruned,
                               const struct comparison *c)
{
    json_put_num(r, "accuracy", pruned->accuracy);
    json_put_num(r, "loss", pruned->loss);
    json_put_num(r, "dense_accuracy", dense->accuracy);
    json_put_num(r, "dense_loss", dense->loss);
    json_put_num(r, "delta", c->delta);
    json_put_num(r, "delta_low", c->low);
    json_put_num(r, "delta_high", c->high);
    json_put_num(r, "newly_wrong", when_labelled(pruned, (double)c->newly_wrong));
    json_put_num(r, "newly_right", when_labelled(pruned, (double)c->newly_right));
}

static void put_regression(struct json *r, const struct outcome *dense, const struct outcome *pruned,
                           const struct comparison *c)
{
    json_put_num(r, "mse", pruned->mse);
    json_put_num(r, "r2", pruned->r2);
    json_put_num(r, "dense_mse", dense->mse);
    json_put_num(r, "dense_r2", dense->r2);
    json_put_num(r, "loss", pruned->mse);
    json_put_num(r, "dense_loss", dense->mse);
    json_put_num(r, "delta_mse", c->mse);
    json_put_num(r, "delta_mse_low", c->mse_low);
    json_put_num(r, "delta_mse_high", c->mse_high);
}

struct json *eval_json(const struct state *at, enum split split, const struct outcome *dense,
                       const struct outcome *pruned, const struct comparison *c)
{
    struct json *r = json_object();
    double low, high;
    json_put_text(r, "split", split_names[split]);
    json_put_int(r, "n", c->n);
    if (at->data->reading.task == TASK_CLASSIFICATION)
        put_classification(r, dense, pruned, c);
    else if (at->data->reading.task == TASK_REGRESSION)
        put_regression(r, dense, pruned, c);
    json_put_int(r, "changed", c->changed);
    share_interval(c->changed, c->n, &low, &high);
    json_put_num(r, "changed_low", low);
    json_put_num(r, "changed_high", high);
    json_put_bool(r, "exact", c->exact);
    return r;
}

/* What was seen is a fact of the step: stored with where it was measured. */
void eval_keep(struct session *s, const struct json *r)
{
    static const char *const metrics[] = {"accuracy",  "loss",        "dense_accuracy", "dense_loss", "delta",
                                          "changed",   "newly_wrong", "newly_right",    "mse",        "r2",
                                          "dense_mse", "dense_r2",    "delta_mse"};
    for (size_t i = 0; i < sizeof metrics / sizeof *metrics; i++) {
        const struct json *v = json_get(r, metrics[i]);
        if (!json_is_number(v))
            continue;
        bool delta = strcmp(metrics[i], "delta") == 0, errors = strcmp(metrics[i], "delta_mse") == 0;
        const char *low = errors ? "delta_mse_low" : "delta_low",
                   *high = errors ? "delta_mse_high" : "delta_high";
        session_measure(s, metrics[i], json_str(json_get(r, "split")), (int64_t)json_num(json_get(r, "n"), 0),
                        json_num(v, NAN), delta || errors ? json_num(json_get(r, low), NAN) : NAN,
                        delta || errors ? json_num(json_get(r, high), NAN) : NAN,
                        json_true(json_get(r, "exact")));
    }
}

static bool run_eval(struct session *s, const struct words *w, struct answer *out, struct err *e)
{
    double started = s->seconds();
    const struct outcome *dense, *pruned;
    struct comparison c;
    if (!session_need_model(s, e) || !session_need_data(s, e))
        return false;
    const struct state *at = session_now(s);
    int split = read_split(s, w, e);
    if (split < 0 || !measure_pair(s, at, (enum split)split, 0, &c, &dense, &pruned, e))
        return false;
    out->result = eval_json(at, (enum split)split, dense, pruned, &c);
    json_put_num(out->result, "seconds", s->seconds() - started);
    buf_printf(&out->canonical, "eval split=%s", split_names[split]);
    if (!s->preview)
        eval_keep(s, out->result);
    outcomes_trim(s->outcomes);
    return true;
}

static void say_accuracy(const struct json *r, struct buf *out)
{
    buf_printf(out, "on %s: accuracy ", json_str(json_get(r, "split")));
    num_percent(out, json_num(json_get(r, "accuracy"), NAN), 2);
    buf_puts(out, ", dense ");
    num_percent(out, json_num(json_get(r, "dense_accuracy"), NAN), 2);
    buf_puts(out, "; change ");
    num_points(out, json_num(json_get(r, "delta"), NAN), 2);
    buf_puts(out, " (95% ");
    num_points(out, json_num(json_get(r, "delta_low"), NAN), 2);
    buf_puts(out, " .. ");
    num_points(out, json_num(json_get(r, "delta_high"), NAN), 2);
    buf_puts(out, ")\n");
}

static void say_eval(const struct json *r, struct buf *out)
{
    double n = json_num(json_get(r, "n"), 0), changed = json_num(json_get(r, "changed"), 0);
    if (json_is_number(json_get(r, "accuracy")))
        say_accuracy(r, out);
    if (json_get(r, "mse")) {
        buf_printf(out, "on %s: mean squared error %.6g, dense %.6g", json_str(json_get(r, "split")),
                   json_num(json_get(r, "mse"), NAN), json_num(json_get(r, "dense_mse"), NAN));
        if (json_is_number(json_get(r, "delta_mse_low")))
            buf_printf(out, "; change %+.6g (95%% %+.6g .. %+.6g)", json_num(json_get(r, "delta_mse"), NAN),
                       json_num(json_get(r, "delta_mse_low"), NAN),
                       json_num(json_get(r, "delta_mse_high"), NAN));
        buf_puts(out, "; r2 ");
        num_plain(out, json_num(json_get(r, "r2"), NAN), 4);
        buf_puts(out, ", dense ");
        num_plain(out, json_num(json_get(r, "dense_r2"), NAN), 4);
        buf_putc(out, '\n');
    }
    num_count(out, (int64_t)changed);
    buf_puts(out, " of ");
    num_count(out, (int64_t)n);
    buf_puts(out, " records (");
    num_percent(out, n > 0 ? changed / n : NAN, 1);
    buf_printf(out, ") of split %s get a different answer", json_str(json_get(r, "split")));
    if (json_is_number(json_get(r, "newly_wrong")))
        buf_printf(out, ": %.0f newly wrong, %.0f newly right", json_num(json_get(r, "newly_wrong"), 0),
                   json_num(json_get(r, "newly_right"), 0));
    buf_puts(out, json_true(json_get(r, "exact")) ? "\n" : " (not all records measured)\n");
}

static bool run_predict(struct session *s, const struct words *w, struct answer *out, struct err *e)
{
    struct prediction p;
    bool force, skip_bad;
    if (!session_need_model(s, e) || !read_yes(w, "force", &force, e) ||
        !read_yes(w, "skip_bad", &skip_bad, e) || !outfile_may(s, w->args[1], force, e) ||
        !predict_file(s, session_now(s), w->args[0], w->args[1], skip_bad, &p, e))
        return false;
    out->result = json_object();
    json_put_int(out->result, "n", p.n);
    struct json *shape = json_put_array(out->result, "output_shape");
    for (int i = 0; i < p.rank; i++)
        json_push_int(shape, p.dim[i]);
    json_put_text(out->result, "path", w->args[1]);
    json_put_int(out->result, "skipped", (int64_t)json_count(p.skipped));
    json_put(out->result, "skipped_rows", p.skipped ? p.skipped : json_array());
    return session_event_file(s, "predict", w->args[1], e);
}

static void say_predict(const struct json *r, struct buf *out)
{
    double skipped = json_num(json_get(r, "skipped"), 0);
    buf_printf(out, "%.0f outputs written to %s", json_num(json_get(r, "n"), 0),
               json_str(json_get(r, "path")));
    if (skipped > 0)
        buf_printf(out, "; %.0f rows skipped, the first is row %.0f", skipped,
                   json_num(json_first(json_get(r, "skipped_rows")), NAN));
    buf_putc(out, '\n');
}

static const struct command_key eval_keys[] = {SPLIT_KEY, {NULL, NULL, NULL}};

static const struct command_key predict_keys[] = {
    {"force", "yes|no", "overwrite a file"},
    {"skip_bad", "yes|no", "leave out rows with values that are not finite"},
    {NULL, NULL, NULL}};

const struct command command_eval = {.name = "eval",
                                     .kind = COMMAND_QUERY,
                                     .usage = "eval split=test",
                                     .about = "measure dense and pruned on the same records",
                                     .keys = eval_keys,
                                     .run = run_eval,
                                     .say = say_eval};
const struct command command_predict = {.name = "predict",
                                        .kind = COMMAND_EVENT,
                                        .min_args = 2,
                                        .max_args = 2,
                                        .args = "FILE FILE",
                                        .usage = "predict in.npy out.npy",
                                        .about = "raw outputs of the pruned model, float32",
                                        .keys = predict_keys,
                                        .run = run_predict,
                                        .say = say_predict};
