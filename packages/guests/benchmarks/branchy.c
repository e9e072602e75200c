/* Branches that depend on data: a bytecode interpreter, Collatz sequences, a maze of comparisons. */
#include "work.h"

enum operation { ADD, SUB, XOR, SHIFT, SWAP, SKIP_ODD, SKIP_LESS, LOOP, OPERATIONS };

static uint8_t program[256];

static uint32_t interpret(uint32_t seed) {
  uint32_t a = seed, b = ~seed, budget = 6000;
  for (uint32_t at = 0; budget; budget--) {
    switch ((enum operation)(program[at++ & 255])) {
      case ADD: a += b; break;
      case SUB: b -= a >> 3; break;
      case XOR: a ^= b << 1; break;
      case SHIFT: b = b >> 1 | a << 31; break;
      case SWAP: { uint32_t t = a; a = b; b = t; break; }
      case SKIP_ODD: if (a & 1) at++; break;
      case SKIP_LESS: if (a < b) at += 2; break;
      default: if ((a ^ b) & 0x10) at -= 7; break;
    }
  }
  return a ^ b;
}

static uint32_t collatz(uint32_t from, uint32_t count) {
  uint32_t longest = 0;
  for (uint32_t i = from; i < from + count; i++) {
    uint32_t steps = 0;
    for (uint32_t n = i; n != 1; steps++) {
      if (n & 1) n = n * 3 + 1;
      else n >>= 1;
    }
    if (steps > longest) longest = steps;
  }
  return longest;
}

static uint32_t classify(uint32_t *seed, uint32_t count) {
  uint32_t sum = 0;
  while (count--) {
    uint32_t x = next_random(seed);
    if (x & 1) {
      if (x & 0x100) sum += 3;
      else if ((int32_t)x < 0) sum ^= x;
      else sum += x >> 20;
    } else if (x % 7 == 3) {
      sum -= 5;
    } else if ((x >> 8 & 0xFF) > (x >> 16 & 0xFF)) {
      sum += 11;
    } else {
      sum = sum << 1 | sum >> 31;
    }
  }
  return sum;
}

uint32_t work(uint32_t scale) {
  uint32_t seed = 0x9E3779B9, checksum = 0;
  for (uint32_t i = 0; i < sizeof program; i++) program[i] = next_random(&seed) >> 11 & 7;
  for (uint32_t round = 0; round < scale * 25; round++) {
    checksum = mix(checksum, interpret(next_random(&seed)));
    checksum = mix(checksum, collatz(1000 + round * 7, 300));
    checksum = mix(checksum, classify(&seed, 12000));
  }
  return checksum;
}
