/* The host side: runs the same work as an ordinary 32-bit program and prints the checksum. */
#include "work.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint8_t window[PAGE_WINDOW_PAGES * 4096u] __attribute__((aligned(4096)));
uint8_t *page_window = window;

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

int main(int count, char **arguments) {
  printf("%08x\n", work(count > 1 ? (uint32_t)atoi(arguments[1]) : DEFAULT_SCALE));
  return 0;
}
