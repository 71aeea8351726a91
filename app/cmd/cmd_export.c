/* cmd_export: writing the pruned model as a file. */
#include "app/cmd/cmd_rows.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "app/session/export.h"
#include "engine/base/err.h"
#include "engine/base/json.h"
#include "engine/base/num.h"
#include "engine/base/text.h"

static bool run_export(struct session *s, const struct words *w, struct answer *out, struct err *e)
{
    static const char *const formats[] = {"onnx", NULL};
    const char *path = w->args[0];
    int format;
    bool force;
    struct exported made;
    if (!session_need_model(s, e) || !read_yes(w, "force", &force, e) ||
        !read_choice(w, "format", formats, 0, &format, e))
        return false;
    if (!outfile_may(s, path, force, e) || !export_model(s, session_now(s), path, &made, e) ||
        !session_event_file(s, "export", path, e))
        return false;
    out->result = json_object();
    json_put_text(out->result, "path", path);
    json_put_int(out->result, "bytes", made.bytes);
    json_put_num(out->result, "sparsity", made.sparsity);
    json_put_text(out->result, "format", formats[format]);
    json_put_text(out->result, "sha256", made.hash);
    buf_puts(&out->canonical, "export ");
    text_quote(&out->canonical, path);
    buf_printf(&out->canonical, " format=%s force=%s", formats[format], force ? "yes" : "no");
    return true;
}

static void say_export(const struct json *r, struct buf *out)
{
    buf_printf(out, "%s: ", json_str(json_get(r, "path")));
    num_bytes(out, json_num(json_get(r, "bytes"), NAN));
    buf_puts(out, ", ");
    num_percent(out, json_num(json_get(r, "sparsity"), NAN), 1);
    buf_puts(out, " of its prunable weights are 0 (read back from the file)\n");
}

static const struct command_key export_keys[] = {
    {"format", "onnx", "file format"}, {"force", "yes|no", "overwrite a file"}, {NULL, NULL, NULL}};

const struct command command_export = {.name = "export",
                                       .kind = COMMAND_EVENT,
                                       .min_args = 1,
                                       .max_args = 1,
                                       .args = "FILE",
                                       .usage = "export pruned.onnx force=yes",
                                       .about = "write the pruned model",
                                       .keys = export_keys,
                                       .run = run_export,
                                       .say = say_export};
