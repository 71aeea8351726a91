/* util_any_session: see util_any_session.h. */
#include "tests/unit/util_any_session.h"

#include <stdlib.h>
#include <string.h>

#include "app/cmd/cmd.h"
#include "app/session/edges.h"
#include "engine/base/json.h"

/* Two models of three layers, one of them twice by another path; layers are named by both, so that some names are wrong. */
static const char *const lines[] = {
    "open samples/breast-cancer/model.onnx",
    "open tests/data/foreign/mlp.onnx",
    "open samples/breast-cancer/../breast-cancer/model.onnx",
    "data samples/breast-cancer/dataset.json",
    "prune 0",
    "prune 0.5",
    "prune 0.5",
    "prune 0.9 criterion=lamp",
    "prune 0.3 structure=unit",
    "prune 0.6 structure=unit within=kept",
    "prune 0.4 layers=fc1",
    "prune bytes=2KiB",
    "curve points=0,0.5",
    "curve points=0.3 structure=unit",
    "shrink",
    "shrink",
    "undo",
    "undo",
    "redo",
    "goto 1",
    "goto 2",
    "goto 3",
    "cut fc2/1",
    "cut fc1/3/2",
    "restore fc2/1",
    "cut body.4/5",
    "restore body.4/5",
    "protect layer:fc2",
    "protect unit:head/1",
    "release layer:fc2",
    "release unit:head/1",
    "eval",
    "layers",
    "sizes",
    "neuron fc2/3",
    "neuron body.4/3",
    "layer fc2",
    "layer body.4",
    "history",
    "diff 1 2",
    "diff 2 5",
    "note seen",
    "tag here",
    "hide 2",
};
enum { LINES = sizeof lines / sizeof *lines };

static double no_clock(void)
{
    return 0;
}

static void draft_on(struct session *s, struct any_session *out)
{
    struct json *found = NULL;
    if (!s->draft)
        return;
    out->drafts++;
    if (!s->edges)
        s->edges = edges_new(s);
    if (s->edges)
        edges_step(s->edges, s, &found);
    json_free(found);
}

static void one(struct session *s, const char *line, bool draft, struct any_session *out)
{
    struct answer a;
    struct err e = {0};
    s->preview = draft;
    bool ok = cmd_run(s, line, &a, &e);
    s->preview = false;
    if (ok)
        answer_release(&a);
    else if (e.code == ERR_INTERNAL)
        abort();
    err_release(&e);
    out->done += ok;
    out->refused += !ok;
    out->roots += ok && !draft && strncmp(line, "open", 4) == 0;
    out->shrunk += ok && !draft && strcmp(line, "shrink") == 0;
    draft_on(s, out);
}

void any_session(const uint8_t *bytes, size_t n, struct any_session *out)
{
    struct session s;
    struct runner serial;
    runner_serial(&serial, NULL);
    if (!session_open(&s, &(struct session_options){.seed = 1}, &serial, no_clock, NULL))
        abort();
    for (size_t i = 0; i < n; i++)
        one(&s, lines[bytes[i] / 2 % LINES], bytes[i] % 4 == 1, out);
    session_close(&s);
}
