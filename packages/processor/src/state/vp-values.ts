/*
 * The values of a processor's state elements, by name at the end of this file. They are plain data: `bigint` for what is
 * 64 bits wide in the architecture, whatever mode the processor is in; unsigned `number` for what is 32 bits or less.
 */

/** A segment register with its hidden part (SDM vol. 3A §3.4.3). */
export interface SegmentRegister {
  readonly base: bigint;
  /** In bytes, granularity applied; unsigned 32 bits. */
  readonly limit: number;
  readonly selector: number;
  /**
   * As bits 55:40 of the descriptor: type 3:0, S 4, DPL 6:5, P 7, limit 11:8 as zeros, AVL 12, L 13, D/B 14, G 15.
   * An unusable segment (null selector) has P clear.
   */
  readonly attributes: number;
}

/** GDTR or IDTR: a linear address, and the offset of the table's last byte. */
export interface TableRegister {
  readonly base: bigint;
  readonly limit: number;
}

/**
 * General, segment and control registers (SDM vol. 1 §3.4, vol. 3A §2.5).
 *
 * All general registers are there on every processor: one without 64-bit mode keeps R8–R15 and the upper halves as they
 * were written. RIP is the offset in CS of the next instruction; RFLAGS has bit 1 set always. CR8 is the task priority,
 * the same bits as the APIC's.
 */
export interface Registers {
  readonly rax: bigint;
  readonly rcx: bigint;
  readonly rdx: bigint;
  readonly rbx: bigint;
  readonly rsp: bigint;
  readonly rbp: bigint;
  readonly rsi: bigint;
  readonly rdi: bigint;
  readonly r8: bigint;
  readonly r9: bigint;
  readonly r10: bigint;
  readonly r11: bigint;
  readonly r12: bigint;
  readonly r13: bigint;
  readonly r14: bigint;
  readonly r15: bigint;
  readonly rip: bigint;
  readonly rflags: bigint;
  readonly cs: SegmentRegister;
  readonly ds: SegmentRegister;
  readonly es: SegmentRegister;
  readonly fs: SegmentRegister;
  readonly gs: SegmentRegister;
  readonly ss: SegmentRegister;
  readonly tr: SegmentRegister;
  readonly ldtr: SegmentRegister;
  readonly gdtr: TableRegister;
  readonly idtr: TableRegister;
  readonly cr0: bigint;
  readonly cr2: bigint;
  readonly cr3: bigint;
  readonly cr4: bigint;
  readonly cr8: bigint;
  readonly efer: bigint;
}

/**
 * What the processor is doing.
 *
 * - `running`: it executes instructions.
 * - `waitForSipi`: an application processor after reset or INIT; only a start-up IPI wakes it.
 * - `halted`: after HLT, until an interrupt, NMI or reset.
 * - `idle`: stopped by the hypervisor interface until an event; no instruction does this.
 */
export type MpState = 'running' | 'waitForSipi' | 'halted' | 'idle';

/**
 * An event that is to be delivered before the next instruction. It has been decided: an external interrupt here has been
 * acknowledged, so dropping it would lose it. A message that merely waits in the APIC is not here but in its IRR.
 */
export type PendingEvent =
  | {
      readonly kind: 'exception';
      readonly vector: number;
      readonly errorCode: number | undefined;
      /** What goes with it: the address (CR2) of a page fault, the DR6 bits of a debug exception. */
      readonly parameter: bigint;
    }
  | { readonly kind: 'extInt'; readonly vector: number };

/** An event whose delivery was under way when the processor stopped. Delivery begins again. */
export interface PendingInterruption {
  readonly kind: 'exception' | 'interrupt' | 'nmi';
  readonly vector: number;
  readonly errorCode: number | undefined;
}

/** Activity and what waits to be delivered. */
export interface Activity {
  /** Running, or waiting for what. */
  readonly mpState: MpState;
  /** An NMI waits to be delivered. */
  readonly nmiPending: boolean;
  /** NMIs are blocked until the next IRET (SDM vol. 3A §6.7.1). */
  readonly nmiMasked: boolean;
  /** The instruction after STI, MOV SS or POP SS has yet to execute (SDM vol. 3A §6.8.3). */
  readonly interruptShadow: boolean;
  readonly pendingEvent: PendingEvent | undefined;
  readonly pendingInterruption: PendingInterruption | undefined;
}

/** The extended state as an XSAVE area in compact form, normalised (`xsave.ts`). */
export interface Xsave {
  readonly data: Uint8Array;
}

/**
 * The local APIC (SDM vol. 3A chapter 10), as its register page shows it. Values that count with time (the timer's current
 * count) are those of the moment of reading.
 */
export interface Apic {
  /** IA32_APIC_BASE. */
  readonly apicBase: bigint;
  /** Register n is at offset 16n of the APIC page (SDM vol. 3A table 10-1); unsigned 32 bits. */
  readonly registers: readonly number[];
  /** One bit per vector whose interrupts need no EOI: 8 words of 32. */
  readonly autoEoi: readonly number[];
}

/** Memory type range registers (SDM vol. 3A §11.11). */
export interface Mtrrs {
  readonly defType: bigint;
  /** 64K_00000, 16K_80000, 16K_A0000, 4K_C0000 … 4K_F8000. */
  readonly fixed: readonly bigint[];
  /** PHYSBASE0, PHYSMASK0, PHYSBASE1 … */
  readonly variable: readonly bigint[];
}

/** Model-specific registers of system calls (SDM vol. 3A §5.8.7 and §5.8.8). */
export interface SystemMsrs {
  readonly kernelGsBase: bigint;
  readonly sysenterCs: bigint;
  readonly sysenterEip: bigint;
  readonly sysenterEsp: bigint;
  readonly star: bigint;
  readonly lstar: bigint;
  readonly cstar: bigint;
  readonly sfmask: bigint;
}

/**
 * Model-specific registers without an element of their own (IA32_MISC_ENABLE, machine check, performance counters …), by number,
 * as far as they hold something else than after reset. Which there are is the processor model's affair.
 */
export interface ModelMsrs {
  readonly registers: readonly ModelMsr[];
}

/** One of them. */
export interface ModelMsr {
  readonly index: number;
  readonly value: bigint;
}

/** The guest's own debug registers (SDM vol. 3B §17.2). A debugger's breakpoints (`DebugState`) are not in them. */
export interface DebugRegisters {
  readonly dr0: bigint;
  readonly dr1: bigint;
  readonly dr2: bigint;
  readonly dr3: bigint;
  readonly dr6: bigint;
  readonly dr7: bigint;
}

/** An element that is one 64-bit register. */
export interface Value64 {
  readonly value: bigint;
}

/** Control-flow enforcement (SDM vol. 1 chapter 17). */
export interface Cet {
  /** IA32_S_CET. */
  readonly scet: bigint;
}

/** Shadow stacks of the supervisor. */
export interface CetShadowStacks {
  readonly ssp: bigint;
  /** IA32_INTERRUPT_SSP_TABLE_ADDR. */
  readonly interruptSspTableAddr: bigint;
}

/**
 * What a processor holds between two instructions beside its registers. Without it a guest goes on correctly from a saved state, but
 * not to the bit as it would have: a timer that counts in steps of 160 ns, say, would begin its step anew.
 */
export interface Latches {
  /** The interrupt shadow is that of a load of SS, which holds back NMIs and debug traps as well (SDM vol. 3A §6.8.3). */
  readonly stackShadow: boolean;
  /** The 8259 pair asked for an interrupt, and was not answered yet. */
  readonly extInt: boolean;
  /** What the local APIC will show in ESR when that is written next (SDM vol. 3A §10.5.3). */
  readonly apicErrors: number;
  /** Nanoseconds since the APIC timer's current count began. */
  readonly apicTimerPhase: number;
  /** The address monitor, while it is armed. */
  readonly monitor: MonitorLatch | undefined;
}

/** An armed MONITOR (SDM vol. 3A §8.10.4). */
export interface MonitorLatch {
  /** Guest physical address of the line. */
  readonly address: number;
  /** The processor waits in MWAIT; its activity then says `running`, since the wait may end at any time. */
  readonly isWaiting: boolean;
  /** Interrupts end the wait even while EFLAGS.IF masks them. */
  readonly breaksOnMasked: boolean;
}

/** MSRs of the Hyper-V synthetic interrupt controller (TLFS §11.8). */
export interface Synic {
  readonly scontrol: bigint;
  readonly siefp: bigint;
  readonly simp: bigint;
  /** VP assist page. */
  readonly vpAssistPage: bigint;
  /** SINT0 … SINT15. */
  readonly sints: readonly bigint[];
}

/** Messages that wait for a slot of the message page, oldest first, one list per SINT. */
export interface SynicMessageQueues {
  readonly queues: readonly (readonly Uint8Array[])[];
}

/** One synthetic timer. */
export interface SynicTimer {
  readonly config: bigint;
  readonly count: bigint;
  /** Reference time at which the message that could not be delivered was due, `undefined` if none waits. */
  readonly undelivered: bigint | undefined;
}

/** Type of each state element of a processor, by name. */
export interface VpStateValues {
  readonly registers: Registers;
  readonly activity: Activity;
  readonly xsave: Xsave;
  readonly apic: Apic;
  readonly xcr: Value64;
  readonly xss: Value64;
  readonly mtrrs: Mtrrs;
  readonly pat: Value64;
  readonly msrs: SystemMsrs;
  readonly debugRegs: DebugRegisters;
  readonly tsc: Value64;
  readonly cet: Cet;
  readonly cetSs: CetShadowStacks;
  readonly tscAux: Value64;
  readonly tscDeadline: Value64;
  readonly modelMsrs: ModelMsrs;
  readonly latches: Latches;
  readonly synic: Synic;
  readonly simp: { readonly page: Uint8Array };
  readonly siefp: { readonly page: Uint8Array };
  readonly synicMessageQueues: SynicMessageQueues;
  readonly synicTimers: { readonly timers: readonly SynicTimer[] };
  readonly nestedState: { readonly data: Uint8Array };
}

/** Name of a state element of a processor. */
export type VpStateName = keyof VpStateValues;
