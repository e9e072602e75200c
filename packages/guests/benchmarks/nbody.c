/* Gravity between five bodies, in x87 code. */
#include "float.h"

uint32_t work(uint32_t scale) {
  uint32_t checksum = 0;
  bodies_start();
  for (uint32_t round = 0; round < scale * 20; round++) {
    for (uint32_t i = 0; i < 600; i++) bodies_step(1.0 / 256);
    checksum = fold(checksum, bodies[round % BODIES].position[round % 3]);
  }
  return checksum;
}
