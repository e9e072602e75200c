/* What every guest has: CPU tables, paging, a console on COM1, power off. */
#ifndef RUNTIME_H
#define RUNTIME_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PAGE_SIZE 4096u
#define IDENTITY_MEGABYTES 32u
#define WINDOW_BASE 0xC0000000u /* one page table of pages the guest maps at will */
#define WINDOW_PAGES 1024u

#define PAGE_PRESENT 1u
#define PAGE_WRITE 2u
#define PAGE_USER 4u

#define SELECTOR_KERNEL_CODE 0x08
#define SELECTOR_KERNEL_DATA 0x10
#define SELECTOR_USER_CODE 0x1B
#define SELECTOR_USER_DATA 0x23

#define VECTOR_IRQ 0x20
#define VECTOR_SYSTEM_CALL 0x80
#define VECTOR_YIELD 0x81

#define COM1 0x3F8

/* The stack at trap_dispatch, lowest address first (start.S). */
struct frame {
  uint32_t es, ds, edi, esi, ebp, ignored_esp, ebx, edx, ecx, eax;
  uint32_t vector, error, eip, cs, eflags;
  uint32_t user_esp, user_ss; /* pushed by the CPU from ring 3 only */
};

struct tss {
  uint32_t link, esp0, ss0, unused[22];
  uint16_t trap, io_map;
};

struct memory_range {
  uint64_t base, length;
  uint32_t type; /* 1: RAM */
};

struct boot_information {
  char command_line[256];
  uint32_t lower_kilobytes, upper_kilobytes;
  uint32_t range_count;
  struct memory_range ranges[16];
};

extern struct boot_information boot;
extern struct tss tss;
extern uint32_t window_table[WINDOW_PAGES];
extern uint32_t guard_stack;
extern char image_end[], isr_stubs[], guard_landing[], isr_return[];

static inline void outb(uint16_t port, uint8_t value) { __asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port)); }
static inline void outw(uint16_t port, uint16_t value) { __asm__ volatile("outw %0, %1" : : "a"(value), "Nd"(port)); }
static inline uint8_t inb(uint16_t port) {
  uint8_t value;
  __asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
  return value;
}
static inline uint16_t inw(uint16_t port) {
  uint16_t value;
  __asm__ volatile("inw %1, %0" : "=a"(value) : "Nd"(port));
  return value;
}
static inline uint64_t rdtsc(void) {
  uint64_t value;
  __asm__ volatile("rdtsc" : "=A"(value));
  return value;
}
/* Divides in place and gives the remainder: two DIVs, since the compiler's own division is built for the Pentium Pro and later. */
static inline uint32_t divide(uint64_t *value, uint32_t divisor) {
  uint32_t high = (uint32_t)(*value >> 32), low = (uint32_t)*value, remainder = 0;
  __asm__("divl %2" : "+a"(high), "+d"(remainder) : "r"(divisor));
  __asm__("divl %2" : "+a"(low), "+d"(remainder) : "r"(divisor));
  *value = (uint64_t)high << 32 | low;
  return remainder;
}
static inline void wrmsr(uint32_t msr, uint32_t value) { __asm__ volatile("wrmsr" : : "c"(msr), "a"(value), "d"(0)); }
static inline void cpuid(uint32_t leaf, uint32_t out[4]) {
  __asm__ volatile("cpuid" : "=a"(out[0]), "=b"(out[1]), "=c"(out[2]), "=d"(out[3]) : "a"(leaf), "c"(0));
}
static inline void invlpg(uint32_t address) { __asm__ volatile("invlpg (%0)" : : "r"(address) : "memory"); }
static inline void flush_tlb(void) {
  uint32_t base;
  __asm__ volatile("mov %%cr3, %0\n\tmov %0, %%cr3" : "=r"(base) : : "memory");
}
static inline void interrupts_off(void) { __asm__ volatile("cli" : : : "memory"); }
static inline void interrupts_on(void) { __asm__ volatile("sti" : : : "memory"); }

/* Given by each guest: its program, and what to do on an interrupt or exception. */
void guest_main(void);
struct frame *trap_dispatch(struct frame *frame);

/* cpu.c */
void cpu_start(void);
void set_gate(uint32_t vector, const void *handler, uint32_t privilege);
void set_segment(uint32_t selector, const void *start, uint32_t type);
void cpu_enable_sse(void);
const char *exception_name(uint32_t vector);
void load_tables(const void *gdtr, const void *idtr);
int run_guarded(void (*function)(void));

/* paging.c */
void paging_start(void);
uint8_t physical_read8(uint32_t address);
uint32_t physical_read32(uint32_t address);

/* console.c */
void serial_start(void);
void put_char(char character);
void print(const char *format, ...) __attribute__((format(printf, 1, 2)));
bool command_line_number(const char *name, uint32_t *value);

/* power.c */
struct sleep_registers {
  uint16_t control; /* PM1a_CNT_BLK */
  uint16_t type;    /* SLP_TYPa for S5 */
  bool from_tables;
};
struct sleep_registers find_sleep_registers(void);
void power_off(void) __attribute__((noreturn));

/* text.c */
void *memcpy(void *target, const void *source, size_t count);
void *memmove(void *target, const void *source, size_t count);
void *memset(void *target, int value, size_t count);
int memcmp(const void *left, const void *right, size_t count);
size_t strlen(const char *text);
int strcmp(const char *left, const char *right);

#endif
