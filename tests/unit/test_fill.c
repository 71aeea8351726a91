/* Blocks of records: every value where the contract says, however bytes are gathered. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "engine/base/err.h"
#include "engine/io/dataset.h"

enum { RECORDS = 70, CHANNELS = 3, WIDTH = 11, FEATURES = CHANNELS * WIDTH };

static const double mean[CHANNELS] = {0.25, 0, 0.5}, std[CHANNELS] = {2, 1, 0.125};

/* Wide margins of 0 in two channels, values of all sizes elsewhere. */
static int value_of(int record, int feature)
{
    int x = feature % WIDTH;
    return feature >= WIDTH && x < 8 ? 0 : (record * 37 + feature * 11) % 256;
}

static void write_array(const char *folder, const char *type)
{
    char path[256], head[128];
    snprintf(path, sizeof path, "%s/x.npy", folder);
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    int n = snprintf(head, sizeof head, "{'descr': '%s', 'fortran_order': False, 'shape': (%d, %d, 1, %d), }",
                     type, RECORDS, CHANNELS, WIDTH);
    fwrite("\x93NUMPY\x01\x00\x76\x00", 1, 10, f);
    fprintf(f, "%s%*s\n", head, 117 - n, "");
    for (int r = 0; r < RECORDS; r++)
        for (int k = 0; k < FEATURES; k++) {
            float v = (float)value_of(r, k);
            uint8_t byte = (uint8_t)value_of(r, k);
            if (type[1] == 'u')
                fwrite(&byte, 1, 1, f);
            else
                fwrite(&v, sizeof v, 1, f);
        }
    fclose(f);
}

static struct dataset *open_written(const char *folder, const char *type)
{
    static const struct dataset_options none;
    char path[256];
    struct err e = {0};
    write_array(folder, type);
    snprintf(path, sizeof path, "%s/dataset.json", folder);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fprintf(f,
            "{\"name\": \"blocks\", \"files\": {\"test\": {\"x\": \"x.npy\"}}, \"shape\": [%d, 1, %d],"
            " \"scale\": {\"divide\": 255, \"mean\": [0.25, 0, 0.5], \"std\": [2, 1, 0.125]}}",
            CHANNELS, WIDTH);
    fclose(f);
    struct dataset *d = dataset_open(path, &none, &e);
    if (!d)
        fail_msg("%s", e.message);
    return d;
}

/* n records, last to first, into so many lanes; the lanes left over repeat the last record. */
static void check_block(const struct dataset *d, int n, int lanes)
{
    int64_t rows[RECORDS];
    float *block = malloc((size_t)lanes * FEATURES * sizeof *block);
    for (int i = 0; i < n; i++)
        rows[i] = RECORDS - 1 - i;
    dataset_fill(d, rows, n, lanes, block);
    for (int k = 0; k < FEATURES; k++)
        for (int lane = 0; lane < lanes; lane++) {
            int record = RECORDS - 1 - (lane < n ? lane : n - 1), c = k / WIDTH;
            float expected = (float)((value_of(record, k) / 255.0 - mean[c]) / std[c]);
            assert_true(block[k * lanes + lane] == expected);
        }
    free(block);
}

static void test_blocks_of_bytes_and_of_floats(void **unused)
{
    (void)unused;
    static const char *const types[] = {"|u1", "<f4"};
    char folder[] = "/tmp/test_fill_XXXXXX", path[256];
    assert_non_null(mkdtemp(folder));
    for (int i = 0; i < 2; i++) {
        struct dataset *d = open_written(folder, types[i]);
        check_block(d, RECORDS, RECORDS);
        check_block(d, 64, 64);
        check_block(d, 5, 16);
        check_block(d, 1, 1);
        dataset_free(d);
    }
    snprintf(path, sizeof path, "%s/x.npy", folder);
    unlink(path);
    snprintf(path, sizeof path, "%s/dataset.json", folder);
    unlink(path);
    rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_blocks_of_bytes_and_of_floats)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
