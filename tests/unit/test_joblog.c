/* joblog, desk and the jobs screen: what is listed, in which order, with what time left, and what cancelling asks for. */
#include "app/desk.h"
#include "app/joblog.h"
#include "app/screens.h"
#include "app/ui.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void report(struct job_log *l, int64_t id, enum job_state state, int64_t done, int64_t total,
                   double at)
{
    const struct job_report r = {
        .id = id, .state = state, .what = (char *)(uintptr_t) "work", .done = done, .total = total, .at = at};
    job_log_take(l, &r);
}

static void test_running_then_waiting_then_newest(void **state)
{
    (void)state;
    struct job_log l = {0};
    report(&l, 1, JOB_RUNNING, 0, 0, 0);
    report(&l, 1, JOB_DONE, 0, 0, 1);
    report(&l, 2, JOB_RUNNING, 0, 0, 1);
    report(&l, 2, JOB_FAILED, 0, 0, 2);
    report(&l, 4, JOB_QUEUED, 0, 0, 0);
    report(&l, 5, JOB_QUEUED, 0, 0, 0);
    report(&l, 3, JOB_RUNNING, 0, 0, 2);
    const int64_t wanted[] = {3, 4, 5, 2, 1};
    assert_int_equal(l.n, 5);
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(l.jobs[i].id, wanted[i]);
    job_log_clear(&l);
    assert_int_equal(l.n, 3);
    job_log_release(&l);
}

/* 1,000 units at 100 a second, then at 200 from the fifth second on. */
static void test_time_left_follows_the_last_two_seconds(void **state)
{
    (void)state;
    struct job_log l = {0};
    report(&l, 1, JOB_RUNNING, 0, 1000, 10.0);
    assert_true(isnan(job_left(&l.jobs[0])));
    report(&l, 1, JOB_RUNNING, 10, 1000, 10.1);
    report(&l, 1, JOB_RUNNING, 20, 1000, 10.2);
    assert_true(isnan(job_left(&l.jobs[0]))); /* not half a second yet */
    for (int i = 3; i <= 50; i++)
        report(&l, 1, JOB_RUNNING, 10 * i, 1000, 10.0 + 0.1 * i);
    assert_true(fabs(job_left(&l.jobs[0]) - 5.0) < 1e-6);
    for (int i = 1; i <= 21; i++)
        report(&l, 1, JOB_RUNNING, 500 + 20 * i, 1000, 15.0 + 0.1 * i);
    assert_true(fabs(job_left(&l.jobs[0]) - 0.4) < 1e-6);
    assert_true(fabs(job_took(&l.jobs[0]) - 7.1) < 1e-6);
    report(&l, 1, JOB_DONE, 1000, 1000, 18.0);
    assert_true(isnan(job_left(&l.jobs[0])));
    job_log_release(&l);
}

static void test_a_stalled_job_has_no_time_left(void **state)
{
    (void)state;
    struct job_log l = {0};
    for (int i = 0; i < 6; i++)
        report(&l, 1, JOB_RUNNING, 5, 10, i);
    assert_true(isnan(job_left(&l.jobs[0])));
    job_log_release(&l);
}

static void test_brief_jobs_leave_and_long_ones_stay(void **state)
{
    (void)state;
    struct job_log l = {0};
    struct job_report r = {.id = 1, .state = JOB_RUNNING, .at = 1, .brief = true};
    job_log_take(&l, &r);
    r.state = JOB_DONE;
    r.at = 1.05;
    job_log_take(&l, &r);
    assert_int_equal(l.n, 0);
    r = (struct job_report){.id = 2, .state = JOB_RUNNING, .at = 2, .brief = true};
    job_log_take(&l, &r);
    r.state = JOB_DONE;
    r.at = 2.5;
    job_log_take(&l, &r);
    assert_int_equal(l.n, 1);
    r = (struct job_report){.id = 3, .state = JOB_FAILED, .at = 3, .brief = true};
    job_log_take(&l, &r);
    assert_int_equal(l.n, 2);
    job_log_release(&l);
}

static void test_the_list_is_bounded(void **state)
{
    (void)state;
    struct job_log l = {0};
    for (int i = 1; i <= 1000; i++)
        report(&l, i, JOB_DROPPED, 0, 0, i);
    assert_int_equal(l.n, JOBS_KEPT);
    assert_int_equal(l.jobs[0].id, 1000);
    job_log_release(&l);
}

/* ---- desk ---- */

struct heard {
    struct job_log log;
    int64_t ids;
};

static double clock_now;
static double seconds(void)
{
    return clock_now;
}

static int64_t new_id(void *data)
{
    return ++((struct heard *)data)->ids;
}

static void hear(void *data, struct job_report *report_take)
{
    job_log_take(&((struct heard *)data)->log, report_take);
    job_report_release(report_take);
}

static void test_another_name_drops_the_job_before(void **state)
{
    (void)state;
    struct heard h = {0};
    struct desk d = {.new_id = new_id, .report = hear, .seconds = seconds, .data = &h};
    clock_now = 0;
    desk_work(&d, DESK_DRAFT, "draft a", 0, 100);
    desk_work(&d, DESK_DRAFT, "draft a", 50, 100);
    assert_int_equal(desk_find(&d, 1), DESK_DRAFT);
    clock_now = 1;
    desk_work(&d, DESK_DRAFT, "draft b", 0, 100);
    assert_int_equal(h.log.n, 2);
    assert_int_equal(h.log.jobs[0].state, JOB_RUNNING);
    assert_string_equal(h.log.jobs[0].what, "draft b");
    assert_int_equal(h.log.jobs[1].state, JOB_DROPPED);
    assert_int_equal(h.log.jobs[1].done, 50);
    assert_string_equal(h.log.jobs[1].note, "superseded");
    desk_close(&d, DESK_DRAFT, JOB_DONE, "exact");
    assert_int_equal(desk_find(&d, 2), DESK_KINDS);
    desk_release(&d);
    job_log_release(&h.log);
}

/* ---- the screen ---- */

struct asked {
    int64_t cancelled;
    int times;
};

static void post(void *data, enum request_kind kind, const char *line)
{
    (void)data;
    (void)kind;
    (void)line;
}

static void cancel(void *data, int64_t job)
{
    struct asked *a = data;
    a->cancelled = job;
    a->times++;
}

static void say_job(struct ui *u, int64_t id, enum job_state state, const char *note)
{
    struct news n = {.kind = NEWS_JOB,
                     .report = {.id = id,
                                .state = state,
                                .what = (char *)(uintptr_t) "curve points=50",
                                .note = (char *)(uintptr_t)note,
                                .done = 3,
                                .total = 24,
                                .at = 1}};
    ui_news(u, &n);
}

static void test_keys_of_the_jobs_screen(void **state)
{
    (void)state;
    struct asked asked = {0};
    const struct ui_port port = {.post = post, .cancel = cancel, .data = &asked};
    struct ui u;
    struct scratch memory = {0};
    struct scene scene;
    ui_init(&u, &port);
    ui_key(&u, "J", true, 0);
    assert_int_equal(u.screen, VIEW_JOBS);
    ui_key(&u, "x", true, 0);
    assert_string_equal(u.message, "there is no job to cancel");
    say_job(&u, 7, JOB_RUNNING, NULL);
    say_job(&u, 6, JOB_FAILED, "no such file");
    ui_key(&u, "x", true, 0);
    assert_int_equal(asked.cancelled, 7);
    ui_key(&u, "j", true, 0);
    ui_key(&u, "x", true, 0);
    assert_int_equal(asked.times, 1); /* what has ended is not cancelled */
    ui_scene(&u, &memory, &scene);
    const struct jobs_scene *j = scene.body;
    assert_int_equal(j->count, 2);
    assert_int_equal(j->rows[0].state, JOB_RUNNING);
    assert_string_equal(j->detail_title, "Job 6: curve points=50");
    assert_string_equal(j->details[0], "no such file");
    assert_string_equal(scene.frame.job.what, "curve points=50"); /* in every screen's status line */
    ui_key(&u, "X", true, 0);
    assert_int_equal(asked.cancelled, 0);
    ui_key(&u, "c", true, 0);
    assert_int_equal(u.jobs.n, 1);
    scratch_release(&memory);
    ui_release(&u);
}

/* ^C stops what runs; the second within two seconds leaves, whether something runs or not. */
static void test_interrupt(void **state)
{
    (void)state;
    struct asked asked = {0};
    const struct ui_port port = {.post = post, .cancel = cancel, .data = &asked};
    struct ui u;
    ui_init(&u, &port);
    say_job(&u, 1, JOB_RUNNING, NULL);
    ui_key(&u, "C-c", false, 10);
    ui_key(&u, "C-c", false, 13);
    assert_int_equal(asked.times, 2);
    assert_false(u.quit);
    assert_non_null(strstr(u.message, "^C once more within 2 s leaves"));
    say_job(&u, 1, JOB_CANCELLED, NULL);
    ui_key(&u, "C-c", false, 20);
    assert_false(u.quit);
    ui_key(&u, "C-c", false, 23);
    assert_false(u.quit);
    ui_key(&u, "C-c", false, 24);
    assert_true(u.quit);
    u.quit = false;
    say_job(&u, 2, JOB_RUNNING, NULL);
    ui_key(&u, "C-c", false, 30);
    assert_false(u.quit);
    ui_key(&u, "C-c", false, 31);
    assert_true(u.quit);
    assert_false(u.abort);
    ui_key(&u, "C-c", false, 32);
    assert_true(u.abort);
    ui_release(&u);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_running_then_waiting_then_newest),
        cmocka_unit_test(test_time_left_follows_the_last_two_seconds),
        cmocka_unit_test(test_a_stalled_job_has_no_time_left),
        cmocka_unit_test(test_brief_jobs_leave_and_long_ones_stay),
        cmocka_unit_test(test_the_list_is_bounded),
        cmocka_unit_test(test_another_name_drops_the_job_before),
        cmocka_unit_test(test_keys_of_the_jobs_screen),
        cmocka_unit_test(test_interrupt),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
