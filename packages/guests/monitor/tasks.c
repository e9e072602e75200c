/* Kernel tasks. A task that is not running is the frame on top of its own stack. */
#include "monitor.h"

#define TASK_COUNT 8
#define STACK_SIZE 8192
#define IDLE 1

enum state { FREE, READY, SLEEPING, WAITING };
struct task {
  const char *name;
  enum state state;
  struct frame *frame;
  uint32_t wake, used_ticks, switches;
};

static struct task tasks[TASK_COUNT];
static uint8_t stacks[TASK_COUNT][STACK_SIZE] __attribute__((aligned(16)));
static volatile uint32_t current, tick_count;

uint32_t ticks(void) { return tick_count; }
uint32_t task_current(void) { return current; }

static void idle_task(void) {
  for (;;) __asm__ volatile("sti\n\thlt");
}

/* Returns the task's number, or -1 if all are in use. */
int task_create(const char *name, void (*entry)(void)) {
  for (uint32_t i = 1; i < TASK_COUNT; i++) {
    if (tasks[i].state != FREE) continue;
    uint32_t *top = (uint32_t *)(stacks[i] + STACK_SIZE);
    *--top = (uint32_t)task_exit; /* where the entry function returns to */
    struct frame *frame = (struct frame *)((uint8_t *)top - offsetof(struct frame, user_esp));
    memset(frame, 0, offsetof(struct frame, user_esp));
    frame->es = frame->ds = SELECTOR_KERNEL_DATA;
    frame->cs = SELECTOR_KERNEL_CODE;
    frame->eip = (uint32_t)entry;
    frame->eflags = 0x202;
    tasks[i] = (struct task){.name = name, .state = READY, .frame = frame};
    return (int)i;
  }
  return -1;
}

void tasks_start(void) {
  tasks[0] = (struct task){.name = "shell", .state = READY};
  task_create("idle", idle_task);
}

static bool is_runnable(uint32_t i) {
  struct task *task = &tasks[i];
  if (task->state == SLEEPING && (int32_t)(tick_count - task->wake) >= 0) task->state = READY;
  if (task->state == WAITING && input_pending()) task->state = READY;
  return task->state == READY;
}

/* Round robin over the others; the idle task runs only when nothing else can. */
struct frame *tasks_schedule(struct frame *frame) {
  uint32_t next = IDLE;
  tasks[current].frame = frame;
  for (uint32_t step = 1; step <= TASK_COUNT; step++) {
    uint32_t candidate = (current + step) % TASK_COUNT;
    if (candidate != IDLE && is_runnable(candidate)) {
      next = candidate;
      break;
    }
  }
  if (next != current) tasks[next].switches++;
  current = next;
  return tasks[next].frame;
}

struct frame *tasks_tick(struct frame *frame) {
  tick_count++;
  tasks[current].used_ticks++;
  return tasks_schedule(frame);
}

static void reschedule(void) { __asm__ volatile("int %0" : : "i"(VECTOR_YIELD) : "memory"); }

/* Gives up the CPU until there is input. Interrupts are off between test and switch, so no key is lost. */
void task_yield(void) {
  interrupts_off();
  if (!input_pending()) {
    tasks[current].state = WAITING;
    reschedule();
  }
  interrupts_on();
}

void task_sleep(uint32_t count) {
  interrupts_off();
  tasks[current].wake = tick_count + count;
  tasks[current].state = SLEEPING;
  reschedule();
  interrupts_on();
}

void task_exit(void) {
  interrupts_off();
  tasks[current].state = FREE;
  reschedule();
  __builtin_unreachable();
}

void tasks_print(void) {
  static const char *const STATES[] = {"free", "ready", "sleeping", "waiting"};
  print("id  name      state     ticks     switches\n");
  for (uint32_t i = 0; i < TASK_COUNT; i++) {
    if (tasks[i].state == FREE) continue;
    const char *state = i == current ? "running" : STATES[tasks[i].state];
    print("%-3u %-9s %-9s %-9u %u\n", i, tasks[i].name, state, tasks[i].used_ticks, tasks[i].switches);
  }
}
