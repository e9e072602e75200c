/* Context switches: eight tasks in ring 3, each with its own page directory, that yield after a few instructions. */
#include "tasks.h"

struct task tasks[TASKS];

__attribute__((noinline)) void task_step(struct task *task, uint32_t *page) {
  uint32_t at = task->steps++ * 37;
  for (uint32_t i = 0; i < 6; i++) page[(at + i * 61) & 1023] += task->value ^ i;
  task->value = mix(task->value, page[(at * 5) & 1023]);
}

uint32_t work(uint32_t scale) {
  uint32_t checksum = 0;
  for (uint32_t i = 0; i < TASKS; i++) tasks[i] = (struct task){i * 1000, 0};
  tasks_run(scale * 50000);
  for (uint32_t i = 0; i < TASKS; i++) checksum = mix(checksum, tasks[i].value ^ tasks[i].steps);
  return checksum;
}
