/* util_records: a data set for a network of util_graphs.h: drawn records, written as a table and opened. */
#ifndef PODA_TESTS_UTIL_RECORDS_H
#define PODA_TESTS_UTIL_RECORDS_H

#include "engine/io/dataset.h"

/* n records of so many features within -1.5..1.5, a label of so many classes; 0 classes: a target. A fifth of the features are 0. */
struct dataset *records_drawn(int n, int features, int classes, uint64_t seed);

#endif
