/* db_name: see db_name.h. */
#include "store/db_name.h"

#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/file.h"

bool db_log_waits(const char *path)
{
    struct buf name = {0};
    buf_printf(&name, "%s-wal", path);
    bool waits = file_size(buf_text(&name)) > 0;
    buf_release(&name);
    return waits;
}

void db_plain_name(const char *path, struct buf *out)
{
    buf_printf(out, "%s%s", path[0] == '/' ? "" : "./", path);
}

void db_immutable_name(const char *path, struct buf *out)
{
    struct buf plain = {0};
    db_plain_name(path, &plain);
    buf_puts(out, "file:");
    for (size_t i = 0; i < plain.len; i++)
        buf_printf(out, strchr("?#%", plain.data[i]) ? "%%%02x" : "%c",
                   (unsigned)(unsigned char)plain.data[i]);
    buf_puts(out, "?immutable=1");
    buf_release(&plain);
}
