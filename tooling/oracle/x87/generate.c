/*
 * Runs x87 instructions on the host CPU and records what they do.
 *
 *   gcc -O1 -o /tmp/x87-generate generate.c && /tmp/x87-generate SEED COUNT | gzip -9n > vectors.bin.gz
 *
 * Inputs come from a small generator that the test (hardware-vectors.test.ts) repeats, so only outcomes are recorded.
 * Stream: "X87V", seed u32, number of instructions u32; then per instruction: opcode byte, ModRM byte, operand kind,
 * domain, flags (1: transcendental), 3 bytes 0, count u32, and `count` records, little endian:
 *   status word u16, tag word u16, RFLAGS & 0x8d5 u16, ST(0) 10 bytes, then
 *   ST(1) 10 bytes for a transcendental, else FNV-1a (u32) of FCW, ST(1)..ST(7) and the memory operand.
 */
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

typedef struct { uint8_t bytes[10]; } Extended;

static uint32_t state;
static uint32_t next(void) {
  state ^= state << 13;
  state ^= state >> 17;
  state ^= state << 5;
  return state;
}
static uint64_t next64(void) {
  uint64_t high = next();
  return high << 32 | next();
}

enum { NONE, F32, F64, F80, I16, I32, I64, BCD, STORE };
enum { ANY, UNIT, SMALL, ANGLE, SINGLE, DOUBLE, INTEGER, POSITIVE };

static const struct { uint16_t exponent; uint64_t mantissa; } SPECIAL[] = {
  {0, 0}, {0x3fff, 1ull << 63}, {0x7fff, 1ull << 63}, {0x7fff, 3ull << 62}, {0x7fff, 0xa000000000000000}, {0x7fff, 0x8000000000000001},
  {0x7fff, 0xffffffffffffffff}, {0x7fff, 0xc000000000000001}, {0, 1}, {0, 0x7fffffffffffffff}, {0, 1ull << 63}, {0, 0xffffffffffffffff},
  {1, 1ull << 63}, {0x7ffe, 0xffffffffffffffff}, {0x7ffe, 1ull << 63}, {0x7fff, 0}, {0x7fff, 0x4000000000000000}, {0x3fff, 0x4000000000000000},
  {0x4000, 1ull << 63}, {0x3ffe, 1ull << 63}, {0x3fff, 0xc000000000000000}, {0x4000, 0xc90fdaa22168c235}, {0x3fff, 0xc90fdaa22168c235}, {1, 0},
};
#define SPECIALS (sizeof SPECIAL / sizeof *SPECIAL)

static uint16_t nearby(int domain) {
  uint32_t r = next();
  uint32_t wide = next();
  switch (domain) {
    case UNIT: return 16382 - r % ((wide & 3) ? 12 : 80);
    case SMALL: return 16380 - r % ((wide & 3) ? 12 : 80);
    case ANGLE: return 16343 + r % ((wide & 3) ? 50 : 110);
    case SINGLE: return 16383 - 160 + r % 295;
    case DOUBLE: return 16383 - 1090 + r % ((wide & 1) ? 80 : 2130);
    case INTEGER: return 16380 + r % 70;
    default: return (wide & 3) ? 16375 + r % 16 : 16313 + r % 140;
  }
}

static Extended operand(int domain) {
  uint32_t kind = next() & 15;
  uint32_t sign = next() & 1;
  uint64_t m = next64();
  uint32_t r = next();
  uint16_t exponent = nearby(domain);
  if (kind < 2) {
    exponent = SPECIAL[r % SPECIALS].exponent;
    m = SPECIAL[r % SPECIALS].mantissa;
  } else if (kind == 2) {
    exponent = 0;
    m = (m >> 1) >> r % 60;
  } else if (kind == 3) {
    exponent = r & 0x7fff;
    m |= 1ull << 63;
  } else if (kind == 4) {
    exponent = r & 0x7fff;
  } else if (kind < 7) {
    m = 1ull << 63 | 1ull << (m & 63) | 1ull << (r & 63);
  } else if (kind == 7) {
    m = ~0ull << (r & 63) | 1ull << 63;
  } else if (kind == 8) {
    m = (m & ~0xffffffffffull) | 1ull << 63;
  } else if (kind == 9) {
    m = (m & ~0x7ffull) | 1ull << 63;
  } else if (kind == 10) {
    exponent = (r & 0x100) ? 1 + r % 70 : 0x7ffe - r % 70;
    m |= 1ull << 63;
  } else {
    m |= 1ull << 63;
  }
  if ((domain == UNIT || domain == SMALL) && exponent >= (domain == UNIT ? 16383 : 16381) && exponent != 0x7fff) exponent = 16380 - r % 60;
  if (domain == POSITIVE && (r & 0x3000)) sign = 0;
  Extended e;
  memcpy(e.bytes, &m, 8);
  e.bytes[8] = exponent;
  e.bytes[9] = exponent >> 8 | sign << 7;
  return e;
}

static void memory(uint8_t *to, int kind) {
  uint32_t k = next() & 7;
  uint32_t a = next();
  uint32_t b = next();
  uint32_t r = next();
  memset(to, 0xcc, 16);
  if (kind == F32) {
    if (k == 0) a &= 0x80000000;
    else if (k == 1) a &= 0x807fffff;
    else if (k == 2) a = (r & 0x100) ? (a & 0x80000000) | 0x7f800000 : a | 0x7f800000;
    else if (k < 6) a = (a & 0x807fffff) | (100 + r % 56) << 23;
    memcpy(to, &a, 4);
  } else if (kind == F64) {
    if (k == 0) a &= 0x80000000, b = 0;
    else if (k == 1) a &= 0x800fffff;
    else if (k == 2) { if (r & 0x100) a = (a & 0x80000000) | 0x7ff00000, b = 0; else a |= 0x7ff00000; }
    else if (k < 6) a = (a & 0x800fffff) | (1000 + r % 56) << 20;
    memcpy(to, &b, 4);
    memcpy(to + 4, &a, 4);
  } else if (kind == F80) {
    Extended e = operand(ANY);
    memcpy(to, e.bytes, 10);
  } else if (kind == I16) {
    uint16_t v = k == 0 ? 0 : k == 1 ? 0x8000 : (int16_t)a >> (r & 15);
    memcpy(to, &v, 2);
  } else if (kind == I32) {
    uint32_t v = k == 0 ? 0 : k == 1 ? 0x80000000 : (int32_t)a >> (r & 31);
    memcpy(to, &v, 4);
  } else if (kind == I64) {
    uint64_t v = k == 0 ? 0 : k == 1 ? 1ull << 63 : (uint64_t)((int64_t)((uint64_t)a << 32 | b) >> (r & 63));
    memcpy(to, &v, 8);
  } else if (kind == BCD) {
    for (int i = 0; i < 9; i++) {
      uint32_t high = k == 0 ? 0 : next() % 10;
      to[i] = k == 0 ? 0 : high << 4 | next() % 10;
    }
    to[9] = r & 0x80;
  }
}

static struct __attribute__((packed)) { uint32_t words[7]; uint8_t st[80]; } image, after;
static uint8_t operandBytes[16];
static uint64_t flagsAfter;
static uint8_t *code;

static void run(int b0, int b1) {
  uint8_t *p = code;
  int isMemory = b1 < 0xc0;
  /* rdi: memory operand, rsi: image, rdx: image after, rcx: flags after */
  *p++ = 0xdd; *p++ = 0x26;                       /* frstor [rsi] */
  *p++ = 0x68; *p++ = 0xd7; *p++ = 0x08; *p++ = 0; *p++ = 0; *p++ = 0x9d; /* push 0x8d7; popfq */
  *p++ = b0; *p++ = isMemory ? (b1 & 0x38) | 7 : b1;
  *p++ = 0x9c; *p++ = 0x8f; *p++ = 0x01;          /* pushfq; pop [rcx] */
  *p++ = 0xdd; *p++ = 0x32;                       /* fnsave [rdx] */
  *p++ = 0xfc; *p++ = 0xc3;                       /* cld; ret */
  ((void (*)(void *, void *, void *, void *))code)(operandBytes, &image, &after, &flagsAfter);
}

static uint32_t fnv(uint32_t h, const uint8_t *p, int n) {
  for (int i = 0; i < n; i++) h = (h ^ p[i]) * 16777619u;
  return h;
}

static void put32(uint32_t v) { fwrite(&v, 4, 1, stdout); }

static void instruction(uint32_t seed, int b0, int b1, int kind, int domain, int flags, uint32_t count) {
  putchar(b0); putchar(b1); putchar(kind); putchar(domain); putchar(flags);
  putchar(0); putchar(0); putchar(0);
  put32(count);
  state = seed ^ (b0 << 8 | b1) * 2654435761u;
  if (state == 0) state = 1;
  for (uint32_t n = 0; n < count; n++) {
    uint32_t mode = next();
    uint32_t control = next();
    uint32_t status = next();
    uint32_t top = mode >> 8 & 7;
    uint32_t precision = (control & 3) == 1 ? 3 : control & 3;
    uint32_t masks = (control & 0x3000) ? 0x3f : control >> 16 & 0x3f;
    uint32_t fcw = 0x40 | masks | precision << 8 | (control >> 4 & 3) << 10;
    uint32_t fsw = top << 11 | (status & 0x4700) | ((status & 0xf0000) ? 0 : (status >> 20 & 0x3f & masks));
    uint32_t empty = (mode & 7) < 6 ? 0xf0 : (mode & 7) == 6 ? mode >> 16 & 0xff : 0;
    uint32_t tags = 0;
    for (uint32_t i = 0; i < 8; i++) if (empty >> i & 1) tags |= 3 << ((i + top & 7) * 2);
    memset(&image, 0, sizeof image);
    image.words[0] = fcw;
    image.words[1] = fsw;
    image.words[2] = tags;
    for (int i = 0; i < 8; i++) {
      Extended e = operand(i < 2 ? domain : ANY);
      if (domain != ANY && i == 1) e = operand(ANY);
      if (i == 1 && (mode & 0xf0000000) == 0) memcpy(e.bytes, image.st, 10);
      memcpy(image.st + i * 10, e.bytes, 10);
    }
    memory(operandBytes, kind);
    run(b0, b1);
    uint16_t words[3] = {after.words[1], after.words[2], flagsAfter & 0x8d5};
    fwrite(words, 2, 3, stdout);
    fwrite(after.st, 1, 10, stdout);
    if (flags & 1) {
      fwrite(after.st + 10, 1, 10, stdout);
    } else {
      uint32_t h = fnv(2166136261u, (uint8_t *)after.words, 2);
      h = fnv(h, after.st + 10, 70);
      put32(fnv(h, operandBytes, 10));
    }
  }
}

int main(int argc, char **argv) {
  static const uint8_t list[][5] = {
    /* arithmetic, register forms */
    {0xd8, 0xc1}, {0xd8, 0xc8 + 1}, {0xd8, 0xe1}, {0xd8, 0xe9}, {0xd8, 0xf1}, {0xd8, 0xf9}, {0xd8, 0xd1}, {0xd8, 0xd9},
    {0xd8, 0xc0}, {0xd8, 0xf0}, {0xdc, 0xc1}, {0xdc, 0xca}, {0xdc, 0xe1}, {0xdc, 0xe9}, {0xdc, 0xf1}, {0xdc, 0xf9},
    {0xde, 0xc1}, {0xde, 0xc9}, {0xde, 0xe1}, {0xde, 0xe9}, {0xde, 0xf1}, {0xde, 0xf9}, {0xde, 0xc0}, {0xde, 0xd9},
    /* m32, m64, m32int, m16int */
    {0xd8, 0x00, F32}, {0xd8, 0x08, F32}, {0xd8, 0x10, F32}, {0xd8, 0x18, F32}, {0xd8, 0x20, F32}, {0xd8, 0x28, F32}, {0xd8, 0x30, F32}, {0xd8, 0x38, F32},
    {0xdc, 0x00, F64}, {0xdc, 0x08, F64}, {0xdc, 0x10, F64}, {0xdc, 0x18, F64}, {0xdc, 0x20, F64}, {0xdc, 0x28, F64}, {0xdc, 0x30, F64}, {0xdc, 0x38, F64},
    {0xda, 0x00, I32}, {0xda, 0x08, I32}, {0xda, 0x10, I32}, {0xda, 0x18, I32}, {0xda, 0x20, I32}, {0xda, 0x28, I32}, {0xda, 0x30, I32}, {0xda, 0x38, I32},
    {0xde, 0x00, I16}, {0xde, 0x08, I16}, {0xde, 0x10, I16}, {0xde, 0x18, I16}, {0xde, 0x20, I16}, {0xde, 0x28, I16}, {0xde, 0x30, I16}, {0xde, 0x38, I16},
    /* loads */
    {0xd9, 0x00, F32}, {0xdd, 0x00, F64}, {0xdb, 0x28, F80}, {0xdf, 0x00, I16}, {0xdb, 0x00, I32}, {0xdf, 0x28, I64}, {0xdf, 0x20, BCD},
    {0xd9, 0xc0}, {0xd9, 0xc2}, {0xd9, 0xe8}, {0xd9, 0xe9}, {0xd9, 0xea}, {0xd9, 0xeb}, {0xd9, 0xec}, {0xd9, 0xed}, {0xd9, 0xee},
    /* stores */
    {0xd9, 0x10, STORE, SINGLE}, {0xd9, 0x18, STORE, SINGLE}, {0xdd, 0x10, STORE, DOUBLE}, {0xdd, 0x18, STORE, DOUBLE}, {0xdb, 0x38, STORE},
    {0xdf, 0x10, STORE, INTEGER}, {0xdf, 0x18, STORE, INTEGER}, {0xdb, 0x10, STORE, INTEGER}, {0xdb, 0x18, STORE, INTEGER}, {0xdf, 0x38, STORE, INTEGER},
    {0xdf, 0x08, STORE, INTEGER}, {0xdb, 0x08, STORE, INTEGER}, {0xdd, 0x08, STORE, INTEGER}, {0xdf, 0x30, STORE, INTEGER},
    {0xdd, 0xd1}, {0xdd, 0xd9}, {0xdd, 0xd8},
    /* moves and control */
    {0xd9, 0xc9}, {0xd9, 0xcb}, {0xda, 0xc1}, {0xda, 0xc9}, {0xda, 0xd1}, {0xda, 0xd9}, {0xdb, 0xc1}, {0xdb, 0xc9}, {0xdb, 0xd1}, {0xdb, 0xd9},
    {0xd9, 0xd0}, {0xd9, 0xf6}, {0xd9, 0xf7}, {0xdd, 0xc1}, {0xdf, 0xc1}, {0xdb, 0xe2}, {0xdb, 0xe3},
    /* single operand */
    {0xd9, 0xe0}, {0xd9, 0xe1}, {0xd9, 0xfa}, {0xd9, 0xfc, 0, INTEGER}, {0xd9, 0xe4}, {0xd9, 0xe5}, {0xd9, 0xf4},
    {0xd9, 0xfd}, {0xd9, 0xf8}, {0xd9, 0xf5}, {0xde, 0xe9},
    /* comparison */
    {0xda, 0xe9}, {0xdd, 0xe1}, {0xdd, 0xe9}, {0xdb, 0xf1}, {0xdb, 0xe9}, {0xdf, 0xf1}, {0xdf, 0xe9},
    /* transcendental */
    {0xd9, 0xf0, 0, UNIT, 1}, {0xd9, 0xf1, 0, POSITIVE, 1}, {0xd9, 0xf9, 0, SMALL, 1}, {0xd9, 0xf2, 0, ANGLE, 1}, {0xd9, 0xf3, 0, ANY, 1},
    {0xd9, 0xfe, 0, ANGLE, 1}, {0xd9, 0xff, 0, ANGLE, 1}, {0xd9, 0xfb, 0, ANGLE, 1},
  };
  uint32_t seed = argc > 1 ? strtoul(argv[1], 0, 0) : 1;
  uint32_t count = argc > 2 ? strtoul(argv[2], 0, 0) : 100;
  uint32_t n = sizeof list / sizeof *list;
  code = mmap(0, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  fwrite("X87V", 1, 4, stdout);
  put32(seed);
  put32(n);
  for (uint32_t i = 0; i < n; i++) instruction(seed, list[i][0], list[i][1], list[i][2], list[i][3], list[i][4], count);
  return 0;
}
