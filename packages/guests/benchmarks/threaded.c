/* A bytecode interpreter that dispatches by an indirect jump at the end of each operation. */
#include "bytecode.h"

#define LABEL(name) &&label_##name,
#define PIECE(name) label_##name: BODY_##name i = *at++; goto *labels[i.operation];
#define BODY_STOP return;

__attribute__((noinline, optimize("no-gcse", "no-crossjumping"))) static void run(struct machine *machine, const struct instruction *program) {
  static const void *const labels[] = {OPERATIONS(LABEL)};
  const struct instruction *at = program;
  struct instruction i = *at++;
  uint32_t depth = 0;
  goto *labels[i.operation];
  OPERATIONS(PIECE)
}
