/* conformance: runs folders of conformance cases and tells how many pass.
 *   conformance [--each] FOLDER...
 * A case counts if its model uses only operators of operators.txt and all its inputs and outputs are float32, int32, int64 or
 * bool. except.txt names cases that are left out, differs.txt those that fail by decision, with the reasons. Each failure is
 * told. --each: one line "ok"/"not ok" a case, whatever its operators, and all must pass; else one line for all folders, which
 * is "ok" from 95 % on. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "engine/base/buf.h"
#include "engine/base/file.h"
#include "engine/base/text.h"
#include "tests/conformance/case.h"

static const struct tolerance tolerance = {1e-4, 1e-5};

struct tally {
    int passed, failed, excepted, other; /* other: not ours to pass */
    int bound;                           /* passed with an input bound as a constant */
};

static char *operators, *excepted, *differing;

static char *read_text(const char *path)
{
    struct buf b = {0};
    struct err e = {0};
    if (!file_read(path, 1 << 20, &b, &e)) {
        fprintf(stderr, "%s\n", e.message);
        exit(2);
    }
    return buf_take(&b);
}

/* Calls use(line, data) until it returns true; comments are skipped. */
static bool any_line(const char *text, bool (*use)(const char *line, const void *data), const void *data)
{
    bool found = false;
    for (const char *at = text; *at && !found;) {
        size_t n = strcspn(at, "\n");
        char line[1000];
        snprintf(line, sizeof line, "%.*s", (int)n, at);
        found = line[0] && line[0] != '#' && use(line, data);
        at += n + (at[n] == '\n');
    }
    return found;
}

static bool lists_word(const char *line, const void *word)
{
    char copy[1000], *state = NULL;
    snprintf(copy, sizeof copy, "%s", line);
    for (char *w = strtok_r(copy, " ", &state); w; w = strtok_r(NULL, " ", &state))
        if (!strcmp(w, word))
            return true;
    return false;
}

static bool excepts(const char *line, const void *name)
{
    char pattern[200];
    snprintf(pattern, sizeof pattern, "%.*s", (int)strcspn(line, " "), line);
    return text_matches(pattern, name);
}

static bool explains(const char *line, const void *name)
{
    if (excepts(line, name))
        printf("#   by decision: %s\n", line + strcspn(line, " ") + strspn(line + strcspn(line, " "), " "));
    return excepts(line, name);
}

static bool is_ours(const struct source *s)
{
    for (int i = 0; i < s->n_nodes; i++)
        if (!any_line(operators, lists_word, s->nodes[i].op))
            return false;
    for (int i = 0; i < s->n_inputs + s->n_outputs; i++) {
        int type = (i < s->n_inputs ? &s->inputs[i] : &s->outputs[i - s->n_inputs])->file_type;
        if (type != 1 && type != 6 && type != 7 && type != 9)
            return false;
    }
    return true;
}

static void count_case(struct tally *t, const char *name, bool ok, const struct test_case *c, struct err *e,
                       bool each)
{
    *(ok ? &t->passed : &t->failed) += 1;
    t->bound += ok && c->bound > 0;
    if (!ok)
        printf("# %s: %s\n", name, e->message);
    if (!ok)
        any_line(differing, explains, name);
    if (each)
        printf("%s conformance: %s\n", ok ? "ok" : "not ok", name);
}

/* Data lie in test_data_set_0 or beside the model. */
static void run_case(struct tally *t, const char *folder, const char *name, bool each)
{
    struct buf model = {0}, data = {0};
    struct test_case c = {0};
    struct err e = {0};
    struct stat info;
    buf_printf(&model, "%s/%s/model.onnx", folder, name);
    buf_printf(&data, "%s/%s/test_data_set_0", folder, name);
    if (stat(buf_text(&data), &info) != 0) {
        buf_clear(&data);
        buf_printf(&data, "%s/%s", folder, name);
    }
    bool read = case_read(&c, buf_text(&model), buf_text(&data), &e);
    if (any_line(excepted, excepts, name))
        t->excepted++;
    else if (!each && (!c.source || !is_ours(c.source)))
        t->other++;
    else
        count_case(t, name, read && case_run(&c, &tolerance, &e), &c, &e, each);
    case_release(&c);
    err_release(&e);
    buf_release(&model);
    buf_release(&data);
}

static void run_folder(struct tally *t, const char *folder, bool each)
{
    struct dirent **entries;
    int n = scandir(folder, &entries, NULL, alphasort);
    for (int i = 0; i < n; i++) {
        if (entries[i]->d_name[0] != '.')
            run_case(t, folder, entries[i]->d_name, each);
        free(entries[i]);
    }
    if (n >= 0)
        free(entries);
}

int main(int argc, char **argv)
{
    struct tally t = {0};
    bool each = argc > 1 && !strcmp(argv[1], "--each");
    operators = read_text("tests/conformance/operators.txt");
    excepted = read_text("tests/conformance/except.txt");
    differing = read_text("tests/conformance/differs.txt");
    for (int i = each ? 2 : 1; i < argc; i++)
        run_folder(&t, argv[i], each);
    int all = t.passed + t.failed;
    bool good = all > 0 && (each ? t.failed == 0 : t.passed * 100 >= all * 95);
    if (!each || !good)
        printf("%s conformance: %d of %d pass (excepted %d; %d with inputs bound as constants)\n",
               good ? "ok" : "not ok", t.passed, all, t.excepted, t.bound);
    free(operators);
    free(excepted);
    free(differing);
    return good ? 0 : 1;
}
