/* System calls from ring 3, by INT 80h and by SYSENTER in turn. */
#include "work.h"

uint32_t system_call_interrupt(uint32_t number, uint32_t argument);
uint32_t system_call_sysenter(uint32_t number, uint32_t argument);

static uint32_t count, result;

static void user_program(void) {
  uint32_t value = 1;
  for (uint32_t i = 0; i < count; i++) {
    value = system_call_interrupt(i, value);
    value = system_call_sysenter(value, value + i);
  }
  result = value;
}

uint32_t work(uint32_t scale) {
  count = scale * 100000;
  enter_user(user_program);
  return mix(0, result);
}
