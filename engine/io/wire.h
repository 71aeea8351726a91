/* wire: bounds a protobuf message before a library unpacks it: unpackers recurse as deep as the file nests and take hundreds
 * of bytes for a field of two. Knows the wire format only; what the fields are is asked from the caller. */
#ifndef PODA_IO_WIRE_H
#define PODA_IO_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

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
    bool fixed; /* numbers of fixed width: packed, they take as many bytes as in memory */
    const void *child;
};

/* Fill in what field `number` of a message of this kind is. */
typedef void wire_lookup(const void *message, uint32_t number, struct wire_field *out);

enum {
    WIRE_DEPTH_MAX = 32,            /* messages in messages */
    WIRE_OVERHEAD_MAX = 512u << 20, /* bytes that unpacking takes beyond the length of the message */
};

/* ERR_UNREADABLE naming the byte: a length that runs past the end, a field that is none, nesting above WIRE_DEPTH_MAX, more
 * small fields than WIRE_OVERHEAD_MAX allows. Time is linear in n, memory constant. */
bool wire_check(const void *bytes, size_t n, const void *root, wire_lookup *lookup, struct err *e);

/* The same for the outermost fields alone, as far as the first n bytes of a message of `total` bytes tell: so that a large file
 * of another kind is refused before it is read. */
bool wire_check_head(const void *bytes, size_t n, size_t total, struct err *e);

#endif
