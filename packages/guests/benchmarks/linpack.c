/* Linear equations by Gaussian elimination with partial pivoting, column by column as LINPACK does, in x87 code. */
#include "float.h"

#define ORDER 100

static double matrix[ORDER][ORDER], right[ORDER]; /* matrix[column][row] */
static uint32_t pivots[ORDER];

static void fill(uint32_t *seed) {
  for (uint32_t row = 0; row < ORDER; row++) right[row] = 0;
  for (uint32_t column = 0; column < ORDER; column++) {
    for (uint32_t row = 0; row < ORDER; row++) {
      matrix[column][row] = (double)((int32_t)next_random(seed) >> 8) / 4194304.0;
      right[row] += matrix[column][row];
    }
  }
}

/* y += factor * x */
static __attribute__((noinline)) void add_scaled(uint32_t count, double factor, const double *x, double *y) {
  for (uint32_t i = 0; i < count; i++) y[i] += factor * x[i];
}

static uint32_t largest(const double *x, uint32_t from) {
  uint32_t best = from;
  for (uint32_t i = from + 1; i < ORDER; i++) {
    if (__builtin_fabs(x[i]) > __builtin_fabs(x[best])) best = i;
  }
  return best;
}

static void swap(double *a, double *b) {
  double value = *a;
  *a = *b;
  *b = value;
}

static void eliminate(void) {
  for (uint32_t k = 0; k < ORDER; k++) {
    double *column = matrix[k];
    uint32_t pivot = pivots[k] = largest(column, k);
    swap(&column[k], &column[pivot]);
    for (uint32_t i = k + 1; i < ORDER; i++) column[i] /= -column[k];
    for (uint32_t j = k + 1; j < ORDER; j++) {
      swap(&matrix[j][k], &matrix[j][pivot]);
      add_scaled(ORDER - k - 1, matrix[j][k], column + k + 1, matrix[j] + k + 1);
    }
  }
}

static void solve(void) {
  for (uint32_t k = 0; k < ORDER; k++) {
    swap(&right[k], &right[pivots[k]]);
    add_scaled(ORDER - k - 1, right[k], matrix[k] + k + 1, right + k + 1);
  }
  for (uint32_t k = ORDER; k-- > 0;) {
    right[k] /= matrix[k][k];
    add_scaled(k, -right[k], matrix[k], right);
  }
}

uint32_t work(uint32_t scale) {
  uint32_t seed = 0x600DF00D, checksum = 0;
  for (uint32_t round = 0; round < scale * 4; round++) {
    fill(&seed);
    eliminate();
    solve();
    checksum = fold(checksum, right[round % ORDER]);
  }
  return checksum;
}
