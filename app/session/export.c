/* export: see export.h. */
#include "app/session/export.h"

#include "engine/base/err.h"
#include "engine/base/file.h"
#include "engine/shrink/shrink.h"

/* Share of zeros in the file's prunable tensors, by reading it as anybody would. */
static bool read_back(struct session *s, const char *path, const char *sizes, struct exported *out,
                      struct err *e)
{
    struct model *m = model_open(path, sizes, &s->kernels, e);
    int64_t zeros = 0;
    if (!m)
        return err_place(e, "the file just written cannot be read back");
    for (int i = 0; i < m->layers.n; i++) {
        const float *w = layer_weights(m->graph, &m->layers.v[i]);
        for (int64_t k = 0; k < m->layers.v[i].weights; k++)
            zeros += w[k] == 0;
    }
    out->sparsity = m->layers.prunable ? (double)zeros / (double)m->layers.prunable : 0;
    out->bytes = file_size(path);
    model_unref(m);
    return file_hash(path, out->hash, e);
}

bool export_model(struct session *s, const struct state *at, const char *path, struct exported *out,
                  struct err *e)
{
    const struct model *m = at->current;
    struct buf bytes = {0};
    bool ok = export_masked(m->file, m->graph, &m->layers, &m->coupling, at->mask, NULL, &bytes, e) &&
              file_write(path, buf_text(&bytes), bytes.len, e) && read_back(s, path, m->sizes, out, e);
    buf_release(&bytes);
    return ok;
}
