/* refuse: why a key does nothing here, and where it would. */
#ifndef PODA_APP_REFUSE_H
#define PODA_APP_REFUSE_H

#include "app/ui.h"

void refuse_key(struct ui *u, const char *key);
bool refuse_elsewhere(struct ui *u,
                      const char *key); /* false, nothing said: no other screen has the key either */
void refuse_screen(struct ui *u, const char *name);

#endif
