/* load: model and data files from the words of `open` and `data`, checked against hash= where it is given. */
#ifndef PODA_SESSION_LOAD_H
#define PODA_SESSION_LOAD_H

#include "app/session/session.h"

struct words;

struct model *load_model(const struct session *s, const struct words *w, struct err *e); /* NULL with e set */
struct data *load_data(const struct state *at, const struct words *w, struct err *e);

#endif
