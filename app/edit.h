/* edit: one line of text with a caret, and the keys that change it. A character and the marks that combine with it are one step. */
#ifndef PODA_APP_EDIT_H
#define PODA_APP_EDIT_H

#include <stdbool.h>
#include <stddef.h>

struct buf;

enum { EDIT_MOST = 4096 }; /* bytes that fit into a line */

/* *caret is a byte position in text. false: no key of editing, nothing is changed. */
bool edit_key(struct buf *text, size_t *caret, const char *key);

/* Letters at the caret, as many as fit whole; false: not all did. */
bool edit_insert(struct buf *text, size_t *caret, const char *letters);

/* Put `by` in the place of bytes from..to; the caret stands after it. */
void edit_splice(struct buf *text, size_t *caret, size_t from, size_t to, const char *by);

void edit_set(struct buf *text, size_t *caret, const char *line);

#endif
