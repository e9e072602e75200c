/*
 * Runs MMX instructions and those of SSE to SSE4.2 on the host CPU and records what they do.
 *
 *   gcc -O1 -mno-red-zone -o /tmp/simd-generate generate.c && /tmp/simd-generate SEED COUNT | gzip -9n > hardware-vectors.bin.gz
 *
 * With a third argument `full`, whole outcomes are recorded instead of hashes.
 * Inputs come from a small generator that the test repeats (hardware-inputs.ts), so only outcomes are recorded.
 * Stream: "SIMD", seed u32, full u32, number of instructions u32; then per instruction: form name in 32 bytes, domain u8,
 * has-immediate u8, destination is ModRM.rm u8, operand in register, either or memory u8 (0, 1, 2), count u32; then the outcomes:
 * XMM0 16 bytes, MM0 8 bytes, EAX, ECX, MXCSR u32, EFLAGS & 0x8d5 u16, fault u16 (1 SIGFPE, 2 SIGSEGV: #GP of alignment), the
 * operand's memory 24 bytes, FSW, abridged FTW and the top words of the registers of MM0 and MM1 u16. Without `full`, every GROUP
 * outcomes are one FNV-1a hash (u32) of all their bytes.
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

enum { INTEGER, COUNT, SINGLE, DOUBLE, STRING };
#define GROUP 16

static const struct { const char *name; uint16_t prefix, opcode; int8_t digit; uint8_t immediate, domain; } FORMS[] = {
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

/* Few letters and few zeros, so that strings match here and there. */
static uint32_t letters(void) {
  static const uint8_t LETTERS[] = { 0x61, 0x62, 0x63, 0x80, 0x7f, 0x60, 0x61, 0x62 };
  uint32_t kind = next() & 15, v = next(), result = 0;
  if (kind == 0) return integer();
  if (kind < 6) result = LETTERS[v & 7] | (uint32_t)LETTERS[v >> 3 & 7] << 16;
  else for (int i = 0; i < 4; i++) result |= (uint32_t)LETTERS[v >> 3 * i & 7] << 8 * i;
  if (kind == 15) result &= 0xffffffff << (v >> 24) % 32;
  return result;
}

static void draw(uint32_t *to, int words, int domain, int isSource) {
  for (int i = 0; i < words; i++) {
    if (domain == SINGLE) to[i] = single();
    else if (domain == DOUBLE) { real(to + i); i++; }
    else if (domain == STRING) to[i] = letters();
    else to[i] = integer();
  }
  if (domain == COUNT && isSource && (next() & 7)) {
    to[0] = next() & 0x4f;
    to[1] = 0;
  }
}

static struct { uint32_t xmm0[4], xmm1[4], mm0[2], mm1[2], memory[6], eax, ecx, edx, mxcsr; uint8_t ftw; } in;
static struct __attribute__((packed)) { uint32_t xmm0[4], mm0[2], eax, ecx, mxcsr; uint16_t flags, faulted; uint8_t memory[24]; uint16_t fsw, ftw, top[2]; } out;
static uint8_t *code, *memory;
static int length;
static volatile int faulted;

static void onFault(int number, siginfo_t *info, void *context) {
  (void)info;
  ((ucontext_t *)context)->uc_mcontext.gregs[REG_RIP] += length;
  faulted = number == SIGFPE ? 1 : 2;
}

/* What FXSAVE writes. Physical register 0, which is MM0, is ST((0 - TOP) & 7). */
static struct __attribute__((packed, aligned(16))) {
  uint16_t fcw, fsw, ftw, fop;
  uint8_t pointers[16];
  uint32_t mxcsr, mask;
  struct { uint32_t low[2]; uint16_t top, reserved[3]; } st[8];
  uint32_t xmm[8][4];
  uint8_t rest[224];
} image;

static void run(uint8_t *operand) {
  uint64_t flags;
  uint32_t plain = 0x1f80, eax = in.eax, ecx = in.ecx;
  faulted = 0;
  memset(&image, 0, sizeof image);
  image.fcw = 0x37f;
  image.fsw = 3 << 11;
  image.ftw = in.ftw;
  image.mxcsr = in.mxcsr;
  for (int i = 0; i < 8; i++) image.st[i].top = 0x4001;
  memcpy(image.st[5].low, in.mm0, 8);
  memcpy(image.st[6].low, in.mm1, 8);
  memcpy(image.xmm[0], in.xmm0, 16);
  memcpy(image.xmm[1], in.xmm1, 16);
  asm volatile(
    "fxrstor %[image]; pushq $0x2; popfq; call *%[code]; pushfq; popq %[flags]\n"
    "fxsave %[image]; ldmxcsr %[plain]; fninit"
    : [flags] "=&r"(flags), "+a"(eax), "+c"(ecx), [image] "+m"(image)
    : "d"(in.edx), "S"(operand), "D"(operand), [code] "r"(code), [plain] "m"(plain)
    : "memory", "cc", "xmm0", "xmm1", "mm0", "mm1", "st");
  int top = image.fsw >> 11 & 7;
  memcpy(out.xmm0, image.xmm[0], 16);
  memcpy(out.mm0, image.st[-top & 7].low, 8);
  out.mxcsr = image.mxcsr;
  out.fsw = image.fsw;
  out.ftw = image.ftw;
  for (int i = 0; i < 2; i++) out.top[i] = image.st[(i - top) & 7].top;
  out.eax = eax;
  out.ecx = ecx;
  memcpy(out.memory, memory, sizeof out.memory);
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
  sigaction(SIGSEGV, &action, 0);
  code = mmap(0, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  memory = code + 2048;
  state = seed;
  fwrite("SIMD", 4, 1, stdout);
  put32(seed);
  put32(isFull);
  put32(FORM_COUNT);
  for (unsigned f = 0; f < FORM_COUNT; f++) {
    char name[32] = {0};
    strncpy(name, FORMS[f].name, 31);
    fwrite(name, 32, 1, stdout);
    const char *first = strchr(name, '_') ? strchr(name, '_') + 1 : "";
    int isRm = FORMS[f].digit >= 0 || *first == 'E' || *first == 'M' || *first == 'W' || *first == 'Q';
    int place = strstr(name, "_M") ? 2 : !*first || FORMS[f].digit >= 0 || strstr(name, "_U") || strstr(name, "_N") ? 0 : 1;
    uint8_t facts[4] = { FORMS[f].domain, FORMS[f].immediate, isRm, place };
    fwrite(facts, 4, 1, stdout);
    int isMany = FORMS[f].domain >= SINGLE || !strncmp(name, "Cvt", 3);
    uint32_t cases = isMany ? count * 3 : count;
    put32(cases);
    uint32_t hash = 0x811c9dc5;
    for (uint32_t c = 0; c < cases; c++) {
      draw(in.xmm0, 4, FORMS[f].domain, 0);
      draw(in.xmm1, 4, FORMS[f].domain, 1);
      draw(in.mm0, 2, FORMS[f].domain, 0);
      draw(in.mm1, 2, FORMS[f].domain, 1);
      draw(in.memory, 6, FORMS[f].domain, 1);
      in.eax = integer();
      in.ecx = integer();
      in.edx = integer();
      if (FORMS[f].domain == STRING) {
        uint32_t lengths = next();
        if (lengths & 7) in.eax = (int)(lengths >> 8 & 63) - 20;
        if (lengths & 0x70) in.edx = (int)(lengths >> 16 & 63) - 20;
      }
      uint32_t r = next(), masks = next(), immediate = next() & 0xff;
      if (!(r & 0x70000)) memcpy(in.xmm1, in.xmm0, 16);
      in.ftw = masks >> 16;
      in.mxcsr = (r & 3) ? (r & 0x6000) | ((r & 0x30) ? 0 : 0x40) | ((r & 0xc0) ? 0 : 0x8000) : 0;
      in.mxcsr |= (r & 0x300) ? 0x1f80 : masks & 0x1f80;
      in.mxcsr |= (r & 0x400) ? 0 : (r & 0x800) ? 0x20 : masks & 0x3f;
      int isMemory = place == 2 || (place == 1 && !(r & 0x180000));
      int offset = isMemory && !(r & 0xe00000) ? 4 : 0;
      uint8_t *p = code;
      if (FORMS[f].prefix >> 8) *p++ = FORMS[f].prefix >> 8;
      if (FORMS[f].prefix) *p++ = FORMS[f].prefix;
      *p++ = 0x0f;
      if (FORMS[f].opcode >> 8) *p++ = FORMS[f].opcode >> 8;
      *p++ = FORMS[f].opcode;
      int reg = FORMS[f].digit >= 0 ? FORMS[f].digit : isRm, rm = !isRm;
      if (*first) *p++ = isMemory ? reg << 3 | 6 : 0xc0 | reg << 3 | rm;
      if (FORMS[f].immediate) *p++ = immediate;
      length = p - code;
      *p = 0xc3;
      memcpy(memory, in.memory, sizeof in.memory);
      run(memory + offset);
      // Conversions with MMX registers: processors differ in whether one that raises #XM, or takes its source from memory, touches the x87 state.
      if ((strstr(name, "_Ppi") || strstr(name, "_Qpi")) && (out.faulted || isMemory)) out.fsw = out.ftw = 0;
      if (isFull) {
        fwrite(&out, sizeof out, 1, stdout);
        continue;
      }
      for (unsigned i = 0; i < sizeof out; i++) hash = (hash ^ ((uint8_t *)&out)[i]) * 0x01000193;
      if (c % GROUP != GROUP - 1 && c != cases - 1) continue;
      put32(hash);
      hash = 0x811c9dc5;
    }
  }
  return 0;
}
