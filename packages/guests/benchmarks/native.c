/* The host side: runs the same work as an ordinary 32-bit program and prints the checksum, the seconds that it took by the clock and of the processor, and the peak of its memory in KB. */
#include "work.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <time.h>

static uint8_t window[PAGE_WINDOW_PAGES * 4096u] __attribute__((aligned(4096)));
uint8_t *page_window = window, *code_area;

uint32_t system_call_interrupt(uint32_t number, uint32_t argument);
uint32_t system_call_sysenter(uint32_t number, uint32_t argument);

static uint32_t system_call(uint32_t number, uint32_t argument) {
  switch (number & 3) {
    case 0: return argument + 1;
    case 1: return argument ^ 0x5A5A5A5Au;
    case 2: return argument << 1 | argument >> 31;
    default: return argument * 3;
  }
}

uint32_t system_call_interrupt(uint32_t number, uint32_t argument) { return system_call(number, argument); }
uint32_t system_call_sysenter(uint32_t number, uint32_t argument) { return system_call(number, argument); }
void enter_user(void (*function)(void)) { function(); }
void page_window_empty(void) { memset(window, 0, sizeof window); }

static double now(clockid_t clock) {
  struct timespec time;
  clock_gettime(clock, &time);
  return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

int main(int count, char **arguments) {
  struct rusage usage;
  double start, cpu_start;
  uint32_t checksum;
  code_area = mmap(NULL, CODE_AREA_BYTES, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (code_area == MAP_FAILED) return 1;
  start = now(CLOCK_MONOTONIC);
  cpu_start = now(CLOCK_PROCESS_CPUTIME_ID);
  checksum = work(count > 1 ? (uint32_t)atoi(arguments[1]) : DEFAULT_SCALE);
  start = now(CLOCK_MONOTONIC) - start;
  cpu_start = now(CLOCK_PROCESS_CPUTIME_ID) - cpu_start;
  getrusage(RUSAGE_SELF, &usage);
  printf("%08x %.6f %.6f %ld\n", checksum, start, cpu_start, usage.ru_maxrss);
  return 0;
}
