/* One benchmark is one function, compiled twice: into a guest, and into a host program that says what to expect. */
#ifndef WORK_H
#define WORK_H

#include <stddef.h>
#include <stdint.h>

#define DEFAULT_SCALE 20u

/* Does `scale` units of work and returns a checksum of the results. */
uint32_t work(uint32_t scale);

/* Only some benchmarks use these. In the host program they compute the same without a kernel (native.c). */
void enter_user(void (*function)(void));
void page_window_empty(void);
extern uint8_t *page_window;

#define PAGE_WINDOW_PAGES 512u

/* Memory that may be written and executed. */
extern uint8_t *code_area;

#define CODE_AREA_BYTES 8192u

/* Marsaglia's xorshift: the same numbers everywhere. */
static inline uint32_t next_random(uint32_t *state) {
  uint32_t x = *state;
  x ^= x << 13;
  x ^= x >> 17;
  x ^= x << 5;
  return *state = x;
}

static inline uint32_t mix(uint32_t checksum, uint32_t value) { return (checksum << 5 | checksum >> 27) * 5 + (value ^ 0x9E3779B1u); }

/* Keeps the compiler from seeing through a value. */
#define OPAQUE(value) __asm__ volatile("" : "+r"(value))

/* A function that calls itself, as written: the compiler would unfold some levels. */
#define RECURSIVE static __attribute__((noinline, optimize("no-optimize-sibling-calls", "no-inline-functions", "no-inline-small-functions")))

#endif
