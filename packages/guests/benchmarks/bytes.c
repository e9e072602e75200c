/* Strings by byte loops: length, comparison, search, letter case, words, numbers to text and back, and a small formatter. */
#include "work.h"

#define SIZE 8192u

static uint8_t text[SIZE + 64], other[SIZE + 64];

static __attribute__((noinline)) uint32_t length(const uint8_t *at) {
  uint32_t count = 0;
  while (at[count]) count++;
  return count;
}

static __attribute__((noinline)) int compare(const uint8_t *a, const uint8_t *b) {
  while (*a && *a == *b) a++, b++;
  return *a - *b;
}

static __attribute__((noinline)) const uint8_t *find(const uint8_t *at, uint8_t wanted) {
  while (*at && *at != wanted) at++;
  return at;
}

/* Plain search for a short text in a long one. */
static uint32_t occurrences(const uint8_t *at, const uint8_t *wanted) {
  uint32_t count = 0;
  for (at = find(at, *wanted); *at; at = find(at + 1, *wanted)) {
    uint32_t i = 1;
    while (wanted[i] && at[i] == wanted[i]) i++;
    count += !wanted[i];
  }
  return count;
}

static uint32_t count_words(const uint8_t *at) {
  uint32_t words = 0, inside = 0;
  for (; *at; at++) {
    uint32_t is_letter = *at != ' ';
    words += is_letter & ~inside;
    inside = is_letter;
  }
  return words;
}

static void upper_case(uint8_t *to, const uint8_t *from) {
  do *to++ = *from >= 'a' && *from <= 'z' ? (uint8_t)(*from - 32) : *from;
  while (*from++);
}

static void reverse(uint8_t *at, uint32_t count) {
  for (uint32_t i = 0; i < count / 2; i++) {
    uint8_t byte = at[i];
    at[i] = at[count - 1 - i];
    at[count - 1 - i] = byte;
  }
}

static uint32_t write_decimal(uint8_t *to, uint32_t value) {
  uint32_t count = 0;
  do to[count++] = (uint8_t)('0' + value % 10);
  while (value /= 10);
  reverse(to, count);
  to[count] = 0;
  return count;
}

static uint32_t read_decimal(const uint8_t *at) {
  uint32_t value = 0;
  while (*at >= '0' && *at <= '9') value = value * 10 + (*at++ - '0');
  return value;
}

static uint32_t write_hexadecimal(uint8_t *to, const uint8_t *from, uint32_t count) {
  static const char DIGITS[17] = "0123456789abcdef";
  for (uint32_t i = 0; i < count; i++) to[2 * i] = (uint8_t)DIGITS[from[i] >> 4], to[2 * i + 1] = (uint8_t)DIGITS[from[i] & 15];
  to[2 * count] = 0;
  return 2 * count;
}

uint32_t work(uint32_t scale) {
  uint32_t seed = 0x5EED1234, checksum = 0;
  for (uint32_t i = 0; i < SIZE; i++) {
    uint32_t random = next_random(&seed);
    text[i] = random % 6 ? (uint8_t)('a' + (random >> 8) % 26) : ' ';
  }
  for (uint32_t round = 0; round < scale * 40; round++) {
    checksum = mix(checksum, length(text) ^ count_words(text));
    upper_case(other, text);
    reverse(other, SIZE);
    checksum = mix(checksum, occurrences(other, (const uint8_t *)"ET"));
    for (uint32_t i = 0; i < 64; i++) {
      uint32_t digits = write_decimal(other + i * 16, next_random(&seed));
      checksum = mix(checksum, read_decimal(other + i * 16) + digits);
    }
    checksum = mix(checksum, write_hexadecimal(other, text + (round & 63), 512));
    for (uint32_t i = 0; i < SIZE; i++) other[i] = text[i];
    other[next_random(&seed) % SIZE] = '*';
    checksum = mix(checksum, (uint32_t)compare(text, other));
    text[round * 37 % SIZE] = (uint8_t)('a' + round % 26);
  }
  return checksum;
}
