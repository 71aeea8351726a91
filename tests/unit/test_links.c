/* The cursor of the neuron screen stays on its link: what is done by hand changes the order of the links, not which one was chosen. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/at_once.h"
#include "app/scene/links.h"
#include "engine/base/mem.h"
#include "tests/unit/util_session.h"

static void press(struct at_once *a, const char *keys)
{
    char key[16];
    at_once_settle(a);
    for (int n; sscanf(keys, "%15s%n", key, &n) == 1; keys += n)
        at_once_key(a, key);
}

/* The place of the link under the cursor; free() it. */
static char *chosen(const struct at_once *a)
{
    const char *place = json_str(json_get(links_selected(&a->ui), "place"));
    assert_non_null(place);
    return mem_text(place);
}

/* The session's last step is this command on that link, and the cursor is on it. */
static void done(struct at_once *a, struct session *s, const char *verb, const char *place)
{
    struct buf wanted = {0};
    char *last = session_command_at(s, store_head(s->store)), *now = chosen(a);
    buf_printf(&wanted, "%s%s", verb, place);
    assert_string_equal(last, buf_text(&wanted));
    assert_string_equal(now, place);
    free(last);
    free(now);
    buf_release(&wanted);
}

/* Every link of a unit in turn: put back or protected, then what P does to it next, then both taken back. */
static void test_P_twice_is_about_one_link(void **state)
{
    static const char *const panes[] = {"5 c", "5 c Tab"};
    (void)state;
    for (size_t p = 0; p < 2; p++) {
        struct session s;
        struct at_once a;
        int restored = 0, links = p ? 8 : 30;
        session_begin(&s);
        json_free(session_says(&s, "open samples/breast-cancer/model.onnx"));
        json_free(session_says(&s, "prune 0.5"));
        at_once_init(&a, &s);
        press(&a, panes[p]);
        for (int i = 0; i < links; i++) {
            char *place = chosen(&a);
            bool cut = !(result_number(links_selected(&a.ui), "kept") > 0);
            press(&a, "P");
            done(&a, &s, cut ? "restore " : "protect link:", place);
            press(&a, "P");
            done(&a, &s, cut ? "protect link:" : "release link:", place);
            press(&a, "u u");
            char *now = chosen(&a);
            assert_string_equal(now, place);
            restored += cut;
            free(now);
            free(place);
            press(&a, "j");
        }
        assert_in_range(restored, 1, links - 1); /* of both kinds */
        at_once_release(&a);
        session_close(&s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_P_twice_is_about_one_link)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
