/* Memory: word copies, strides over 4 MB, and a chase through 2 MB of pointers in random order. */
#include "work.h"

#define WORDS (1024u * 1024u)
#define NODES (512u * 1024u)

static uint32_t from[WORDS], to[WORDS];
static uint32_t chain[NODES];

/* A single cycle through all nodes (Sattolo's shuffle). */
static void build_chain(uint32_t seed) {
  for (uint32_t i = 0; i < NODES; i++) chain[i] = i;
  for (uint32_t i = NODES - 1; i > 0; i--) {
    uint32_t j = next_random(&seed) % i;
    uint32_t node = chain[i];
    chain[i] = chain[j];
    chain[j] = node;
  }
}

static void copy_words(uint32_t offset, uint32_t count) {
  for (uint32_t i = 0; i < count; i++) to[offset + i] = from[offset + i] + i;
}

static uint32_t sum_stride(uint32_t stride) {
  uint32_t sum = 0;
  for (uint32_t start = 0; start < stride && start < 8; start++) {
    for (uint32_t i = start; i < WORDS; i += stride) sum += to[i];
  }
  return sum;
}

static uint32_t chase(uint32_t at, uint32_t steps) {
  while (steps--) at = chain[at];
  return at;
}

uint32_t work(uint32_t scale) {
  uint32_t checksum = 0, at = 0, seed = 88172645;
  build_chain(12345);
  for (uint32_t i = 0; i < WORDS; i++) from[i] = i * 2654435761u;
  for (uint32_t round = 0; round < scale; round++) {
    for (uint32_t part = 0; part < 8; part++) copy_words(next_random(&seed) % (WORDS - 65536), 65536);
    checksum = mix(checksum, sum_stride(16));
    checksum = mix(checksum, sum_stride(1024));
    checksum = mix(checksum, sum_stride(4099));
    at = chase(at, 500000);
    checksum = mix(checksum, at);
  }
  return checksum;
}
