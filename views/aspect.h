/* aspect: which of the two models, or their difference, the columns of a table speak of. One choice for all screens. */
#ifndef PODA_VIEWS_ASPECT_H
#define PODA_VIEWS_ASPECT_H

enum aspect { ASPECT_PRUNED, ASPECT_DELTA, ASPECT_DENSE, ASPECTS };

#endif
