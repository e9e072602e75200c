/* The compiler of smc.c: words to instructions, one after the other. */
#ifndef FORTH_H
#define FORTH_H

#include "work.h"
#include <stdbool.h>

#define NAME_BYTES 8
#define PUSH "\x83\xEE\x04\x89\x06" /* sub esi, 4; mov [esi], eax */
#define POP "\x8B\x06\x83\xC6\x04"  /* mov eax, [esi]; add esi, 4 */
#define NIP "\x83\xC6\x04"          /* add esi, 4 */

struct word {
  char name[NAME_BYTES];
  uint8_t size; /* of the code; 0 for words of the dictionary */
  const char *code;
};

#define INLINE(name, code) {name, sizeof(code) - 1, code}
static const struct word PRIMITIVES[] = {
    INLINE("dup", PUSH), INLINE("drop", POP), INLINE("over", PUSH "\x8B\x46\x04"), INLINE("swap", "\x8B\x16\x89\x06\x89\xD0"),
    INLINE("+", "\x03\x06" NIP), INLINE("-", "\xF7\xD8\x03\x06" NIP), INLINE("*", "\x0F\xAF\x06" NIP), INLINE("xor", "\x33\x06" NIP),
    INLINE("2/", "\xD1\xE8"), INLINE("1+", "\x40"), INLINE("1-", "\x48"), INLINE("0=", "\x83\xF8\x01\x19\xC0"),
    INLINE("<", "\x39\x06\x0F\x9C\xC0\x0F\xB6\xC0\xF7\xD8" NIP), INLINE("mod", "\x31\xD2\x89\xC1\x8B\x06\xF7\xF1\x89\xD0" NIP),
    INLINE("@", "\x8B\x00"), INLINE("!", "\x8B\x16\x89\x10\x8B\x46\x04\x83\xC6\x08"), INLINE("i", PUSH "\x8B\x04\x24"), INLINE(";", "\xC3"),
};
#define TEST "\x89\xC2" POP "\x85\xD2"                                  /* pop EDX, test it */
#define DO "\xFF\x36\x50\x8B\x46\x04\x83\xC6\x08"                       /* limit and index to the return stack */
#define LOOP "\xFF\x04\x24\x8B\x14\x24\x3B\x54\x24\x04\x0F\x8C"         /* count, compare, JL */

static struct word dictionary[16];
static uint32_t words, cells[64], data_stack[256];
static uint8_t *here, *open_places[8], **open_top;

static void emit(const char *code, uint32_t size) { while (size--) *here++ = (uint8_t)*code++; }
#define PADDED(text) (const char[NAME_BYTES]){text}
#define EMIT(code) emit(code, sizeof(code) - 1)

static void emit_word(uint32_t value) {
  *(volatile uint32_t *)here = value;
  here += 4;
}
static void emit_distance(const uint8_t *target) { emit_word((uint32_t)(target - here) - 4); }
static void open_place(void) { *open_top++ = here; }

/* The distance at `place` leads here. */
static void land(uint8_t *place) { *(volatile uint32_t *)place = (uint32_t)(here - place) - 4; }

static bool same(const char *a, const char *b) {
  for (uint32_t i = 0; i < NAME_BYTES; i++) if (a[i] != b[i]) return false;
  return true;
}

static struct word *find(const char *name) {
  for (uint32_t i = words; i-- > 0;) if (same(dictionary[i].name, name)) return &dictionary[i];
  return NULL;
}

static void literal(uint32_t value) {
  EMIT(PUSH "\xB8");
  emit_word(value);
}

static bool compile_control(const char *name) {
  if (same(name, PADDED("if")) || same(name, PADDED("while"))) EMIT(TEST "\x0F\x84"), open_place(), emit_word(0);
  else if (same(name, PADDED("else"))) {
    uint8_t *condition = *--open_top;
    EMIT("\xE9"), open_place(), emit_word(0);
    land(condition);
  } else if (same(name, PADDED("then"))) land(*--open_top);
  else if (same(name, PADDED("begin"))) open_place();
  else if (same(name, PADDED("repeat"))) {
    uint8_t *condition = *--open_top;
    EMIT("\xE9"), emit_distance(*--open_top);
    land(condition);
  } else if (same(name, PADDED("do"))) EMIT(DO), open_place();
  else if (same(name, PADDED("loop"))) EMIT(LOOP), emit_distance(*--open_top), EMIT("\x83\xC4\x08");
  else return false;
  return true;
}

static bool compile_primitive(const char *name) {
  for (uint32_t i = 0; i < sizeof PRIMITIVES / sizeof PRIMITIVES[0]; i++) {
    if (!same(PRIMITIVES[i].name, name)) continue;
    emit(PRIMITIVES[i].code, PRIMITIVES[i].size);
    return true;
  }
  return false;
}

static void compile_name(const char *name, uint32_t *seed) {
  if (*name == '?') literal(next_random(seed) & 0xFFFFF);
  else if (same(name, PADDED("cell"))) EMIT("\x8D\x04\x85"), emit_word((uint32_t)cells);
  else if (*name >= '0' && *name <= '9' && name[1] != '=' && name[1] != '+' && name[1] != '-' && name[1] != '/') {
    uint32_t value = 0;
    while (*name) value = value * 10 + (uint32_t)(*name++ - '0');
    literal(value);
  } else if (!compile_primitive(name) && !compile_control(name)) EMIT("\xE8"), emit_distance((const uint8_t *)find(name)->code);
}

static void read_name(const char **at, char *name) {
  uint32_t i = 0;
  while (**at && **at != ' ') name[i++] = *(*at)++;
  while (i < NAME_BYTES) name[i++] = 0;
  while (**at == ' ') ++*at;
}

/* Compiles all definitions anew; each ? becomes another constant. */
static void compile(const char *text, uint32_t *seed) {
  here = code_area;
  words = 0;
  open_top = open_places;
  while (*text) {
    char name[NAME_BYTES];
    read_name(&text, name);
    if (*name == ':') {
      read_name(&text, dictionary[words].name);
      dictionary[words++].code = (const char *)here;
    } else compile_name(name, seed);
  }
}

static struct word *look_up(const char *text) {
  char name[NAME_BYTES];
  read_name(&text, name);
  return find(name);
}

static __attribute__((noinline)) uint32_t execute(const char *name, uint32_t argument) {
  const char *code = look_up(name)->code;
  uint32_t *stack = data_stack + 250;
  __asm__ volatile("call *%2" : "+a"(argument), "+S"(stack), "+c"(code) : : "edx", "memory", "cc");
  return argument;
}

/* Another constant for the literal that a word begins with. */
static void patch(const char *name, uint32_t value) { *(volatile uint32_t *)(look_up(name)->code + sizeof(PUSH)) = value; }

#endif
