/* outfile: may a file be written under this name? The one guard of everything that writes files at a person's word: what is there
 * is replaced only if that was said, and what the session is made of never. */
#ifndef PODA_SESSION_OUTFILE_H
#define PODA_SESSION_OUTFILE_H

#include <stdbool.h>
#include <stddef.h>

struct err;
struct session;

/* Files that a session is made of. Zero-initialised; owns the paths. */
struct own_files {
    size_t n, capacity;
    struct own_file {
        char *path;
        const char *what; /* "a model"; not owned */
    } * files;
};

void own_files_release(struct own_files *own);
void own_files_copy(const struct own_files *from, struct own_files *to);

/* The session's own: its file with what SQLite puts beside it, models with their external data, data sets with their files, of
 * all steps and of what is open. Borrowed, until the next call. */
const struct own_files *outfile_own(struct session *s);

/* ERR_IO where path is one of them under any name (links followed, device and inode compared), or is there and force is not given.
 * A look before the work: file_write still replaces whole files or nothing. */
bool outfile_check(const struct own_files *own, const char *path, bool force, struct err *e);

/* The two together, for a command. */
bool outfile_may(struct session *s, const char *path, bool force, struct err *e);

#endif
