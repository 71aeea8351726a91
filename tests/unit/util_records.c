/* util_records: see util_records.h. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/util_records.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/file.h"
#include "engine/base/rng.h"

static void put_record(struct buf *b, int features, int classes, uint64_t seed, uint64_t row)
{
    for (int f = 0; f < features; f++) {
        double v = rng_unit(seed, row, (uint64_t)f);
        buf_printf(b, "%.6f,", v < 0.2 ? 0 : 3 * v - 1.5);
    }
    double label = rng_unit(seed, row, (uint64_t)features);
    if (classes)
        buf_printf(b, "class %d\n", (int)(label * classes));
    else
        buf_printf(b, "%.6f\n", label);
}

struct dataset *records_drawn(int n, int features, int classes, uint64_t seed)
{
    char folder[] = "/tmp/poda-records-XXXXXX";
    struct buf table = {0}, manifest = {0};
    struct err e = {0};
    assert_non_null(mkdtemp(folder));
    for (int f = 0; f < features; f++)
        buf_printf(&table, "x%d,", f);
    buf_puts(&table, "y\n");
    for (int r = 0; r < n; r++)
        put_record(&table, features, classes, seed, (uint64_t)r);
    buf_printf(&manifest,
               "{\"name\": \"drawn\", \"task\": \"%s\", \"files\": {\"csv\": \"t.csv\"}, \"label\": "
               "{\"column\": \"y\"}}",
               classes ? "classification" : "regression");
    char *csv = file_join(folder, "t.csv"), *json = file_join(folder, "d.json");
    assert_true(file_write(csv, table.data, table.len, NULL));
    assert_true(file_write(json, manifest.data, manifest.len, NULL));
    struct dataset *d = dataset_open(json, &(struct dataset_options){0}, &e);
    if (!d)
        fail_msg("%s", e.message);
    unlink(csv);
    unlink(json);
    rmdir(folder);
    free(csv);
    free(json);
    buf_release(&table);
    buf_release(&manifest);
    return d;
}
