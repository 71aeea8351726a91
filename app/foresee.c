/* foresee: see foresee.h. */
#include "app/foresee.h"

#include <string.h>

#include "app/cmd/cmd.h"
#include "app/scene/facts_of.h"
#include "engine/base/json.h"
#include "engine/base/num.h"

static bool wanted(const struct ui *u)
{
    const char *line = buf_text(&u->typed);
    return (u->prompt == PROMPT_COMMAND || u->prompt == PROMPT_PALETTE) && !u->drafting &&
           u->board.item[BOARD_MODEL] && strncmp(line, "prune ", 6) == 0 && line[strspn(line + 6, " ") + 6] &&
           cmd_check(line, NULL);
}

static void forget(struct ui *u)
{
    static const enum board_item items[] = {BOARD_DRAFT, BOARD_DRAFT_EVAL, BOARD_DRAFT_LAYERS};
    for (size_t i = 0; i < sizeof items / sizeof *items; i++)
        board_drop(&u->board, items[i]);
}

void foresee_follow(struct ui *u)
{
    const char *line = buf_text(&u->typed);
    bool want = wanted(u);
    if (!want && u->foreseeing) {
        u->foreseeing = false;
        buf_clear(&u->foreseen);
        if (!u->drafting) {
            forget(u);
            ui_post(u, REQUEST_UNDRAFT, "%s", "");
        }
    } else if (want && strcmp(buf_text(&u->foreseen), line) != 0) {
        u->foreseeing = true;
        forget(u);
        buf_clear(&u->foreseen);
        buf_puts(&u->foreseen, line);
        ui_preview(u, line);
    }
}

/* The command as it would be kept stands before the counts, so that both always belong together. */
const char *foresee_text(const struct ui *u, struct scratch *memory)
{
    const struct json *d = u->foreseeing ? u->board.item[BOARD_DRAFT] : NULL;
    if (!d)
        return NULL;
    struct buf text = {0};
    buf_puts(&text, "keeps ");
    num_count(&text, count_of(d, "kept"));
    buf_puts(&text, " of ");
    num_count(&text, count_of(d, "prunable"));
    buf_puts(&text, " weights, ");
    num_count(&text, count_of(d, "dead"));
    size_t inputs = json_count(json_get(d, "cut_inputs"));
    buf_printf(&text, " dead units, %zu input%s cut off: %s", inputs, inputs == 1 ? "" : "s",
               text_of(d, "command", ""));
    return scratch_buf(memory, &text);
}
