/* Demand paging: touches each page of an empty window, so that every first touch faults; empties it; again. */
#include "work.h"

uint32_t work(uint32_t scale) {
  uint32_t checksum = 0, seed = 0x12345679;
  for (uint32_t round = 0; round < scale * 120; round++) {
    page_window_empty();
    uint32_t start = next_random(&seed) % PAGE_WINDOW_PAGES;
    for (uint32_t i = 0; i < PAGE_WINDOW_PAGES; i++) {
      volatile uint32_t *page = (volatile uint32_t *)(page_window + ((start + i * 5) % PAGE_WINDOW_PAGES) * 4096u);
      page[i & 15] += i ^ round;
      checksum = mix(checksum, page[i & 15] + page[(i + 1) & 15]);
    }
  }
  return checksum;
}
