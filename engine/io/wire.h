/* wire: bounds a protobuf message before a library unpacks it: unpackers recurse as deep as the file nests and take hundreds
 * of bytes for a field of two. Knows the wire format only; what the fields are is asked from the caller. */
#ifndef PODA_IO_WIRE_H
#define PODA_IO_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/buf.h"

struct err;

enum wire_kind {
    WIRE_UNKNOWN, /* kept as it is */
    WIRE_NUMBER,  /* size is what one takes in memory; a length-delimited field holds many, packed */
    WIRE_BYTES,   /* a string */
    WIRE_MESSAGE  /* size is that of its struct; child names its kind */
};

struct wire_field {
    enum wire_kind kind;
    size_t size;
    bool fixed;      /* numbers of fixed width: packed, they take as many bytes as in memory */
    bool long_bytes; /* may be cut */
    const void *child;
};

/* Fill in what field `number` of a message of this kind is. */
typedef void wire_lookup(const void *message, uint32_t number, struct wire_field *out);

enum {
    WIRE_DEPTH_MAX = 32,            /* messages in messages */
    WIRE_OVERHEAD_MAX = 512u << 20, /* bytes that unpacking takes beyond the length of the message */
};

/* Where a message lies, a file or memory: read() puts n bytes from `offset` on into out. */
struct wire_source {
    bool (*read)(void *data, size_t offset, void *out, size_t n, struct err *e);
    void *data;
    size_t size;
};

/* A long string of bytes that was left where it lies. */
struct wire_cut {
    size_t offset, length;
};

/* The message without its long strings of bytes: fields that lookup calls `long_bytes` and that take at least WIRE_CUT_LEAST. Each
 * leaves a number field WIRE_CUT_FIELD with its place in cuts, which an unpacker that does not know it keeps. */
struct wire_skim {
    struct buf message;
    struct wire_cut *cuts;
    size_t n, capacity;
};
enum {
    WIRE_CUT_LEAST = 1024,
    WIRE_CUT_FIELD = 19876, /* of the numbers that protobuf reserves for its own use: no message has it */
};

/* Check and skim. ERR_UNREADABLE naming the byte: a length that runs past the end, a field that is none, nesting above
 * WIRE_DEPTH_MAX, more small fields than WIRE_OVERHEAD_MAX allows, or what read() says. Time is linear in the size, memory in what
 * is not cut. wire_skim_release frees it, also after an error. */
bool wire_skim(const struct wire_source *from, const void *root, wire_lookup *lookup, struct wire_skim *out,
               struct err *e);
void wire_skim_release(struct wire_skim *s);

/* The same for the outermost fields alone, as far as the first n bytes of a message of `total` bytes tell: so that a large file
 * of another kind is refused before it is read. */
bool wire_check_head(const void *bytes, size_t n, size_t total, struct err *e);

#endif
