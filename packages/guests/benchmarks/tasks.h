/* Tasks that take turns: with an address space and a kernel stack each in tasks.guest.c, by plain calls in tasks.native.c. */
#ifndef TASKS_H
#define TASKS_H

#include "work.h"

#define TASKS 8u

struct task {
  uint32_t value, steps;
};

extern struct task tasks[TASKS];

/* One step of one task; `page` is its own memory, of 1024 words. */
void task_step(struct task *task, uint32_t *page);

/* Lets the tasks take `steps` steps in turn, beginning with the first. */
void tasks_run(uint32_t steps);

#endif
