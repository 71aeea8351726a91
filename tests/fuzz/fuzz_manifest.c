/* Any bytes as a dataset.json beside a small table: an error or a data set, never a crash. */
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include "engine/base/err.h"
#include "engine/base/file.h"
#include "engine/io/dataset.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char folder[] = "/tmp/poda-fuzz-XXXXXX";
    static char *table, *manifest;
    static const char rows[] = "a,b,y,s\n1,2,no,train\n3,4,yes,test\n5,,no,validation\n";
    if (!table) {
        if (!mkdtemp(folder))
            abort();
        table = file_join(folder, "t.csv");
        manifest = file_join(folder, "d.json");
        file_write(table, rows, sizeof rows - 1, NULL);
    }
    struct err e = {0};
    if (file_write(manifest, data, size, &e)) {
        struct dataset *d = dataset_open(manifest, &(const struct dataset_options){0}, &e);
        float out[64];
        if (d && d->n_features <= 64)
            dataset_fill(d, &(const int64_t){0}, 1, 1, out);
        dataset_free(d);
    }
    err_release(&e);
    return 0;
}
