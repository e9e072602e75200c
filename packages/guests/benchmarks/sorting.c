/* Sorting: quicksort with a comparison function, heapsort of records, binary searches. */
#include "work.h"

#define COUNT 4096

struct record {
  uint32_t key, payload;
};

static uint32_t numbers[COUNT];
static struct record records[COUNT];

static int compare(const void *a, const void *b) {
  uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
  return x < y ? -1 : x > y;
}

typedef int (*comparison)(const void *, const void *);

static void swap_words(uint32_t *a, uint32_t *b) {
  uint32_t t = *a;
  *a = *b;
  *b = t;
}

static void quicksort(uint32_t *low, uint32_t *high, comparison order) {
  while (high - low > 8) {
    uint32_t pivot = low[(high - low) / 2];
    uint32_t *i = low, *j = high;
    while (i <= j) {
      while (order(i, &pivot) < 0) i++;
      while (order(j, &pivot) > 0) j--;
      if (i <= j) swap_words(i++, j--);
    }
    if (j - low < high - i) quicksort(low, j, order), low = i;
    else quicksort(i, high, order), high = j;
  }
  for (uint32_t *i = low + 1; i <= high; i++) {
    for (uint32_t *j = i; j > low && order(j - 1, j) > 0; j--) swap_words(j - 1, j);
  }
}

static void sift_down(uint32_t at, uint32_t count) {
  struct record moved = records[at];
  for (uint32_t child; (child = 2 * at + 1) < count; at = child) {
    if (child + 1 < count && records[child + 1].key > records[child].key) child++;
    if (moved.key >= records[child].key) break;
    records[at] = records[child];
  }
  records[at] = moved;
}

static void heapsort(void) {
  for (uint32_t i = COUNT / 2; i-- > 0;) sift_down(i, COUNT);
  for (uint32_t end = COUNT - 1; end > 0; end--) {
    struct record top = records[0];
    records[0] = records[end];
    records[end] = top;
    sift_down(0, end);
  }
}

static uint32_t search(uint32_t key) {
  uint32_t low = 0, high = COUNT;
  while (low < high) {
    uint32_t middle = (low + high) / 2;
    if (numbers[middle] < key) low = middle + 1;
    else high = middle;
  }
  return low;
}

uint32_t work(uint32_t scale) {
  uint32_t seed = 0xBADC0DE5, checksum = 0;
  comparison order = compare;
  OPAQUE(order);
  for (uint32_t round = 0; round < scale * 4; round++) {
    for (uint32_t i = 0; i < COUNT; i++) numbers[i] = next_random(&seed), records[i] = (struct record){next_random(&seed), i};
    quicksort(numbers, numbers + COUNT - 1, order);
    heapsort();
    for (uint32_t i = 0; i < COUNT; i++) checksum = mix(checksum, search(next_random(&seed)) ^ records[i].payload);
  }
  return checksum;
}
