/* predict: see predict.h. */
#include "app/session/predict.h"

#include <float.h>
#include <stdlib.h>
#include <string.h>

#include "app/session/measure.h"
#include "engine/base/err.h"
#include "engine/base/file.h"
#include "engine/base/json.h"
#include "engine/base/mem.h"
#include "engine/io/finite.h"
#include "engine/io/npy.h"
#include "engine/io/npz.h"

enum { INPUTS_MAX = 64 };

struct work {
    const struct program *program;
    const struct array *x; /* by input */
    int n_inputs, lanes;
    int64_t n, outputs;
    float *y; /* [n][outputs] */
};

static void *new_run(const void *work)
{
    return run_new(((const struct work *)work)->program);
}

static void free_run(void *run)
{
    run_free(run);
}

/* Records [first, first + lanes) of one input; those beyond the end repeat the last. */
static void fill_input(const struct work *w, struct run *run, int input, int64_t first)
{
    const struct array *x = &w->x[input];
    const struct graph *g = program_graph(w->program);
    bool whole = g->values[g->inputs[input]].type == DT_I32;
    int64_t elements = x->n / w->n;
    void *to = run_input(run, input);
    for (int lane = 0; lane < w->lanes; lane++) {
        int64_t row = first + lane < w->n ? first + lane : w->n - 1;
        for (int64_t i = 0; i < elements; i++) {
            double v = array_real(x, row * elements + i);
            if (whole)
                ((int32_t *)to)[i * w->lanes + lane] = (int32_t)v;
            else
                ((float *)to)[i * w->lanes + lane] = (float)v;
        }
    }
}

static bool predict_slice(void *work, int64_t i, void *scratch, const atomic_bool *stop)
{
    const struct work *w = work;
    int64_t first = i * w->lanes;
    for (int input = 0; input < w->n_inputs; input++)
        fill_input(w, scratch, input, first);
    if (!run_forward(scratch, stop))
        return false;
    const struct graph *g = program_graph(w->program);
    const void *y = run_output(scratch, 0);
    bool whole = g->values[g->outputs[0]].type == DT_I32;
    for (int lane = 0; lane < w->lanes && first + lane < w->n; lane++)
        for (int64_t k = 0; k < w->outputs; k++)
            w->y[(first + lane) * w->outputs + k] = whole ? (float)((const int32_t *)y)[k * w->lanes + lane]
                                                          : ((const float *)y)[k * w->lanes + lane];
    return true;
}

static bool is_npz(const char *path)
{
    size_t n = strlen(path);
    return n > 4 && strcmp(path + n - 4, ".npz") == 0;
}

/* One array an input: the NPZ's by the input's name. */
static bool read_inputs(const struct graph *g, const char *path, struct array *x, struct err *e)
{
    if (g->n_inputs > INPUTS_MAX)
        return err_set(e, ERR_UNSUPPORTED, "the model has %d inputs; predict feeds up to %d", g->n_inputs,
                       INPUTS_MAX);
    if (g->n_inputs > 1 && !is_npz(path)) {
        err_set(e, ERR_UNREADABLE, "%s: the model has %d inputs", path, g->n_inputs);
        return err_hint(e, "give an .npz with one array for each, named as the inputs");
    }
    for (int i = 0; i < g->n_inputs; i++)
        if (!(is_npz(path) ? npz_read(path, g->values[g->inputs[i]].name, &x[i], e)
                           : array_read(path, &x[i], e)))
            return file_hint(path, e);
    return true;
}

/* A file of n records for a graph of one sample, or of exactly its fixed batch. */
static bool fits(const struct graph *g, const char *path, const struct array *x, int64_t *n, struct err *e)
{
    for (int i = 0; i < g->n_inputs; i++) {
        const struct shape *want = &g->values[g->inputs[i]].shape;
        int64_t each = shape_elements(want);
        bool fixed = g->batch == BATCH_ABOVE_ONE;
        int64_t records = fixed ? (x[i].n == each ? 1 : 0) : x[i].rank ? x[i].dim[0] : 0;
        bool ok = records > 0 && x[i].n == records * each && (i == 0 || records == *n);
        *n = records;
        if (ok)
            continue;
        struct buf shape = {0};
        for (int d = 0; d < x[i].rank; d++)
            buf_printf(&shape, "%s%lld", d ? "x" : "", (long long)x[i].dim[d]);
        buf_puts(&shape, ", but a record of the model's input is ");
        shape_print(want, &shape);
        err_set(e, ERR_UNREADABLE, "%s: the array is %s", path, buf_text(&shape));
        buf_release(&shape);
        return err_hint(e, "the first dimension counts the records");
    }
    return true;
}

/* A float holds what is finite as one, an integer input 32 bits. */
static bool keep_finite(const struct graph *g, const char *path, struct array *x, int64_t *n, bool skip_bad,
                        struct json **skipped, struct err *e)
{
    struct record_array all[INPUTS_MAX];
    for (int i = 0; i < g->n_inputs; i++) {
        bool whole = g->values[g->inputs[i]].type == DT_I32;
        all[i] = record_array(&x[i], path);
        all[i].low = whole ? INT32_MIN : -(double)FLT_MAX;
        all[i].high = whole ? INT32_MAX : (double)FLT_MAX;
    }
    bool *good = mem_alloc((size_t)*n, sizeof *good);
    bool ok = finite_records(all, g->n_inputs, *n, skip_bad, good, e);
    int64_t left = 0;
    for (int64_t row = 0; ok && row < *n; row++) {
        left += good[row];
        if (good[row])
            continue;
        *skipped = *skipped ? *skipped : json_array();
        json_push_int(*skipped, row);
    }
    free(good);
    *n = left;
    return ok;
}

static bool write_outputs(const struct work *w, const struct graph *g, const char *path,
                          struct prediction *done, struct err *e)
{
    const struct shape *y = &g->values[g->outputs[0]].shape;
    struct buf bytes = {0};
    bool batch_first = y->rank > 0 && y->dim[0] == 1;
    done->n = done->dim[0] = w->n;
    done->rank = 1;
    for (int d = batch_first ? 1 : 0; d < y->rank && done->rank < SHAPE_MAX; d++)
        done->dim[done->rank++] = y->dim[d];
    npy_write_floats(w->y, done->rank, done->dim, &bytes);
    bool ok = file_write(path, buf_text(&bytes), bytes.len, e);
    buf_release(&bytes);
    return ok;
}

static bool compute(struct session *s, struct work *w, const struct state *at, struct err *e)
{
    struct bound_program p;
    if (!measure_program(s, at->current, at->mask, NULL, 0, w->n, &p, e))
        return false;
    w->program = p.program;
    w->lanes = program_lanes(p.program);
    const struct plan plan = {.slices = (w->n + w->lanes - 1) / w->lanes,
                              .work = w,
                              .scratch_new = new_run,
                              .scratch_free = free_run,
                              .slice = predict_slice};
    bool ok = plan_run(s->runner, &plan) || err_set(e, ERR_CANCELLED, "predict was stopped before its end");
    bound_program_release(&p);
    return ok;
}

bool predict_file(struct session *s, const struct state *at, const char *in, const char *out, bool skip_bad,
                  struct prediction *done, struct err *e)
{
    const struct graph *g = at->current->graph;
    struct array x[INPUTS_MAX] = {{0}};
    struct work w = {.x = x, .n_inputs = g->n_inputs};
    *done = (struct prediction){0};
    bool ok = read_inputs(g, in, x, e) && fits(g, in, x, &w.n, e) &&
              keep_finite(g, in, x, &w.n, skip_bad, &done->skipped, e);
    if (ok) {
        w.outputs = shape_elements(&g->values[g->outputs[0]].shape);
        w.y = mem_alloc((size_t)(w.n * w.outputs), sizeof *w.y);
        ok = compute(s, &w, at, e) && write_outputs(&w, g, out, done, e);
    }
    for (int i = 0; i < g->n_inputs && i < INPUTS_MAX; i++)
        array_release(&x[i]);
    free(w.y);
    if (!ok) {
        json_free(done->skipped);
        done->skipped = NULL;
    }
    return ok;
}
