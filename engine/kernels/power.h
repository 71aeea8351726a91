/* power: x to the y. */
#ifndef PODA_KERNELS_POWER_H
#define PODA_KERNELS_POWER_H

/* Squares, cubes and roots exactly as products and sqrt; the rest in double precision, rounded once. */
float kernel_power(float x, float y);

#endif
