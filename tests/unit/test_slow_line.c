/* A line that takes long to swallow a frame: nothing typed is lost, the newest state is shown at the end, frames between are left out. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/pace.h"
#include "engine/base/file.h"
#include "tests/unit/util_pty.h"

static void test_pace(void **state)
{
    struct pace p = {0};
    (void)state;
    assert_true(pace_interval(&p) == 1.0 / 30);
    pace_wrote(&p, 0.04);
    assert_true(pace_interval(&p) == 1.0 / 30);
    pace_wrote(&p, 0.06);
    assert_true(pace_interval(&p) == 1.0 / 15);
    for (int i = 0; i < 10; i++)
        pace_wrote(&p, 0.5);
    assert_true(pace_interval(&p) == 1);
    pace_wrote(&p, 0.001);
    assert_true(pace_interval(&p) == 0.5);
    for (int i = 0; i < 10; i++)
        pace_wrote(&p, 0.001);
    assert_true(pace_interval(&p) == 1.0 / 30);
}

/* What a VT52 shows after these bytes: it knows next to nothing, so that a page of C can play it. ANSI sequences are passed over. */
struct vt52 {
    char cell[60][200];
    int x, y;
};

static const char *ansi_end(const char *at)
{
    bool text = at[1] == ']';
    for (at += 2; *at; at++)
        if (text ? *at == '\\' : (*at >= '@' && *at <= '~'))
            return at;
    return at - 1;
}

static void vt52_erase(struct vt52 *v, bool page)
{
    memset(&v->cell[v->y][v->x], ' ', (size_t)(200 - v->x));
    for (int y = v->y + 1; page && y < 60; y++)
        memset(v->cell[y], ' ', 200);
}

static const char *vt52_escape(struct vt52 *v, const char *at)
{
    switch (at[1]) {
    case 'Y':
        v->y = (unsigned char)at[2] - 32;
        v->x = (unsigned char)at[3] - 32;
        return at + 3;
    case 'A':
        v->y--;
        break;
    case 'B':
        v->y++;
        break;
    case 'C':
        v->x++;
        break;
    case 'D':
        v->x--;
        break;
    case 'H':
        v->x = v->y = 0;
        break;
    case 'J':
    case 'K':
        vt52_erase(v, at[1] == 'J');
        break;
    case '[':
    case ']':
        return ansi_end(at);
    }
    return at + 1;
}

static void vt52_play(struct vt52 *v, const char *bytes)
{
    memset(v, 0, sizeof *v);
    for (const char *at = bytes; *at; at++) {
        if (*at == '\033')
            at = vt52_escape(v, at);
        else if (*at == '\r')
            v->x = 0;
        else if (*at == '\n')
            v->y++;
        else if (*at == '\b')
            v->x--;
        else if (*at == '\t')
            v->x = (v->x / 8 + 1) * 8;
        else if (*at >= ' ')
            v->cell[v->y][v->x++] = *at;
        assert_true(v->x >= 0 && v->x <= 200 && v->y >= 0 && v->y < 60);
    }
}

static bool vt52_shows(const struct vt52 *v, const char *text)
{
    for (int y = 0; y < 60; y++) {
        char line[201] = {0};
        memcpy(line, v->cell[y], 200);
        if (strstr(line, text))
            return true;
    }
    return false;
}

/* Of thirty steps of the slider, each with a whole new frame, none may be lost; frames may. */
static void test_slow_reader(void **state)
{
    struct pty p;
    struct vt52 *screen = calloc(1, sizeof *screen);
    struct buf times = {0};
    char path[64], words[256];
    int frames = 0;
    (void)state;
    snprintf(path, sizeof path, "/tmp/poda-times-%ld", (long)getpid());
    snprintf(words, sizeof words, "TERM=vt52 PODA_TIMES=%s -- samples/readmit/model.onnx --glyphs ascii",
             path);
    pty_open(&p, 200, 60, words);
    pty_type(&p, "2");
    pty_settle(&p, 1);
    for (int i = 0; i < 30; i++)
        pty_type(
            &p,
            "l\f"); /* a step, and ^L: nobody reads until the line is full and the explorer waits for it */
    do {            /* ends by itself where the last step never shows */
        pty_crawl(&p, 1, 1024);
        vt52_play(screen, buf_text(&p.out));
    } while (!vt52_shows(screen, "99% 80.0%"));
    assert_true(vt52_shows(screen, "draft from #2"));
    assert_true(vt52_shows(screen, "drawn anew"));
    assert_int_equal(pty_end(&p), 0);
    pty_release(&p);
    assert_true(file_read(path, 4096, &times, NULL));
    assert_int_equal(sscanf(buf_text(&times), "%*[^\n]\nkey-to-frame n %d", &frames), 1);
    print_message("%d frames\n", frames);
    assert_true(frames > 0 && frames < 25); /* of 31 times that keys came */
    remove(path);
    buf_release(&times);
    free(screen);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_pace), cmocka_unit_test(test_slow_reader)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
