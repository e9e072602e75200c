/* Start, interrupt dispatch and the line editor. */
#include "monitor.h"

#define PIC1 0x20
#define PIC2 0xA0
#define PIT_FREQUENCY 1193182u

static volatile uint32_t seconds;

static void pic_start(void) {
  outb(PIC1, 0x11);
  outb(PIC2, 0x11);
  outb(PIC1 + 1, VECTOR_IRQ);
  outb(PIC2 + 1, VECTOR_IRQ + 8);
  outb(PIC1 + 1, 4);
  outb(PIC2 + 1, 2);
  outb(PIC1 + 1, 1);
  outb(PIC2 + 1, 1);
  outb(PIC1 + 1, (uint8_t)~(1 << 0 | 1 << 1 | 1 << 4)); /* timer, keyboard, COM1 */
  outb(PIC2 + 1, 0xFF);
}

static void pit_start(void) {
  const uint32_t divisor = (PIT_FREQUENCY + TICKS_PER_SECOND / 2) / TICKS_PER_SECOND;
  outb(0x43, 0x34); /* counter 0, both bytes, mode 2 */
  outb(0x40, (uint8_t)divisor);
  outb(0x40, (uint8_t)(divisor >> 8));
}

/* IRQ 7 without a bit in service is spurious and must not be acknowledged (8259A data sheet). */
static bool is_spurious(uint32_t irq) {
  if (irq != 7) return false;
  outb(PIC1, 0x0B);
  return (inb(PIC1) & 0x80) == 0;
}

static struct frame *dispatch_irq(struct frame *frame, uint32_t irq) {
  if (is_spurious(irq)) return frame;
  if (irq >= 8) outb(PIC2, 0x20);
  outb(PIC1, 0x20);
  if (irq == 0) return tasks_tick(frame);
  if (irq == 1) input_keyboard_interrupt();
  if (irq == 4) input_serial_interrupt();
  return tasks_schedule(frame);
}

struct frame *trap_dispatch(struct frame *frame) {
  if (frame->vector >= VECTOR_IRQ && frame->vector < VECTOR_IRQ + 16) return dispatch_irq(frame, frame->vector - VECTOR_IRQ);
  if (frame->vector == VECTOR_YIELD) return tasks_schedule(frame);
  report_exception(frame);
  if (guard_stack && task_current() == 0) {
    frame->eip = (uint32_t)guard_landing;
    return frame;
  }
  print("The monitor cannot continue.\n");
  power_off();
}

static void clock_task(void) {
  for (;;) {
    task_sleep(TICKS_PER_SECOND);
    seconds++;
  }
}

static char read_key(void) {
  while (!input_pending()) task_yield();
  return input_read();
}

static void read_line(char *line, uint32_t size) {
  uint32_t length = 0;
  for (;;) {
    char key = read_key();
    if (key == '\r' || key == '\n') break;
    if (key == '\b' || key == 0x7F) {
      if (length) length--, print("\b \b");
    } else if (key == 0x15) { /* Ctrl-U */
      for (; length; length--) print("\b \b");
    } else if (key == 0x03) { /* Ctrl-C */
      length = 0;
      print("^C");
      break;
    } else if (key >= ' ' && key < 0x7F && length < size - 1) {
      line[length++] = key;
      put_char(key);
    }
  }
  line[length] = 0;
  print("\n");
}

void guest_main(void) {
  char line[80];
  pic_start();
  pit_start();
  tasks_start();
  task_create("clock", clock_task);
  input_start();
  interrupts_on();
  print("\nRingzero monitor\n%u KB of memory, timer at %u Hz. Type help.\n", boot.upper_kilobytes + 1024, TICKS_PER_SECOND);
  for (;;) {
    print("> ");
    read_line(line, sizeof line);
    run_command(line);
  }
}
