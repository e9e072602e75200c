/* Interrupt-driven input: the 16550A's receiver and the i8042 keyboard, into one queue. */
#include "monitor.h"

#define QUEUE_SIZE 256u
#define KEYBOARD_DATA 0x60
#define KEYBOARD_STATUS 0x64

static volatile char queue[QUEUE_SIZE];
static volatile uint32_t head, tail;
static bool shift, control;

/* Scan code set 1, US layout, indexed by make code. */
static const char PLAIN[] = "\0\0331234567890-=\b\tqwertyuiop[]\r\0asdfghjkl;'`\0\\zxcvbnm,./\0*\0 ";
static const char SHIFTED[] = "\0\033!@#$%^&*()_+\b\tQWERTYUIOP{}\r\0ASDFGHJKL:\"~\0|ZXCVBNM<>?\0*\0 ";

static void enqueue(char character) {
  if (head - tail < QUEUE_SIZE) queue[head++ % QUEUE_SIZE] = character;
}

bool input_pending(void) { return head != tail; }
char input_read(void) { return queue[tail++ % QUEUE_SIZE]; }

void input_serial_interrupt(void) {
  while (inb(COM1 + 5) & 1) enqueue((char)inb(COM1));
}

void input_keyboard_interrupt(void) {
  uint8_t code = inb(KEYBOARD_DATA);
  uint8_t key = code & 0x7F;
  bool pressed = code < 0x80;
  if (key == 0x2A || key == 0x36) shift = pressed;
  else if (key == 0x1D) control = pressed;
  else if (pressed && key < sizeof PLAIN - 1) {
    char character = shift ? SHIFTED[key] : PLAIN[key];
    if (control && character >= 'a' && character <= 'z') character = (char)(character - 'a' + 1);
    if (character) enqueue(character);
  }
}

static bool keyboard_send(uint16_t port, uint8_t value) {
  for (uint32_t tries = 0; tries < 10000; tries++) {
    if ((inb(KEYBOARD_STATUS) & 2) == 0) {
      outb(port, value);
      return true;
    }
  }
  return false;
}

/* Enables the first port, its interrupt, and translation to set 1. A status of FF means no controller. */
static void keyboard_start(void) {
  if (inb(KEYBOARD_STATUS) == 0xFF) return;
  for (uint32_t tries = 0; tries < 32 && (inb(KEYBOARD_STATUS) & 1); tries++) inb(KEYBOARD_DATA);
  if (!keyboard_send(KEYBOARD_STATUS, 0xAE)) return;
  if (!keyboard_send(KEYBOARD_STATUS, 0x60)) return;
  keyboard_send(KEYBOARD_DATA, 0x61 & ~0x20);
}

void input_start(void) {
  keyboard_start();
  outb(COM1 + 1, 0x01); /* interrupt on received data */
  input_serial_interrupt();
}
