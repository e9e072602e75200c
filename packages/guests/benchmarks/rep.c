/* String instructions (MOVS, STOS, SCAS, CMPS, LODS with REP): long runs, and many short ones. */
#include "work.h"

#define SIZE 65536u

static uint8_t one[SIZE + 64] __attribute__((aligned(16))), two[SIZE + 64] __attribute__((aligned(16)));

static void rep_movsb(void *to, const void *from, uint32_t count) { __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(count) : : "memory"); }
static void rep_movsd(void *to, const void *from, uint32_t count) { __asm__ volatile("rep movsl" : "+D"(to), "+S"(from), "+c"(count) : : "memory"); }
static void rep_stosb(void *to, uint32_t value, uint32_t count) { __asm__ volatile("rep stosb" : "+D"(to), "+c"(count) : "a"(value) : "memory"); }
static void rep_stosd(void *to, uint32_t value, uint32_t count) { __asm__ volatile("rep stosl" : "+D"(to), "+c"(count) : "a"(value) : "memory"); }

/* Bytes left when `value` was found, as REPNE SCASB leaves ECX. */
static uint32_t repne_scasb(const void *at, uint32_t value, uint32_t count) {
  __asm__ volatile("repne scasb" : "+D"(at), "+c"(count) : "a"(value) : "memory", "cc");
  return count;
}

static uint32_t repe_scasd(const void *at, uint32_t value, uint32_t count) {
  __asm__ volatile("repe scasl" : "+D"(at), "+c"(count) : "a"(value) : "memory", "cc");
  return count;
}

static uint32_t repe_cmpsb(const void *a, const void *b, uint32_t count) {
  __asm__ volatile("repe cmpsb" : "+D"(a), "+S"(b), "+c"(count) : : "memory", "cc");
  return count;
}

static void move_backwards(uint8_t *to, const uint8_t *from, uint32_t count) {
  to += count - 1;
  from += count - 1;
  __asm__ volatile("std\n\trep movsb\n\tcld" : "+D"(to), "+S"(from), "+c"(count) : : "memory");
}

static uint32_t long_runs(uint32_t *seed, uint32_t round, uint32_t checksum) {
  uint32_t offset = next_random(seed) % 61, count = SIZE / 2 + next_random(seed) % (SIZE / 4);
  rep_movsb(two, one + offset, count);
  rep_movsd(two + 4, one, count / 4);
  rep_movsd(two + 1, one, count / 16);
  move_backwards(two + 8, two, 1000);
  rep_stosb(two + count, round, 512);
  rep_stosd(two + SIZE / 2, round * 0x01010101u, 4096);
  checksum = mix(checksum, repe_scasd(two + SIZE / 2, round * 0x01010101u, 5000));
  checksum = mix(checksum, repe_cmpsb(two + 1100, one + 1099, count));
  return mix(checksum, repne_scasb(one, '!', count / 4));
}

static uint32_t short_runs(uint32_t *seed, uint32_t checksum) {
  for (uint32_t i = 0; i < 400; i++) {
    uint32_t random = next_random(seed), length = 1 + (random & 31);
    rep_movsb(two + i * 32, one + i * 32 + 1, length);
    rep_stosd(two + i * 48, random, random >> 8 & 7);
    checksum = mix(checksum, repne_scasb(two + i * 32, 'q', 64));
  }
  return checksum;
}

uint32_t work(uint32_t scale) {
  uint32_t seed = 0xDEADBEEF, checksum = 0;
  for (uint32_t i = 0; i < SIZE; i++) one[i] = (uint8_t)('a' + next_random(&seed) % 26);
  for (uint32_t round = 0; round < scale * 120; round++) {
    checksum = long_runs(&seed, round, checksum);
    checksum = short_runs(&seed, checksum);
    checksum = mix(checksum, two[round & 4095]);
  }
  return checksum;
}
