/* A bytecode interpreter that dispatches by one switch in a loop. */
#include "bytecode.h"

#define CASE(name) case name: BODY_##name break;
#define BODY_STOP return;

static __attribute__((noinline)) void run(struct machine *machine, const struct instruction *program) {
  const struct instruction *at = program;
  uint32_t depth = 0;
  for (;;) {
    struct instruction i = *at++;
    switch ((enum operation)i.operation) { OPERATIONS(CASE) }
  }
}
