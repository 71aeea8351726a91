/* paired: see paired.h. */
#include "engine/stats/paired.h"

#include <math.h>

static const double z95 = 1.96;

void paired_interval(int64_t b, int64_t c, int64_t n, double *low, double *high)
{
    double p = ((double)b + 1) / ((double)n + 2), q = ((double)c + 1) / ((double)n + 2);
    double half = z95 * sqrt((p + q - (q - p) * (q - p)) / ((double)n + 2));
    *low = q - p - half;
    *high = q - p + half;
}

void paired_mean(const double *a, const double *b, int64_t n, double *mean, double *low, double *high)
{
    double sum = 0, squares = 0;
    for (int64_t i = 0; i < n; i++)
        sum += b[i] - a[i];
    *mean = *low = *high = NAN;
    if (n < 2)
        return;
    *mean = sum / (double)n;
    for (int64_t i = 0; i < n; i++)
        squares += (b[i] - a[i] - *mean) * (b[i] - a[i] - *mean);
    double half = z95 * sqrt(squares / (double)(n - 1) / (double)n);
    *low = *mean - half;
    *high = *mean + half;
}

/* Terms of the binomial distribution, each from the one before, in logarithms: 2^-n would be 0 for large n. */
double paired_p(int64_t b, int64_t c)
{
    double n = (double)(b + c), term = -n * log(2), sum = exp(term);
    int64_t fewer = b < c ? b : c;
    for (int64_t k = 1; k <= fewer; k++) {
        term += log((n - (double)k + 1) / (double)k);
        sum += exp(term);
    }
    return fmin(1, 2 * sum);
}

void share_interval(int64_t k, int64_t n, double *low, double *high)
{
    if (n == 0) {
        *low = 0;
        *high = 1;
        return;
    }
    double N = (double)n, p = (double)k / N, z2 = z95 * z95;
    double centre = (p + z2 / (2 * N)) / (1 + z2 / N);
    double half = z95 / (1 + z2 / N) * sqrt(p * (1 - p) / N + z2 / (4 * N * N));
    *low = fmax(0, centre - half);
    *high = fmin(1, centre + half);
}
