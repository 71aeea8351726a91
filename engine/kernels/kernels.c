/* kernels: choosing what a program computes with, and comparing OpenBLAS with the plain kernel before it is trusted. */
#include "engine/kernels/kernels.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/base/mem.h"
#include "engine/base/rng.h"
#include "engine/kernels/blas.h"
#include "engine/kernels/levels.h"
#if defined __x86_64__
#include <cpuid.h>
#endif

struct level {
    const struct lane_kernels *own;
    bool (*here)(void); /* does this processor have it? */
};

static bool always(void)
{
    return true;
}

#if defined __x86_64__
static bool has_avx2(void)
{
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}

static bool has_avx512(void)
{
    return has_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw");
}
#endif

/* From the best to the plain one. */
static const struct level levels[] = {
#if defined __x86_64__
    {&lane_kernels_avx512, has_avx512},
    {&lane_kernels_avx2, has_avx2},
#endif
    {&lane_kernels_plain, always},
};

enum { LEVELS = sizeof levels / sizeof *levels, CHECK_SHAPES = 12 };

static const char differs[] =
    "OpenBLAS gives other results than the plain kernel on this machine; it is switched off";

/* One product of random matrices, by OpenBLAS and by the plain kernel. */
static bool agrees(int m, int k, int lanes, uint64_t seed)
{
    size_t nw = (size_t)m * (size_t)k, nx = (size_t)k * (size_t)lanes, ny = (size_t)m * (size_t)lanes;
    float *block = mem_alloc(nw + nx + 2 * ny, sizeof *block), *w = block, *x = w + nw, *y = x + nx,
          *z = y + ny;
    const float **rows = mem_alloc((size_t)k, sizeof *rows);
    float **out = mem_alloc((size_t)m, sizeof *out);
    for (size_t i = 0; i < nw + nx; i++)
        block[i] = (float)(rng_unit(seed, 1, i) - 0.5);
    for (int i = 0; i < k; i++)
        rows[i] = x + (size_t)i * (size_t)lanes;
    for (int i = 0; i < m; i++)
        out[i] = z + (size_t)i * (size_t)lanes;
    blas_gemm(m, lanes, k, w, k, x, lanes, 0, y, lanes);
    lane_kernels_plain.dense(m, k, w, k, NULL, rows, lanes, out);
    bool same = true;
    for (size_t i = 0; i < ny; i++)
        same &= fabsf(y[i] - z[i]) <= 1e-5f * (1 + sqrtf((float)k));
    free(block);
    free(rows);
    free(out);
    return same;
}

static bool blas_is_sound(void)
{
    static const int shapes[CHECK_SHAPES][3] = {{1, 1, 1},    {3, 5, 16},   {16, 25, 64}, {10, 100, 64},
                                                {64, 64, 64}, {7, 130, 16}, {33, 17, 1},  {100, 300, 16},
                                                {5, 5, 128},  {48, 96, 64}, {2, 257, 64}, {65, 63, 256}};
    bool sound = true;
    for (int i = 0; i < CHECK_SHAPES; i++)
        sound &= agrees(shapes[i][0], shapes[i][1], shapes[i][2], (uint64_t)i);
    return sound;
}

static bool find_level(const char *word, const struct lane_kernels **out, struct err *e)
{
    bool any = !word || strcmp(word, "auto") == 0 || strcmp(word, "noblas") == 0;
    for (int i = 0; i < LEVELS; i++) {
        bool named = !any && strcmp(word, levels[i].own->name) == 0;
        if (levels[i].here() && (any || named)) {
            *out = levels[i].own;
            return true;
        }
        if (named) {
            err_set(e, ERR_UNSUPPORTED, "this processor has no %s", word);
            return err_hint(e, "leave --kernels out: the best that is here is chosen");
        }
    }
    static const char *const words[] = {"plain", "avx2", "avx512", "noblas", "auto", NULL};
    err_set(e, ERR_UNKNOWN, "--kernels knows no %s", word);
    return err_known(e, word, words);
}

bool kernels_choose(const char *word, struct kernels *out, struct err *e)
{
    *out = (struct kernels){0};
    if (!find_level(word, &out->own, e))
        return false;
    bool wanted = !word || strcmp(word, "noblas") != 0;
    out->notice = wanted ? blas_start(1) : NULL;
    if (wanted && !out->notice && !blas_is_sound())
        out->notice = differs;
    out->blas = wanted && !out->notice;
    return true;
}

/* The brand string of CPUID leaves 0x80000002 to 0x80000004: 48 characters, filled up with blanks or zeros (Intel SDM 2A, CPUID). */
void kernels_processor(char name[PROCESSOR_NAME])
{
    memset(name, 0, PROCESSOR_NAME);
#if defined __x86_64__
    unsigned words[12] = {0};
    bool known = (unsigned)__get_cpuid_max(0x80000000u, NULL) >= 0x80000004u;
    for (unsigned i = 0; known && i < 3; i++)
        __get_cpuid(0x80000002u + i, &words[4 * i], &words[4 * i + 1], &words[4 * i + 2], &words[4 * i + 3]);
    const char *from = (const char *)words, *end = from + sizeof words;
    while (from < end && *from == ' ')
        from++;
    for (size_t n = 0; from < end && *from; from++)
        name[n++] = *from;
    for (size_t n = strlen(name); n > 0 && name[n - 1] == ' '; n--)
        name[n - 1] = '\0';
#endif
    if (!*name)
        strcpy(name, "unknown processor");
}

void kernels_callers(struct kernels *k, int callers)
{
    const char *why = k->blas ? blas_start(callers) : NULL;
    if (why)
        *k = (struct kernels){.own = k->own, .notice = why};
}
