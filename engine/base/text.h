/* text: UTF-8, columns, escaping of names from files, and the nearest known word. Pure functions. */
#ifndef PODA_BASE_TEXT_H
#define PODA_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;

/* Next code point of text[0..n); stores its length in bytes. A byte that starts no valid sequence gives U+FFFD, length 1.
 * Overlong forms, surrogates and values above U+10FFFF are not valid. n must be at least 1. */
uint32_t text_decode(const char *text, size_t n, size_t *length);

/* Append U+0000..U+10FFFF as UTF-8. */
void text_encode(struct buf *out, uint32_t code);

/* Columns a code point takes in a terminal: 0 (combining), 1 or 2. Ambiguous ones take 1. Independent of the locale. */
int text_width(uint32_t code);
int text_columns(const char *text); /* of a whole string */

/* Append text with C0, DEL, C1 controls and bytes that are not UTF-8 written as \xHH, so that it is safe on a terminal. */
void text_escape(struct buf *out, const char *text, size_t n);

/* Append text whole where it has at most so many bytes, else its beginning and its end with " ... " between; no half characters. */
void text_brief(struct buf *out, const char *text, size_t n, size_t most);

/* Take the last character off, with all its bytes. */
void text_erase_last(struct buf *text);

/* Append text as a word of the command language: in double quotes, with \" and \\, if it is empty or holds blanks, quotes,
 * backslashes or '#'. */
void text_quote(struct buf *out, const char *text);

/* The word of the list (NULL-ended) that is nearest to the given one by edit distance with transpositions; NULL if none is
 * near enough (distance above a third of the length, at least 2). */
const char *text_nearest(const char *word, const char *const *list);

/* Does text match pattern, where '*' stands for any run of characters? */
bool text_matches(const char *pattern, const char *text);

#endif
