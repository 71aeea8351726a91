/* names: the rule that names layers. See names.h; layers.c calls it. */
#include "engine/prune/names.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/mem.h"

static bool starts(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

static bool made_up(const char *name)
{
    return starts(name, "onnx::") || starts(name, "const_");
}

/* Length of text[0..n) without the suffix, n if it does not end so. */
static size_t without(const char *text, size_t n, const char *suffix)
{
    size_t k = strlen(suffix);
    return n >= k && memcmp(text + n - k, suffix, k) == 0 ? n - k : n;
}

static size_t without_number(const char *text, size_t n)
{
    size_t end = n;
    while (end && text[end - 1] >= '0' && text[end - 1] <= '9')
        end--;
    return end < n && end && text[end - 1] == ':' ? end - 1 : n;
}

/* Suffixes stack up (dense/kernel/ReadVariableOp:0), so go on until none is left. */
static size_t without_suffixes(const char *text)
{
    static const char *const suffixes[] = {".weight", "_W", "/kernel", "/ReadVariableOp"};
    size_t n = strlen(text), before;
    do {
        before = n;
        n = without_number(text, n);
        for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++)
            n = without(text, n, suffixes[i]);
    } while (n < before);
    return n;
}

/* text[0..n) with '/' as '.', without leading ones; NULL if nothing is left. */
static char *dotted(const char *text, size_t n)
{
    while (n && *text == '/')
        text++, n--;
    if (!n)
        return NULL;
    char *name = mem_alloc(n + 1, 1);
    for (size_t i = 0; i < n; i++)
        name[i] = text[i] == '/' ? '.' : text[i];
    name[n] = 0;
    return name;
}

/* Does the next part begin with this one: blocks before blocks.0, fc1 before fc1? */
static bool repeats(const char *part, size_t n, const char *next, size_t next_n)
{
    return next_n >= n && memcmp(part, next, n) == 0 && (next_n == n || next[n] == '.');
}

/* "/blocks/blocks.0/qkv/MatMul" gives "blocks.0.qkv"; NULL if the node's name has one part only. */
static char *from_node(const char *node)
{
    const char *last = strrchr(node, '/');
    struct buf out = {0};
    for (const char *at = node; last && at < last;) {
        size_t n = strcspn(at, "/");
        const char *next = at + n + 1;
        bool dropped = n == 0 || (next < last && repeats(at, n, next, strcspn(next, "/")));
        if (!dropped) {
            if (out.len)
                buf_putc(&out, '.');
            buf_add(&out, at, n);
        }
        at = next;
    }
    if (out.len)
        return buf_take(&out);
    buf_release(&out);
    return NULL;
}

char *name_of_layer(const struct name_parts *p)
{
    char *name = NULL;
    if (!p->tensor_made_up && !made_up(p->tensor))
        name = dotted(p->tensor, without_suffixes(p->tensor));
    if (!name)
        name = from_node(p->node);
    if (!name && !p->bias_made_up && !made_up(p->bias))
        name = dotted(p->bias, without(p->bias, strlen(p->bias), ".bias"));
    if (!name) {
        struct buf out = {0};
        buf_printf(&out, "%s_%d", p->op, p->number);
        name = buf_take(&out);
    }
    return name;
}

static bool is_taken(const char *name, char *const *taken, int n)
{
    for (int i = 0; i < n; i++)
        if (strcmp(name, taken[i]) == 0)
            return true;
    return false;
}

char *name_unique(char *name_take, char *const *taken, int n)
{
    if (!is_taken(name_take, taken, n))
        return name_take;
    struct buf out = {0};
    int number = 2;
    do {
        buf_clear(&out);
        buf_printf(&out, "%s#%d", name_take, number++);
    } while (is_taken(buf_text(&out), taken, n));
    free(name_take);
    return buf_take(&out);
}
