/* String instructions (MOVS, STOS, SCAS, CMPS, LODS with REP) of many lengths, and the same by byte loops. */
#include "work.h"

#define SIZE 16384u

static uint8_t one[SIZE + 64], two[SIZE + 64];

static void rep_movsb(void *to, const void *from, uint32_t count) { __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(count) : : "memory"); }
static void rep_movsd(void *to, const void *from, uint32_t count) { __asm__ volatile("rep movsl" : "+D"(to), "+S"(from), "+c"(count) : : "memory"); }
static void rep_stosb(void *to, uint32_t value, uint32_t count) { __asm__ volatile("rep stosb" : "+D"(to), "+c"(count) : "a"(value) : "memory"); }
static void rep_stosd(void *to, uint32_t value, uint32_t count) { __asm__ volatile("rep stosl" : "+D"(to), "+c"(count) : "a"(value) : "memory"); }

/* Bytes left when `value` was found, as REPNE SCASB leaves ECX. */
static uint32_t repne_scasb(const void *at, uint32_t value, uint32_t count) {
  __asm__ volatile("repne scasb" : "+D"(at), "+c"(count) : "a"(value) : "memory", "cc");
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

static uint32_t length_by_loop(const uint8_t *at) {
  uint32_t length = 0;
  while (at[length]) length++;
  return length;
}

static uint32_t count_words(const uint8_t *at, uint32_t count) {
  uint32_t words = 0, inside = 0;
  for (uint32_t i = 0; i < count; i++) {
    uint32_t is_letter = at[i] > 'e';
    words += is_letter & ~inside;
    inside = is_letter;
  }
  return words;
}

static void upper_case(uint8_t *to, const uint8_t *from, uint32_t count) {
  for (uint32_t i = 0; i < count; i++) to[i] = from[i] >= 'a' && from[i] <= 'z' ? (uint8_t)(from[i] - 32) : from[i];
}

uint32_t work(uint32_t scale) {
  uint32_t seed = 0xDEADBEEF, checksum = 0;
  for (uint32_t i = 0; i < SIZE; i++) one[i] = (uint8_t)('a' + next_random(&seed) % 26);
  for (uint32_t round = 0; round < scale * 60; round++) {
    uint32_t offset = next_random(&seed) % 61, count = SIZE / 2 + next_random(&seed) % (SIZE / 4);
    rep_movsb(two, one + offset, count);
    rep_movsd(two + 1, one, count / 4);
    move_backwards(two + 8, two, 1000);
    rep_stosb(two + count, round, 512);
    rep_stosd(two + count + 3, round * 0x01010101u, 256);
    checksum = mix(checksum, repe_cmpsb(two + 1100, one + 1099, count));
    checksum = mix(checksum, repne_scasb(one, '!', count));
    for (uint32_t i = 0; i < 400; i++) {
      uint32_t length = 1 + (next_random(&seed) & 31);
      rep_movsb(two + i * 32, one + i * 32 + 1, length);
      checksum = mix(checksum, repne_scasb(two + i * 32, 'q', 64));
    }
    one[SIZE - 1] = 0;
    checksum = mix(checksum, length_by_loop(one + offset));
    one[SIZE - 1] = 'z';
    checksum = mix(checksum, count_words(two, SIZE / 2));
    upper_case(two, one, SIZE / 4);
    checksum = mix(checksum, two[round & 4095]);
  }
  return checksum;
}
