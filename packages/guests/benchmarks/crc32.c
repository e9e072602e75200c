/* CRC-32 of 64 KB: by a table of bytes, by four tables of words, and bit by bit. */
#include "work.h"

#define POLYNOMIAL 0xEDB88320u
#define SIZE 65536u

static uint32_t tables[4][256];
static union {
  uint8_t bytes[SIZE];
  uint32_t words[SIZE / 4];
} data;

static uint32_t shift_bits(uint32_t crc, uint32_t count) {
  while (count--) crc = crc & 1 ? crc >> 1 ^ POLYNOMIAL : crc >> 1;
  return crc;
}

static void tables_start(void) {
  for (uint32_t i = 0; i < 256; i++) {
    tables[0][i] = shift_bits(i, 8);
    for (uint32_t k = 1; k < 4; k++) tables[k][i] = shift_bits(tables[k - 1][i], 8);
  }
}

static uint32_t crc_bytes(uint32_t crc, const uint8_t *at, uint32_t count) {
  crc = ~crc;
  while (count--) crc = crc >> 8 ^ tables[0][(crc ^ *at++) & 255];
  return ~crc;
}

static uint32_t crc_words(uint32_t crc, const uint32_t *at, uint32_t count) {
  crc = ~crc;
  while (count--) {
    crc ^= *at++;
    crc = tables[3][crc & 255] ^ tables[2][crc >> 8 & 255] ^ tables[1][crc >> 16 & 255] ^ tables[0][crc >> 24];
  }
  return ~crc;
}

static uint32_t crc_bits(uint32_t crc, const uint8_t *at, uint32_t count) {
  crc = ~crc;
  while (count--) crc = shift_bits(crc ^ *at++, 8);
  return ~crc;
}

uint32_t work(uint32_t scale) {
  uint32_t seed = 0x0BADF00D, checksum = 0;
  tables_start();
  for (uint32_t i = 0; i < SIZE / 4; i++) data.words[i] = next_random(&seed);
  for (uint32_t round = 0; round < scale * 10; round++) {
    checksum = crc_bytes(checksum, data.bytes, SIZE);
    checksum = crc_words(checksum, data.words, SIZE / 4);
    checksum = crc_bits(checksum, data.bytes + (round & 255) * 16, 4096);
    data.words[round & (SIZE / 4 - 1)] ^= checksum;
  }
  return checksum;
}
