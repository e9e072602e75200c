/* LZ77 with a hash of three bytes: packs 32 KB of text-like data into tokens of (literals, copy), unpacks, compares. */
#include "work.h"

#define SIZE 32768u
#define HASH_BITS 12
#define MIN_MATCH 4u
#define MAX_MATCH 255u
#define MAX_CHAIN 16u

static uint8_t plain[SIZE + 8], packed[SIZE * 2], unpacked[SIZE + 8];
static uint16_t head[1u << HASH_BITS], previous[SIZE];

/* Text of words that repeat, as logs and sources do. */
static void make_text(uint32_t *seed) {
  uint32_t at = 0;
  while (at < SIZE) {
    uint32_t word = next_random(seed) >> 7 & 127, length = 3 + word % 7;
    for (uint32_t i = 0; i < length && at < SIZE; i++) plain[at++] = (uint8_t)('a' + (word * 7 + i * i * (word & 3)) % 26);
    if (at < SIZE) plain[at++] = next_random(seed) & 0x700 ? ' ' : '\n';
  }
}

static uint32_t hash_of(const uint8_t *at) { return ((at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16) * 2654435761u) >> (32 - HASH_BITS); }

static uint32_t match_length(const uint8_t *a, const uint8_t *b, uint32_t limit) {
  uint32_t length = 0;
  while (length < limit && a[length] == b[length]) length++;
  return length;
}

static void remember(uint32_t at) {
  uint32_t hash = hash_of(plain + at);
  previous[at] = head[hash];
  head[hash] = (uint16_t)(at + 1); /* 0: none */
}

/* A token: count of literals, the literals, length of the copy (0 at the end), its distance in two bytes. */
static uint32_t pack(void) {
  uint32_t out = 0, literals = 0, at = 0;
  for (uint32_t i = 0; i < 1u << HASH_BITS; i++) head[i] = 0;
  while (at < SIZE) {
    uint32_t best = 0, best_at = 0, limit = SIZE - at < MAX_MATCH ? SIZE - at : MAX_MATCH;
    uint32_t candidate = at + 3 <= SIZE ? head[hash_of(plain + at)] : 0;
    for (uint32_t chain = 0; candidate && chain < MAX_CHAIN; chain++, candidate = previous[candidate - 1]) {
      uint32_t length = match_length(plain + candidate - 1, plain + at, limit);
      if (length > best) best = length, best_at = candidate - 1;
    }
    if (best < MIN_MATCH && literals < 255) best = 1, literals++;
    else {
      if (best < MIN_MATCH) best = 0;
      packed[out++] = (uint8_t)literals;
      for (uint32_t i = at - literals; i < at; i++) packed[out++] = plain[i];
      packed[out++] = (uint8_t)best;
      packed[out++] = (uint8_t)(at - best_at);
      packed[out++] = (uint8_t)((at - best_at) >> 8);
      literals = 0;
    }
    for (uint32_t end = at + best; at < end; at++) if (at + 3 <= SIZE) remember(at);
  }
  packed[out++] = (uint8_t)literals;
  for (uint32_t i = at - literals; i < at; i++) packed[out++] = plain[i];
  return out;
}

static uint32_t unpack(uint32_t size) {
  uint32_t at = 0;
  for (uint32_t in = 0; in < size;) {
    for (uint32_t literals = packed[in++]; literals; literals--) unpacked[at++] = packed[in++];
    if (in >= size) break;
    uint32_t length = packed[in], from = at - (packed[in + 1] | (uint32_t)packed[in + 2] << 8);
    in += 3;
    while (length--) unpacked[at++] = unpacked[from++];
  }
  return at;
}

uint32_t work(uint32_t scale) {
  uint32_t seed = 0x1F2E3D4C, checksum = 0;
  for (uint32_t round = 0; round < scale * 2; round++) {
    make_text(&seed);
    uint32_t size = pack();
    for (uint32_t repeat = 0; repeat < 4; repeat++) checksum = mix(checksum, unpack(size));
    checksum = mix(mix(checksum, size), match_length(plain, unpacked, SIZE));
  }
  return checksum;
}
