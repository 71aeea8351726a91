/* glossary: the words on the screens in plain language, one row each: the word, what it means and how it is computed, and on which
 * screens it stands. */
#ifndef PODA_APP_GLOSSARY_H
#define PODA_APP_GLOSSARY_H

#include <stddef.h>

#include "views/view.h"

struct glossary_row {
    const char *word;
    const char *meaning;
    unsigned screens; /* bit 1 << enum view_id */
};

extern const struct glossary_row glossary[];
extern const size_t glossary_count;

#endif
