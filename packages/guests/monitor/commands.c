/* The commands of the monitor. */
#include "monitor.h"

struct command {
  const char *name, *summary;
  void (*run)(const char *argument);
};

void report_exception(const struct frame *frame) {
  print("%s", exception_name(frame->vector));
  if (frame->vector == 14) {
    uint32_t address;
    __asm__ volatile("mov %%cr2, %0" : "=r"(address));
    print(" at address %08x", address);
  }
  print(", error code %04x, EIP %08x, EFLAGS %08x\n", frame->error, frame->eip, frame->eflags);
}

static void command_mem(const char *argument) {
  (void)argument;
  print("lower %u KB, upper %u KB, monitor 00100000-%08x\n", boot.lower_kilobytes, boot.upper_kilobytes, (uint32_t)image_end - 1);
  for (uint32_t i = 0; i < boot.range_count; i++) {
    const struct memory_range *range = &boot.ranges[i];
    print("%08llx-%08llx %s\n", range->base, range->base + range->length - 1, range->type == 1 ? "RAM" : "reserved");
  }
  print("paging: %u MB mapped one to one, page 0 absent\n", IDENTITY_MEGABYTES);
}

static void command_cpuid(const char *argument) {
  static const char *const EDX[32] = {"fpu", "vme", "de",  "pse", "tsc", "msr", "pae", "mce", "cx8", "apic", 0,
                                      "sep", "mtrr", "pge", "mca", "cmov", "pat", "pse36", "psn", "clflush", 0, "ds",
                                      "acpi", "mmx", "fxsr", "sse", "sse2", "ss", "ht", "tm", 0, "pbe"};
  static const char *const ECX[32] = {"sse3", "pclmulqdq", 0, "monitor", [9] = "ssse3", [13] = "cx16", [19] = "sse4_1",
                                      "sse4_2", "x2apic", "movbe", "popcnt", [25] = "aes", "xsave", "osxsave", "avx", [31] = "hypervisor"};
  uint32_t r[4], leaves;
  char text[49] = {0};
  (void)argument;
  cpuid(0, r);
  leaves = r[0];
  memcpy(text, &r[1], 4);
  memcpy(text + 4, &r[3], 4);
  memcpy(text + 8, &r[2], 4);
  print("vendor %s, %u leaves\n", text, leaves);
  cpuid(1, r);
  print("family %u model %u stepping %u\nfeatures", r[0] >> 8 & 15, (r[0] >> 4 & 15) | (r[0] >> 12 & 0xF0), r[0] & 15);
  for (uint32_t bit = 0; bit < 32; bit++) if ((r[3] >> bit & 1) && EDX[bit]) print(" %s", EDX[bit]);
  for (uint32_t bit = 0; bit < 32; bit++) if ((r[2] >> bit & 1) && ECX[bit]) print(" %s", ECX[bit]);
  print("\n");
  cpuid(0x80000000u, r);
  if (r[0] < 0x80000004u) return;
  for (uint32_t i = 0; i < 3; i++) {
    cpuid(0x80000002u + i, r);
    memcpy(text + 16 * i, r, 16);
  }
  print("brand %s\n", text);
}

/* 0 on processors without a time-stamp counter. */
static uint64_t time_stamp(void) {
  uint32_t r[4];
  cpuid(1, r);
  return r[3] & 0x10 ? rdtsc() : 0;
}

static void command_regs(const char *argument) {
  uint32_t cr0, cr2, cr3, cr4, eflags, esp, ebp;
  uint16_t cs, ss, tr;
  (void)argument;
  __asm__ volatile("mov %%cr0, %0\n\tmov %%cr2, %1\n\tmov %%cr3, %2\n\tmov %%cr4, %3" : "=r"(cr0), "=r"(cr2), "=r"(cr3), "=r"(cr4));
  __asm__ volatile("pushfl\n\tpop %0\n\tmov %%esp, %1\n\tmov %%ebp, %2" : "=r"(eflags), "=r"(esp), "=r"(ebp));
  __asm__ volatile("mov %%cs, %0\n\tmov %%ss, %1\n\tstr %2" : "=r"(cs), "=r"(ss), "=r"(tr));
  print("CR0 %08x  CR2 %08x  CR3 %08x  CR4 %08x\n", cr0, cr2, cr3, cr4);
  print("ESP %08x  EBP %08x  EIP %08x  EFLAGS %08x\n", esp, ebp, (uint32_t)command_regs, eflags);
  print("CS %04x  SS %04x  TR %04x  TSC %llu\n", cs, ss, tr, time_stamp());
}

/* A task that uses the CPU for two seconds and never gives it up: only preemption lets the shell answer. */
static void spin_task(void) {
  uint32_t until = ticks() + 2 * TICKS_PER_SECOND;
  while ((int32_t)(ticks() - until) < 0) {
  }
}

static void command_tasks(const char *argument) {
  if (strcmp(argument, "spin") == 0) {
    int id = task_create("spin", spin_task);
    if (id < 0) print("no free task\n");
    else print("started task %d, which spins for 2 seconds\n", id);
  } else {
    tasks_print();
    print("uptime %u.%02u s\n", ticks() / TICKS_PER_SECOND, ticks() % TICKS_PER_SECOND);
  }
}

static uint32_t sieve(void) {
  static uint8_t composite[8192];
  uint32_t primes = 0;
  memset(composite, 0, sizeof composite);
  for (uint32_t i = 2; i < sizeof composite; i++) {
    if (composite[i]) continue;
    primes++;
    for (uint32_t j = i * i; j < sizeof composite; j += i) composite[j] = 1;
  }
  return primes;
}

static uint32_t crc(void) {
  uint32_t value = ~0u;
  for (uint32_t i = 0; i < 4096; i++) {
    value ^= i & 0xFF;
    for (uint32_t bit = 0; bit < 8; bit++) value = value >> 1 ^ (0xEDB88320u & (0 - (value & 1)));
  }
  return ~value;
}

static uint32_t copy(void) {
  static uint32_t from[4096], to[4096];
  from[17] = 17;
  for (uint32_t i = 0; i < 4096; i++) to[i] = from[i] + i;
  return to[17];
}

static void bench_one(const char *name, uint32_t (*run)(void)) {
  uint32_t rounds = 0, result = 0, start;
  uint64_t cycles;
  for (start = ticks(); ticks() == start;) {
  }
  cycles = time_stamp();
  for (start = ticks(); ticks() - start < TICKS_PER_SECOND / 2; rounds++) result = run();
  cycles = time_stamp() - cycles;
  divide(&cycles, rounds);
  print("%-8s %9u rounds/s  %9llu cycles/round  result %08x\n", name, rounds * 2, cycles, result);
}

static void command_bench(const char *argument) {
  (void)argument;
  bench_one("sieve", sieve);
  bench_one("crc32", crc);
  bench_one("copy", copy);
}

static volatile uint32_t zero;
static void fault_de(void) { __asm__ volatile("divl %0" : : "m"(zero), "a"(1), "d"(0)); }
static void fault_pf(void) { *(volatile uint32_t *)(WINDOW_BASE + 0x1234) = 1; }
static void fault_gp(void) { __asm__ volatile("mov %0, %%ds" : : "r"(0x7F0)); }
static void fault_ud(void) { __asm__ volatile("ud2"); }
static void fault_bp(void) { __asm__ volatile("int3"); }
static void fault_np(void) { ((void (*)(void))16)(); }

static void command_fault(const char *argument) {
  static const struct { const char *name; void (*run)(void); } KINDS[] = {
      {"de", fault_de}, {"pf", fault_pf}, {"gp", fault_gp}, {"ud", fault_ud}, {"bp", fault_bp}, {"null", fault_np},
  };
  for (uint32_t i = 0; i < sizeof KINDS / sizeof KINDS[0]; i++) {
    if (strcmp(argument, KINDS[i].name) != 0) continue;
    if (run_guarded(KINDS[i].run)) print("survived\n");
    else print("no exception was raised\n");
    return;
  }
  print("usage: fault de|pf|gp|ud|bp|null\n");
}

static void command_poweroff(const char *argument) {
  struct sleep_registers sleep = find_sleep_registers();
  (void)argument;
  print("power off through port %03x (%s)\n", sleep.control, sleep.from_tables ? "from the ACPI tables" : "no ACPI tables");
  power_off();
}

static void command_help(const char *argument);
static const struct command COMMANDS[] = {
    {"help", "list the commands", command_help},
    {"mem", "memory map", command_mem},
    {"cpuid", "processor and its features", command_cpuid},
    {"regs", "control registers and the stack", command_regs},
    {"tasks", "list the tasks (tasks spin: start a busy one)", command_tasks},
    {"bench", "three short loops, half a second each", command_bench},
    {"fault", "raise an exception and survive: de pf gp ud bp null", command_fault},
    {"poweroff", "turn the machine off", command_poweroff},
};

static void command_help(const char *argument) {
  (void)argument;
  for (uint32_t i = 0; i < sizeof COMMANDS / sizeof COMMANDS[0]; i++) print("%-9s %s\n", COMMANDS[i].name, COMMANDS[i].summary);
}

void run_command(char *line) {
  char *argument;
  while (*line == ' ') line++;
  if (!*line) return;
  for (argument = line; *argument && *argument != ' '; argument++) {
  }
  while (*argument == ' ') *argument++ = 0;
  for (uint32_t i = strlen(argument); i && argument[i - 1] == ' '; i--) argument[i - 1] = 0;
  for (uint32_t i = 0; i < sizeof COMMANDS / sizeof COMMANDS[0]; i++) {
    if (strcmp(line, COMMANDS[i].name) == 0) {
      COMMANDS[i].run(argument);
      return;
    }
  }
  print("unknown command: %s (try help)\n", line);
}
