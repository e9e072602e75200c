/* What code16.guest.c does, in C. */
#include "code16.h"

static uint16_t rotate(uint16_t value, uint32_t count) { return (uint16_t)(value << count | value >> (16 - count)); }

static uint16_t fold16(uint16_t count) {
  uint16_t sum = 0;
  for (uint32_t i = 0; i < count; i++) sum = (uint16_t)(rotate(sum, 1) + data16[i]);
  return sum;
}

static uint16_t sieve16(uint16_t limit) {
  uint8_t *flags = (uint8_t *)data16 + FLAGS_AT;
  uint16_t count = 0;
  for (uint32_t i = 0; i < limit; i++) flags[i] = 0;
  for (uint32_t i = 2; i < limit; i++) {
    if (flags[i]) continue;
    count++;
    for (uint32_t j = 2 * i; j < limit; j += i) flags[j] = 1;
  }
  return count;
}

static uint16_t sort16(uint16_t count) {
  for (uint32_t i = 1; i < count; i++) {
    uint16_t value = data16[i];
    uint32_t j = i;
    for (; j > 0 && data16[j - 1] > value; j--) data16[j] = data16[j - 1];
    data16[j] = value;
  }
  return fold16(count);
}

static uint16_t divide16(uint16_t count) {
  uint16_t sum = 0;
  for (uint32_t i = count; i > 0; i--) {
    uint32_t product = i * 40503u, divisor = i | 1;
    sum = (uint16_t)(rotate((uint16_t)(sum + product % divisor), 3) ^ product / divisor);
  }
  return sum;
}

uint16_t run16(enum routine16 routine, uint16_t argument) {
  switch (routine) {
    case SIEVE16: return sieve16(argument);
    case SORT16: return sort16(argument);
    case DIVIDE16: return divide16(argument);
    default: return fold16(argument);
  }
}
