/* What edits leave without readers leaves the file, and nothing else does: chains of folded nodes, the initializers that only they
 * read, their stored shapes. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/io/onnx.h"
#include "tests/unit/util_file.h"
#include "tests/unit/util_onnx.h"
#include "tests/unit/util_source.h"

static const struct shape two = {1, {2}};

/* Rewire inputs of nodes to new initializers own.0, own.1 ..., and print what the file then holds: operators, then initializers. */
struct place {
    int node, slot;
};

static void expect_left(struct model_file *m_take, int n, const struct place *at, const char *left)
{
    struct err e = {0};
    struct buf bytes = {0}, got = {0}, name = {0};
    struct model_edit *edit = model_edit_new(m_take, NULL);
    model_file_free(m_take);
    for (int i = 0; i < n; i++) {
        buf_clear(&name);
        buf_printf(&name, "own.%d", i);
        assert_true(model_edit_rewire(edit, at[i].node, at[i].slot, buf_text(&name), &two, FLOATS(1, 2), &e));
    }
    assert_true(model_edit_serialise(edit, &bytes, &e));
    model_edit_free(edit);
    struct model_file *m = model_file_parse(buf_text(&bytes), bytes.len, "left.onnx", &e);
    assert_non_null(m);
    const struct source *s = model_file_source(m);
    for (int i = 0; i < s->n_nodes; i++)
        buf_printf(&got, "%s ", s->nodes[i].op);
    for (int i = 0; i < s->n_tensors; i++)
        buf_printf(&got, " %s", s->tensors[i].name);
    assert_string_equal(buf_text(&got), left);
    model_file_free(m);
    buf_release(&bytes);
    buf_release(&got);
    buf_release(&name);
}

#define REWIRED(...)                                                                                         \
    sizeof((const struct place[]){__VA_ARGS__}) / sizeof(struct place), (const struct place[])               \
    {                                                                                                        \
        __VA_ARGS__                                                                                          \
    }

/* y = x + relu(-(a + b)), where a is read elsewhere, too, and by a node whose result nobody reads. */
static struct source *chain(void)
{
    struct source *s = from_x(DIMS(FREE, 2));
    net_floats(s, "a", DIMS(2), NULL);
    net_floats(s, "b", DIMS(2), NULL);
    net_floats(s, "spare", DIMS(2), NULL);
    net_node(s, "Add", "a b", "sum");
    net_node(s, "Neg", "sum", "minus");
    net_node(s, "Relu", "minus", "r");
    net_node(s, "Exp", "a", "nobody");
    net_node(s, "Mul", "x r", "z");
    return s;
}

static void a_chain_leaves_and_what_nobody_read_before_stays(void **state)
{
    (void)state;
    struct source *s = chain();
    net_node(s, "Identity", "z", "y");
    expect_left(file_of(s), REWIRED({4, 1}), "Exp Mul Identity  a spare own.0");
}

static void what_others_read_stays(void **state)
{
    (void)state;
    struct source *s = chain();
    net_node(s, "Add", "z minus", "y");
    expect_left(file_of(s), REWIRED({4, 1}), "Add Neg Exp Mul Add  a b spare own.0");
}

/* Once both readers are gone, their source is. */
static void the_last_reader_counts(void **state)
{
    (void)state;
    struct source *s = chain();
    net_node(s, "Add", "z minus", "y");
    expect_left(file_of(s), REWIRED({4, 1}, {5, 1}), "Exp Mul Add  a spare own.0 own.1");
}

/* A node stays for any of its results; an absent input is no name that somebody could read. */
static void one_result_is_enough(void **state)
{
    (void)state;
    struct source *s = from_x_at(11, DIMS(FREE, 2));
    net_floats(s, "c", DIMS(4), NULL);
    net_floats(s, "low", NO_DIMS, FLOATS(0));
    net_node(s, "Split", "c", "front back");
    net_node(s, "Clip", "x - low", "z");
    net_node(s, "Add", "z front", "u");
    net_node(s, "Add", "u back", "y");
    expect_left(file_of(s), REWIRED({2, 1}), "Split Clip Add Add  c low own.0");
}

/* ---- messages that no test network can say ---- */

static void put_node(struct buf *graph, const char *op, const char *input, const char *output,
                     struct buf *within)
{
    struct buf node = {0}, attribute = {0};
    put_text(&node, 1, input);
    put_text(&node, 2, output);
    put_text(&node, 4, op);
    if (within) {
        put_text(&attribute, 1, "then_branch");
        put_message(&attribute, 6, within);
        put_int(&attribute, 20, 5);
        put_message(&node, 5, &attribute);
    }
    put_message(graph, 1, &node);
}

static void put_named(struct buf *graph, int field, const char *name)
{
    struct buf port = {0};
    put_text(&port, 1, name);
    put_message(graph, field, &port);
}

static void put_floats(struct buf *graph, const char *name)
{
    struct buf tensor = {0};
    put_int(&tensor, 1, 2);
    put_int(&tensor, 2, 1);
    put_text(&tensor, 8, name);
    put_bytes(&tensor, 9, FLOATS(1, 2), 8);
    put_message(graph, 5, &tensor);
}

/* c -> Neg -> Relu -> Identity -> y, c listed as an input as in old files, with stored shapes; the branch of an If reads the inner
 * value. */
static struct model_file *listed(const char *inner)
{
    struct err e = {0};
    struct buf graph = {0}, branch = {0}, model = {0};
    put_floats(&graph, "c");
    put_node(&graph, "Neg", "c", "minus", NULL);
    put_node(&graph, "Relu", "minus", "r", NULL);
    put_node(&graph, "Identity", "r", "y", NULL);
    if (inner) {
        put_node(&branch, "Exp", inner, "e", NULL);
        put_named(&branch, 12, "e");
        put_node(&graph, "If", "x", "other", &branch);
    }
    put_named(&graph, 11, "x");
    put_named(&graph, 11, "c");
    put_named(&graph, 12, "y");
    put_named(&graph, 13, "minus");
    put_named(&graph, 13, "other");
    make_model(&model, &graph, 13);
    struct model_file *m = model_file_parse(buf_text(&model), model.len, "listed.onnx", &e);
    assert_non_null(m);
    buf_release(&model);
    return m;
}

static bool holds(const struct buf *b, const char *bytes, size_t n)
{
    for (size_t i = 0; i + n <= b->len; i++)
        if (memcmp(b->data + i, bytes, n) == 0)
            return true;
    return false;
}

static void stored_shapes_and_listed_inputs_leave_with_it(void **state)
{
    (void)state;
    struct err e = {0};
    struct buf bytes = {0};
    struct model_file *m = listed(NULL);
    struct model_edit *edit = model_edit_new(m, NULL);
    model_file_free(m);
    assert_true(model_edit_rewire(edit, 2, 0, "own", &two, FLOATS(1, 2), &e));
    assert_true(model_edit_serialise(edit, &bytes, &e));
    model_edit_free(edit);
    assert_false(holds(&bytes, "minus", 5));
    assert_false(holds(&bytes, "\x0a\x01\x63", 3)); /* name: "c" as the first field, an input's */
    assert_true(holds(&bytes, "other", 5));         /* a stored shape that is none of ours */
    m = model_file_parse(bytes.data, bytes.len, "left.onnx", &e);
    assert_int_equal(model_file_source(m)->n_inputs, 1);
    model_file_free(m);
    buf_release(&bytes);
}

static void subgraphs_read_what_is_around_them(void **state)
{
    (void)state;
    expect_left(listed("minus"), REWIRED({2, 0}), "Neg Identity If  c own.0");
    expect_left(listed("c"), REWIRED({2, 0}), "Identity If  c own.0");
    expect_left(listed("x"), REWIRED({2, 0}), "Identity If  own.0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_chain_leaves_and_what_nobody_read_before_stays),
        cmocka_unit_test(what_others_read_stays),
        cmocka_unit_test(the_last_reader_counts),
        cmocka_unit_test(one_result_is_enough),
        cmocka_unit_test(stored_shapes_and_listed_inputs_leave_with_it),
        cmocka_unit_test(subgraphs_read_what_is_around_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
