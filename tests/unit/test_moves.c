/* graph/moves: where elements stand axis by axis, held against where each element comes from, for random operators. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/base/rng.h"
#include "engine/graph/moves.h"
#include "tests/unit/util_source.h"

enum { RANK = 3, DRAWS = 400 };
static const int64_t lengths[RANK] = {3, 1, 4};

struct draw {
    uint64_t seed, drawn;
    struct source *s;
};

static int64_t below(struct draw *d, int64_t n)
{
    return (int64_t)(rng_u64(d->seed, 1, d->drawn++) % (uint64_t)n);
}

static void three(struct draw *d, const char *name, int64_t least, int64_t most)
{
    int32_t v[RANK];
    for (int i = 0; i < RANK; i++)
        v[i] = (int32_t)(least + below(d, most - least + 1));
    net_ints(d->s, name, DIMS(RANK), v);
}

static void draw_slice(struct draw *d)
{
    int32_t start[RANK], end[RANK], axes[RANK] = {0, 1, 2}, step[RANK];
    for (int i = 0; i < RANK; i++) {
        step[i] = (int32_t)(below(d, 2) ? 1 : below(d, 2) ? 2 : -1);
        start[i] = (int32_t)below(d, lengths[i]);
        end[i] = step[i] < 0 ? INT32_MIN : (int32_t)(start[i] + 1 + below(d, 3));
    }
    net_ints(d->s, "a", DIMS(RANK), start);
    net_ints(d->s, "b", DIMS(RANK), end);
    net_ints(d->s, "c", DIMS(RANK), axes);
    net_ints(d->s, "d", DIMS(RANK), step);
    net_node(d->s, "Slice", "x a b c d", "y");
}

static void draw_pad(struct draw *d)
{
    static const char *const modes[] = {"constant", "edge", "constant"};
    int32_t pads[2 * RANK];
    int mode = (int)below(d, 3); /* the last one cuts, too */
    for (int i = 0; i < 2 * RANK; i++)
        pads[i] = (int32_t)below(d, 3) - (mode == 2 && lengths[i % RANK] > 2);
    net_ints(d->s, "a", DIMS(2 * RANK), pads);
    net_floats(d->s, "b", NO_DIMS, FLOATS(2));
    net_node(d->s, "Pad", mode == 0 ? "x a b" : "x a", "y");
    net_text(d->s, "mode", modes[mode]);
}

static void draw_split(struct draw *d)
{
    net_ints(d->s, "a", DIMS(2), INTS(1, 3));
    net_node(d->s, "Split", "x a", below(d, 2) ? "z y" : "y z");
    net_int(d->s, "axis", -1);
    net_output(d->s, "z", FLOAT);
}

static void draw_concat(struct draw *d)
{
    net_floats(d->s, "a", DIMS(3, 1, 4), NULL);
    net_node(d->s, "Relu", "x", "r");
    net_node(d->s, "Concat", below(d, 2) ? "x a r" : "r x", "y");
    net_int(d->s, "axis", below(d, RANK));
}

static void draw_tile(struct draw *d)
{
    three(d, "a", 1, 3);
    net_node(d->s, "Tile", "x a", "y");
}

static void draw_expand(struct draw *d)
{
    net_ints(d->s, "a", DIMS(4), INTS((int32_t)(1 + below(d, 3)), 3, (int32_t)(1 + below(d, 5)), 4));
    net_node(d->s, "Expand", "x a", "y");
}

static void draw_transpose(struct draw *d)
{
    int64_t perm[RANK + 1] = {0, 1, 2, DIMS_END};
    for (int i = RANK - 1; i > 0; i--) {
        int64_t j = below(d, i + 1), kept = perm[i];
        perm[i] = perm[j];
        perm[j] = kept;
    }
    net_node(d->s, "Transpose", "x", "y");
    net_int_list(d->s, "perm", perm);
}

static int64_t on_axis(const struct shape *s, int64_t element, int axis)
{
    int64_t strides[SHAPE_MAX];
    shape_strides(s, strides);
    return element / strides[axis] % s->dim[axis];
}

static bool runs(const struct moved_axes *a, int rank, int d)
{
    for (int q = 0; q < rank; q++)
        if (a->axis[q] == d)
            return true;
    return false;
}

/* Each element of the output comes from the input where all axes say so, and from the indexes that they say: on an axis along which
 * none runs, from the same. */
static void check_axes(const struct graph *g, const struct node *n, const struct moves *m, int o, int k)
{
    const struct shape *x = &g->values[n->inputs[k]].shape, *y = &g->values[n->outputs[o]].shape;
    struct moved_axes a;
    int64_t first = -1;
    assert_true(moves_axes(g, n, m, o, k, &a));
    for (int64_t e = 0; e < shape_elements(y); e++) {
        int slot = -1;
        int64_t from = 0;
        bool here = moves_source(m, o, e, &slot, &from) && slot == k, said = true;
        for (int q = 0; q < y->rank; q++) {
            int64_t index = a.index[q][on_axis(y, e, q)];
            said &= index >= 0;
            if (here && a.axis[q] >= 0)
                assert_int_equal(index, on_axis(x, from, a.axis[q]));
        }
        assert_int_equal(here, said);
        first = here && first < 0 ? from : first;
        for (int d = 0; here && d < x->rank; d++)
            if (!runs(&a, y->rank, d))
                assert_int_equal(on_axis(x, from, d), on_axis(x, first, d));
    }
    moved_axes_release(&a);
}

static const struct node *bind(struct source *s, const char *op, struct graph **g)
{
    struct err e = {0};
    net_output(s, "y", FLOAT);
    *g = graph_bind(s, 0, &e);
    if (!*g)
        fail_msg("%s", e.message);
    for (int i = 0; i < (*g)->n_nodes; i++)
        if (strcmp((*g)->nodes[i].op->name, op) == 0)
            return &(*g)->nodes[i];
    return NULL;
}

static void test_axes_of_random_operators(void **state)
{
    (void)state;
    static const struct {
        const char *op;
        void (*draw)(struct draw *d);
    } kinds[] = {{"Slice", draw_slice},        {"Pad", draw_pad},   {"Split", draw_split},
                 {"Concat", draw_concat},      {"Tile", draw_tile}, {"Expand", draw_expand},
                 {"Transpose", draw_transpose}};
    enum { KINDS = sizeof kinds / sizeof *kinds };
    for (int i = 0; i < DRAWS; i++) {
        struct draw d = {.seed = (uint64_t)i, .s = net_new(OPSET)};
        struct graph *g;
        struct moves m;
        net_input(d.s, "x", FLOAT, DIMS(3, 1, 4));
        kinds[i % KINDS].draw(&d);
        const struct node *n = bind(d.s, kinds[i % KINDS].op, &g);
        assert_non_null(n);
        assert_true(moves_try(g, n, &m));
        for (int o = 0; o < n->n_outputs; o++)
            for (int k = 0; k < n->n_inputs; k++)
                if (k == 0 || i % KINDS == 3)
                    check_axes(g, n, &m, o, k);
        moves_release(&m);
        graph_free(g);
        source_free(d.s);
    }
}

/* A triangle has no axes; neither has what splits one or merges two. */
static void test_what_axes_do_not_tell(void **state)
{
    (void)state;
    static const char *const ops[] = {"Trilu", "Reshape", "Flatten"};
    for (int i = 0; i < 3; i++) {
        struct source *s = net_new(14);
        struct graph *g;
        struct moves m;
        struct moved_axes a;
        net_input(s, "x", FLOAT, DIMS(2, 4, 4));
        net_ints(s, "shape", DIMS(2), INTS(8, 4));
        net_node(s, ops[i], i == 1 ? "x shape" : "x", "y");
        if (i == 2)
            net_int(s, "axis", 2);
        const struct node *n = bind(s, ops[i], &g);
        assert_true(moves_try(g, n, &m));
        assert_false(moves_axes(g, n, &m, 0, 0, &a));
        moved_axes_release(&a);
        moves_release(&m);
        graph_free(g);
        source_free(s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_axes_of_random_operators),
        cmocka_unit_test(test_what_axes_do_not_tell),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
