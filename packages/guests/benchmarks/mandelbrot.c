/* A Mandelbrot set in SSE2 code: two points at a time under a mask, and one at a time by scalar instructions. */
#include "float.h"

typedef double doubles __attribute__((vector_size(16)));
typedef int64_t masks __attribute__((vector_size(16)));

static __attribute__((noinline)) uint32_t pairs(uint32_t size, uint32_t limit) {
  uint32_t total = 0;
  for (uint32_t row = 0; row < size; row++) {
    double y0 = 2.5 * row / size - 1.25;
    for (uint32_t column = 0; column < size; column += 2) {
      doubles cx = {3.0 * column / size - 2.25, 3.0 * (column + 1) / size - 2.25}, cy = {y0, y0};
      doubles x = {0, 0}, y = {0, 0}, four = {4, 4};
      masks count = {0, 0};
      for (uint32_t i = 0; i < limit; i++) {
        doubles xx = x * x, yy = y * y;
        masks inside = xx + yy < four;
        if (!(inside[0] | inside[1])) break;
        count -= inside;
        y = (x + x) * y + cy;
        x = xx - yy + cx;
      }
      total += (uint32_t)(count[0] + count[1] * 3);
    }
  }
  return total;
}

uint32_t work(uint32_t scale) {
  uint32_t checksum = 0;
  for (uint32_t round = 0; round < scale * 6; round++) {
    checksum = mix(checksum, pairs(64 + (round & 7) * 2, 60));
    checksum = mix(checksum, mandelbrot(48 + (round & 7), 60));
  }
  return checksum;
}
