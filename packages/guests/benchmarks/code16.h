/* Routines in 16-bit code: by hand in code16.guest.c, and the same in C for the host in code16.native.c. */
#ifndef CODE16_H
#define CODE16_H

#include "work.h"

#define SORT_WORDS 256u
#define FLAGS_AT 8192u

enum routine16 { SIEVE16, SORT16, DIVIDE16, FOLD16 };

/* The 64 KB that 16-bit code sees as its data and stack segment. */
extern uint16_t data16[32768];

/* SIEVE16: primes below `argument` (to 8191), flags from FLAGS_AT. SORT16: sorts `argument` words from 0, gives their
   fold. DIVIDE16: folds quotients and remainders of `argument` products. FOLD16: folds `argument` words from 0. */
uint16_t run16(enum routine16 routine, uint16_t argument);

#endif
