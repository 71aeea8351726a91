/* hash: SHA-256 (FIPS 180-4), by the library nettle. Hashes are shown and stored as 64 hex digits. */
#ifndef PODA_BASE_HASH_H
#define PODA_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

enum { HASH_BYTES = 32, HASH_HEX = 65 }; /* HASH_HEX counts the NUL */

struct hash; /* a running hash */

struct hash *hash_new(void);
void hash_add(struct hash *h, const void *bytes, size_t n);
void hash_finish_free(struct hash *h, char hex[HASH_HEX]); /* writes the digits and frees h */

void hash_bytes(const void *bytes, size_t n, char hex[HASH_HEX]);

#endif
