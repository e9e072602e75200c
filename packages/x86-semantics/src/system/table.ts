import type { Operation } from '../vp/operation.ts';
import type { Vp } from '../vp/vp.ts';
import { flushLine, invalidateCaches, invalidatePage } from './cache-control.ts';
import { compareExchange8 } from './compare-exchange.ts';
import { SEG_CS, SEG_DS, SEG_ES, SEG_FS, SEG_GS, SEG_SS } from './constants.ts';
import { clearTaskSwitched, loadMachineStatus, moveFromControl, moveToControl, storeMachineStatus } from './control-registers.ts';
import { identify } from './cpuid.ts';
import { moveFromDebug, moveToDebug } from './debug-registers.ts';
import { readExtendedControl, writeExtendedControl } from './extended-control.ts';
import { callFarImmediate, callFarMemory, jumpFarImmediate, jumpFarMemory, returnFar } from './far-transfer.ts';
import { syscall, sysenter, sysexit, sysret } from './fast-calls.ts';
import { clearAlignmentCheck, clearInterruptFlag, popFlags, pushFlags, setAlignmentCheck, setInterruptFlag } from './flag-instructions.ts';
import { interruptReturn } from './iret.ts';
import { monitorAddress, waitForEvent } from './monitor.ts';
import { readPerformanceCounter } from './msr/counters.ts';
import { readMsr, writeMsr } from './msr/msr.ts';
import {
  inputByte,
  inputByteImmediate,
  inputImmediate,
  inputWord,
  outputByte,
  outputByteImmediate,
  outputImmediate,
  outputWord,
} from './ports.ts';
import { adjustRpl, loadAccessRights, loadSegmentLimit, verifyRead, verifyWrite } from './selector-checks.ts';
import { breakpoint, checkBounds, debugInterrupt, halt, interrupt, interruptOnOverflow, undefinedOpcode } from './software-interrupts.ts';
import { enterFrame, loadFarPointer, moveFromSegment, moveToSegment, popAll, popOf, pushAll, pushOf } from './stack.ts';
import {
  loadGdtr,
  loadIdtr,
  loadLdtRegister,
  loadTaskRegister,
  storeGdtr,
  storeIdtr,
  storeLdtRegister,
  storeTaskRegister,
} from './table-registers.ts';
import { readTimeStamp, readTimeStampAndProcessor } from './time-stamp.ts';

/** An instruction that every engine runs by calling a function. */
export interface SystemHelper {
  /** Returns a `STATUS_*`; nothing took effect unless it is STATUS_OK or STATUS_BRANCHED. */
  readonly run: (vp: Vp, op: Operation) => number;
  /**
   * Whether the instruction after it must be fetched anew: control goes elsewhere, or translations, or which units may be used,
   * may have changed. Engines themselves look whether the mode has, or an event is due.
   */
  readonly endsBlock: boolean;
}

type Run = SystemHelper['run'];

function ends(run: Run): SystemHelper {
  return { run, endsBlock: true };
}

function continues(run: Run): SystemHelper {
  return { run, endsBlock: false };
}

/** Rare and stateful instructions, by the name of their form in the opcode map. String instructions are in strings/. */
// prettier-ignore
export const SYSTEM_HELPERS: Readonly<Record<string, SystemHelper>> = {
  // Stack and segment registers.
  Push_ES: continues(pushOf(SEG_ES)), Push_CS: continues(pushOf(SEG_CS)), Push_SS: continues(pushOf(SEG_SS)),
  Push_DS: continues(pushOf(SEG_DS)), Push_FS: continues(pushOf(SEG_FS)), Push_GS: continues(pushOf(SEG_GS)),
  Pop_ES: continues(popOf(SEG_ES)), Pop_SS: continues(popOf(SEG_SS)), Pop_DS: continues(popOf(SEG_DS)),
  Pop_FS: continues(popOf(SEG_FS)), Pop_GS: continues(popOf(SEG_GS)),
  Pusha: continues(pushAll), Popa: continues(popAll), Enter_Iw_Ib: continues(enterFrame),
  Mov_Ev_Sw: continues(moveFromSegment), Mov_Sw_Ew: continues(moveToSegment),
  Les_Gv_Mp: continues(loadFarPointer(SEG_ES)), Lds_Gv_Mp: continues(loadFarPointer(SEG_DS)), Lss_Gv_Mp: continues(loadFarPointer(SEG_SS)),
  Lfs_Gv_Mp: continues(loadFarPointer(SEG_FS)), Lgs_Gv_Mp: continues(loadFarPointer(SEG_GS)),

  // Flags.
  Pushf: continues(pushFlags), Popf: continues(popFlags), Cli: continues(clearInterruptFlag), Sti: continues(setInterruptFlag),
  Stac: ends(setAlignmentCheck), Clac: ends(clearAlignmentCheck),

  // Far transfers and interrupts.
  Jmpf_Ap: ends(jumpFarImmediate), Jmpf_Mp: ends(jumpFarMemory), Callf_Ap: ends(callFarImmediate), Callf_Mp: ends(callFarMemory),
  Retf: ends(returnFar), Retf_Iw: ends(returnFar), Iret: ends(interruptReturn),
  Int_Ib: ends(interrupt), Int3: ends(breakpoint), Into: ends(interruptOnOverflow), Int1: ends(debugInterrupt),
  Bound_Gv_Ma: continues(checkBounds), Hlt: ends(halt),
  Sysenter: ends(sysenter), Sysexit: ends(sysexit), Syscall: ends(syscall), Sysret: ends(sysret),
  Ud0_Gv_Ev: ends(undefinedOpcode), Ud1_Gv_Ev: ends(undefinedOpcode), Ud2: ends(undefinedOpcode),
  Monitor: ends(monitorAddress), Mwait: ends(waitForEvent), Rsm: ends(undefinedOpcode),

  // Selectors and tables.
  Arpl_Ew_Gw: continues(adjustRpl), Verr_Ew: continues(verifyRead), Verw_Ew: continues(verifyWrite),
  Lar_Gv_Ew: continues(loadAccessRights), Lsl_Gv_Ew: continues(loadSegmentLimit),
  Lgdt_Ms: ends(loadGdtr), Lidt_Ms: ends(loadIdtr), Sgdt_Ms: continues(storeGdtr), Sidt_Ms: continues(storeIdtr),
  Lldt_Ew: ends(loadLdtRegister), Ltr_Ew: ends(loadTaskRegister),
  Sldt_Ev: continues(storeLdtRegister), Str_Ev: continues(storeTaskRegister),

  // Control, debug and model-specific registers.
  Mov_Rd_Cd: continues(moveFromControl), Mov_Cd_Rd: ends(moveToControl),
  Mov_Rd_Dd: continues(moveFromDebug), Mov_Dd_Rd: ends(moveToDebug),
  Smsw_Ev: continues(storeMachineStatus), Lmsw_Ew: ends(loadMachineStatus), Clts: ends(clearTaskSwitched),
  Rdmsr: continues(readMsr), Wrmsr: ends(writeMsr), Cpuid: ends(identify),
  Xgetbv: continues(readExtendedControl), Xsetbv: continues(writeExtendedControl),
  Rdtsc: continues(readTimeStamp), Rdtscp: continues(readTimeStampAndProcessor), Rdpmc: continues(readPerformanceCounter),
  Invd: ends(invalidateCaches), Wbinvd: ends(invalidateCaches), Invlpg_Mb: ends(invalidatePage), Clflush_Mb: continues(flushLine),

  // Memory and ports.
  Cmpxchg8b_Mq: continues(compareExchange8),
  In_AL_Ib: continues(inputByteImmediate), In_eAX_Ib: continues(inputImmediate),
  In_AL_DX: continues(inputByte), In_eAX_DX: continues(inputWord),
  Out_Ib_AL: ends(outputByteImmediate), Out_Ib_eAX: ends(outputImmediate),
  Out_DX_AL: ends(outputByte), Out_DX_eAX: ends(outputWord),
};
