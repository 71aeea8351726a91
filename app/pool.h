/* pool: plans carried out by several threads, and the one thread beside the terminal's that does the session's work. The only
 * place that knows threads. */
#ifndef PODA_APP_POOL_H
#define PODA_APP_POOL_H

#include "engine/base/plan.h"

struct pool;

/* threads 0: as many as there are processors. 1: no thread is started. */
struct pool *pool_new(int threads);
void pool_free(struct pool *p);
struct runner *pool_runner(struct pool *p); /* borrowed; use it from one thread at a time */
int pool_threads(const struct pool *p);

/* Ask the plan that runs, and the next ones, to stop; until pool_go. Any thread and signal handlers may call it. */
void pool_stop(struct pool *p);
void pool_go(struct pool *p);
bool pool_stopped(const struct pool *p);

/* A thread beside the terminal's, and the gate through which two threads hand things over: what lies behind it is touched only
 * between gate_lock and gate_unlock; gate_wait lets go until gate_signal. */
struct thread;
struct thread *thread_start(void (*run)(void *data), void *data); /* NULL if the system has none left */
void thread_join_free(struct thread *t);

struct gate;
struct gate *gate_new(void);
void gate_free(struct gate *g);
void gate_lock(struct gate *g);
void gate_unlock(struct gate *g);
void gate_wait(struct gate *g);
void gate_signal(struct gate *g);

#endif
