/* ACPI power off: PM1a_CNT from the FADT, SLP_TYP from \_S5 (ACPI 6.5 §4.8.3.2, §7.4.2). */
#include "runtime.h"

#define DEFAULT_CONTROL 0x604
#define SLEEP_ENABLE 0x2000
#define SIGNATURE(a, b, c, d) ((uint32_t)(a) | (uint32_t)(b) << 8 | (uint32_t)(c) << 16 | (uint32_t)(d) << 24)

static uint32_t find_rsdt(void) {
  for (uint32_t address = 0xE0000; address < 0x100000; address += 16) {
    if (physical_read32(address) == SIGNATURE('R', 'S', 'D', ' ') && physical_read32(address + 4) == SIGNATURE('P', 'T', 'R', ' ')) {
      return physical_read32(address + 16);
    }
  }
  return 0;
}

static uint32_t find_table(uint32_t rsdt, uint32_t signature) {
  uint32_t length = physical_read32(rsdt + 4);
  for (uint32_t offset = 36; offset + 4 <= length && offset < 1024; offset += 4) {
    uint32_t table = physical_read32(rsdt + offset);
    if (physical_read32(table) == signature) return table;
  }
  return 0;
}

/* Name (_S5, Package () { type, ... }): an AML byte constant, or Zero or One. */
static bool find_sleep_type(uint32_t dsdt, uint16_t *type) {
  uint32_t length = physical_read32(dsdt + 4);
  for (uint32_t offset = 36; offset + 12 < length && offset < 0x40000; offset++) {
    uint32_t at = dsdt + offset;
    if (physical_read8(at) != '_' || physical_read32(at) != SIGNATURE('_', 'S', '5', '_')) continue;
    if (physical_read8(at + 4) != 0x12) continue;       /* PackageOp */
    at += 6 + (physical_read8(at + 5) >> 6);            /* package length */
    at += 1;                                            /* element count */
    *type = physical_read8(at) == 0x0A ? physical_read8(at + 1) : physical_read8(at);
    return true;
  }
  return false;
}

struct sleep_registers find_sleep_registers(void) {
  struct sleep_registers result = {DEFAULT_CONTROL, 0, false};
  uint32_t rsdt = find_rsdt();
  uint32_t fadt = rsdt ? find_table(rsdt, SIGNATURE('F', 'A', 'C', 'P')) : 0;
  if (fadt) {
    uint32_t control = physical_read32(fadt + 64);
    if (control && find_sleep_type(physical_read32(fadt + 40), &result.type)) {
      result.control = (uint16_t)control;
      result.from_tables = true;
    }
  }
  return result;
}

void power_off(void) {
  struct sleep_registers sleep = find_sleep_registers();
  interrupts_off();
  outw(sleep.control, (uint16_t)(sleep.type << 10 | SLEEP_ENABLE));
  outw(DEFAULT_CONTROL, SLEEP_ENABLE);
  outw(0xB004, SLEEP_ENABLE); /* PIIX4 as older firmware places it */
  for (;;) __asm__ volatile("cli\n\thlt");
}
