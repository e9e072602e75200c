/* The sieve of Eratosthenes: bytes for the odd numbers, then bits for all numbers. */
#include "work.h"

#define LIMIT 131072u

static uint8_t composite[LIMIT / 2];
static uint32_t bits[LIMIT / 32];

static uint32_t sieve_bytes(uint32_t limit) {
  uint32_t count = 1; /* 2 */
  for (uint32_t i = 0; i < limit / 2; i++) composite[i] = 0;
  for (uint32_t i = 1; i < limit / 2; i++) {
    if (composite[i]) continue;
    count++;
    for (uint32_t j = 2 * i * (i + 1); j < limit / 2; j += 2 * i + 1) composite[j] = 1;
  }
  return count;
}

static uint32_t sieve_bits(uint32_t limit) {
  uint32_t count = 0;
  for (uint32_t i = 0; i < limit / 32; i++) bits[i] = 0;
  for (uint32_t i = 2; i < limit; i++) {
    if (bits[i / 32] >> (i & 31) & 1) continue;
    count++;
    for (uint32_t j = 2 * i; j < limit; j += i) bits[j / 32] |= 1u << (j & 31);
  }
  return count;
}

uint32_t work(uint32_t scale) {
  uint32_t checksum = 0;
  for (uint32_t round = 0; round < scale * 2; round++) {
    checksum = mix(checksum, sieve_bytes(LIMIT - (round & 1023) * 64));
    checksum = mix(checksum, sieve_bits(LIMIT - (round & 1023) * 32));
  }
  return checksum;
}
