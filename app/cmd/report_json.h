/* report_json: results that several commands give, as JSON and for people. */
#ifndef PODA_CMD_REPORT_JSON_H
#define PODA_CMD_REPORT_JSON_H

#include "app/session/state.h"

struct buf;
struct cost;
struct json;

/* What a mask leaves: kept prunable sparsity portions cut_portions parameters macs dense_macs sizes mask dead cut_inputs. */
struct json *mask_json(const struct state *at);
void say_mask(const struct json *result, struct buf *out);

/* What `data` answers: name task rows splits features classes groups skipped hash synthetic. */
struct dataset;
struct json *data_json(const struct dataset *d);

/* Storage to bytes: dense bitmask csr other file. */
void put_sizes(struct json *object, const struct cost *c, int64_t file_bytes);

#endif
