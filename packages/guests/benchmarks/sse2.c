/* SSE2 floating point: the work of x87.c by scalar instructions, and packed doubles, floats and integers. */
#include "float.h"

typedef double doubles __attribute__((vector_size(16)));
typedef float floats __attribute__((vector_size(16)));
typedef uint32_t words __attribute__((vector_size(16)));

#define COUNT 512

static doubles a[COUNT], b[COUNT];
static floats f[COUNT];
static words w[COUNT];

static void packed_start(void) {
  for (uint32_t i = 0; i < COUNT; i++) {
    a[i] = (doubles){i * 0.5, 1.0 / (i + 1)};
    b[i] = (doubles){1.0 + i, 2.0};
    f[i] = (floats){(float)i, 0.25f * (float)i, 1.0f, 3.0f / (float)(i + 1)};
    w[i] = (words){i, i * 3, ~i, i << 16};
  }
}

static uint32_t packed(uint32_t checksum) {
  doubles sum = {0, 0};
  floats product = {1, 1, 1, 1};
  words hash = {1, 2, 3, 4};
  for (uint32_t i = 0; i < COUNT; i++) {
    sum += a[i] * b[i] - a[i] / b[i];
    a[i] = a[i] * 0.999 + sum * 1e-9;
    product = product * 0.5f + f[i];
    f[i] = f[i] - product * 0.001f;
    hash = (hash << 3 ^ hash >> 7) + w[i];
    w[i] ^= hash;
  }
  checksum = fold(fold(checksum, sum[0]), sum[1]);
  checksum = fold(checksum, (double)product[0] + (double)product[3]);
  return mix(mix(checksum, hash[0] ^ hash[1]), hash[2] ^ hash[3]);
}

uint32_t work(uint32_t scale) {
  uint32_t checksum = 0;
  bodies_start();
  packed_start();
  for (uint32_t round = 0; round < scale * 20; round++) {
    for (uint32_t i = 0; i < 300; i++) bodies_step(1.0 / 256);
    checksum = fold(checksum, bodies[round % BODIES].position[round % 3]);
    checksum = mix(checksum, mandelbrot(24 + (round & 3), 40));
    checksum = fold(checksum, leibniz(2000));
    for (uint32_t i = 0; i < 12; i++) checksum = packed(checksum);
  }
  return checksum;
}
