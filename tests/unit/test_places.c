/* Where files live when the environment says little: at the home that the system knows, else nowhere, never under /tmp. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "app/places.h"
#include "engine/base/err.h"

static void forget_places(void)
{
    static const char *const names[] = {"HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME",
                                        "XDG_CACHE_HOME"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        unsetenv(names[i]);
}

static void is_in(const char *folder, const char *rest)
{
    char want[4200], *is = place_folder(PLACE_DATA, NULL);
    snprintf(want, sizeof want, "%s/%s", folder, rest);
    assert_string_equal(is, want);
    free(is);
}

static void test_variables_first(void **state)
{
    (void)state;
    forget_places();
    setenv("HOME", "/home/somebody", 1);
    is_in("/home/somebody", ".local/share/poda");
    setenv("XDG_DATA_HOME", "relative", 1); /* not to be taken, says their specification */
    is_in("/home/somebody", ".local/share/poda");
    setenv("XDG_DATA_HOME", "/data", 1);
    is_in("/data", "poda");
}

static void test_without_variables(void **state)
{
    static const char *const homes[] = {NULL, "", "relative"};
    const struct passwd *known = getpwuid(getuid());
    (void)state;
    if (!known)
        skip();
    for (size_t i = 0; i < sizeof homes / sizeof *homes; i++) {
        forget_places();
        if (homes[i])
            setenv("HOME", homes[i], 1);
        is_in(known->pw_dir, ".local/share/poda");
    }
}

/* A user whom the system does not know; only root can become one. 0: all is as it should be. */
static int try_as_nobody(void)
{
    struct err e = {0};
    uid_t id = 654321;
    while (getpwuid(id))
        id++;
    forget_places();
    if (setuid(id) != 0)
        return 2;
    bool told = !place_new_session("m", &e) && e.code == ERR_IO &&
                strstr(e.message, "no folder for sessions") && strstr(e.hint, "--session FILE") &&
                !place_file(PLACE_STATE, "history", NULL);
    struct session_entry *list;
    told = told && place_sessions(&list, 10) == 0;
    setenv("XDG_DATA_HOME", "/data", 1);
    char *folder = place_folder(PLACE_DATA, NULL);
    return told && folder && strcmp(folder, "/data/poda") == 0 ? 0 : 1;
}

static void test_an_unknown_user_is_told(void **state)
{
    int status;
    (void)state;
    if (getuid() != 0)
        skip();
    pid_t child = fork();
    if (child == 0)
        _exit(try_as_nobody());
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == 2)
        skip();
    assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_variables_first),
                                       cmocka_unit_test(test_without_variables),
                                       cmocka_unit_test(test_an_unknown_user_is_told)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
