/* app/scene/layer and neuron, without a terminal: keys into requests, results into scenes. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "app/screens.h"
#include "engine/base/json.h"
#include "views/layer.h"
#include "views/neuron.h"

/* What was asked for. */
struct asked {
    enum request_kind kind[16];
    char line[16][160];
    int n;
};

static void record(void *data, enum request_kind kind, const char *line)
{
    struct asked *a = data;
    assert_true(a->n < 16);
    a->kind[a->n] = kind;
    snprintf(a->line[a->n++], sizeof a->line[0], "%s", line);
}

static void put(struct ui *u, enum board_item item, const char *text)
{
    struct json *j = json_parse(text, strlen(text), "test", NULL);
    assert_non_null(j);
    board_put(&u->board, item, j);
}

static const char layers[] =
    "{\"layers\":[{\"name\":\"fc "
    "1\",\"units\":3,\"inputs\":4,\"weights\":12,\"kept\":9,\"first\":2,\"last\":4},"
    "{\"name\":\"conv\",\"units\":2,\"inputs\":3,\"weights\":600,\"kept\":600,\"first\":5,\"last\":9}]}";

/* 2 x 2 blocks: one of 100 kept, all kept, none kept, half kept. */
static const char pattern[] =
    "{\"layer\":\"fc "
    "1\",\"units\":3,\"inputs\":4,\"taps\":1,\"weights\":12,\"kept\":9,\"order\":\"index\",\"rows\":2,"
    "\"columns\":2,\"row_units\":2,\"column_inputs\":2,\"row_first\":[0,2],\"row_last\":[1,2],\"column_"
    "first\":[0,2],"
    "\"column_names\":[\"age .. sex\",\"weight .. "
    "height\"],\"block_kept\":[1,4,0,2],\"block_of\":[100,4,4,4],"
    "\"block_dense\":[0.4,-1,0.2,0],\"block_mean\":[0.5,-1,null,0.25],\"block_lost\":[0.1,0,0.2,-0.05],"
    "\"threshold\":0.5,\"largest_cut\":0."
    "5,"
    "\"histogram\":{\"width\":0.1,\"kept\":[0,9],\"cut\":[3,0]},\"fan_in\":{\"min\":0,\"median\":2,\"max\":4,"
    "\"none\":1},"
    "\"fan_out\":{\"min\":1,\"median\":1.5,\"max\":3,\"none\":0}}";

static void begin(struct ui *u, struct asked *a)
{
    const struct ui_port port = {.post = record, .data = a};
    *a = (struct asked){0};
    ui_init(u, &port);
    put(u, BOARD_LAYERS, layers);
    u->screen = VIEW_LAYER;
}

static void press(struct ui *u, const char *key)
{
    ui_key(u, key, key[1] == 0, 0);
}

static void last_is(const struct asked *a, enum request_kind kind, const char *line)
{
    assert_true(a->n > 0);
    assert_string_equal(a->line[a->n - 1], line);
    assert_int_equal(a->kind[a->n - 1], kind);
}

static void test_the_screen_asks_for_what_it_has_room_for(void **state)
{
    (void)state;
    struct ui u;
    struct asked a;
    begin(&u, &a);
    ui_resize(&u, 100, 30);
    last_is(&a, REQUEST_LAYER, "layer \"fc 1\" rows=20 columns=57 order=index");
    ui_resize(&u, 100, 30);
    assert_int_equal(a.n, 1); /* nothing changed */
    press(&u, "o");
    last_is(&a, REQUEST_LAYER, "layer \"fc 1\" rows=20 columns=57 order=survival");
    press(&u, "o");
    last_is(&a, REQUEST_LAYER, "layer \"fc 1\" rows=20 columns=57 order=loss");
    press(&u, "]");
    last_is(&a, REQUEST_LAYER, "layer conv rows=20 columns=57 order=loss");
    press(&u, "]");
    press(&u, "o");
    last_is(&a, REQUEST_LAYER, "layer \"fc 1\" rows=20 columns=57 order=index");
    ui_release(&u);
}

static void test_the_threshold_cuts_exactly_so_many(void **state)
{
    (void)state;
    struct ui u;
    struct asked a;
    begin(&u, &a);
    press(&u, ">"); /* 3 of 12 are cut */
    last_is(&a, REQUEST_PREVIEW,
            "prune 0.3333333333333333 criterion=magnitude structure=weight scope=global layers=\"fc 1\"");
    press(&u, "<");
    press(&u, "<");
    last_is(&a, REQUEST_PREVIEW,
            "prune 0.16666666666666666 criterion=magnitude structure=weight scope=global layers=\"fc 1\"");
    for (int i = 0; i < 5; i++)
        press(&u, "<");
    last_is(&a, REQUEST_PREVIEW, "prune 0 criterion=magnitude structure=weight scope=global layers=\"fc 1\"");
    press(&u, ">");
    press(&u, "m");
    last_is(&a, REQUEST_COMMAND,
            "prune 0.08333333333333333 criterion=magnitude structure=weight scope=global layers=\"fc 1\"");
    ui_release(&u);
}

static void test_a_draft_is_dropped_by_escape_and_undo(void **state)
{
    (void)state;
    static const char *const keys[] = {"Esc", "u"};
    for (int i = 0; i < 2; i++) {
        struct ui u;
        struct asked a;
        begin(&u, &a);
        press(&u, ">");
        put(&u, BOARD_DRAFT, "{\"kept\":8}");
        press(&u, keys[i]);
        assert_false(u.drafting);
        assert_null(u.board.item[BOARD_DRAFT]);
        assert_int_equal(a.kind[1], REQUEST_UNDRAFT);
        assert_int_equal(a.kind[2], REQUEST_LAYER);
        press(&u, "u");
        last_is(&a, REQUEST_COMMAND, "undo");
        ui_release(&u);
    }
}

static void test_a_draft_belongs_to_its_layer(void **state)
{
    (void)state;
    struct ui u;
    struct asked a;
    begin(&u, &a);
    press(&u, ">");
    press(&u, "]");
    assert_false(u.drafting);
    press(&u, ">"); /* a hundredth of 600 */
    last_is(&a, REQUEST_PREVIEW, "prune 0.01 criterion=magnitude structure=weight scope=global layers=conv");
    ui_release(&u);
}

static void test_the_cursor_stays_and_opens_the_neuron(void **state)
{
    (void)state;
    struct ui u;
    struct asked a;
    begin(&u, &a);
    put(&u, BOARD_PATTERN, pattern);
    for (int i = 0; i < 3; i++) {
        press(&u, "Down");
        press(&u, "Right");
    }
    assert_int_equal(u.cell_row, 1);
    assert_int_equal(u.cell_column, 1);
    press(&u, "Enter");
    last_is(&a, REQUEST_NEURON, "neuron \"fc 1/2\"");
    assert_int_equal(u.screen, VIEW_NEURON);
    ui_release(&u);
}

static void test_cells_say_what_is_there(void **state)
{
    (void)state;
    struct ui u;
    struct asked a;
    struct scratch memory = {0};
    begin(&u, &a);
    assert_null(screen_layer.scene(&u, &memory));
    put(&u, BOARD_PATTERN, pattern);
    const struct layer_scene *s = screen_layer.scene(&u, &memory);
    assert_string_equal(s->cell, "unit 0..1 x age .. sex: 1 of 100 kept, mean +0.500");
    assert_true(s->pattern.share[0] == 0.01);
    assert_null(s->pattern.sign);
    assert_int_equal(s->histogram.bins, 2);
    press(&u, "v"); /* means: the largest is full, nothing kept is blank */
    s = screen_layer.scene(&u, &memory);
    static const double means[] = {0.5, 1, 0, 0.25};
    static const signed char signs[] = {1, -1, 0, 1};
    for (int i = 0; i < 4; i++) {
        assert_true(s->pattern.share[i] == means[i]);
        assert_int_equal(s->pattern.sign[i], signs[i]);
    }
    press(&u, "v");
    press(&u, "j");
    s = screen_layer.scene(&u, &memory);
    assert_string_equal(s->cell, "unit 2 x age .. sex: 0 of 4 kept, dense - pruned +0.200");
    press(&u, "d"); /* dense, then pruned, then what is between them */
    s = screen_layer.scene(&u, &memory);
    assert_true(s->pattern.share[0] == 0.4 && s->pattern.share[2] == 0.2 && s->pattern.share[3] == 0);
    assert_int_equal(s->pattern.sign[1], -1);
    press(&u, "d");
    assert_int_equal(u.cell_mode, CELL_MEAN);
    press(&u, "d");
    assert_int_equal(u.cell_mode, CELL_LOST);
    scratch_release(&memory);
    ui_release(&u);
}

static void test_a_draft_shows_what_it_changes(void **state)
{
    (void)state;
    struct ui u;
    struct asked a;
    struct scratch memory = {0};
    char other[sizeof pattern];
    begin(&u, &a);
    put(&u, BOARD_PATTERN, pattern);
    memcpy(other, pattern, sizeof pattern);
    memcpy(strstr(other, "[1,4,0,2]"), "[1,3,0,2]", 9);
    press(&u, ">");
    put(&u, BOARD_DRAFT_PATTERN, other);
    const struct layer_scene *s = screen_layer.scene(&u, &memory);
    assert_true(s->pattern.draft);
    for (int i = 0; i < 4; i++)
        assert_int_equal(s->pattern.changed[i], i == 1);
    assert_memory_equal(s->title, "DRAFT", 5);
    scratch_release(&memory);
    ui_release(&u);
}

/* A neuron's links: cut, kept, protected by itself, protected by more. */
static const char neuron[] =
    "{\"layer\":\"fc 1\",\"unit\":0,\"original\":7,\"next\":9,\"previous\":4,\"incoming\":["
    "{\"index\":0,\"name\":\"a\",\"weight\":4,\"pruned\":4,\"kept\":1,\"of\":1,\"place\":\"fc "
    "1/7/0\",\"protected\":false},"
    "{\"index\":1,\"name\":\"b\",\"weight\":3,\"pruned\":3,\"kept\":1,\"of\":1,\"place\":\"fc "
    "1/7/1\",\"protected\":true,"
    "\"protected_by\":\"link:fc 1/7/1\"},"
    "{\"index\":2,\"name\":\"c\",\"weight\":2,\"pruned\":2,\"kept\":1,\"of\":1,\"place\":\"fc "
    "1/7/2\",\"protected\":true,"
    "\"protected_by\":null},"
    "{\"index\":3,\"name\":\"d\",\"weight\":1,\"pruned\":0,\"kept\":0,\"of\":1,\"place\":\"fc "
    "1/7/3\",\"protected\":false}],"
    "\"outgoing\":[{\"index\":0,\"name\":\"e\",\"weight\":1,\"pruned\":1,\"kept\":9,\"of\":9,\"place\":null,"
    "\"protected\":false}]}";

static void test_one_key_restores_protects_and_releases(void **state)
{
    (void)state;
    struct ui u;
    struct asked a;
    begin(&u, &a);
    u.screen = VIEW_NEURON;
    put(&u, BOARD_NEURON, neuron);
    press(&u, "P");
    last_is(&a, REQUEST_COMMAND, "protect \"link:fc 1/7/0\"");
    press(&u, "j");
    press(&u, "P");
    last_is(&a, REQUEST_COMMAND, "release \"link:fc 1/7/1\"");
    press(&u, "j");
    press(&u, "P"); /* an input or a unit was protected: says so, asks nothing */
    assert_int_equal(a.n, 2);
    assert_non_null(strstr(u.message, "more than this link"));
    press(&u, "c");
    press(&u, "j");
    press(&u, "P");
    last_is(&a, REQUEST_COMMAND, "restore \"fc 1/7/3\"");
    press(&u, "x");
    last_is(&a, REQUEST_COMMAND, "cut \"fc 1/7/3\"");
    press(&u, "Tab");
    press(&u, "x");
    assert_non_null(strstr(u.message, "9 connections"));
    press(&u, "]");
    last_is(&a, REQUEST_NEURON, "neuron \"fc 1/9\"");
    press(&u, "}");
    last_is(&a, REQUEST_NEURON, "neuron conv/5");
    ui_release(&u);
}

static struct link_pane in_pane(struct ui *u, struct scratch *memory)
{
    const struct neuron_scene *s = screen_neuron.scene(u, memory);
    return s->in;
}

static void rows_are(const struct link_pane *p, const char *names)
{
    char got[64] = "";
    for (size_t i = 0; i < p->count; i++)
        strcat(got, p->rows[i].name);
    assert_string_equal(got, names);
}

/* Pruned: what is kept, the largest first. Change: what lost most. Dense: all, the largest first. */
static const char changed[] =
    "{\"layer\":\"fc 1\",\"unit\":0,\"original\":7,\"incoming\":["
    "{\"index\":0,\"name\":\"a\",\"weight\":1,\"pruned\":1,\"kept\":1,\"of\":1,\"share\":0.2},"
    "{\"index\":1,\"name\":\"b\",\"weight\":-5,\"pruned\":-4,\"kept\":6,\"of\":9,\"share\":0.8},"
    "{\"index\":2,\"name\":\"c\",\"weight\":-2,\"pruned\":0,\"kept\":0,\"of\":1,\"share\":0},"
    "{\"index\":3,\"name\":\"d\",\"weight\":2,\"pruned\":0,\"kept\":0,\"of\":1,\"share\":0}],"
    "\"outgoing\":[]}";

static void test_columns_choose_the_order_of_links(void **state)
{
    (void)state;
    struct ui u;
    struct asked a;
    struct scratch memory = {0};
    begin(&u, &a);
    u.screen = VIEW_NEURON;
    put(&u, BOARD_NEURON, changed);
    struct link_pane p = in_pane(&u, &memory);
    rows_are(&p, "ba");
    press(&u, "c");
    p = in_pane(&u, &memory);
    rows_are(&p, "bacd");
    press(&u, "c");
    press(&u, "j");
    press(&u, "d");
    p = in_pane(&u, &memory);
    rows_are(&p, "cdba");
    assert_int_equal(p.selected, 0);
    press(&u, "c"); /* nothing to add: they are here */
    p = in_pane(&u, &memory);
    rows_are(&p, "cdba");
    assert_non_null(strstr(u.message, "listed here"));
    press(&u, "d");
    p = in_pane(&u, &memory);
    rows_are(&p, "bcda");
    assert_true(p.rows[0].dense_share == 0.5 && p.rows[3].dense_share == 0.1);
    press(&u, "d");
    p = in_pane(&u, &memory);
    rows_are(&p, "ba");
    scratch_release(&memory);
    ui_release(&u);
}

static void test_links_are_searched_and_narrowed(void **state)
{
    (void)state;
    struct ui u;
    struct asked a;
    struct scratch memory = {0};
    begin(&u, &a);
    u.screen = VIEW_NEURON;
    put(&u, BOARD_NEURON, neuron);
    press(&u, "/");
    press(&u, "c");
    press(&u, "Enter");
    assert_int_equal(u.link[0], 2);
    press(&u, "n");
    assert_non_null(strstr(u.message, "no other row"));
    press(&u, "&");
    press(&u, "b");
    struct link_pane p = in_pane(&u, &memory);
    rows_are(&p, "b");
    assert_int_equal(p.selected, 0);
    assert_string_equal(p.chip, "only 'b': 2 hidden; Esc shows all");
    press(&u, "Enter");
    press(&u, "P");
    last_is(&a, REQUEST_COMMAND, "release \"link:fc 1/7/1\"");
    press(&u, "Esc");
    p = in_pane(&u, &memory);
    rows_are(&p, "abc");
    assert_null(p.chip);
    scratch_release(&memory);
    ui_release(&u);
}

/* Above the first link stands the unit itself. */
static void test_the_whole_unit_is_cut_and_put_back(void **state)
{
    (void)state;
    static const struct {
        const char *more, *key, *line;
    } rows[] = {
        {"", "x", "cut \"fc 1/7\""},
        {"", "P", "protect \"unit:fc 1/7\""},
        {",\"protected\":true,\"protected_by\":\"unit:fc 1/7\"", "P", "release \"unit:fc 1/7\""},
        {",\"removed\":true", "P", "restore \"fc 1/7\""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct ui u;
        struct asked a;
        char text[sizeof neuron + 100];
        begin(&u, &a);
        u.screen = VIEW_NEURON;
        snprintf(text, sizeof text, "%.*s,\"name\":\"fc 1/7\"%s}", (int)sizeof neuron - 2, neuron,
                 rows[i].more);
        put(&u, BOARD_NEURON, text);
        press(&u, "Tab");
        press(&u, "k");
        assert_true(u.on_unit);
        press(&u, rows[i].key);
        last_is(&a, REQUEST_COMMAND, rows[i].line);
        press(&u, "j");
        assert_false(u.on_unit);
        press(&u, "x");
        last_is(&a, REQUEST_COMMAND, "cut \"fc 1/7/0\"");
        ui_release(&u);
    }
}

/* What it does on records is measured after the rest, and what was known before stays until then. */
static void test_activity_is_unknown_until_it_is_measured(void **state)
{
    (void)state;
    static const char before[] = "{\"layer\":\"fc 1\",\"original\":7,\"twin\":0.5,\"silent\":0.25,"
                                 "\"dense_silent\":0.2,\"rows\":4}";
    struct ui u;
    struct asked a;
    struct scratch memory = {0};
    begin(&u, &a);
    u.screen = VIEW_NEURON;
    put(&u, BOARD_NEURON, neuron);
    const struct neuron_scene *s = screen_neuron.scene(&u, &memory);
    size_t without_data = s->fact_count;
    put(&u, BOARD_DATA, "{\"name\":\"d\"}");
    s = screen_neuron.scene(&u, &memory);
    assert_int_equal(s->fact_count, without_data + 2);
    assert_int_equal(s->facts[without_data].amount.trust, TRUST_UNKNOWN);
    put(&u, BOARD_NEURON, before);
    s = screen_neuron.scene(&u, &memory);
    assert_int_equal(s->facts[without_data].amount.trust, TRUST_EXACT);
    put(&u, BOARD_NEURON, neuron);
    s = screen_neuron.scene(&u, &memory);
    assert_int_equal(s->facts[without_data].amount.trust, TRUST_STALE);
    assert_true(s->facts[without_data].amount.v == 0.5);
    scratch_release(&memory);
    ui_release(&u);
}

/* Two of five units of `conv` are left, with the numbers 5 and 9. */
static void test_look_takes_the_numbers_that_units_keep_for_life(void **state)
{
    (void)state;
    struct ui u;
    struct asked a;
    begin(&u, &a);
    ui_run(&u, "look conv/9");
    last_is(&a, REQUEST_NEURON, "neuron conv/9");
    ui_run(&u, "look conv/10");
    assert_int_equal(a.n, 1);
    assert_string_equal(u.message, "conv has units 5 to 9");
    ui_run(&u, "look conv/4");
    assert_int_equal(a.n, 1);
    ui_release(&u);
}

static void test_a_link_from_several_units_leads_to_the_first_and_says_so(void **state)
{
    (void)state;
    static const char summed[] =
        "{\"layer\":\"conv\",\"original\":5,\"name\":\"conv/5\",\"incoming\":["
        "{\"name\":\"fc 1/3 (of 2 coupled)\",\"layer\":\"fc 1\",\"source\":3,\"makers\":2,\"weight\":1,"
        "\"pruned\":1,\"kept\":1,\"of\":1},"
        "{\"name\":\"input 1\",\"layer\":null,\"source\":null,\"makers\":0,\"weight\":0.5,"
        "\"pruned\":0.5,\"kept\":1,\"of\":1}],\"outgoing\":[]}";
    struct ui u;
    struct asked a;
    begin(&u, &a);
    u.screen = VIEW_NEURON;
    put(&u, BOARD_NEURON, summed);
    press(&u, "j");
    press(&u, "Enter");
    assert_int_equal(a.n, 0);
    assert_string_equal(u.message, "several units make this input; which ones is not known");
    press(&u, "k");
    press(&u, "Enter");
    last_is(&a, REQUEST_NEURON, "neuron \"fc 1/3\"");
    put(&u, BOARD_NEURON, "{\"layer\":\"conv\",\"original\":5,\"field\":[17,9]}");
    struct scratch memory = {0};
    const struct neuron_scene *scene = screen_neuron.scene(&u, &memory);
    assert_string_equal(scene->facts[1].label, "receptive field");
    assert_string_equal(scene->facts[1].note, "17 x 9");
    scratch_release(&memory);
    assert_string_equal(u.message, "2 coupled units make this input together; this is the first of them");
    ui_release(&u);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_screen_asks_for_what_it_has_room_for),
        cmocka_unit_test(test_the_threshold_cuts_exactly_so_many),
        cmocka_unit_test(test_a_draft_is_dropped_by_escape_and_undo),
        cmocka_unit_test(test_a_draft_belongs_to_its_layer),
        cmocka_unit_test(test_the_cursor_stays_and_opens_the_neuron),
        cmocka_unit_test(test_cells_say_what_is_there),
        cmocka_unit_test(test_a_draft_shows_what_it_changes),
        cmocka_unit_test(test_one_key_restores_protects_and_releases),
        cmocka_unit_test(test_columns_choose_the_order_of_links),
        cmocka_unit_test(test_links_are_searched_and_narrowed),
        cmocka_unit_test(test_the_whole_unit_is_cut_and_put_back),
        cmocka_unit_test(test_activity_is_unknown_until_it_is_measured),
        cmocka_unit_test(test_look_takes_the_numbers_that_units_keep_for_life),
        cmocka_unit_test(test_a_link_from_several_units_leads_to_the_first_and_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
