/* half: the two 16-bit floating-point formats of model and array files, IEEE 754 binary16 and bfloat16, to float and back.
 * To float is exact. Back rounds to nearest, ties to even; what is too large becomes infinity; NaN stays NaN. */
#ifndef PODA_BASE_HALF_H
#define PODA_BASE_HALF_H

#include <stdint.h>

float half_to_float(uint16_t half);
uint16_t half_from_float(float value);

float bfloat16_to_float(uint16_t bits);
uint16_t bfloat16_from_float(float value);

#endif
