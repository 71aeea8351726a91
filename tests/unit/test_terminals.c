/* What the explorer writes to terminals of every kind, byte by byte: colours within what each has, from none to all, with every theme;
 * never a background; and the palette put back at the end. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/file.h"
#include "tests/unit/util_pty.h"
#include "views/style.h"

/* What was asked of the terminal in colours. */
struct inks {
    bool basic[16];   /* 30-37, 90-97 */
    bool fixed[256];  /* 38;5 */
    int32_t rgb[256]; /* 38:2, and colours given new values */
    size_t n_rgb;
    int backgrounds, redefined;
    bool put_back;   /* the palette, at the end */
    bool attributes; /* bold, dim, underlined, reversed */
};

static void add_rgb(struct inks *k, int32_t rgb)
{
    for (size_t i = 0; i < k->n_rgb; i++)
        if (k->rgb[i] == rgb)
            return;
    assert_true(k->n_rgb < 256);
    k->rgb[k->n_rgb++] = rgb;
}

/* The numbers of one SGR sequence. */
static void take_sgr(struct inks *k, const int *v, int n)
{
    for (int i = 0; i < n; i++) {
        if (v[i] == 38 && i + 2 < n && v[i + 1] == 5) {
            assert_in_range(v[i + 2], 0, 255);
            k->fixed[v[i + 2]] = true;
            i += 2;
        } else if (v[i] == 38) {
            assert_true(i + 4 < n && v[i + 1] == 2);
            add_rgb(k, v[n - 3] << 16 | v[n - 2] << 8 | v[n - 1]);
            return;
        } else if (v[i] >= 30 && v[i] < 38) {
            k->basic[v[i] - 30] = true;
        } else if (v[i] >= 90 && v[i] < 98) {
            k->basic[v[i] - 90 + 8] = true;
        } else {
            k->backgrounds += (v[i] >= 40 && v[i] <= 48) || (v[i] >= 100 && v[i] <= 107);
            k->attributes |= v[i] == 1 || v[i] == 2 || v[i] == 4 || v[i] == 7;
        }
    }
}

static void take_inks(struct inks *k, const char *bytes)
{
    *k = (struct inks){0};
    for (const char *at = bytes; (at = strchr(at, '\033')); at++) {
        int v[32], n = 0;
        unsigned number, red, green, blue;
        if (sscanf(at, "\033]4;%u;rgb:%2x/%2x/%2x", &number, &red, &green, &blue) == 4) {
            add_rgb(k, (int32_t)(red << 16 | green << 8 | blue));
            k->redefined++;
        }
        if (at[1] != '[')
            continue;
        const char *end = at + 2 + strspn(at + 2, "0123456789;:");
        if (*end != 'm')
            continue;
        for (const char *digit = at + 2; digit < end && n < 32; digit++) {
            v[n++] = atoi(digit);
            digit += strcspn(digit, ";:m");
        }
        take_sgr(k, v, n);
    }
}

static char terminfo[] = "/tmp/poda-terminfoXXXXXX";

/* Descriptions that few systems have installed; the sequences are those of xterm. */
static int make_terminals(void **state)
{
    static const char source[] =
        "poda-16|sixteen colours,\n"
        "\tcolors#16, pairs#256, setaf=\\E[%?%p1%{8}%<%t%p1%{30}%+%e%p1%{82}%+%;%dm,\n"
        "\tsetab=\\E[%?%p1%{8}%<%t%p1%{40}%+%e%p1%{92}%+%;%dm, use=xterm,\n"
        "poda-direct|colours as they are,\n"
        "\tRGB, colors#0x1000000, pairs#0x10000, ccc@, initc@, oc@,\n"
        "\tsetaf=\\E[%?%p1%{8}%<%t3%p1%d%e38\\:2\\:\\:%p1%{65536}%/%d\\:%p1%{256}%/"
        "%{255}%&%d\\:%p1%{255}%&%d%;m,\n"
        "\tsetab=\\E[48\\:2\\:\\:%p1%{65536}%/%d\\:%p1%{256}%/%{255}%&%d\\:%p1%{255}%&%dm, use=xterm,\n";
    char path[128], command[256];
    (void)state;
    assert_non_null(mkdtemp(terminfo));
    snprintf(path, sizeof path, "%s/source", terminfo);
    assert_true(file_write(path, source, strlen(source), NULL));
    snprintf(command, sizeof command, "tic -x -o %s %s", terminfo, path);
    return system(command);
}

static int drop_terminals(void **state)
{
    char command[128];
    (void)state;
    snprintf(command, sizeof command, "rm -r %s", terminfo);
    return system(command);
}

/* Every screen is walked through; what came out until the end, and after it. */
static void walk(const char *environment, const char *options, struct inks *k)
{
    static const char *const keys[] = {"2", "L", "4", ">", "5", "9", "?", "\033"};
    struct pty p;
    char words[512];
    snprintf(words, sizeof words, "TERMINFO=%s %s -- samples/breast-cancer/model.onnx %s", terminfo,
             environment, options);
    pty_open(&p, 100, 30, words);
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        pty_type(&p, keys[i]);
        pty_settle(&p, 1);
    }
    size_t before = p.out.len;
    take_inks(k, buf_text(&p.out));
    assert_int_equal(pty_end(&p), 0);
    k->put_back = strstr(buf_text(&p.out) + before, "\033]104\a") != NULL;
    pty_release(&p);
    assert_int_equal(k->backgrounds, 0);
    assert_true(k->put_back || k->redefined == 0);
}

static int count(const bool *v, int from, int to)
{
    int n = 0;
    for (int i = from; i < to; i++)
        n += v[i];
    return n;
}

static void test_each_terminal_gets_its_own_colours(void **state)
{
    static const struct {
        const char *environment, *options;
        int most_basic; /* below which its numbers stay; 0: none */
        bool fixed, rgb;
    } rows[] = {
        {"TERM=vt220", "", 0, false, false},
        {"TERM=vt100", "--color always", 0, false, false},
        {"TERM=xterm", "", 8, false, false},
        {"TERM=xterm", "--theme light", 8, false, false},
        {"TERM=xterm", "--theme high-contrast", 8, false, false},
        {"TERM=xterm", "--theme deuteran", 8, false, false},
        {"TERM=xterm", "--theme mono", 0, false, false},
        {"TERM=xterm", "--color never", 0, false, false},
        {"TERM=xterm COLORTERM=truecolor", "", 8, false, false},
        {"TERM=linux", "", 8, false, false},
        {"TERM=screen", "", 8, false, false},
        {"TERM=poda-16", "", 16, false, false},
        {"TERM=poda-16", "--theme light", 16, false, false},
        {"TERM=xterm-256color", "", 0, true, false},
        {"TERM=xterm-256color", "--theme high-contrast", 0, true, false},
        {"TERM=xterm-256color NO_COLOR=1", "", 0, false, false},
        {"TERM=xterm-256color NO_COLOR=1", "--color always", 0, true, false},
        {"TERM=tmux-256color COLORTERM=truecolor", "", 0, true, false},
        {"TERM=xterm-256color COLORTERM=truecolor", "", 0, true, true},
        {"TERM=poda-direct", "", 0, false, true},
        {"TERM=poda-direct", "--theme light", 0, false, true},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct inks k;
        walk(rows[i].environment, rows[i].options, &k);
        int basic = count(k.basic, 0, 16), over = count(k.basic, rows[i].most_basic, 16),
            fixed = count(k.fixed, 16, 256);
        if (over || (basic > 2) != (rows[i].most_basic > 0) || (fixed > 5) != rows[i].fixed ||
            (k.n_rgb > 5) != rows[i].rgb || !k.attributes || k.basic[0] || count(k.fixed, 0, 16))
            fail_msg("%s %s: %d of the sixteen colours, %d of them too high; %d of 256; %zu of all",
                     rows[i].environment, rows[i].options, basic, over, fixed, k.n_rgb);
        if (rows[i].most_basic == 16 && count(k.basic, 8, 16) == 0)
            fail_msg("%s %s %d: none of the upper eight", rows[i].environment, rows[i].options, basic);
    }
}

/* Every colour that was sent is one of the theme's table, to what a thousandth of its scale loses. */
static void test_true_colours_are_the_themes(void **state)
{
    static const char *const environments[] = {"TERM=poda-direct", "TERM=xterm-256color COLORTERM=truecolor"};
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct inks k;
        walk(environments[i], "--theme deuteran", &k);
        assert_true(k.n_rgb > 5);
        for (size_t c = 0; c < k.n_rgb; c++) {
            bool known = false;
            for (int s = 0; s < STYLE_COUNT; s++) {
                int32_t rgb = style_look((enum style)s, THEME_DEUTERAN, COLOURS_TRUE).colour, off = 0;
                for (int shift = 0; rgb >= 0 && shift < 24; shift += 8) {
                    int32_t by = (rgb >> shift & 255) - (k.rgb[c] >> shift & 255);
                    off = by > off ? by : -by > off ? -by : off;
                }
                known = known || (rgb >= 0 && off <= 1);
            }
            if (!known)
                fail_msg("%s: %06x is no colour of the theme", environments[i], (unsigned)k.rgb[c]);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_each_terminal_gets_its_own_colours),
                                       cmocka_unit_test(test_true_colours_are_the_themes)};
    return cmocka_run_group_tests(tests, make_terminals, drop_terminals);
}
