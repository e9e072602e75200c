/* The guest side of a benchmark: READY, the work, the checksum, DONE, power off. */
#include "../runtime/runtime.h"
#include "work.h"

#define DEBUG_EXIT 0xF4
#define MSR_SYSENTER_CS 0x174
#define FRAME_COUNT 512u

static uint8_t code[CODE_AREA_BYTES] __attribute__((aligned(4096)));
uint8_t *page_window = (uint8_t *)WINDOW_BASE, *code_area = code;

static uint8_t frames[FRAME_COUNT][PAGE_SIZE] __attribute__((aligned(4096)));
static uint32_t frames_used;
__attribute__((used)) static uint8_t user_stack[16384] __attribute__((aligned(16)));
static uint8_t entry_stack[4096] __attribute__((aligned(16)));

/* Called by the entries below with the arguments in EAX and EDX. */
__attribute__((used)) static uint32_t system_call(uint32_t number, uint32_t argument) {
  switch (number & 3) {
    case 0: return argument + 1;
    case 1: return argument ^ 0x5A5A5A5Au;
    case 2: return argument << 1 | argument >> 31;
    default: return argument * 3;
  }
}

/* Ring 3 calls system call `number` with EAX and EDX; the result is in EAX. SYSENTER also passes
   the stack to return to in ECX, and always returns to sysexit_landing. */
__asm__(
    ".globl interrupt_entry, sysenter_entry, system_call_interrupt, system_call_sysenter, enter_user, leave_user\n"
    "interrupt_entry:\n"
    "  pushl %ecx\n"
    "  pushl %edx\n"
    "  pushl %eax\n"
    "  call system_call\n"
    "  addl $4, %esp\n"
    "  popl %edx\n"
    "  popl %ecx\n"
    "  iret\n"
    "sysenter_entry:\n"
    "  pushl %ecx\n"
    "  pushl %edx\n"
    "  pushl %eax\n"
    "  call system_call\n"
    "  addl $8, %esp\n"
    "  popl %ecx\n"
    "  movl $sysexit_landing, %edx\n"
    "  sysexit\n"
    "system_call_interrupt:\n" /* uint32_t (uint32_t number, uint32_t argument) */
    "  movl 4(%esp), %eax\n"
    "  movl 8(%esp), %edx\n"
    "  int $0x80\n"
    "  ret\n"
    "system_call_sysenter:\n"
    "  movl 4(%esp), %eax\n"
    "  movl 8(%esp), %edx\n"
    "  movl %esp, %ecx\n"
    "  sysenter\n"
    "sysexit_landing:\n"
    "  ret\n"
    /* Runs a function in ring 3; leave_user (called there) comes back through vector 81h. */
    "enter_user:\n"
    "  movl 4(%esp), %eax\n"
    "  pushl %ebp\n"
    "  pushl %ebx\n"
    "  pushl %esi\n"
    "  pushl %edi\n"
    "  movl %esp, kernel_stack\n"
    "  movl %esp, tss+4\n" /* ESP0 */
    "  movl $0x23, %ecx\n"
    "  movl %ecx, %ds\n"
    "  movl %ecx, %es\n"
    "  pushl $0x23\n"
    "  pushl $user_stack+16380\n"
    "  pushl $0x2\n"
    "  pushl $0x1B\n"
    "  pushl %eax\n"
    "  movl $leave_user, user_stack+16380\n"
    "  iret\n"
    "leave_user:\n"
    "  int $0x81\n"
    "leave_entry:\n"
    "  movl $0x10, %ecx\n"
    "  movl %ecx, %ds\n"
    "  movl %ecx, %es\n"
    "  movl kernel_stack, %esp\n"
    "  popl %edi\n"
    "  popl %esi\n"
    "  popl %ebx\n"
    "  popl %ebp\n"
    "  ret\n");
__attribute__((used)) static uint32_t kernel_stack;
extern char interrupt_entry[], sysenter_entry[], leave_entry[];

static void system_calls_start(void) {
  set_gate(VECTOR_SYSTEM_CALL, interrupt_entry, 3);
  set_gate(VECTOR_YIELD, leave_entry, 3);
  wrmsr(MSR_SYSENTER_CS, SELECTOR_KERNEL_CODE);
  wrmsr(MSR_SYSENTER_CS + 1, (uint32_t)(entry_stack + sizeof entry_stack));
  wrmsr(MSR_SYSENTER_CS + 2, (uint32_t)sysenter_entry);
}

/* Maps a frame at the faulting page of the window; anything else ends the run. */
struct frame *trap_dispatch(struct frame *frame) {
  uint32_t address;
  __asm__ volatile("mov %%cr2, %0" : "=r"(address));
  if (frame->vector == 14 && address - WINDOW_BASE < PAGE_WINDOW_PAGES * PAGE_SIZE && !(frame->error & PAGE_PRESENT)) {
    uint8_t *page = frames[frames_used++ % FRAME_COUNT];
    for (uint32_t i = 0; i < 16; i++) ((uint32_t *)page)[i] = 0;
    window_table[(address - WINDOW_BASE) / PAGE_SIZE] = (uint32_t)page | PAGE_PRESENT | PAGE_WRITE | PAGE_USER;
    return frame;
  }
  print("FAILED: %s, error code %04x, EIP %08x, CR2 %08x\n", exception_name(frame->vector), frame->error, frame->eip, address);
  power_off();
}

void page_window_empty(void) {
  for (uint32_t i = 0; i < PAGE_WINDOW_PAGES; i++) window_table[i] = 0;
  frames_used = 0;
  flush_tlb();
}

void guest_main(void) {
  uint32_t scale = DEFAULT_SCALE, count = 0, checksum;
  uint64_t before;

  command_line_number("scale", &scale);
  command_line_number("count", &count);
  cpu_enable_sse();
  system_calls_start();
  print("READY\n");
  before = rdtsc();
  checksum = work(scale);
  before = rdtsc() - before;
  print("%08x\n", checksum);
  print("DONE\n");
  if (count) print("count %llu\n", before);
  outb(DEBUG_EXIT, 0);
  power_off();
}
