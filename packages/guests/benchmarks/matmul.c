/* Matrix products in SSE2 code: doubles two at a time, floats four at a time. */
#include "float.h"

#define ORDER 64

typedef double doubles __attribute__((vector_size(16)));
typedef float floats __attribute__((vector_size(16)));

static doubles a[ORDER][ORDER / 2], b[ORDER][ORDER / 2], product[ORDER][ORDER / 2];
static floats c[ORDER][ORDER / 4], d[ORDER][ORDER / 4], small[ORDER][ORDER / 4];

static void start(void) {
  for (uint32_t i = 0; i < ORDER; i++) {
    for (uint32_t j = 0; j < ORDER; j++) {
      a[i][j / 2][j & 1] = (double)(i + 1) / (j + 2);
      b[i][j / 2][j & 1] = (double)((i * 7 + j * 3) % 17) * 0.125 - 1;
      c[i][j / 4][j & 3] = (float)(i + j) * 0.25f;
      d[i][j / 4][j & 3] = (float)((i * 5 + j) % 13) * 0.5f - 3;
    }
  }
}

static __attribute__((noinline)) void multiply_doubles(void) {
  for (uint32_t i = 0; i < ORDER; i++) {
    for (uint32_t j = 0; j < ORDER / 2; j++) {
      doubles sum = {0, 0};
      for (uint32_t k = 0; k < ORDER; k++) {
        double factor = a[i][k / 2][k & 1];
        sum += (doubles){factor, factor} * b[k][j];
      }
      product[i][j] = sum;
    }
  }
}

static __attribute__((noinline)) void multiply_floats(void) {
  for (uint32_t i = 0; i < ORDER; i++) {
    for (uint32_t j = 0; j < ORDER / 4; j++) {
      floats sum = {0, 0, 0, 0};
      for (uint32_t k = 0; k < ORDER; k++) {
        float factor = c[i][k / 4][k & 3];
        sum += (floats){factor, factor, factor, factor} * d[k][j];
      }
      small[i][j] = sum;
    }
  }
}

uint32_t work(uint32_t scale) {
  uint32_t checksum = 0;
  start();
  for (uint32_t round = 0; round < scale * 4; round++) {
    multiply_doubles();
    multiply_floats();
    checksum = fold(checksum, product[round % ORDER][round % 32][round & 1]);
    checksum = fold(checksum, (double)small[round % ORDER][round % 16][round & 3]);
    a[round % ORDER][round % 32] += (doubles){0.5, -0.25};
    c[round % ORDER][round % 16] += (floats){0.5f, 1, -0.25f, 2};
  }
  return checksum;
}
