/* x87 floating point: bodies under gravity, a Mandelbrot set, a series; with the 80-bit format and integer conversions. */
#include "float.h"

static uint32_t extended(uint32_t count) {
  long double value = 1.5L, sum = 0;
  for (int32_t i = 1; i <= (int32_t)count; i++) {
    value = value * 1.25L - (long double)i / 3;
    if (value > 1000 || value < -1000) value /= 4096;
    sum += (long double)(int64_t)(value * 1024);
  }
  return (uint32_t)(int64_t)sum;
}

uint32_t work(uint32_t scale) {
  uint32_t checksum = 0;
  bodies_start();
  for (uint32_t round = 0; round < scale * 20; round++) {
    for (uint32_t i = 0; i < 300; i++) bodies_step(1.0 / 256);
    checksum = fold(checksum, bodies[round % BODIES].position[round % 3]);
    checksum = mix(checksum, mandelbrot(24 + (round & 3), 40));
    checksum = fold(checksum, leibniz(2000));
    checksum = mix(checksum, extended(2000));
  }
  return checksum;
}
