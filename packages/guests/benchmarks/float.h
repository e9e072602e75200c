/* The floating-point work that several benchmarks share: only operations whose results IEEE 754 fixes. */
#ifndef FLOAT_H
#define FLOAT_H

#include "work.h"

#define BODIES 5

struct body {
  double position[3], velocity[3], mass;
};

static struct body bodies[BODIES];

static inline uint32_t fold(uint32_t checksum, double value) {
  union {
    double number;
    uint32_t words[2];
  } bits = {value};
  return mix(mix(checksum, bits.words[0]), bits.words[1]);
}

static inline void bodies_start(void) {
  for (uint32_t i = 0; i < BODIES; i++) {
    for (uint32_t k = 0; k < 3; k++) {
      bodies[i].position[k] = (double)((i * 7 + k * 3) % 11) - 4.5;
      bodies[i].velocity[k] = (double)((i * 5 + k) % 7) * 0.125 - 0.375;
    }
    bodies[i].mass = 1.0 / (i + 1);
  }
}

/* Gravity between bodies, softened so that nothing flies off. */
static inline void bodies_step(double step) {
  for (uint32_t i = 0; i < BODIES; i++) {
    for (uint32_t j = i + 1; j < BODIES; j++) {
      double delta[3], distance = 1.0, pull;
      for (uint32_t k = 0; k < 3; k++) {
        delta[k] = bodies[i].position[k] - bodies[j].position[k];
        distance += delta[k] * delta[k];
      }
      pull = step / (distance * __builtin_sqrt(distance));
      for (uint32_t k = 0; k < 3; k++) {
        bodies[i].velocity[k] -= delta[k] * bodies[j].mass * pull;
        bodies[j].velocity[k] += delta[k] * bodies[i].mass * pull;
      }
    }
  }
  for (uint32_t i = 0; i < BODIES; i++) {
    for (uint32_t k = 0; k < 3; k++) bodies[i].position[k] += step * bodies[i].velocity[k];
  }
}

static inline uint32_t mandelbrot(uint32_t size, uint32_t limit) {
  uint32_t total = 0;
  for (uint32_t row = 0; row < size; row++) {
    for (uint32_t column = 0; column < size; column++) {
      double x0 = 3.0 * column / size - 2.25, y0 = 2.5 * row / size - 1.25, x = 0, y = 0;
      uint32_t count = 0;
      while (count < limit && x * x + y * y < 4.0) {
        double next = x * x - y * y + x0;
        y = 2 * x * y + y0;
        x = next;
        count++;
      }
      total += count;
    }
  }
  return total;
}

/* 1 - 1/3 + 1/5 - ... */
static inline double leibniz(uint32_t terms) {
  double sum = 0;
  for (uint32_t i = 0; i < terms; i++) sum += (i & 1 ? -1.0 : 1.0) / (2 * (int32_t)i + 1);
  return sum * 4;
}

#endif
