/* 16-bit code in a 16-bit code, data and stack segment: a sieve, a sort, products and quotients, LODSW. */
#include "code16.h"

uint16_t data16[32768] __attribute__((aligned(4096)));

uint32_t work(uint32_t scale) {
  uint32_t seed = 0x80868086, checksum = 0;
  for (uint32_t round = 0; round < scale * 15; round++) {
    for (uint32_t i = 0; i < 2048; i++) data16[i] = (uint16_t)next_random(&seed);
    checksum = mix(checksum, run16(SIEVE16, (uint16_t)(8191 - (round & 127))));
    checksum = mix(checksum, run16(SORT16, SORT_WORDS));
    checksum = mix(checksum, run16(DIVIDE16, (uint16_t)(6000 + (round & 63))));
    for (uint32_t i = 0; i < 8; i++) checksum = mix(checksum, run16(FOLD16, (uint16_t)(2048 - i)));
  }
  return checksum;
}
