/* A register machine with 32-bit instructions and three programs for it. switch.c and threaded.c differ in how they dispatch. */
#ifndef BYTECODE_H
#define BYTECODE_H

#include "work.h"

/* Fields: operation, destination or target, two operands. */
#define OPERATIONS(X) X(SET) X(MOVE) X(ADD) X(ADD_SMALL) X(SUB) X(MUL) X(XOR) X(AND) X(SHIFT_LEFT) X(SHIFT_RIGHT) X(LOAD) X(STORE) X(BELOW) X(EQUAL) X(JUMP) X(CALL) X(RETURN) X(STOP)

#define NAME(operation) operation,
enum operation { OPERATIONS(NAME) };

struct instruction {
  uint8_t operation, a, b, c;
};

#define CELLS 1024u

struct machine {
  uint32_t registers[16];
  uint32_t cells[CELLS];
  uint16_t returns[64];
  uint32_t frames[64];
};

/* Primes below R0 in cells, then their sum in R1. */
static const struct instruction SIEVE[] = {
    {SET, 1, 0, 0}, {SET, 2, 2, 0}, {SET, 5, 0, 0}, {SET, 6, 1, 0},
    /* 4: clear cells */ {STORE, 5, 2, 0}, {ADD_SMALL, 2, 2, 1}, {BELOW, 4, 2, 0}, {SET, 2, 2, 0},
    /* 8: next number */ {LOAD, 3, 2, 0}, {EQUAL, 11, 3, 5}, {JUMP, 16, 0, 0},
    /* 11: prime */ {ADD, 1, 1, 2}, {ADD, 4, 2, 2}, {BELOW, 17, 4, 0}, {JUMP, 16, 0, 0}, {STOP, 0, 0, 0},
    /* 16 */ {JUMP, 20, 0, 0},
    /* 17: strike out */ {STORE, 6, 4, 0}, {ADD, 4, 4, 2}, {BELOW, 17, 4, 0},
    /* 20 */ {ADD_SMALL, 2, 2, 1}, {BELOW, 8, 2, 0}, {STOP, 0, 0, 0},
};

/* R1 = Fibonacci number R0 by recursion. CALL keeps R2 and R3. */
static const struct instruction FIBONACCI[] = {
    {SET, 5, 2, 0}, {CALL, 3, 0, 0}, {STOP, 0, 0, 0},
    /* 3 */ {BELOW, 11, 0, 5}, {MOVE, 2, 0, 0}, {ADD_SMALL, 0, 2, 255}, {CALL, 3, 0, 0}, {MOVE, 3, 1, 0},
    /* 8 */ {ADD_SMALL, 0, 2, 254}, {CALL, 3, 0, 0}, {JUMP, 13, 0, 0},
    /* 11 */ {MOVE, 1, 0, 0}, {RETURN, 0, 0, 0},
    /* 13 */ {ADD, 1, 1, 3}, {RETURN, 0, 0, 0},
};

/* R1 = a hash of R0 steps. */
static const struct instruction HASH[] = {
    {SET, 2, 0, 0}, {SET, 6, 255, 255}, {SET, 7, 89, 1},
    /* 3 */ {SHIFT_LEFT, 3, 1, 5}, {SHIFT_RIGHT, 4, 1, 27}, {XOR, 3, 3, 4}, {MUL, 3, 3, 7}, {ADD, 3, 3, 2}, {AND, 4, 3, 6},
    /* 9 */ {LOAD, 5, 4, 0}, {SUB, 1, 3, 5}, {STORE, 1, 4, 0}, {ADD_SMALL, 2, 2, 1}, {BELOW, 3, 2, 0}, {STOP, 0, 0, 0},
};

/* Given by each: runs a program from its first instruction to STOP. */
static void run(struct machine *machine, const struct instruction *program);

static struct machine machine;

/* What each operation does; NEXT goes on with the instruction at `at`. */
#define R machine->registers
#define BODY_SET R[i.a] = i.b | (uint32_t)i.c << 8;
#define BODY_MOVE R[i.a] = R[i.b];
#define BODY_ADD R[i.a] = R[i.b] + R[i.c];
#define BODY_ADD_SMALL R[i.a] = R[i.b] + (uint32_t)(int8_t)i.c;
#define BODY_SUB R[i.a] = R[i.b] - R[i.c];
#define BODY_MUL R[i.a] = R[i.b] * R[i.c];
#define BODY_XOR R[i.a] = R[i.b] ^ R[i.c];
#define BODY_AND R[i.a] = R[i.b] & R[i.c];
#define BODY_SHIFT_LEFT R[i.a] = R[i.b] << i.c;
#define BODY_SHIFT_RIGHT R[i.a] = R[i.b] >> i.c;
#define BODY_LOAD R[i.a] = machine->cells[R[i.b] % CELLS];
#define BODY_STORE machine->cells[R[i.b] % CELLS] = R[i.a];
#define BODY_BELOW if (R[i.b] < R[i.c]) at = program + i.a;
#define BODY_EQUAL if (R[i.b] == R[i.c]) at = program + i.a;
#define BODY_JUMP at = program + i.a;
#define BODY_CALL machine->returns[depth] = (uint16_t)(at - program), machine->frames[depth] = R[2], machine->frames[depth + 1] = R[3], depth += 2, at = program + i.a;
#define BODY_RETURN depth -= 2, at = program + machine->returns[depth], R[2] = machine->frames[depth], R[3] = machine->frames[depth + 1];

uint32_t work(uint32_t scale) {
  uint32_t checksum = 0;
  for (uint32_t round = 0; round < scale * 2; round++) {
    machine.registers[0] = 1000 - (round & 15);
    run(&machine, SIEVE);
    checksum = mix(checksum, machine.registers[1]);
    machine.registers[0] = 16 + (round & 3);
    run(&machine, FIBONACCI);
    checksum = mix(checksum, machine.registers[1]);
    machine.registers[0] = 30000;
    run(&machine, HASH);
    checksum = mix(checksum, machine.registers[1]);
  }
  return checksum;
}

#endif
