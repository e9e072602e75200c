/* A round-robin scheduler: INT 81h saves the registers on the task's kernel stack, and resumes the next task's. */
#include "../runtime/runtime.h"
#include "tasks.h"

#define STACK_WORDS 256

/* What the entry pushes, lowest address first; then what the CPU pushed. */
struct context {
  uint32_t edi, esi, ebp, ignored_esp, ebx, edx, ecx, eax;
  uint32_t eip, cs, eflags, esp, ss;
};

static struct {
  uint32_t directory[1024], window[1024], page[1024];
} spaces[TASKS] __attribute__((aligned(4096)));
static uint32_t kernel_stacks[TASKS][STACK_WORDS], user_stacks[TASKS][STACK_WORDS];
static struct context *contexts[TASKS];
static uint32_t current, remaining;

void tasks_enter(struct context *first);
extern char yield_entry[];

__asm__(
    ".globl tasks_enter, yield_entry\n"
    "yield_entry:\n"
    "  pushal\n"
    "  movl %esp, %eax\n"
    "  call task_next\n"
    "  testl %eax, %eax\n"
    "  jz tasks_leave\n"
    "  movl %eax, %esp\n"
    "  popal\n"
    "  iret\n"
    "tasks_enter:\n" /* void (struct context *first); returns when task_next gives none */
    "  movl 4(%esp), %eax\n"
    "  pushl %ebp\n"
    "  pushl %ebx\n"
    "  pushl %esi\n"
    "  pushl %edi\n"
    "  movl %esp, scheduler_stack\n"
    "  movl $0x23, %ecx\n"
    "  movl %ecx, %ds\n"
    "  movl %ecx, %es\n"
    "  movl %eax, %esp\n"
    "  popal\n"
    "  iret\n"
    "tasks_leave:\n"
    "  movl $0x10, %ecx\n"
    "  movl %ecx, %ds\n"
    "  movl %ecx, %es\n"
    "  movl scheduler_stack, %esp\n"
    "  popl %edi\n"
    "  popl %esi\n"
    "  popl %ebx\n"
    "  popl %ebp\n"
    "  ret\n");
__attribute__((used)) static uint32_t scheduler_stack;

static void load_directory(const void *directory) { __asm__ volatile("mov %0, %%cr3" : : "r"(directory) : "memory"); }

static void select_task(uint32_t task) {
  current = task;
  tss.esp0 = (uint32_t)&kernel_stacks[task][STACK_WORDS];
  load_directory(spaces[task].directory);
}

/* Called by the entry above with the saved context in EAX. */
__attribute__((used, regparm(1))) struct context *task_next(struct context *saved) {
  contexts[current] = saved;
  if (--remaining == 0) return NULL;
  select_task((current + 1) % TASKS);
  return contexts[current];
}

static void task_main(struct task *task) {
  for (;;) {
    task_step(task, (uint32_t *)WINDOW_BASE);
    __asm__ volatile("int $0x81" : : : "memory");
  }
}

static void task_start(uint32_t task, const uint32_t *directory) {
  const uint32_t rights = PAGE_PRESENT | PAGE_WRITE | PAGE_USER;
  uint32_t *stack = &user_stacks[task][STACK_WORDS];
  struct context *context = (struct context *)&kernel_stacks[task][STACK_WORDS] - 1;
  memcpy(spaces[task].directory, directory, PAGE_SIZE);
  spaces[task].directory[WINDOW_BASE >> 22] = (uint32_t)spaces[task].window | rights;
  spaces[task].window[0] = (uint32_t)spaces[task].page | rights;
  *--stack = (uint32_t)&tasks[task];
  *--stack = 0; /* task_main never returns */
  *context = (struct context){.eip = (uint32_t)task_main, .cs = SELECTOR_USER_CODE, .eflags = 2, .esp = (uint32_t)stack, .ss = SELECTOR_USER_DATA};
  contexts[task] = context;
}

void tasks_run(uint32_t steps) {
  uint32_t *directory;
  __asm__("mov %%cr3, %0" : "=r"(directory));
  for (uint32_t task = 0; task < TASKS; task++) task_start(task, directory);
  set_gate(VECTOR_YIELD, yield_entry, 3);
  remaining = steps;
  select_task(0);
  tasks_enter(contexts[0]);
  load_directory(directory);
}
