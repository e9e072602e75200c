/* A sort like C's qsort: elements of any size, compared through a function pointer and swapped byte by byte or word by word. */
#include "work.h"

#define COUNT 2048

typedef int (*comparison)(const void *, const void *);

struct record {
  uint32_t key, tag, serial;
};

static uint32_t numbers[COUNT];
static struct record records[COUNT];
static const struct record *pointers[COUNT];

static void swap(uint8_t *a, uint8_t *b, uint32_t size) {
  uint32_t *x = (uint32_t *)(void *)a, *y = (uint32_t *)(void *)b;
  for (; size; size -= 4, x++, y++) {
    uint32_t t = *x;
    *x = *y;
    *y = t;
  }
}

/* Quicksort with the median of three, and insertion sort for what is short. */
static void sort(uint8_t *base, uint32_t count, uint32_t size, comparison order) {
  while (count > 12) {
    uint8_t *low = base, *middle = base + count / 2 * size, *high = base + (count - 1) * size;
    if (order(low, middle) > 0) swap(low, middle, size);
    if (order(middle, high) > 0) swap(middle, high, size);
    if (order(low, middle) > 0) swap(low, middle, size);
    swap(middle, low, size); /* the pivot is the first element from here on */
    uint8_t *i = low, *j = high + size;
    for (;;) {
      do i += size; while (i < high && order(i, base) < 0);
      do j -= size; while (order(j, base) > 0);
      if (i >= j) break;
      swap(i, j, size);
    }
    swap(base, j, size);
    uint32_t left = (uint32_t)(j - base) / size, right = count - left - 1;
    if (left < right) sort(base, left, size, order), base = j + size, count = right;
    else sort(j + size, right, size, order), count = left;
  }
  for (uint8_t *i = base + size; i < base + count * size; i += size) {
    for (uint8_t *j = i; j > base && order(j - size, j) > 0; j -= size) swap(j - size, j, size);
  }
}

static int by_number(const void *a, const void *b) {
  uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
  return x < y ? -1 : x > y;
}

static int by_tag_and_key(const void *a, const void *b) {
  const struct record *x = a, *y = b;
  if (x->tag != y->tag) return x->tag < y->tag ? -1 : 1;
  return x->key < y->key ? -1 : x->key > y->key;
}

static int by_pointee(const void *a, const void *b) {
  const struct record *x = *(const struct record *const *)a, *y = *(const struct record *const *)b;
  return x->serial * 2654435761u < y->serial * 2654435761u ? -1 : 1;
}

uint32_t work(uint32_t scale) {
  uint32_t seed = 0x13572468, checksum = 0;
  for (uint32_t round = 0; round < scale * 6; round++) {
    for (uint32_t i = 0; i < COUNT; i++) {
      numbers[i] = next_random(&seed);
      records[i] = (struct record){next_random(&seed), numbers[i] >> 24, i};
      pointers[i] = &records[i];
    }
    sort((uint8_t *)numbers, COUNT, sizeof numbers[0], by_number);
    sort((uint8_t *)records, COUNT, sizeof records[0], by_tag_and_key);
    sort((uint8_t *)pointers, COUNT, sizeof pointers[0], by_pointee);
    for (uint32_t i = 0; i < COUNT; i += 31) checksum = mix(checksum, numbers[i] ^ records[i].key ^ pointers[i]->serial);
  }
  return checksum;
}
