/* Indirect control flow: a table of functions, methods through pointers in objects, recursion through a pointer. */
#include "work.h"

struct shape {
  uint32_t (*area)(const struct shape *);
  uint32_t (*grow)(struct shape *, uint32_t);
  uint32_t width, height;
};

typedef uint32_t (*operation)(uint32_t, uint32_t);

static uint32_t op_add(uint32_t a, uint32_t b) { return a + b; }
static uint32_t op_sub(uint32_t a, uint32_t b) { return a - b; }
static uint32_t op_xor(uint32_t a, uint32_t b) { return a ^ b; }
static uint32_t op_or(uint32_t a, uint32_t b) { return a | b; }
static uint32_t op_mul(uint32_t a, uint32_t b) { return a * (b | 1); }
static uint32_t op_rol(uint32_t a, uint32_t b) { return a << 3 | a >> 29 | (b & 1); }
static uint32_t op_not(uint32_t a, uint32_t b) { return ~a + b; }
static uint32_t op_mix(uint32_t a, uint32_t b) { return mix(a, b); }
static operation operations[8] = {op_add, op_sub, op_xor, op_or, op_mul, op_rol, op_not, op_mix};

static uint32_t rectangle_area(const struct shape *s) { return s->width * s->height; }
static uint32_t triangle_area(const struct shape *s) { return s->width * s->height / 2; }
static uint32_t ring_area(const struct shape *s) { return 3 * (s->width + s->height) * (s->width - s->height); }
static uint32_t grow_wide(struct shape *s, uint32_t by) { return s->width += by; }
static uint32_t grow_tall(struct shape *s, uint32_t by) { return s->height = (s->height + by) & 0xFFFF; }

static struct shape shapes[64];

static uint32_t (*descend)(uint32_t, uint32_t);
static uint32_t descend_here(uint32_t depth, uint32_t value) { return depth ? descend(depth - 1, value * 5 + depth) + 1 : value; }

uint32_t work(uint32_t scale) {
  uint32_t seed = 0xC0FFEE11, checksum = 0;
  uint32_t (*areas[3])(const struct shape *) = {rectangle_area, triangle_area, ring_area};
  descend = descend_here;
  for (uint32_t i = 0; i < 64; i++) {
    uint32_t kind = next_random(&seed);
    shapes[i] = (struct shape){areas[kind % 3], kind & 0x100 ? grow_wide : grow_tall, i + 1, i * 3 + 2};
  }
  for (uint32_t round = 0; round < scale * 500; round++) {
    uint32_t value = next_random(&seed), code = value;
    for (uint32_t i = 0; i < 512; i++) value = operations[(code = code * 1103515245 + 12345) >> 16 & 7](value, i);
    for (uint32_t i = 0; i < 64; i++) value += shapes[i].area(&shapes[i]) ^ shapes[i].grow(&shapes[i], value & 7);
    value += descend(40, value);
    checksum = mix(checksum, value);
  }
  return checksum;
}
