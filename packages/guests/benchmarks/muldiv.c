/* Multiplication and division of every width: modular powers, greatest common divisors, decimal digits, 64-bit quotients, long numbers. */
#include "work.h"

static uint32_t power(uint32_t base, uint32_t exponent, uint32_t modulus) {
  uint32_t result = 1;
  for (; exponent; exponent >>= 1) {
    uint32_t quotient, high, low;
    if (exponent & 1) {
      __asm__("mull %3" : "=a"(low), "=d"(high) : "0"(result), "rm"(base));
      __asm__("divl %4" : "=a"(quotient), "=d"(result) : "0"(low), "1"(high), "rm"(modulus));
    }
    __asm__("mull %3" : "=a"(low), "=d"(high) : "0"(base), "rm"(base));
    __asm__("divl %4" : "=a"(quotient), "=d"(base) : "0"(low), "1"(high), "rm"(modulus));
  }
  return result;
}

static uint32_t common_divisor(uint32_t a, uint32_t b) {
  while (b) {
    uint32_t rest = a % b;
    a = b;
    b = rest;
  }
  return a;
}

static uint32_t digit_sum(uint32_t value, uint32_t base) {
  uint32_t sum = 0;
  for (; value; value /= base) sum += value % base;
  return sum;
}

static int32_t signed_mix(int32_t a, int32_t b) {
  int32_t product = (int32_t)((uint32_t)a * (uint32_t)b);
  return product / (b | 1) % 1009 - (int16_t)a / (int16_t)(b | 1) + (int8_t)a / (int8_t)(b | 1);
}

/* Factorials in base 10^9. */
static uint32_t factorial(uint32_t n) {
  uint32_t digits[40] = {1}, used = 1, sum = 0;
  for (uint32_t i = 2; i <= n; i++) {
    uint64_t carry = 0;
    for (uint32_t k = 0; k < used; k++) {
      carry += (uint64_t)digits[k] * i;
      digits[k] = (uint32_t)(carry % 1000000000u);
      carry /= 1000000000u;
    }
    if (carry && used < 40) digits[used++] = (uint32_t)carry;
  }
  for (uint32_t k = 0; k < used; k++) sum = mix(sum, digits[k]);
  return sum;
}

uint32_t work(uint32_t scale) {
  uint32_t seed = 0x31415926, checksum = 0;
  uint64_t wide = 0x123456789ABCDEFull;
  for (uint32_t round = 0; round < scale * 120; round++) {
    for (uint32_t i = 0; i < 40; i++) {
      uint32_t a = next_random(&seed), b = next_random(&seed) | 1;
      checksum = mix(checksum, power(a % 4294967291u, b, 4294967291u));
      checksum = mix(checksum, common_divisor(a, b));
      checksum = mix(checksum, digit_sum(a, 10) + digit_sum(b, 7 + (i & 7)));
      checksum = mix(checksum, (uint32_t)signed_mix((int32_t)a, (int32_t)(b & 0xFFFF)));
      wide = wide * 6364136223846793005ull + a;
      checksum = mix(checksum, (uint32_t)(wide / (b & 0xFFFFF)) ^ (uint32_t)(wide % ((uint64_t)b << 8)));
    }
    checksum = mix(checksum, factorial(60 + (round & 31)));
  }
  return checksum;
}
