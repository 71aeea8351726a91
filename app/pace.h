/* pace: how often frames of results may follow one another. A line that takes long to swallow a frame gets fewer of them, so that what
 * is typed does not wait behind what nobody could read. Keys are drawn at once at any pace. Times come from the caller, in seconds. */
#ifndef PODA_APP_PACE_H
#define PODA_APP_PACE_H

struct pace {
    double interval; /* least time from one frame to the next; 0: no frame yet, as fast as ever */
};

double pace_interval(const struct pace *p);

/* The terminal took so long to take a frame: more than 50 ms halves the rate, down to one a second; less doubles it again, up to 30. */
void pace_wrote(struct pace *p, double seconds);

#endif
