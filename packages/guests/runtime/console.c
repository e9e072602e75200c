/* COM1, a small formatter, and the command line. */
#include "runtime.h"

#define LINE_STATUS (COM1 + 5)
#define LINE_STATUS_TRANSMITTER_EMPTY 0x20

void serial_start(void) {
  outb(COM1 + 1, 0x00); /* no interrupts yet */
  outb(COM1 + 3, 0x80); /* divisor latch */
  outb(COM1 + 0, 1);    /* 115200 */
  outb(COM1 + 1, 0);
  outb(COM1 + 3, 0x03); /* 8N1 */
  outb(COM1 + 2, 0x07); /* FIFOs on and clear */
  outb(COM1 + 4, 0x0B); /* DTR, RTS, OUT2: interrupts reach the PIC */
}

void put_char(char character) {
  if (character == '\n') put_char('\r');
  for (uint32_t tries = 0; tries < 1000000; tries++) {
    if (inb(LINE_STATUS) & LINE_STATUS_TRANSMITTER_EMPTY) break;
  }
  outb(COM1, (uint8_t)character);
}

static void put_padded(const char *text, uint32_t length, uint32_t width, char pad, bool left) {
  if (!left) for (uint32_t i = length; i < width; i++) put_char(pad);
  for (uint32_t i = 0; i < length; i++) put_char(text[i]);
  if (left) for (uint32_t i = length; i < width; i++) put_char(' ');
}

static void put_number(uint64_t value, uint32_t base, bool negative, uint32_t width, char pad, bool left) {
  char digits[24];
  uint32_t start = sizeof digits;
  do {
    digits[--start] = "0123456789abcdef"[divide(&value, base)];
  } while (value);
  if (negative) digits[--start] = '-';
  put_padded(digits + start, (uint32_t)sizeof digits - start, width, pad, left);
}

/* Knows %s %c %d %u %x %llu %llx %%, a width, and the flags 0 and -. */
void print(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  for (; *format; format++) {
    bool left = false, wide = false;
    uint32_t width = 0;
    char pad = ' ';
    if (*format != '%') {
      put_char(*format);
      continue;
    }
    format++;
    if (*format == '-') left = true, format++;
    if (*format == '0') pad = '0', format++;
    while (*format >= '0' && *format <= '9') width = width * 10 + (uint32_t)(*format++ - '0');
    while (*format == 'l') wide = true, format++;
    switch (*format) {
      case 's': {
        const char *text = va_arg(arguments, const char *);
        put_padded(text, strlen(text), width, ' ', left);
        break;
      }
      case 'c': put_char((char)va_arg(arguments, int)); break;
      case 'd': {
        int32_t value = va_arg(arguments, int32_t);
        put_number(value < 0 ? 0 - (uint32_t)value : (uint32_t)value, 10, value < 0, width, pad, left);
        break;
      }
      case 'u':
      case 'x': {
        uint64_t value = wide ? va_arg(arguments, uint64_t) : va_arg(arguments, uint32_t);
        put_number(value, *format == 'x' ? 16 : 10, false, width, pad, left);
        break;
      }
      default: put_char(*format); break;
    }
  }
  va_end(arguments);
}

/* Finds "name=123" on the command line. */
bool command_line_number(const char *name, uint32_t *value) {
  const char *text = boot.command_line;
  uint32_t length = strlen(name);
  while (*text) {
    while (*text == ' ') text++;
    if (memcmp(text, name, length) == 0 && text[length] == '=') {
      uint32_t number = 0;
      for (text += length + 1; *text >= '0' && *text <= '9'; text++) number = number * 10 + (uint32_t)(*text - '0');
      *value = number;
      return true;
    }
    while (*text && *text != ' ') text++;
  }
  return false;
}
