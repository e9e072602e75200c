/* Tasks as plain calls. */
#include "tasks.h"

static uint32_t pages[TASKS][1024];

void tasks_run(uint32_t steps) {
  for (uint32_t i = 0; i < steps; i++) task_step(&tasks[i % TASKS], pages[i % TASKS]);
}
