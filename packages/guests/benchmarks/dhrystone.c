/* The mix that Dhrystone describes, written anew: small procedures, records behind pointers, enumerations, strings of 30 characters. */
#include "work.h"

enum kind { FIRST, SECOND, THIRD, FOURTH };

struct entry {
  struct entry *next;
  enum kind kind;
  int32_t number;
  enum kind choice;
  char text[31];
};

#define PROCEDURE static __attribute__((noinline))

static struct entry entries[2];
static int32_t global_number, row[50], grid[50][50];
static uint8_t global_flag;
static char global_letter, other_letter;

PROCEDURE void copy_text(char *to, const char *from) {
  while ((*to++ = *from++)) {}
}

PROCEDURE int compare_text(const char *a, const char *b) {
  while (*a && *a == *b) a++, b++;
  return *a - *b;
}

PROCEDURE enum kind compare_letters(char a, char b) {
  char copy = a;
  if (copy != b) return FIRST;
  global_letter = copy;
  return SECOND;
}

PROCEDURE int is_later(const char *a, const char *b) {
  int32_t at = 2;
  char letter = 'A';
  while (at <= 2) {
    if (compare_letters(a[at], b[at + 1]) == FIRST) letter = 'A', at++;
    else break;
  }
  if (letter >= 'W' && letter < 'Z') at = 7;
  if (letter == 'R') return 1;
  if (compare_text(a, b) > 0) {
    global_number = at + 7;
    return 1;
  }
  return 0;
}

PROCEDURE int is_third(enum kind kind) { return kind == THIRD; }

PROCEDURE void add(int32_t a, int32_t b, int32_t *sum) { *sum = a + 2 + b; }

PROCEDURE void choose(enum kind from, enum kind *to) {
  *to = is_third(from) ? from : FOURTH;
  switch (from) {
    case FIRST: *to = FIRST; break;
    case SECOND: *to = global_number > 100 ? FIRST : FOURTH; break;
    case THIRD: *to = SECOND; break;
    case FOURTH: break;
  }
}

PROCEDURE void fill_rows(int32_t *line, int32_t (*table)[50], int32_t from, int32_t value) {
  int32_t at = from + 5;
  line[at] = value;
  line[at + 1] = line[at];
  line[at + 30] = at;
  for (int32_t i = at; i <= at + 1; i++) table[at][i] = at;
  table[at][at - 1] += 1;
  table[at + 20 > 49 ? 49 : at + 20][at] = line[at];
  global_number = 5;
}

PROCEDURE void follow(struct entry **to) {
  if (entries[0].next) *to = entries[0].next;
  add(10, global_number, &entries[0].number);
}

PROCEDURE void renew(struct entry *entry) {
  struct entry *next = entry->next;
  *next = entries[0];
  entry->number = 5;
  next->number = entry->number;
  next->next = entry->next;
  follow(&next->next);
  if (next->kind == FIRST) {
    next->number = 6;
    choose(entry->choice, &next->choice);
    next->next = entries[0].next;
    add(next->number, 10, &next->number);
  } else {
    *entry = *next;
  }
}

PROCEDURE void set_letters(void) {
  global_flag |= global_letter == 'A';
  other_letter = 'B';
}

uint32_t work(uint32_t scale) {
  uint32_t checksum = 0;
  char text[31], later[31];
  entries[0] = (struct entry){&entries[1], FIRST, 40, THIRD, "SOME CHARACTERS IN A RECORD"};
  copy_text(text, "A PROGRAM OF THIRTY LETTERS, 1");
  for (uint32_t round = 0; round < scale * 17000; round++) {
    int32_t a = 2, b, c = 0;
    enum kind kind = SECOND;
    global_letter = 'A';
    set_letters();
    copy_text(later, "A PROGRAM OF THIRTY LETTERS, 2");
    later[29] = (char)('0' + round % 10);
    global_flag = !is_later(text, later);
    for (b = 3; a < b; a++) add(a, c = 5 * a - b, &c);
    fill_rows(row, grid, a, c);
    renew(&entries[0]);
    for (char letter = 'A'; letter <= other_letter; letter++) {
      if (kind == compare_letters(letter, 'C')) choose(FIRST, &kind);
    }
    b = b * a;
    a = b / (c ? c : 1);
    b = 7 * (b - c) - a;
    checksum = mix(checksum, (uint32_t)(b ^ entries[1].number ^ global_number) + (uint32_t)kind + global_flag);
  }
  return mix(checksum, (uint32_t)grid[8][7]);
}
