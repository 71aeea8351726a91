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

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_number(const char *text)
{
    size_t n = strlen(text);
    for (size_t i = 0; i < n; i++)
        if (!is_digit(text[i]))
            return false;
    return n > 0;
}

/* By PyTorch up to 2.4, by tf2onnx, by PyTorch since. */
static bool made_up(const char *name)
{
    return starts(name, "onnx::") || starts(name, "const_") || (starts(name, "val_") && is_number(name + 4));
}

/* Length of text[0..n) without the suffix, n if it does not end so. */
static size_t without(const char *text, size_t n, const char *suffix)
{
    size_t k = strlen(suffix);
    return n >= k && memcmp(text + n - k, suffix, k) == 0 ? n - k : n;
}

/* Without :12 or _12. */
static size_t without_number(const char *text, size_t n, char before)
{
    size_t end = n;
    while (end && is_digit(text[end - 1]))
        end--;
    return end < n && end && text[end - 1] == before ? end - 1 : n;
}

static size_t without_part(const char *text, size_t n)
{
    while (n && text[n - 1] != '/')
        n--;
    return n ? n - 1 : 0;
}

/* TensorFlow names a weight by who read it: dense/MatMul/ReadVariableOp is read by the MatMul of dense. tf2onnx folds scales into
 * some (stem/Conv2D_weights_fused_bn, stem/convolution/merged_input) and reshapes others (query/Reshape_1). */
static size_t without_reader(const char *text, size_t n)
{
    static const char *const reads[] = {"/ReadVariableOp", "/merged_input"};
    size_t stem = without_number(text, n, '_'), cut = n;
    for (size_t i = 0; i < sizeof reads / sizeof *reads; i++)
        if (without(text, stem, reads[i]) < stem)
            cut = without(text, without_part(text, without(text, stem, reads[i])), "/einsum");
    if (without(text, n, "_weights_fused_bn") < n)
        cut = without_part(text, n);
    return without(text, stem, "/Reshape") < stem ? without(text, stem, "/Reshape") : cut;
}

/* Suffixes stack up (dense/kernel/ReadVariableOp:0), so go on until none is left. */
static size_t without_suffixes(const char *text)
{
    static const char *const suffixes[] = {".weight", "_W", "/kernel"};
    size_t n = strlen(text), before;
    do {
        before = n;
        n = without_reader(text, without_number(text, n, ':'));
        for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++)
            n = without(text, n, suffixes[i]);
    } while (n < before);
    return n;
}

/* A SavedModel is a graph that calls the model's: the call is the first part of all names. */
static const char *after_call(const char *text)
{
    const char *slash = strchr(text, '/');
    return slash && (starts(text, "StatefulPartitionedCall") || starts(text, "PartitionedCall")) ? slash + 1
                                                                                                 : text;
}

/* text[0..n) with '/' as '.', without leading ones; NULL if nothing is left. */
static char *dotted(const char *text, size_t n)
{
    size_t call = (size_t)(after_call(text) - text);
    if (call < n)
        text += call, n -= call;
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

/* "/blocks/blocks.0/qkv/MatMul" gives "blocks.0.qkv"; NULL if the node's name has one part only. Keras' separable convolution is
 * two nodes, name/separable_conv2d/depthwise and name/separable_conv2d. */
static char *from_node(const char *node)
{
    const char *last = node + without(node, without_part(node, strlen(node)), "/separable_conv2d");
    struct buf out = {0};
    for (const char *at = after_call(node); at < last;) {
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
    if (!name && p->scope[0])
        name = dotted(p->scope, strlen(p->scope));
    if (!name && !p->bias_made_up && !made_up(p->bias))
        name = dotted(p->bias, without(p->bias, without_suffixes(p->bias), ".bias"));
    if (!name) {
        struct buf out = {0};
        buf_printf(&out, "%s_%d", p->op, p->number);
        name = buf_take(&out);
    }
    return name;
}

/* Keras 3 enters the scope of a layer twice, so that dense_1 is read by mlp_1/dense_1_2/Cast. */
static bool entered_twice(const struct name_parts *p)
{
    return strstr(p->tensor, "/Cast/ReadVariableOp") || strstr(p->tensor, "/convolution/");
}

static bool all_numbered(const char *name)
{
    for (;;) {
        size_t n = strcspn(name, ".");
        if (without_number(name, n, '_') == n)
            return false;
        if (!name[n])
            return true;
        name += n + 1;
    }
}

static char *without_numbers(const char *name)
{
    struct buf out = {0};
    while (*name) {
        size_t n = strcspn(name, ".");
        buf_add(&out, name, without_number(name, n, '_'));
        name += n;
        if (*name)
            buf_putc(&out, *name++);
    }
    return buf_take(&out);
}

/* Length of the first part that all names of more than one part have, with its dot; 0 if there is none. */
static size_t common_part(char *const *names, int n)
{
    const char *first = NULL;
    size_t length = 0;
    for (int i = 0; i < n; i++) {
        const char *dot = strchr(names[i], '.');
        if (!dot)
            continue;
        if (first && strncmp(first, names[i], length) != 0)
            return 0;
        first = names[i];
        length = (size_t)(dot - names[i]) + 1;
    }
    return length;
}

void names_without_model(char **names, const struct name_parts *parts, int n)
{
    bool tensorflow = false, twice = true;
    int keras3 = 0;
    for (int i = 0; i < n; i++) {
        tensorflow = tensorflow || strstr(parts[i].tensor, "/ReadVariableOp");
        keras3 += entered_twice(&parts[i]);
        twice = twice && (!strchr(names[i], '.') || all_numbered(names[i]));
    }
    size_t model = tensorflow ? common_part(names, n) : 0;
    for (int i = 0; model && i < n; i++) {
        if (!strchr(names[i], '.'))
            continue;
        char *name = keras3 && twice ? without_numbers(names[i] + model) : mem_text(names[i] + model);
        free(names[i]);
        names[i] = name;
    }
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
