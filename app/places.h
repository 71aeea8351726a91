/* places: where files live (XDG base directories), and the sessions that are there. */
#ifndef PODA_APP_PLACES_H
#define PODA_APP_PLACES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct err;

enum place_kind { PLACE_CONFIG, PLACE_DATA, PLACE_STATE, PLACE_CACHE, PLACES };

/* $XDG_..._HOME/poda, or its default under $HOME or else the home that the system knows of the user; free() it. NULL: there is
 * none, and a place where others may write (/tmp) is no substitute. */
char *place_folder(enum place_kind kind, struct err *e);
char *place_file(enum place_kind kind, const char *name, struct err *e); /* a file in it */

/* Make the folder (mode 0700) and its parents. */
bool place_make(const char *folder, struct err *e);

/* A name for a new session of that model in the data folder: readmit-2026-11-24-1.db; free() it. */
char *place_new_session(const char *model_name, struct err *e);

struct session_entry {
    char *path, *model; /* model: its name; NULL where unknown */
    char *why;          /* why it cannot be opened; NULL: it can */
    int64_t steps, time;
};
/* The sessions of the data folder, newest first, at most `most`; release with entries_free. */
size_t place_sessions(struct session_entry **out, size_t most);

/* Bundled samples: folders with a model.onnx beside the program, or where it was installed. */
size_t place_samples(struct session_entry **out);
void entries_free(struct session_entry *entries, size_t n);

#endif
