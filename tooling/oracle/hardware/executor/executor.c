/*
 * Executes test cases on the processor that it runs on, and writes what each one did.
 *
 *   gcc -m32 -O1 -fno-stack-protector -mgeneral-regs-only -o executor executor.c     (or -m64)
 *   ./executor < batch > results
 *
 * Every case begins and ends in a signal handler: it records the interrupted context (the result of the case before) and replaces it
 * by the initial state of the next one, which sigreturn loads. A case ends with INT3 (SIGTRAP), or with a fault.
 *
 * Batch, all little-endian words: BATCH_MAGIC, bits (32 or 64), code base, bytes of code, window base, bytes of the writable window,
 * bytes of the read-only page behind it, number of LDT entries, number of cases; then the code, the window, the LDT (four words
 * each, as struct user_desc has them), and the cases: state, number of patches, and per patch offset in the window, length, bytes
 * padded to words.
 * Results, per case: state, vector, error code, CR2, number of changed words of the window, and per word its offset and value.
 * State: 32 bits: EAX ECX EDX EBX ESP EBP ESI EDI EFLAGS EIP ES CS SS DS FS GS and the first 288 bytes of the FXSAVE image;
 * 64 bits: RAX to R15, RFLAGS, RIP as 64-bit values, the six selectors, and the first 416 bytes of the image.
 */
#define _GNU_SOURCE
#include <asm/ldt.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#define BATCH_MAGIC 0x43455652
/* An address that no operation on the cases' stack pointers leads to. */
#define ALT_STACK 0x5eda7000ul
#define ALT_STACK_BYTES 0x10000
#define SECONDS 60
#ifdef __x86_64__
#define BITS 64
#define INTEGER_WORDS 42
#define FX_BYTES 416
#else
#define BITS 32
#define INTEGER_WORDS 16
#define FX_BYTES 288
#endif
#define FX_WORDS (FX_BYTES / 4)
#define STATE_WORDS (INTEGER_WORDS + FX_WORDS)
/* Of the sigframe: the legacy header before the FXSAVE image (32 bits only), and XSTATE_BV behind it. */
#define LEGACY_BYTES (BITS == 32 ? 112 : 0)
#define XSTATE_BV 512
#define X87_AND_SSE 3

static uint32_t *input, *output, *window, *initial;
static uint32_t window_words, cases, next_case;
static size_t in, out;
static ucontext_t outside;
static uint8_t outside_fp[8192] __attribute__((aligned(64)));
static int running;

static void copy(void *to, const void *from, size_t bytes) {
  uint8_t *t = to;
  const uint8_t *f = from;
  while (bytes--) *t++ = *f++;
}

/* EFLAGS of the handler are what sigreturn merges into: NT and ID must not survive from one case to the next. */
static inline void plain_flags(void) {
#ifdef __x86_64__
  __asm__ volatile("pushq $0x202\n\tpopfq" ::: "cc", "memory");
#else
  __asm__ volatile("pushl $0x202\n\tpopfl" ::: "cc", "memory");
#endif
}

#ifdef __x86_64__
static const int REGISTERS[16] = { REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP, REG_RSI, REG_RDI, REG_R8, REG_R9, REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15 };

static void record_integer(const greg_t *g, uint32_t *to) {
  for (int i = 0; i < 16; i++) copy(to + 2 * i, &g[REGISTERS[i]], 8);
  copy(to + 32, &g[REG_EFL], 8);
  copy(to + 34, &g[REG_RIP], 8);
  uint64_t selectors = g[REG_CSGSFS];
  to[36] = to[39] = 0;
  to[37] = selectors & 0xffff;
  to[38] = selectors >> 48;
  to[40] = selectors >> 32 & 0xffff;
  to[41] = selectors >> 16 & 0xffff;
}

static void load_integer(greg_t *g, const uint32_t *from) {
  for (int i = 0; i < 16; i++) copy(&g[REGISTERS[i]], from + 2 * i, 8);
  copy(&g[REG_EFL], from + 32, 8);
  copy(&g[REG_RIP], from + 34, 8);
}
#else
static const int REGISTERS[16] = { REG_EAX, REG_ECX, REG_EDX, REG_EBX, REG_ESP, REG_EBP, REG_ESI, REG_EDI, REG_EFL, REG_EIP, REG_ES, REG_CS, REG_SS, REG_DS, REG_FS, REG_GS };

static void record_integer(const greg_t *g, uint32_t *to) {
  for (int i = 0; i < 16; i++) to[i] = i < 10 ? g[REGISTERS[i]] : g[REGISTERS[i]] & 0xffff;
}

static void load_integer(greg_t *g, const uint32_t *from) {
  for (int i = 0; i < 16; i++) g[REGISTERS[i]] = from[i];
}

/* The header that a 32-bit frame has before the image, and that the kernel believes for the x87 part. */
static void load_legacy(uint8_t *frame, const uint8_t *fx) {
  uint32_t *header = (uint32_t *)frame;
  uint16_t fcw, fsw, fop;
  copy(&fcw, fx, 2);
  copy(&fsw, fx + 2, 2);
  copy(&fop, fx + 6, 2);
  header[0] = fcw | 0xffff0000;
  header[1] = fsw | 0xffff0000;
  uint32_t tags = 0;
  /* Empty or not is all that goes from the 16-bit tag word to the register. */
  for (int i = 0; i < 8; i++) if (!(fx[4] >> i & 1)) tags |= 3u << 2 * i;
  header[2] = tags | 0xffff0000;
  copy(header + 3, fx + 8, 4);
  header[4] = (uint32_t)fop << 16;
  copy(header + 5, fx + 16, 4);
  header[6] = 0;
  for (int i = 0; i < 8; i++) copy(frame + 28 + 10 * i, fx + 32 + 16 * i, 10);
}
#endif

static void record(const ucontext_t *u) {
  record_integer(u->uc_mcontext.gregs, output + out);
  copy(output + out + INTEGER_WORDS, (const uint8_t *)u->uc_mcontext.fpregs + LEGACY_BYTES, FX_BYTES);
  out += STATE_WORDS;
  output[out++] = u->uc_mcontext.gregs[REG_TRAPNO];
  output[out++] = u->uc_mcontext.gregs[REG_ERR];
#ifdef __x86_64__
  output[out++] = u->uc_mcontext.gregs[REG_CR2];
#else
  output[out++] = u->uc_mcontext.cr2;
#endif
  uint32_t *count = output + out++;
  *count = 0;
  for (uint32_t i = 0; i < window_words; i++) {
    if (window[i] == initial[i]) continue;
    output[out++] = 4 * i;
    output[out++] = window[i];
    ++*count;
  }
}

static void load(ucontext_t *u) {
  uint8_t *frame = (uint8_t *)u->uc_mcontext.fpregs;
  uint8_t *fx = frame + LEGACY_BYTES;
  uint32_t mxcsr_mask, both = X87_AND_SSE, xstate;
  const uint32_t *state = input + in;
  load_integer(u->uc_mcontext.gregs, state);
  copy(&mxcsr_mask, fx + 28, 4);
  copy(fx, state + INTEGER_WORDS, FX_BYTES);
  copy(fx + 28, &mxcsr_mask, 4);
  copy(&xstate, fx + XSTATE_BV, 4);
  both |= xstate;
  copy(fx + XSTATE_BV, &both, 4);
#ifndef __x86_64__
  load_legacy(frame, fx);
#endif
  in += STATE_WORDS;
  for (uint32_t i = 0; i < window_words; i++) window[i] = initial[i];
  for (uint32_t patches = input[in++]; patches > 0; patches--) {
    uint32_t offset = input[in], length = input[in + 1];
    copy((uint8_t *)window + offset, input + in + 2, length);
    in += 2 + (length + 3) / 4;
  }
  next_case++;
}

static void handler(int number, siginfo_t *info, void *context) {
  ucontext_t *u = context;
  (void)info;
  plain_flags();
  if (number == SIGALRM) {
    char text[64];
    int length = snprintf(text, sizeof text, "case %u of the batch does not end\n", next_case - 1);
    if (write(2, text, length) < 0) _exit(3);
    _exit(3);
  }
  if (!running) {
    copy(&outside, u, sizeof outside);
    copy(outside_fp, u->uc_mcontext.fpregs, LEGACY_BYTES + XSTATE_BV + 64);
    running = 1;
  } else {
    record(u);
  }
  if (next_case < cases) {
    load(u);
    return;
  }
  running = 0;
  copy(u->uc_mcontext.gregs, outside.uc_mcontext.gregs, sizeof outside.uc_mcontext.gregs);
  copy(u->uc_mcontext.fpregs, outside_fp, LEGACY_BYTES + XSTATE_BV + 64);
}

static void fail(const char *what) {
  perror(what);
  exit(2);
}

static void *map(uintptr_t address, size_t bytes, int protection) {
  void *at = mmap((void *)address, bytes, protection, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE | MAP_POPULATE, -1, 0);
  if (at != (void *)address) fail("mmap of a fixed range");
  return at;
}

static void *read_all(void) {
  size_t room = 1 << 24, have = 0;
  char *data = malloc(room);
  for (;;) {
    ssize_t got = read(0, data + have, room - have);
    if (got < 0) fail("read");
    if (got == 0) return data;
    if ((have += got) == room) data = realloc(data, room *= 2);
    if (data == NULL) fail("memory");
  }
}

int main(void) {
  static const int SIGNALS[] = { SIGTRAP, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGALRM };
  input = read_all();
  if (input[0] != BATCH_MAGIC || input[1] != BITS) {
    fprintf(stderr, "not a batch of %d-bit cases\n", BITS);
    return 2;
  }
  uint32_t code_bytes = input[3], read_only = input[6], descriptors = input[7];
  uintptr_t code_base = input[2], window_base = input[4];
  window_words = input[5] / 4;
  cases = input[8];
  in = 9;
  void *code = map(code_base, code_bytes, PROT_READ | PROT_WRITE);
  memcpy(code, input + in, code_bytes);
  if (mprotect(code, code_bytes, PROT_READ | PROT_EXEC)) fail("mprotect of the code");
  in += code_bytes / 4;
  window = map(window_base, input[5] + read_only, PROT_READ | PROT_WRITE);
  initial = input + in;
  memcpy(window, initial, input[5] + read_only);
  if (mprotect((char *)window + input[5], read_only, PROT_READ)) fail("mprotect of the read-only page");
  in += (input[5] + read_only) / 4;
  for (; descriptors > 0; descriptors--, in += 4) {
    if (syscall(SYS_modify_ldt, 0x11, input + in, sizeof(struct user_desc)) != 0) fail("modify_ldt");
  }
  size_t most = (size_t)cases * (STATE_WORDS + 4 + 2 * 192) * 4 + (1 << 20);
  output = mmap(NULL, most, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (output == MAP_FAILED) fail("memory for the results");
  stack_t stack = { .ss_sp = map(ALT_STACK, ALT_STACK_BYTES, PROT_READ | PROT_WRITE), .ss_size = ALT_STACK_BYTES };
  if (sigaltstack(&stack, NULL)) fail("sigaltstack");
  struct sigaction action = { .sa_sigaction = handler, .sa_flags = SA_SIGINFO | SA_ONSTACK };
  for (size_t i = 0; i < sizeof SIGNALS / sizeof *SIGNALS; i++) if (sigaction(SIGNALS[i], &action, NULL)) fail("sigaction");
  alarm(SECONDS);
  __asm__ volatile("int3" ::: "memory");
  for (size_t done = 0; done < out * 4;) {
    ssize_t wrote = write(1, (char *)output + done, out * 4 - done);
    if (wrote < 0) fail("write");
    done += wrote;
  }
  return 0;
}
