/* Integer work: a linked list that is searched, reversed and sorted, a matrix product, a state machine over text, a CRC. */
#include "work.h"

struct item {
  struct item *next;
  int16_t key;
  uint16_t value;
};

#define ITEMS 200
#define SIZE 24
#define TEXT 512

static struct item items[ITEMS];
static int16_t left[SIZE][SIZE], right[SIZE][SIZE];
static int32_t product[SIZE][SIZE];
static char text[TEXT];

static uint16_t crc16(uint16_t crc, uint16_t value) {
  for (uint32_t bit = 0; bit < 16; bit++) {
    uint16_t low = (crc ^ value) & 1;
    crc >>= 1;
    value >>= 1;
    if (low) crc ^= 0xA001;
  }
  return crc;
}

static struct item *list_build(uint32_t *seed) {
  struct item *head = NULL;
  for (uint32_t i = 0; i < ITEMS; i++) {
    items[i].key = (int16_t)(next_random(seed) & 0x7FFF);
    items[i].value = (uint16_t)i;
    items[i].next = head;
    head = &items[i];
  }
  return head;
}

static struct item *list_reverse(struct item *head) {
  struct item *result = NULL;
  while (head) {
    struct item *next = head->next;
    head->next = result;
    result = head;
    head = next;
  }
  return result;
}

static uint32_t list_find(const struct item *head, uint16_t value) {
  uint32_t steps = 0;
  while (head && head->value != value) head = head->next, steps++;
  return steps;
}

/* Merge sort from the bottom up, runs of 1, 2, 4, ... */
static struct item *list_sort(struct item *head) {
  for (uint32_t run = 1, merges = 2; merges > 1; run *= 2) {
    struct item *rest = head, **tail = &head;
    head = NULL;
    for (merges = 0; rest; merges++) {
      struct item *a = rest, *b = rest;
      uint32_t a_count = 0, b_count = run;
      while (a_count < run && b) b = b->next, a_count++;
      while (a_count || (b_count && b)) {
        struct item **from;
        if (!a_count) from = &b, b_count--;
        else if (!b_count || !b || a->key <= b->key) from = &a, a_count--;
        else from = &b, b_count--;
        *tail = *from;
        *from = (*from)->next;
        tail = &(*tail)->next;
      }
      *tail = NULL;
      rest = b;
    }
  }
  return head;
}

static uint16_t list_work(uint32_t *seed, uint16_t crc) {
  struct item *head = list_build(seed);
  for (uint32_t i = 0; i < 16; i++) crc = crc16(crc, (uint16_t)list_find(head, (uint16_t)(next_random(seed) % ITEMS)));
  head = list_sort(list_reverse(head));
  for (struct item *item = head; item; item = item->next) crc = crc16(crc, (uint16_t)item->key);
  return crc;
}

static uint16_t matrix_work(uint32_t *seed, uint16_t crc) {
  int32_t sum = 0;
  for (uint32_t i = 0; i < SIZE; i++) {
    for (uint32_t j = 0; j < SIZE; j++) left[i][j] = (int16_t)next_random(seed), right[i][j] = (int16_t)(i * j + 3);
  }
  for (uint32_t i = 0; i < SIZE; i++) {
    for (uint32_t j = 0; j < SIZE; j++) {
      int32_t total = 0;
      for (uint32_t k = 0; k < SIZE; k++) total += left[i][k] * right[k][j];
      product[i][j] = total;
      sum = total > sum ? sum + 10 : sum + (total >> 5 & 0x3F);
    }
  }
  return crc16(crc, (uint16_t)sum);
}

enum state { START, SIGN, INTEGER, POINT, FRACTION, EXPONENT, SCIENTIFIC, INVALID, STATES };

static enum state next_state(enum state state, char c) {
  int digit = c >= '0' && c <= '9';
  switch (state) {
    case START: return digit ? INTEGER : c == '+' || c == '-' ? SIGN : c == '.' ? POINT : INVALID;
    case SIGN: return digit ? INTEGER : c == '.' ? POINT : INVALID;
    case INTEGER: return digit ? INTEGER : c == '.' ? FRACTION : c == 'e' ? EXPONENT : INVALID;
    case POINT: return digit ? FRACTION : INVALID;
    case FRACTION: return digit ? FRACTION : c == 'e' ? EXPONENT : INVALID;
    case EXPONENT: return digit || c == '-' || c == '+' ? SCIENTIFIC : INVALID;
    case SCIENTIFIC: return digit ? SCIENTIFIC : INVALID;
    default: return INVALID;
  }
}

static uint16_t state_work(uint32_t *seed, uint16_t crc) {
  static const char CHARACTERS[16] = "0123456789,,.e+-";
  uint32_t counts[STATES] = {0};
  enum state state = START;
  for (uint32_t i = 0; i < TEXT; i++) text[i] = CHARACTERS[next_random(seed) >> 7 & 15];
  for (uint32_t i = 0; i < TEXT; i++) {
    if (text[i] == ',') counts[state]++, state = START;
    else state = next_state(state, text[i]);
  }
  for (uint32_t i = 0; i < STATES; i++) crc = crc16(crc, (uint16_t)counts[i]);
  return crc;
}

uint32_t work(uint32_t scale) {
  uint32_t seed = 0x2545F491, checksum = 0;
  for (uint32_t round = 0; round < scale * 60; round++) {
    uint16_t crc = list_work(&seed, 0);
    crc = matrix_work(&seed, crc);
    crc = state_work(&seed, crc);
    checksum = mix(checksum, crc);
  }
  return checksum;
}
