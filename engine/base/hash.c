/* hash: the only file that knows nettle. See hash.h. */
#include "engine/base/hash.h"

#include <stdlib.h>

#include <nettle/sha2.h>

#include "engine/base/mem.h"

_Static_assert(HASH_BYTES == SHA256_DIGEST_SIZE, "a hash is SHA-256");

struct hash {
    struct sha256_ctx state;
};

struct hash *hash_new(void)
{
    struct hash *h = mem_zero(1, sizeof *h);
    sha256_init(&h->state);
    return h;
}

void hash_add(struct hash *h, const void *bytes, size_t n)
{
    if (n)
        sha256_update(&h->state, n, bytes);
}

void hash_finish_free(struct hash *h, char hex[HASH_HEX])
{
    static const char digits[] = "0123456789abcdef";
    uint8_t sum[HASH_BYTES];
    sha256_digest(&h->state, sizeof sum, sum);
    for (int i = 0; i < HASH_BYTES; i++) {
        hex[2 * i] = digits[sum[i] >> 4];
        hex[2 * i + 1] = digits[sum[i] & 15];
    }
    hex[2 * HASH_BYTES] = '\0';
    free(h);
}

void hash_bytes(const void *bytes, size_t n, char hex[HASH_HEX])
{
    struct hash *h = hash_new();
    hash_add(h, bytes, n);
    hash_finish_free(h, hex);
}
