/* The monitor: a small operating system in one file per job. */
#ifndef MONITOR_H
#define MONITOR_H

#include "../runtime/runtime.h"

#define TICKS_PER_SECOND 100u

/* tasks.c: preemptive round robin; task 0 is the shell, task 1 idles in HLT. */
void tasks_start(void);
int task_create(const char *name, void (*entry)(void));
void task_yield(void);
void task_sleep(uint32_t ticks);
void task_exit(void) __attribute__((noreturn));
void tasks_print(void);
struct frame *tasks_schedule(struct frame *frame);
struct frame *tasks_tick(struct frame *frame);
uint32_t task_current(void);
uint32_t ticks(void);

/* input.c: characters from COM1 and the PS/2 keyboard. */
void input_start(void);
void input_serial_interrupt(void);
void input_keyboard_interrupt(void);
bool input_pending(void);
char input_read(void);

/* commands.c */
void run_command(char *line);
void report_exception(const struct frame *frame);

#endif
