/* What a terminal sends: keys by name, the mouse, pasted text; and that nothing else becomes a letter. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "app/input.h"

/* All events of the bytes as one text: names in a row, <x,y action> for the mouse, [text] for a paste. */
static void describe(struct input *in, bool late, struct buf *out)
{
    static const char *const actions[] = {"press", "drag", "release", "up", "down"};
    struct event e;
    while (input_next(in, late, &e)) {
        if (out->len)
            buf_putc(out, ' ');
        if (e.kind == EVENT_KEY)
            buf_printf(out, "%s%s", e.name, e.printable ? "" : "!");
        else if (e.kind == EVENT_MOUSE)
            buf_printf(out, "<%d,%d %s>", e.x, e.y, actions[e.action]);
        else if (e.kind == EVENT_PASTE_WAITS || e.kind == EVENT_PASTE_STOPPED)
            buf_puts(out, e.kind == EVENT_PASTE_WAITS ? "[..." : "[^C]");
        else
            buf_printf(out, "[%s]", e.text);
    }
}

static const struct {
    const char *bytes, *events; /* "!" marks keys that are no characters */
} cases[] = {
    {"jG:", "j G :"},
    {"\r\n\t\177\010", "Enter! Enter! Tab! Backspace! Backspace!"},
    {"\003\022\032", "C-c! C-r! C-z!"},
    {"\xc3\xa9\xe4\xb8\xad", "\xc3\xa9 \xe4\xb8\xad"},
    {"\377a\xc3(", "a ("},
    {"\033", "Esc!"},
    {"\033\033", "Esc! Esc!"},
    {"\033x", "M-x!"},
    {"\033[A\033OB\033[1;5C\033[Z", "Up! Down! C-Right! S-Tab!"},
    {"\033[H\033[1~\033[4~\033OF\033[7~\033[5~\033[6~\033[3~",
     "Home! Home! End! End! Home! PgUp! PgDn! Delete!"},
    {"\033OP\033[[B\033[15~\033[21~\033[3;5~", "F1! F2! F5! F10! C-Delete!"},
    {"\033[99;99~j", "j"},
    {"\033[?1;2c\033[Ij", "j"},
    {"\033[>0;276;0cq", "q"},
    {"\033]11;rgb:0000/0000/0000\aj", "j"},
    {"\033]52;c;abc\033\\j\033P1$r0m\033\\k", "j k"},
    {"\033[\033[A", "Up!"},
    {"\033[", ""},
    {"\033[<0;5;3M\033[<32;6;3M\033[<0;6;3m", "<4,2 press> <5,2 drag> <5,2 release>"},
    {"\033[<64;1;1M\033[<65;80;24M", "<0,0 up> <79,23 down>"},
    {"\033[<2;5;3M\033[<66;1;1M\033[<0;0;0M", ""},
    {"\033[M !!\033[M`!!j", "<0,0 press> <0,0 up> j"},
    {"\033[200~a\nb\033[Aq\033[201~j", "[a\nb\033[Aq] j"},
    {"\033[200~\033[201~", "[]"},
    {"\033[200~Q\n\033[A", "[... [Q\n\033[A]"},
    {"\033[200~Q\033[20", "[... [Q]"},
    {"\033[200~", "[... []"},
    {"\033[200~a\033[201~\033[200~b", "[a] [... [b]"},
    {"\033[200~ab\003Q\003q\n\033[201~j", "[^C] j"},
    {"\033[200~ab\003Q\n", "[^C]"},
};

static void test_bytes_become_events(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct input in = {0};
        struct buf got = {0};
        input_feed(&in, cases[i].bytes, strlen(cases[i].bytes));
        describe(&in, false, &got);
        describe(&in, true, &got);
        assert_string_equal(buf_text(&got), cases[i].events);
        assert_true(input_patience(&in) < 0);
        buf_release(&got);
        input_release(&in);
    }
}

/* However a read cuts the bytes, the events are the same. */
static void test_bytes_may_come_one_by_one(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct input in = {0};
        struct buf got = {0};
        for (const char *p = cases[i].bytes; *p; p++) {
            input_feed(&in, p, 1);
            describe(&in, false, &got);
        }
        describe(&in, true, &got);
        assert_string_equal(buf_text(&got), cases[i].events);
        buf_release(&got);
        input_release(&in);
    }
}

/* An Esc alone waits for its rest until it is late, a paste for longer. */
static void test_beginnings_wait(void **state)
{
    (void)state;
    struct input in = {0};
    struct event e;
    input_feed(&in, "\033", 1);
    assert_false(input_next(&in, false, &e));
    assert_true(input_patience(&in) == 0.025);
    assert_true(input_next(&in, true, &e));
    assert_string_equal(e.name, "Esc");
    assert_true(input_patience(&in) < 0);
    input_feed(&in, "\033[200~half", 10);
    assert_false(input_next(&in, false, &e));
    assert_true(input_patience(&in) == 1);
    assert_true(input_next(&in, true, &e));
    assert_int_equal(e.kind, EVENT_PASTE_WAITS);
    assert_false(input_next(&in, false, &e));
    assert_true(input_patience(&in) == 5);
    input_feed(&in, " whole\033[201~", 12);
    assert_true(input_next(&in, false, &e));
    assert_string_equal(e.text, "half whole");
    assert_true(input_patience(&in) < 0);
    input_feed(&in, "\033[200~half\003", 11);
    assert_true(input_next(&in, false, &e));
    assert_int_equal(e.kind, EVENT_PASTE_STOPPED);
    assert_true(input_patience(&in) == 0.5);
    input_feed(&in, "Q", 1);
    assert_false(input_next(&in, false, &e));
    assert_false(input_next(&in, true, &e));
    assert_true(input_patience(&in) < 0);
    input_feed(&in, "j", 1);
    assert_true(input_next(&in, false, &e));
    assert_string_equal(e.name, "j");
    input_release(&in);
}

static void test_single_byte_locales(void **state)
{
    (void)state;
    struct input in = {.latin = true};
    struct event e;
    input_feed(&in, "\351", 1);
    assert_true(input_next(&in, false, &e));
    assert_string_equal(e.name, "\xc3\xa9");
    input_release(&in);
}

/* Any bytes: no crash, an end, and never a name that is no text. */
static void test_noise(void **state)
{
    (void)state;
    uint32_t seed = 1;
    for (int round = 0; round < 2000; round++) {
        struct input in = {0};
        struct event e;
        char bytes[64];
        for (size_t i = 0; i < sizeof bytes; i++) {
            seed = seed * 1664525u + 1013904223u;
            bytes[i] = seed >> 28 < 5 ? "\033[O<;"[seed >> 28] : (char)(seed >> 16);
        }
        input_feed(&in, bytes, sizeof bytes);
        while (input_next(&in, true, &e))
            assert_true(e.kind != EVENT_KEY || e.name[0]);
        input_release(&in);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bytes_become_events),
        cmocka_unit_test(test_bytes_may_come_one_by_one),
        cmocka_unit_test(test_beginnings_wait),
        cmocka_unit_test(test_single_byte_locales),
        cmocka_unit_test(test_noise),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
