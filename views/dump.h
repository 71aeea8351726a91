/* dump: a surface as text: plain, golden (text and styles), ANSI, SVG. Deterministic; the same surface gives the same bytes. */
#ifndef PODA_VIEWS_DUMP_H
#define PODA_VIEWS_DUMP_H

#include "views/surface.h"

struct buf;

/* Rows without trailing blanks, each ended by a newline. */
void dump_text(struct buf *out, const struct surface *s);

/* Two planes, "-- text" and "-- style", each row between bars so that trailing blanks count; one style letter a column. */
void dump_golden(struct buf *out, const struct surface *s);

/* As dump_text, with SGR sequences; the style is reset at the end of each row. No cursor movement. */
void dump_ansi(struct buf *out, const struct surface *s, enum theme theme, enum colour_depth depth);

/* A picture on a monospace grid, 8.4 x 17 units a cell. Wide characters are placed by cell. Background: dark for every
 * theme but light, since a picture has no terminal behind it. Block elements and box lines are drawn as shapes, so that
 * the picture does not depend on a font. */
void dump_svg(struct buf *out, const struct surface *s, enum theme theme);

#endif
