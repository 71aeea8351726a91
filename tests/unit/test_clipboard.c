/* OSC 52 by its bytes: bare, for tmux, and in pieces that GNU screen passes on. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "app/clipboard.h"
#include "engine/base/buf.h"
#include "engine/base/mem.h"

static void expect(const char *text, enum clipboard_way way, const char *bytes)
{
    struct buf got = {0};
    clipboard_bytes(text, strlen(text), way, &got);
    assert_string_equal(buf_text(&got), bytes);
    buf_release(&got);
}

static void test_bytes(void **state)
{
    (void)state; /* the base64 of RFC 4648, section 10 */
    expect("", CLIPBOARD_BARE, "\033]52;c;\a");
    expect("f", CLIPBOARD_BARE, "\033]52;c;Zg==\a");
    expect("fo", CLIPBOARD_BARE, "\033]52;c;Zm8=\a");
    expect("foobar", CLIPBOARD_TMUX, "\033]52;c;Zm9vYmFy\a");
    expect("foobar", CLIPBOARD_SCREEN, "\033P\033]52;c;Zm9vYmFy\a\033\\");
}

static void test_way(void **state)
{
    static const struct {
        const char *term, *tmux, *sty;
        enum clipboard_way way;
    } rows[] = {
        {"xterm", NULL, NULL, CLIPBOARD_BARE},
        {"xterm", "", "", CLIPBOARD_BARE},
        {"tmux-256color", "/tmp/tmux-0/default,1,0", NULL, CLIPBOARD_TMUX},
        {"screen-256color", "/tmp/tmux-0/default,1,0", NULL, CLIPBOARD_TMUX},
        {"screen", NULL, "1.pts-0.host", CLIPBOARD_SCREEN},
        {"screen.tmux-256color", "/tmp/tmux-0/default,1,0", "1.pts-0.host", CLIPBOARD_SCREEN},
        {"tmux-256color", "/tmp/tmux-0/default,1,0", "1.pts-0.host", CLIPBOARD_TMUX},
        {NULL, NULL, "1.pts-0.host", CLIPBOARD_SCREEN},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(clipboard_find(rows[i].term, rows[i].tmux, rows[i].sty), rows[i].way);
}

/* What GNU screen takes out of its strings is what goes bare, and none is longer than what it keeps. */
static void test_pieces(void **state)
{
    enum { LIMIT = 767 }; /* MAXSTR - 1 of its source */
    (void)state;
    for (size_t n = 0; n <= CLIPBOARD_MOST; n += n < 1200 ? 1 : 7901) {
        char *text = mem_zero(n + 1, 1);
        struct buf bare = {0}, pieces = {0}, joined = {0};
        for (size_t i = 0; i < n; i++)
            text[i] = (char)('a' + i * 7 % 26);
        clipboard_bytes(text, n, CLIPBOARD_BARE, &bare);
        clipboard_bytes(text, n, CLIPBOARD_SCREEN, &pieces);
        for (const char *at = buf_text(&pieces); *at;) {
            const char *end = strstr(at, "\033\\");
            assert_int_equal(strncmp(at, "\033P", 2), 0);
            assert_non_null(end);
            assert_true(end - at - 2 <= LIMIT);
            buf_add(&joined, at + 2, (size_t)(end - at - 2));
            at = end + 2;
        }
        assert_string_equal(buf_text(&joined), buf_text(&bare));
        buf_release(&bare);
        buf_release(&pieces);
        buf_release(&joined);
        free(text);
    }
}

static void test_too_much(void **state)
{
    struct buf got = {0};
    char *text = mem_zero(CLIPBOARD_MOST + 2, 1);
    (void)state;
    memset(text, 'x', CLIPBOARD_MOST + 1);
    clipboard_bytes(text, CLIPBOARD_MOST + 1, CLIPBOARD_BARE, &got);
    assert_int_equal(got.len, 0);
    clipboard_bytes(text, CLIPBOARD_MOST, CLIPBOARD_BARE, &got);
    assert_int_equal(got.len, 7 + (CLIPBOARD_MOST + 2) / 3 * 4 + 1);
    buf_release(&got);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_bytes), cmocka_unit_test(test_way),
                                       cmocka_unit_test(test_pieces), cmocka_unit_test(test_too_much)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
