/* Descriptor tables and the boot path (SDM vol. 3A §3.4.5, §6.11, §7.2). */
#include "runtime.h"

struct gate {
  uint16_t offset_low, selector, type, offset_high;
} __attribute__((packed));

struct table_register {
  uint16_t limit;
  uint32_t base;
} __attribute__((packed));

struct boot_information boot;
struct tss tss;

static struct gate idt[256];
static uint64_t gdt[8];

/* SYSENTER and SYSEXIT demand this order: kernel code, kernel data, user code, user data. */
static const uint64_t FLAT_SEGMENTS[5] = {
    0, 0x00CF9A000000FFFFull, 0x00CF92000000FFFFull, 0x00CFFA000000FFFFull, 0x00CFF2000000FFFFull,
};

const char *exception_name(uint32_t vector) {
  static const char *const NAMES[] = {
      "#DE", "#DB", "NMI", "#BP", "#OF", "#BR", "#UD", "#NM", "#DF", "FPU overrun",
      "#TS", "#NP", "#SS", "#GP", "#PF", "15",  "#MF", "#AC", "#MC", "#XM",
  };
  return vector < sizeof NAMES / sizeof NAMES[0] ? NAMES[vector] : "reserved";
}

void set_gate(uint32_t vector, const void *handler, uint32_t privilege) {
  uint32_t offset = (uint32_t)handler;
  idt[vector].offset_low = (uint16_t)offset;
  idt[vector].selector = SELECTOR_KERNEL_CODE;
  idt[vector].type = (uint16_t)(0x8E00 | privilege << 13);
  idt[vector].offset_high = (uint16_t)(offset >> 16);
}

/* A 64 KB segment of 16-bit code or data; `type` is the descriptor's sixth byte. */
void set_segment(uint32_t selector, const void *start, uint32_t type) {
  uint32_t base = (uint32_t)start;
  gdt[selector / 8] = 0xFFFFu | (uint64_t)(base & 0xFFFFFF) << 16 | (uint64_t)type << 40 | (uint64_t)(base >> 24) << 56;
}

void cpu_start(void) {
  struct table_register gdtr = {sizeof gdt - 1, (uint32_t)gdt};
  struct table_register idtr = {sizeof idt - 1, (uint32_t)idt};
  uint32_t base = (uint32_t)&tss;

  memcpy(gdt, FLAT_SEGMENTS, sizeof FLAT_SEGMENTS);
  gdt[5] = (sizeof tss - 1) | (uint64_t)(base & 0xFFFFFF) << 16 | 0x0000890000000000ull | (uint64_t)(base >> 24) << 56;
  tss.ss0 = SELECTOR_KERNEL_DATA;
  tss.io_map = sizeof tss;
  for (uint32_t vector = 0; vector <= VECTOR_YIELD; vector++) set_gate(vector, isr_stubs + 16 * vector, 0);
  set_gate(VECTOR_SYSTEM_CALL, isr_stubs + 16 * VECTOR_SYSTEM_CALL, 3);
  load_tables(&gdtr, &idtr);
}

/* CR0: no emulation, monitor the coprocessor, native errors. CR4: OSFXSR and OSXMMEXCPT. */
void cpu_enable_sse(void) {
  uint32_t value;
  __asm__ volatile("mov %%cr0, %0" : "=r"(value));
  value = (value & ~0xCu) | 0x22u;
  __asm__ volatile("mov %0, %%cr0\n\tfninit" : : "r"(value));
  __asm__ volatile("mov %%cr4, %0" : "=r"(value));
  __asm__ volatile("mov %0, %%cr4" : : "r"(value | 0x600u));
}

static void copy_memory_map(const uint8_t *entry, uint32_t length) {
  const uint8_t *end = entry + length;
  while (entry < end && boot.range_count < 16) {
    uint32_t size;
    memcpy(&size, entry, 4);
    memcpy(&boot.ranges[boot.range_count++], entry + 4, 20);
    entry += size + 4;
  }
}

/* The loader's structures may lie anywhere below 4 GB, so they are copied before paging is on. */
static void copy_boot_information(const uint32_t *information) {
  uint32_t flags = information[0];
  if (flags & 1) {
    boot.lower_kilobytes = information[1];
    boot.upper_kilobytes = information[2];
  }
  if (flags & 4) {
    const char *text = (const char *)information[4];
    for (uint32_t i = 0; i < sizeof boot.command_line - 1 && text[i]; i++) boot.command_line[i] = text[i];
  }
  if (flags & 0x40) copy_memory_map((const uint8_t *)information[12], information[11]);
}

void boot_main(uint32_t magic, const uint32_t *information) {
  if (magic == 0x2BADB002) copy_boot_information(information);
  cpu_start();
  paging_start();
  serial_start();
  guest_main();
  power_off();
}
