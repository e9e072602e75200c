/*
 * Runs MMX, SSE and SSE2 instructions on the host CPU and records what they do.
 *
 *   gcc -O1 -mno-red-zone -o /tmp/simd-generate generate.c && /tmp/simd-generate SEED COUNT | gzip -9n > hardware-vectors.bin.gz
 *
 * With a third argument `full`, whole outcomes are recorded instead of their hashes.
 * Inputs come from a small generator that the test (hardware-vectors.test.ts) repeats, so only outcomes are recorded.
 * Stream: "SIMD", seed u32, full u32, number of instructions u32; then per instruction: form name in 32 bytes, domain u8,
 * has-immediate u8, destination is ModRM.rm u8, 0 u8, count u32; then `count` outcomes: XMM0 16 bytes, MM0 8 bytes, EAX u32, MXCSR u32,
 * EFLAGS & 0x8d5 u16, faulted u16, or the FNV-1a hash (u32) of those 36 bytes.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>

static uint32_t state;
static uint32_t next(void) {
  state ^= state << 13;
  state ^= state >> 17;
  state ^= state << 5;
  return state;
}

enum { INTEGER, COUNT, SINGLE, DOUBLE };

static const struct { const char *name; uint8_t prefix, opcode; int8_t digit; uint8_t immediate, domain; } FORMS[] = {
#include "forms.inc"
};
#define FORM_COUNT (sizeof FORMS / sizeof *FORMS)

static const uint32_t SINGLES[] = {
  0, 0x3f800000, 0x7f800000, 0x7fc00000, 0x7f800001, 0x7fffffff, 1, 0x007fffff, 0x00800000, 0x00800001, 0x7f7fffff, 0x7f000000,
  0x4f000000, 0x4effffff, 0x3f000000, 0x3fc00000, 0x40200000, 0x34000000, 0x33800000, 0x5f000000, 0x3f7fffff, 0x00ffffff,
};
static const uint32_t DOUBLES[] = {
  0, 0x3ff00000, 0x7ff00000, 0x7ff80000, 0x7ff40000, 0x7fffffff, 0x000fffff, 0x00100000, 0x7fefffff, 0x7fe00000, 0x41dfffff,
  0x41e00000, 0x3fe00000, 0x3ff80000, 0x40040000, 0x3cb00000, 0x3ca00000, 0x47efffff, 0x38100000, 0x380fffff, 0x36a00000, 0x43e00000,
};

static uint32_t single(void) {
  uint32_t kind = next() & 15, r = next(), m = next();
  uint32_t sign = m & 0x80000000;
  if (kind < 3) return sign | SINGLES[r % (sizeof SINGLES / 4)];
  if (kind == 3) return sign | ((m & 0x7fffff) >> r % 23);
  if (kind == 4) return m;
  if (kind == 5) return sign | (1 + r % 30) << 23 | (m & 0x7fffff);
  if (kind == 6) return sign | (254 - r % 30) << 23 | (m & 0x7fffff);
  if (kind < 10) return sign | (120 + r % 12) << 23 | (m & 0x7fffff & (0xffffffff << (r >> 8) % 24));
  return sign | (110 + r % 50) << 23 | (m & 0x7fffff);
}

static void real(uint32_t *to) {
  uint32_t kind = next() & 15, r = next(), m = next(), low = next();
  uint32_t sign = m & 0x80000000, high = m & 0xfffff;
  if (kind < 3) { high = DOUBLES[r % (sizeof DOUBLES / 4)]; low = (r & 0x1000) ? low : (r & 0x2000) ? 0xffffffff : 0; }
  else if (kind == 3) { uint32_t s = r % 20; high >>= s; if (r & 0x100) high = 0; }
  else if (kind == 4) high = m & 0x7fffffff;
  else if (kind == 5) high |= (1 + r % 60) << 20;
  else if (kind == 6) high |= (2046 - r % 60) << 20;
  else if (kind < 10) { high |= (1016 + r % 12) << 20; if (r & 0x100) low = 0; else low &= 0xffffffff << (r >> 9) % 32; }
  else if (kind < 12) high |= (874 + r % 280) << 20;
  else high |= (1000 + r % 60) << 20;
  to[0] = low;
  to[1] = sign | high;
}

static uint32_t integer(void) {
  uint32_t kind = next() & 7, v = next();
  if (kind == 0) return 0;
  if (kind == 1) return 0x80008000 ^ (v & 0x00ff00ff);
  if (kind == 2) return 0x7f80ff01;
  if (kind == 3) return (int32_t)v >> (v & 31);
  return v;
}

static void draw(uint32_t *to, int words, int domain, int isSource) {
  for (int i = 0; i < words; i++) {
    if (domain == SINGLE) to[i] = single();
    else if (domain == DOUBLE) { real(to + i); i++; }
    else to[i] = integer();
  }
  if (domain == COUNT && isSource && (next() & 7)) {
    to[0] = next() & 0x4f;
    to[1] = 0;
  }
}

static struct { uint32_t xmm0[4], xmm1[4], mm0[2], mm1[2], eax, ecx, mxcsr; } in;
static struct __attribute__((packed)) { uint32_t xmm0[4], mm0[2], eax, mxcsr; uint16_t flags, faulted; } out;
static uint8_t *code;
static int length;
static volatile int faulted;

static void onFault(int number, siginfo_t *info, void *context) {
  (void)number; (void)info;
  ((ucontext_t *)context)->uc_mcontext.gregs[REG_RIP] += length;
  faulted = 1;
}

static void run(void) {
  uint64_t flags;
  uint32_t plain = 0x1f80, eax = in.eax;
  faulted = 0;
  asm volatile(
    "movups %[x0], %%xmm0; movups %[x1], %%xmm1; movq %[m0], %%mm0; movq %[m1], %%mm1\n"
    "ldmxcsr %[mxcsr]; pushq $0x2; popfq; call *%[code]; pushfq; popq %[flags]\n"
    "stmxcsr %[after]; ldmxcsr %[plain]; movups %%xmm0, %[y0]; movq %%mm0, %[n0]; emms"
    : [flags] "=&r"(flags), "+a"(eax), [after] "=m"(out.mxcsr), [y0] "=m"(out.xmm0), [n0] "=m"(out.mm0)
    : "c"(in.ecx), [code] "r"(code), [x0] "m"(in.xmm0), [x1] "m"(in.xmm1), [m0] "m"(in.mm0), [m1] "m"(in.mm1), [mxcsr] "m"(in.mxcsr), [plain] "m"(plain)
    : "memory", "cc", "xmm0", "xmm1", "mm0", "mm1", "st");
  out.eax = eax;
  out.flags = flags & 0x8d5;
  out.faulted = faulted;
}

static void put32(uint32_t value) { fwrite(&value, 4, 1, stdout); }

int main(int argc, char **argv) {
  uint32_t seed = argc > 1 ? strtoul(argv[1], 0, 0) : 1;
  uint32_t count = argc > 2 ? strtoul(argv[2], 0, 0) : 200;
  int isFull = argc > 3;
  struct sigaction action = { .sa_sigaction = onFault, .sa_flags = SA_SIGINFO };
  sigaction(SIGFPE, &action, 0);
  code = mmap(0, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  state = seed;
  fwrite("SIMD", 4, 1, stdout);
  put32(seed);
  put32(isFull);
  put32(FORM_COUNT);
  for (unsigned f = 0; f < FORM_COUNT; f++) {
    char name[32] = {0};
    strncpy(name, FORMS[f].name, 31);
    fwrite(name, 32, 1, stdout);
    const char *first = strchr(name, '_') + 1;
    int isRm = FORMS[f].digit >= 0 || *first == 'E' || *first == 'W' || *first == 'Q';
    uint8_t facts[4] = { FORMS[f].domain, FORMS[f].immediate, isRm, 0 };
    fwrite(facts, 4, 1, stdout);
    int isFloat = FORMS[f].domain >= SINGLE || !strncmp(name, "Cvt", 3);
    uint32_t cases = isFloat ? count * 3 : count;
    put32(cases);
    for (uint32_t c = 0; c < cases; c++) {
      draw(in.xmm0, 4, FORMS[f].domain, 0);
      draw(in.xmm1, 4, FORMS[f].domain, 1);
      draw(in.mm0, 2, FORMS[f].domain, 0);
      draw(in.mm1, 2, FORMS[f].domain, 1);
      in.eax = integer();
      in.ecx = integer();
      uint32_t r = next(), masks = next(), immediate = next() & 0xff;
      if (!(r & 0x70000)) memcpy(in.xmm1, in.xmm0, 16);
      in.mxcsr = (r & 3) ? (r & 0x6000) | ((r & 0x30) ? 0 : 0x40) | ((r & 0xc0) ? 0 : 0x8000) : 0;
      in.mxcsr |= (r & 0x300) ? 0x1f80 : masks & 0x1f80;
      in.mxcsr |= (r & 0x400) ? 0 : (r & 0x800) ? 0x20 : masks & 0x3f;
      uint8_t *p = code;
      if (FORMS[f].prefix) *p++ = FORMS[f].prefix;
      *p++ = 0x0f;
      *p++ = FORMS[f].opcode;
      *p++ = isRm ? 0xc0 | (FORMS[f].digit >= 0 ? FORMS[f].digit : 1) << 3 : 0xc1;
      if (FORMS[f].immediate) *p++ = immediate;
      length = p - code;
      *p = 0xc3;
      run();
      if (isFull) {
        fwrite(&out, sizeof out, 1, stdout);
        continue;
      }
      uint32_t hash = 0x811c9dc5;
      for (unsigned i = 0; i < sizeof out; i++) hash = (hash ^ ((uint8_t *)&out)[i]) * 0x01000193;
      put32(hash);
    }
  }
  return 0;
}
