/* What keys cost where there is very much: ten thousand layers, and a unit with fifty thousand links. From a key to the frame that
 * shows what it did, the goal is 16 ms of processor; a slow machine gets four times that. Under sanitizers the times mean
 * nothing. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>
#include <time.h>

#include "engine/base/buf.h"
#include "tests/unit/util_typed.h"

#if defined(__has_feature)
#define HAS_FEATURE(name) __has_feature(name)
#else
#define HAS_FEATURE(name) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || HAS_FEATURE(address_sanitizer)
static const double most = 10;
#else
static const double most = 4 * 0.016;
#endif

enum { LAYERS = 10000, LINKS = 50000, TIMES = 5 };

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* The quickest of some times; the key is pressed as often. */
static void expect_quick(struct typed *t, const char *what, const char *key)
{
    struct buf out = {0};
    double least = most;
    for (int i = 0; i < TIMES; i++) {
        double from = now();
        typed_keys(t, key);
        typed_draw(t, 160, 50, &out);
        double took = now() - from;
        least = took < least ? took : least;
    }
    print_message("# %s, %s: %.1f ms\n", what, key, 1e3 * least);
    if (least >= most)
        fail_msg("%s: %s takes more than %.0f ms", what, key, 1e3 * most);
    buf_release(&out);
}

static void test_ten_thousand_layers(void **state)
{
    static const char *const keys[] = {"j", "k", "s", "S", "d", "G", "g"};
    struct typed *t = *state;
    typed_board(t, LAYERS);
    typed_keys(t, "1");
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        expect_quick(t, "overview", keys[i]);
    typed_keys(t, "2");
    for (const char *key = "jlkL"; *key; key++)
        expect_quick(t, "strategy", (const char[]){*key, 0});
    typed_keys(t, "C-p");
    for (const char *key = "conv9"; *key; key++)
        expect_quick(t, "palette", (const char[]){*key, 0});
    typed_keys(t, "Esc");
}

static void test_fifty_thousand_links(void **state)
{
    struct typed *t = *state;
    struct buf text = {0};
    buf_puts(
        &text,
        "{\"layer\":\"fc2\",\"unit\":3,\"original\":3,\"name\":\"fc2/3\",\"outgoing\":[],\"incoming\":[");
    for (int i = 0; i < LINKS; i++)
        buf_printf(
            &text,
            "%s{\"index\":%d,\"name\":\"fc1/"
            "%d\",\"layer\":\"fc1\",\"source\":%d,\"makers\":1,\"weight\":%.4f,"
            "\"pruned\":%.4f,\"kept\":%d,\"of\":1,\"share\":0.00002,\"live\":true,\"place\":\"fc2/3/%d\"}",
            i ? "," : "", i, i, i, i % 997 * 0.001, i % 3 ? i % 997 * 0.001 : 0, i % 3 != 0, i);
    buf_puts(&text, "]}");
    typed_keys(t, "5");
    typed_put(t, BOARD_NEURON, buf_text(&text));
    for (const char *key = "jGgcddd"; *key; key++)
        expect_quick(t, "neuron", (const char[]){*key, 0});
    typed_keys(t, "/");
    expect_quick(t, "neuron, searching", "9");
    typed_keys(t, "Esc &");
    expect_quick(t, "neuron, filtering", "9");
    typed_keys(t, "Esc");
    buf_release(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_ten_thousand_layers, typed_set_up, typed_tear_down),
        cmocka_unit_test_setup_teardown(test_fifty_thousand_links, typed_set_up, typed_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
