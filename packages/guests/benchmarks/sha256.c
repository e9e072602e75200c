/* SHA-256 (FIPS 180-4) over 16 KB, block after block. */
#include "work.h"

static uint8_t data[16384];

#define ROTATE_RIGHT(x, n) ((x) >> (n) | (x) << (32 - (n)))

static const uint32_t SHA_CONSTANTS[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be,
    0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa,
    0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85,
    0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3,
    0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f,
    0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static void sha256_block(uint32_t state[8], const uint8_t *block) {
  uint32_t w[64], s[8];
  for (uint32_t i = 0; i < 16; i++) {
    w[i] = (uint32_t)block[4 * i] << 24 | (uint32_t)block[4 * i + 1] << 16 | (uint32_t)block[4 * i + 2] << 8 | block[4 * i + 3];
  }
  for (uint32_t i = 16; i < 64; i++) {
    uint32_t low = ROTATE_RIGHT(w[i - 15], 7) ^ ROTATE_RIGHT(w[i - 15], 18) ^ w[i - 15] >> 3;
    uint32_t high = ROTATE_RIGHT(w[i - 2], 17) ^ ROTATE_RIGHT(w[i - 2], 19) ^ w[i - 2] >> 10;
    w[i] = w[i - 16] + low + w[i - 7] + high;
  }
  for (uint32_t i = 0; i < 8; i++) s[i] = state[i];
  for (uint32_t i = 0; i < 64; i++) {
    uint32_t high = ROTATE_RIGHT(s[4], 6) ^ ROTATE_RIGHT(s[4], 11) ^ ROTATE_RIGHT(s[4], 25);
    uint32_t first = s[7] + high + ((s[4] & s[5]) ^ (~s[4] & s[6])) + SHA_CONSTANTS[i] + w[i];
    uint32_t low = ROTATE_RIGHT(s[0], 2) ^ ROTATE_RIGHT(s[0], 13) ^ ROTATE_RIGHT(s[0], 22);
    uint32_t second = low + ((s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]));
    s[7] = s[6], s[6] = s[5], s[5] = s[4], s[4] = s[3] + first;
    s[3] = s[2], s[2] = s[1], s[1] = s[0], s[0] = first + second;
  }
  for (uint32_t i = 0; i < 8; i++) state[i] += s[i];
}

/* floor(2^32 * |sin(i + 1)|) */
uint32_t work(uint32_t scale) {
  uint32_t seed = 0x01234567, checksum = 0;
  uint32_t state[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  for (uint32_t i = 0; i < sizeof data; i++) data[i] = (uint8_t)next_random(&seed);
  for (uint32_t round = 0; round < scale * 9; round++) {
    for (uint32_t at = 0; at < sizeof data; at += 64) sha256_block(state, data + at);
    checksum = mix(checksum, state[0] ^ state[7]);
    data[round & 16383] ^= (uint8_t)checksum;
  }
  return checksum;
}
