/* Code that a guest writes and runs: a tiny Forth compiles its text to 386 instructions, at the same addresses in every
   round and with other constants, and changes constants of finished code.
   Top of the stack in EAX, the rest of it downwards from ESI. */
#include "forth.h"

static const char PROGRAM[] =
    ": fib dup 2 < if else dup 1- fib swap 2 - fib + then ; "
    ": gcd begin dup while swap over mod repeat drop ; "
    ": hash ? swap 0 do 5 * i + ? xor dup 2/ + loop ; "
    ": fill 64 0 do i ? * ? xor i cell ! loop ; "
    ": sum 0 64 0 do i cell @ + loop ; "
    ": main fill sum swap fib + 300 hash + ? 1+ 97 gcd + 0= 1- ; "
    ": result fill sum swap fib + 300 hash + ? 1+ 97 gcd + ; ";

uint32_t work(uint32_t scale) {
  uint32_t seed = 0xF0127001, checksum = 0;
  for (uint32_t round = 0; round < scale * 200; round++) {
    compile(PROGRAM, &seed);
    checksum = mix(checksum, execute("result", 10 + (round & 3)));
    checksum = mix(checksum, execute("main", 6));
    for (uint32_t i = 0; i < 4; i++) {
      patch("hash", next_random(&seed));
      checksum = mix(checksum, execute("hash", 100 + i));
    }
  }
  return checksum;
}
