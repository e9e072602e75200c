/* Recursion: Fibonacci, Ackermann, Takeuchi, the towers of Hanoi, queens on a board. */
#include "work.h"

RECURSIVE uint32_t fibonacci(uint32_t n) { return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2); }

RECURSIVE uint32_t ackermann(uint32_t m, uint32_t n) {
  if (m == 0) return n + 1;
  if (n == 0) return ackermann(m - 1, 1);
  return ackermann(m - 1, ackermann(m, n - 1));
}

RECURSIVE int32_t takeuchi(int32_t x, int32_t y, int32_t z) {
  return y < x ? takeuchi(takeuchi(x - 1, y, z), takeuchi(y - 1, z, x), takeuchi(z - 1, x, y)) : z;
}

static uint32_t pegs[3];

RECURSIVE void hanoi(uint32_t disks, uint32_t from, uint32_t to) {
  uint32_t other = 3 - from - to;
  if (disks == 0) return;
  hanoi(disks - 1, from, other);
  pegs[from] -= disks;
  pegs[to] += disks * 3;
  hanoi(disks - 1, other, to);
}

RECURSIVE uint32_t queens(uint32_t columns, uint32_t left, uint32_t right, uint32_t all) {
  uint32_t free = all & ~(columns | left | right), count = columns == all;
  while (free) {
    uint32_t place = free & -free;
    free ^= place;
    count += queens(columns | place, (left | place) << 1, (right | place) >> 1, all);
  }
  return count;
}

uint32_t work(uint32_t scale) {
  uint32_t checksum = 0;
  for (uint32_t round = 0; round < scale * 3; round++) {
    uint32_t more = round & 1;
    checksum = mix(checksum, fibonacci(21 + more));
    checksum = mix(checksum, ackermann(2, 150 + (round & 31)) + ackermann(3, 5));
    checksum = mix(checksum, (uint32_t)takeuchi(13, 8 - (int32_t)more, 4));
    hanoi(14 + more, round % 3, (round + 1) % 3);
    checksum = mix(checksum, pegs[0] ^ pegs[1] << 8 ^ pegs[2] << 16);
    checksum = mix(checksum, queens(0, 0, 0, 0xFF));
  }
  return checksum;
}
