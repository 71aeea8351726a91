/* blas: the only file that knows OpenBLAS. It is loaded here, not linked, because it must be asked two things before: to start no
 * threads (one for each processor with 128 MiB each; poda's workers each call it on their own block of lanes), and whether its
 * memory is there: where that is short, OpenBLAS tries for ever. Without it the program goes on with its own kernels. */
#define _DEFAULT_SOURCE 1 /* MAP_ANON */
#define _DARWIN_C_SOURCE 1
#include "engine/kernels/blas.h"
#include "engine/kernels/kernels.h"

#include <cblas.h>
#include <dlfcn.h>
#include <stdlib.h>
#include <sys/mman.h>

enum { CALLERS_MOST = 64 };
#define BUFFER_BYTES ((size_t)128 << 20) /* what one call at a time takes, on x86-64 and ARM */
#define SPARE_BYTES ((size_t)256 << 20)  /* what the rest of the program is left at least */

/* The library's doors: written once, before main; and how many callers its memory is there for. */
static struct {
    __typeof__(cblas_sgemm) *sgemm;
    __typeof__(openblas_set_num_threads) *set_num_threads;
    __typeof__(openblas_get_config) *get_config;
    void *(*memory_alloc)(int place); /* not in its header; NULL: it is another library's */
    void (*memory_free)(void *block);
    int callers;
} blas;

/* Before main, while there is no other thread: the environment is changed. */
__attribute__((constructor)) static void blas_load(void)
{
    static const char *const names[] = {"libopenblas.so.0", "libopenblas.so", "libopenblas.0.dylib",
                                        "libopenblas.dylib"};
    void *library = NULL;
    setenv("OPENBLAS_NUM_THREADS", "1", 1);
    for (size_t i = 0; !library && i < sizeof names / sizeof *names; i++)
        library = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
    if (!library)
        return;
    *(void **)&blas.set_num_threads = dlsym(library, "openblas_set_num_threads");
    *(void **)&blas.get_config = dlsym(library, "openblas_get_config");
    *(void **)&blas.memory_alloc = dlsym(library, "blas_memory_alloc");
    *(void **)&blas.memory_free = dlsym(library, "blas_memory_free");
    if (blas.set_num_threads && blas.get_config)
        *(void **)&blas.sgemm = dlsym(library, "cblas_sgemm");
}

/* May the machine give so much, in the pieces in which it will be asked for? */
static bool room(int buffers)
{
    void *pieces[CALLERS_MOST + 1];
    int n = 0;
    for (bool more = true; more && n <= buffers; n += more) {
        size_t bytes = n < buffers ? BUFFER_BYTES : SPARE_BYTES;
        pieces[n] = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0);
        more = pieces[n] != MAP_FAILED;
    }
    for (int i = 0; i < n; i++)
        munmap(pieces[i], i < buffers ? BUFFER_BYTES : SPARE_BYTES);
    return n == buffers + 1;
}

/* Let the library take its memory now: later the program itself may have taken the room. */
static void take(int callers)
{
    void *blocks[CALLERS_MOST];
    if (!blas.memory_alloc || !blas.memory_free)
        return;
    for (int i = 0; i < callers; i++)
        blocks[i] = blas.memory_alloc(0);
    for (int i = 0; i < callers; i++)
        blas.memory_free(blocks[i]);
}

const char *blas_start(int callers)
{
    if (!blas.sgemm)
        return "OpenBLAS cannot be loaded; the own kernels compute everything";
    callers = callers < 1 ? 1 : callers < CALLERS_MOST ? callers : CALLERS_MOST;
    if (callers <= blas.callers)
        return NULL;
    if (!room(callers - blas.callers))
        return "too little memory for OpenBLAS, which takes 128 MiB for each thread: it is switched off; "
               "more memory (ulimit -v) or fewer --threads bring it back";
    blas.set_num_threads(1);
    take(callers);
    blas.callers = callers;
    return NULL;
}

void blas_gemm(int m, int n, int k, const float *w, int w_stride, const float *x, int x_stride, float beta,
               float *y, int y_stride)
{
    blas.sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, m, n, k, 1.0f, w, w_stride, x, x_stride, beta, y,
               y_stride);
}

const char *blas_version(void)
{
    return blas.sgemm ? blas.get_config() : "no OpenBLAS";
}
