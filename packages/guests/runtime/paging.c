/* Identity map of the first megabytes in 4 KB pages (page 0 absent, to catch null pointers), and a window. */
#include "runtime.h"

#define IDENTITY_TABLES (IDENTITY_MEGABYTES / 4)

static uint32_t directory[1024] __attribute__((aligned(4096)));
static uint32_t identity[IDENTITY_TABLES][1024] __attribute__((aligned(4096)));
uint32_t window_table[WINDOW_PAGES] __attribute__((aligned(4096)));

void paging_start(void) {
  const uint32_t rights = PAGE_PRESENT | PAGE_WRITE | PAGE_USER;
  uint32_t cr0;

  for (uint32_t table = 0; table < IDENTITY_TABLES; table++) {
    for (uint32_t page = 0; page < 1024; page++) identity[table][page] = (table << 22 | page << 12) | rights;
    directory[table] = (uint32_t)identity[table] | rights;
  }
  identity[0][0] = 0;
  directory[WINDOW_BASE >> 22] = (uint32_t)window_table | rights;
  __asm__ volatile("mov %0, %%cr3" : : "r"(directory) : "memory");
  __asm__ volatile("mov %%cr0, %0" : "=r"(cr0));
  __asm__ volatile("mov %0, %%cr0" : : "r"(cr0 | 0x80010000u) : "memory"); /* PG, WP */
}

/* The last page of the window looks at any physical page. */
uint8_t physical_read8(uint32_t address) {
  const uint32_t page = WINDOW_BASE + (WINDOW_PAGES - 1) * PAGE_SIZE;
  uint32_t entry = (address & ~0xFFFu) | PAGE_PRESENT;
  if ((window_table[WINDOW_PAGES - 1] & ~0x60u) != entry) {
    window_table[WINDOW_PAGES - 1] = entry;
    invlpg(page);
  }
  return *(volatile uint8_t *)(page + (address & 0xFFF));
}

uint32_t physical_read32(uint32_t address) {
  uint32_t value = 0;
  for (uint32_t i = 0; i < 4; i++) value |= (uint32_t)physical_read8(address + i) << (8 * i);
  return value;
}
