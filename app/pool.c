/* pool: see pool.h. Workers take slice numbers from a counter; whoever finishes the next slice in order folds it and all that
 * wait behind it, so that folds come one at a time and in order. */
#include "app/pool.h"

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "engine/base/mem.h"

struct pool {
    struct runner runner; /* first: the runner's functions get back to the pool by it */
    int n_threads;        /* besides the caller's */
    pthread_t *threads;
    pthread_mutex_t lock;
    pthread_cond_t work, idle;
    atomic_bool stop;
    const struct plan *plan; /* NULL: nothing to do */
    int64_t round;           /* counts plans, so that a worker joins each once */
    int64_t next, folded;    /* slices handed out, and folded */
    uint8_t *done;           /* by slice */
    int busy;
    bool whole, quit;
};

static void take_folds(struct pool *p, const struct plan *plan)
{
    while (p->folded < plan->slices && p->done[p->folded]) {
        if (plan->fold)
            plan->fold(plan->work, p->folded);
        p->folded++;
    }
}

/* Slices until there are none; called with the lock held, works without it. */
static void work_on(struct pool *p, const struct plan *plan)
{
    pthread_mutex_unlock(&p->lock);
    void *scratch = plan->scratch_new ? plan->scratch_new(plan->work) : NULL;
    pthread_mutex_lock(&p->lock);
    while (p->whole && p->next < plan->slices) {
        int64_t i = p->next++;
        pthread_mutex_unlock(&p->lock);
        bool ok = !atomic_load(&p->stop) && plan->slice(plan->work, i, scratch, &p->stop);
        pthread_mutex_lock(&p->lock);
        p->done[i] = ok;
        p->whole &= ok;
        if (p->whole)
            take_folds(p, plan);
    }
    pthread_mutex_unlock(&p->lock);
    if (plan->scratch_free)
        plan->scratch_free(scratch);
    pthread_mutex_lock(&p->lock);
}

static void *worker(void *data)
{
    struct pool *p = data;
    int64_t round = 0;
    pthread_mutex_lock(&p->lock);
    while (!p->quit) {
        if (!p->plan || p->round == round) {
            pthread_cond_wait(&p->work, &p->lock);
            continue;
        }
        round = p->round;
        p->busy++;
        work_on(p, p->plan);
        if (--p->busy == 0)
            pthread_cond_signal(&p->idle);
    }
    pthread_mutex_unlock(&p->lock);
    return NULL;
}

static bool pool_run(struct runner *self, const struct plan *plan)
{
    struct pool *p = (struct pool *)self;
    pthread_mutex_lock(&p->lock);
    p->done = mem_zero((size_t)plan->slices, 1);
    p->plan = plan;
    p->next = p->folded = 0;
    p->whole = true;
    p->round++;
    pthread_cond_broadcast(&p->work);
    work_on(p, plan);
    p->plan = NULL; /* nobody joins any more */
    while (p->busy > 0)
        pthread_cond_wait(&p->idle, &p->lock);
    bool whole = p->whole && p->folded == plan->slices;
    free(p->done);
    p->done = NULL;
    pthread_mutex_unlock(&p->lock);
    if (self->progress)
        self->progress(self->progress_data, plan->slices, plan->slices);
    return whole;
}

struct pool *pool_new(int threads)
{
    struct pool *p = mem_zero(1, sizeof *p);
    if (threads <= 0)
        threads = (int)sysconf(_SC_NPROCESSORS_ONLN);
    runner_serial(&p->runner, &p->stop);
    p->runner.run = pool_run;
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->work, NULL);
    pthread_cond_init(&p->idle, NULL);
    p->threads = mem_zero((size_t)(threads > 1 ? threads - 1 : 0), sizeof *p->threads);
    while (p->n_threads < threads - 1 && pthread_create(&p->threads[p->n_threads], NULL, worker, p) == 0)
        p->n_threads++;
    p->runner.threads = p->n_threads + 1;
    return p;
}

void pool_free(struct pool *p)
{
    pthread_mutex_lock(&p->lock);
    p->quit = true;
    pthread_cond_broadcast(&p->work);
    pthread_mutex_unlock(&p->lock);
    for (int i = 0; i < p->n_threads; i++)
        pthread_join(p->threads[i], NULL);
    pthread_cond_destroy(&p->work);
    pthread_cond_destroy(&p->idle);
    pthread_mutex_destroy(&p->lock);
    free(p->threads);
    free(p);
}

struct runner *pool_runner(struct pool *p)
{
    return &p->runner;
}

int pool_threads(const struct pool *p)
{
    return p->n_threads + 1;
}

void pool_stop(struct pool *p)
{
    atomic_store(&p->stop, true);
}

void pool_go(struct pool *p)
{
    atomic_store(&p->stop, false);
}

bool pool_stopped(const struct pool *p)
{
    return atomic_load(&p->stop);
}

struct thread {
    pthread_t handle;
    void (*run)(void *data);
    void *data;
};

static void *thread_main(void *data)
{
    struct thread *t = data;
    t->run(t->data);
    return NULL;
}

struct thread *thread_start(void (*run)(void *data), void *data)
{
    struct thread *t = mem_zero(1, sizeof *t);
    t->run = run;
    t->data = data;
    if (pthread_create(&t->handle, NULL, thread_main, t) == 0)
        return t;
    free(t);
    return NULL;
}

void thread_join_free(struct thread *t)
{
    pthread_join(t->handle, NULL);
    free(t);
}

struct gate {
    pthread_mutex_t lock;
    pthread_cond_t changed;
};

struct gate *gate_new(void)
{
    struct gate *g = mem_zero(1, sizeof *g);
    pthread_mutex_init(&g->lock, NULL);
    pthread_cond_init(&g->changed, NULL);
    return g;
}

void gate_free(struct gate *g)
{
    pthread_cond_destroy(&g->changed);
    pthread_mutex_destroy(&g->lock);
    free(g);
}

void gate_lock(struct gate *g)
{
    pthread_mutex_lock(&g->lock);
}

void gate_unlock(struct gate *g)
{
    pthread_mutex_unlock(&g->lock);
}

void gate_wait(struct gate *g)
{
    pthread_cond_wait(&g->changed, &g->lock);
}

void gate_signal(struct gate *g)
{
    pthread_cond_broadcast(&g->changed);
}
