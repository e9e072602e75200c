/* What the Linux benchmarks do that a shell cannot: one small static i386 program without a C library.
     work NAME COUNT
   It prints its name, its count, and a result that does not depend on the machine. */
#include "../benchmarks/work.h"

/* Numbers of arch/x86/entry/syscalls/syscall_32.tbl. */
enum { SYS_EXIT = 1, SYS_FORK = 2, SYS_READ = 3, SYS_WRITE = 4, SYS_EXECVE = 11, SYS_PIPE = 42, SYS_GETPPID = 64, SYS_MUNMAP = 91, SYS_WAIT4 = 114, SYS_YIELD = 158, SYS_MMAP2 = 192 };

uint8_t *page_window, *code_area;
void enter_user(void (*function)(void)) { function(); }
void page_window_empty(void) {}

static uint32_t syscall5(uint32_t number, uint32_t a, uint32_t b, uint32_t c, uint32_t d, uint32_t e) {
  __asm__ volatile("int $0x80" : "+a"(number) : "b"(a), "c"(b), "d"(c), "S"(d), "D"(e) : "memory");
  return number;
}
static uint32_t syscall3(uint32_t number, uint32_t a, uint32_t b, uint32_t c) { return syscall5(number, a, b, c, 0, 0); }
static void quit(uint32_t status) {
  for (;;) syscall3(SYS_EXIT, status, 0, 0);
}
static void check(uint32_t result) {
  if (result > (uint32_t)-4096) quit(99);
}
static void say(const char *text) {
  uint32_t length = 0;
  while (text[length]) length++;
  syscall3(SYS_WRITE, 1, (uint32_t)text, length);
}
static void say_number(uint32_t value) {
  char digits[12];
  uint32_t at = sizeof digits - 1;
  digits[at] = 0;
  do digits[--at] = (char)('0' + value % 10);
  while (value /= 10);
  say(digits + at);
}

static uint32_t wait_status(void) {
  uint32_t status = 0;
  check(syscall5(SYS_WAIT4, (uint32_t)-1, (uint32_t)&status, 0, 0, 0));
  return status >> 8;
}

static uint32_t do_syscall(uint32_t count) {
  uint32_t parent = syscall3(SYS_GETPPID, 0, 0, 0), same = 0;
  while (count--) same += syscall3(SYS_GETPPID, 0, 0, 0) == parent;
  return same;
}

static uint32_t do_fork(uint32_t count) {
  uint32_t sum = 0;
  for (uint32_t i = 0; i < count; i++) {
    uint32_t child = syscall3(SYS_FORK, 0, 0, 0);
    check(child);
    if (child == 0) quit(i & 63);
    sum += wait_status();
  }
  return sum;
}

static uint32_t do_exec(uint32_t count, const char *self) {
  const char *arguments[] = {self, "exit", "7", NULL};
  uint32_t sum = 0;
  for (uint32_t i = 0; i < count; i++) {
    uint32_t child = syscall3(SYS_FORK, 0, 0, 0);
    check(child);
    if (child == 0) quit(syscall3(SYS_EXECVE, (uint32_t)self, (uint32_t)arguments, 0));
    sum += wait_status();
  }
  return sum;
}

/* One byte there and one back, `count` times. */
static uint32_t do_pipe(uint32_t count) {
  uint32_t there[2], back[2], sum = 0;
  uint8_t byte = 1;
  check(syscall3(SYS_PIPE, (uint32_t)there, 0, 0));
  check(syscall3(SYS_PIPE, (uint32_t)back, 0, 0));
  uint32_t child = syscall3(SYS_FORK, 0, 0, 0);
  check(child);
  for (uint32_t i = 0; i < count; i++) {
    if (child) {
      syscall3(SYS_WRITE, there[1], (uint32_t)&byte, 1);
      check(syscall3(SYS_READ, back[0], (uint32_t)&byte, 1));
      sum += byte;
    } else {
      syscall3(SYS_READ, there[0], (uint32_t)&byte, 1);
      byte = (uint8_t)(byte * 5 + 1);
      check(syscall3(SYS_WRITE, back[1], (uint32_t)&byte, 1));
    }
  }
  if (!child) quit(0);
  return sum + wait_status();
}

/* Two processes that give up the processor `count` times each. */
static uint32_t do_switch(uint32_t count) {
  uint32_t child = syscall3(SYS_FORK, 0, 0, 0);
  check(child);
  for (uint32_t i = 0; i < count; i++) syscall3(SYS_YIELD, 0, 0, 0);
  if (!child) quit(3);
  return wait_status();
}

/* Maps 64 pages, touches each, unmaps them. */
static uint32_t do_mmap(uint32_t count) {
  uint32_t sum = 0;
  for (uint32_t i = 0; i < count; i++) {
    uint32_t address;
    __asm__ volatile("pushl %%ebp\n\txorl %%ebp, %%ebp\n\tint $0x80\n\tpopl %%ebp"
                     : "=a"(address) : "0"(SYS_MMAP2), "b"(0), "c"(64 * 4096), "d"(3), "S"(0x22), "D"(-1) : "memory");
    check(address);
    for (uint32_t page = 0; page < 64; page++) *(volatile uint32_t *)(address + page * 4096) += page;
    for (uint32_t page = 0; page < 64; page++) sum += *(volatile uint32_t *)(address + page * 4096);
    check(syscall3(SYS_MUNMAP, address, 64 * 4096, 0));
  }
  return sum;
}

static uint32_t run(const char *name, uint32_t count, const char *self) {
  if (name[0] == 'i') return work(count); /* integer */
  if (name[0] == 'f') return do_fork(count);
  if (name[0] == 'p') return do_pipe(count);
  if (name[0] == 'm') return do_mmap(count);
  if (name[0] == 's' && name[1] == 'y') return do_syscall(count);
  if (name[0] == 's') return do_switch(count);
  if (name[1] == 'x' && name[2] == 'e') return do_exec(count, self);
  quit(count); /* exit */
  return 0;
}

/* The stack at the entry: count of arguments, the arguments. */
__asm__(".globl _start\n_start:\n  movl %esp, %eax\n  andl $-16, %esp\n  subl $12, %esp\n  pushl %eax\n  call start\n");

__attribute__((used)) static void start(const uint32_t *stack) {
  const char *const *arguments = (const char *const *)(stack + 1);
  uint32_t count = 0;
  if (stack[0] != 3) quit(2);
  for (const char *at = arguments[2]; *at >= '0' && *at <= '9'; at++) count = count * 10 + (uint32_t)(*at - '0');
  uint32_t result = run(arguments[1], count, arguments[0]);
  say(arguments[1]);
  say(" ");
  say_number(count);
  say(" ");
  say_number(result);
  say("\n");
  quit(0);
}
