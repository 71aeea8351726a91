/* json: the only file that knows cJSON. See json.h. */
#include "engine/base/json.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/mem.h"
#include "engine/base/num.h"
#include "engine/base/text.h"

enum { NESTING_MAX = 64 };

/* struct json is cJSON under the name that the rest of the program uses. */
static cJSON *in(const struct json *j)
{
    return (cJSON *)(uintptr_t)j;
}

static struct json *out(cJSON *j)
{
    return (struct json *)j;
}

static void *take(size_t bytes)
{
    return mem_alloc(bytes, 1);
}

void json_start(void)
{
    cJSON_Hooks hooks = {take, free};
    cJSON_InitHooks(&hooks);
}

static struct json *made(cJSON *j)
{
    if (!j)
        abort(); /* cJSON reports only a lack of memory here */
    return out(j);
}

struct json *json_object(void)
{
    return made(cJSON_CreateObject());
}

struct json *json_array(void)
{
    return made(cJSON_CreateArray());
}

struct json *json_number(double v)
{
    return made(isfinite(v) ? cJSON_CreateNumber(v) : cJSON_CreateNull());
}

struct json *json_text(const char *text)
{
    if (!text)
        return made(cJSON_CreateNull());
    struct buf safe = {0};
    text_escape(&safe, text, strlen(text));
    struct json *j = made(cJSON_CreateString(buf_text(&safe)));
    buf_release(&safe);
    return j;
}

void json_free(struct json *j)
{
    cJSON_Delete(in(j));
}

struct json *json_copy(const struct json *j)
{
    return made(cJSON_Duplicate(in(j), true));
}

void json_put(struct json *object, const char *name, struct json *child_take)
{
    cJSON_DeleteItemFromObjectCaseSensitive(in(object), name);
    cJSON_AddItemToObject(in(object), name, in(child_take));
}

void json_put_int(struct json *object, const char *name, int64_t v)
{
    json_put(object, name, json_number((double)v));
}

void json_put_num(struct json *object, const char *name, double v)
{
    json_put(object, name, json_number(v));
}

void json_put_bool(struct json *object, const char *name, bool v)
{
    json_put(object, name, made(cJSON_CreateBool(v)));
}

void json_put_text(struct json *object, const char *name, const char *text)
{
    json_put(object, name, json_text(text));
}

void json_put_null(struct json *object, const char *name)
{
    json_put(object, name, made(cJSON_CreateNull()));
}

struct json *json_put_array(struct json *object, const char *name)
{
    struct json *child = json_array();
    json_put(object, name, child);
    return child;
}

struct json *json_put_object(struct json *object, const char *name)
{
    struct json *child = json_object();
    json_put(object, name, child);
    return child;
}

void json_push(struct json *array, struct json *child_take)
{
    cJSON_AddItemToArray(in(array), in(child_take));
}

void json_push_int(struct json *array, int64_t v)
{
    json_push(array, json_number((double)v));
}

void json_push_text(struct json *array, const char *text)
{
    json_push(array, json_text(text));
}

struct json *json_push_object(struct json *array)
{
    struct json *child = json_object();
    json_push(array, child);
    return child;
}

struct json *json_take_first(struct json *array)
{
    return out(cJSON_DetachItemFromArray(in(array), 0));
}

void json_swap(struct json *array, struct json *element, struct json *child_take)
{
    cJSON_ReplaceItemViaPointer(in(array), in(element), in(child_take));
}

const struct json *json_get(const struct json *object, const char *name)
{
    return out(cJSON_GetObjectItemCaseSensitive(in(object), name));
}

struct json *json_member(struct json *object, const char *name)
{
    return out(cJSON_GetObjectItemCaseSensitive(in(object), name));
}

const struct json *json_first(const struct json *j)
{
    return j ? out(in(j)->child) : NULL;
}

const struct json *json_next(const struct json *child)
{
    return child ? out(in(child)->next) : NULL;
}

const char *json_name(const struct json *child)
{
    return child ? in(child)->string : NULL;
}

size_t json_count(const struct json *j)
{
    return j ? (size_t)cJSON_GetArraySize(in(j)) : 0;
}

bool json_is_object(const struct json *j)
{
    return j && cJSON_IsObject(in(j));
}

bool json_is_array(const struct json *j)
{
    return j && cJSON_IsArray(in(j));
}

bool json_is_number(const struct json *j)
{
    return j && cJSON_IsNumber(in(j));
}

bool json_is_null(const struct json *j)
{
    return !j || cJSON_IsNull(in(j));
}

bool json_is_bool(const struct json *j)
{
    return j && cJSON_IsBool(in(j));
}

double json_num(const struct json *j, double otherwise)
{
    return json_is_number(j) ? in(j)->valuedouble : otherwise;
}

bool json_true(const struct json *j)
{
    return j && cJSON_IsTrue(in(j));
}

const char *json_str(const struct json *j)
{
    return j && cJSON_IsString(in(j)) ? in(j)->valuestring : NULL;
}

/* cJSON stops at 1,000 levels; a manifest never needs so many, and every reader recurses. */
static bool nesting_ok(const char *text, size_t n)
{
    int depth = 0;
    bool quoted = false;
    for (size_t i = 0; i < n; i++) {
        if (quoted) {
            if (text[i] == '\\')
                i++;
            else if (text[i] == '"')
                quoted = false;
            continue;
        }
        if (text[i] == '"')
            quoted = true;
        if ((text[i] == '[' || text[i] == '{') && ++depth > NESTING_MAX)
            return false;
        if (text[i] == ']' || text[i] == '}')
            depth--;
    }
    return true;
}

static int line_of(const char *text, const char *at)
{
    int line = 1;
    for (; text < at; text++)
        line += *text == '\n';
    return line;
}

struct json *json_parse(const char *text, size_t n, const char *what, struct err *e)
{
    if (!nesting_ok(text, n)) {
        err_set(e, ERR_UNREADABLE, "%s: nested more than %d levels deep", what, NESTING_MAX);
        return NULL;
    }
    struct buf ended = {0};
    buf_add(&ended, text, n);
    const char *stop = NULL;
    cJSON *j = cJSON_ParseWithOpts(buf_text(&ended), &stop, true);
    if (!j) {
        err_set(e, ERR_UNREADABLE, "%s, line %d: not valid JSON", what,
                line_of(buf_text(&ended), stop ? stop : buf_text(&ended)));
        err_hint(e, "look for a missing comma, quote or bracket there");
    }
    buf_release(&ended);
    return out(j);
}

/* cJSON's own allocator, with which it frees texts. */
static char *escaped_text(const char *text)
{
    struct buf safe = {0};
    text_escape(&safe, text, strlen(text));
    char *copy = cJSON_malloc(safe.len + 1);
    if (!copy)
        abort();
    memcpy(copy, buf_text(&safe), safe.len + 1);
    buf_release(&safe);
    return copy;
}

static void escape_all(cJSON *v)
{
    for (; v; v = v->next) {
        char **texts[] = {&v->valuestring, &v->string};
        for (int i = 0; i < 2; i++) {
            if (!*texts[i])
                continue;
            char *safe = escaped_text(*texts[i]);
            cJSON_free(*texts[i]);
            *texts[i] = safe;
        }
        escape_all(v->child);
    }
}

struct json *json_escaped(const struct json *j)
{
    struct json *copy = json_copy(j);
    escape_all(in(copy));
    return copy;
}

/* Controls in JSON's own way, so that they read back; what is no UTF-8 as text. */
static void print_text(const char *text, struct buf *line)
{
    size_t n = strlen(text), length;
    buf_putc(line, '"');
    for (size_t i = 0; i < n; i += length) {
        uint32_t code = text_decode(text + i, n - i, &length);
        if (code == '"' || code == '\\')
            buf_putc(line, '\\');
        if (code == 0xfffd && length == 1)
            buf_printf(line, "\\\\x%02x", (unsigned char)text[i]);
        else if (code < 0x20 || (code >= 0x7f && code < 0xa0))
            buf_printf(line, "\\u%04x", (unsigned)code);
        else
            buf_add(line, text + i, length);
    }
    buf_putc(line, '"');
}

static void print_number(double v, struct buf *line)
{
    if (v == nearbyint(v) && fabs(v) <= 0x1p53)
        buf_printf(line, "%lld", (long long)v);
    else
        num_exact(line, v);
}

/* Our own, because cJSON rounds numbers to 15 digits: what was stored must read back as it was. */
void json_print(const struct json *j, struct buf *line)
{
    const cJSON *v = in(j);
    if (cJSON_IsNumber(v))
        print_number(v->valuedouble, line);
    else if (cJSON_IsString(v))
        print_text(v->valuestring, line);
    else if (cJSON_IsBool(v))
        buf_puts(line, cJSON_IsTrue(v) ? "true" : "false");
    else if (!cJSON_IsObject(v) && !cJSON_IsArray(v))
        buf_puts(line, "null");
    else {
        buf_putc(line, cJSON_IsObject(v) ? '{' : '[');
        for (const cJSON *child = v->child; child; child = child->next) {
            if (child != v->child)
                buf_putc(line, ',');
            if (cJSON_IsObject(v)) {
                print_text(child->string, line);
                buf_putc(line, ':');
            }
            json_print(out((cJSON *)(uintptr_t)child), line);
        }
        buf_putc(line, cJSON_IsObject(v) ? '}' : ']');
    }
}
