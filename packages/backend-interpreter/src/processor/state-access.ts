import {
  normalizeXsave,
  readLegacyImage,
  StateAccessError,
  VP_STATE,
  xsaveFromLegacy,
  type AccessVpState,
  type Activity,
  type Latches,
  type ModelMsrs,
  type MpState,
  type PartitionCapabilities,
  type PendingEvent,
  type SystemMsrs,
  type VpStateName,
  type VpStateValues,
} from '@ringzero/processor';
import { byteOffset } from '@ringzero/x86';
import { readSavedMsrs, writeSavedMsrs, type Vp } from '@ringzero/x86-semantics';
import { read32, read64, readRegisters, refreshDerived, write32, write64, writeRegisters } from './register-access.ts';

const MP_STATES: readonly MpState[] = ['running', 'waitForSipi', 'halted', 'idle'];
const MSR_NAMES = ['kernelGsBase', 'sysenterCs', 'sysenterEip', 'sysenterEsp', 'star', 'lstar', 'cstar', 'sfmask'] as const;
const DEBUG_NAMES = [['dr0', 0], ['dr1', 1], ['dr2', 2], ['dr3', 3], ['dr6', 6], ['dr7', 7]] as const;
const PENDING_EXCEPTION = 1;
const PENDING_EXTINT = 2;
/** Set with a shadow whose origin (STI or MOV SS) the contract does not tell. */
const SHADOW = 1;

/** What the state view needs of its VP beyond the state buffer. */
export interface StateOwner {
  readonly vp: Vp;
  readonly caps: PartitionCapabilities;
  readonly events: { latches: Latches };
  /** Called when a series of sets is complete. */
  committed(): void;
  /** Called before reading: time-dependent registers are brought up to date. */
  refresh(): void;
  readTsc(): bigint;
  writeTsc(value: bigint): void;
}

function readActivity(vp: Vp): Activity {
  const kind = read32(vp, 'pendingEvent');
  let pendingEvent: PendingEvent | undefined;
  if (kind === PENDING_EXCEPTION) {
    const errorCode = read32(vp, 'pendingHasError') !== 0 ? read32(vp, 'pendingError') : undefined;
    pendingEvent = { kind: 'exception', vector: read32(vp, 'pendingVector'), errorCode, parameter: read64(vp, 'pendingParameter') };
  } else if (kind === PENDING_EXTINT) pendingEvent = { kind: 'extInt', vector: read32(vp, 'pendingVector') };
  else if (read32(vp, 'debugPending') !== 0) {
    // A debug trap that is due at the next boundary is a pending exception to everyone else.
    pendingEvent = { kind: 'exception', vector: 1, errorCode: undefined, parameter: BigInt(read32(vp, 'debugPending')) };
  }
  return {
    mpState: MP_STATES[read32(vp, 'mpState')] ?? 'running',
    nmiPending: read32(vp, 'nmiPending') !== 0,
    nmiMasked: read32(vp, 'nmiMasked') !== 0,
    interruptShadow: read32(vp, 'interruptShadow') !== 0,
    pendingEvent,
    // An event is delivered whole before the VP stops: none is ever half-way.
    pendingInterruption: undefined,
  };
}

function writeActivity(vp: Vp, activity: Activity): void {
  write32(vp, 'mpState', MP_STATES.indexOf(activity.mpState));
  write32(vp, 'nmiPending', activity.nmiPending ? 1 : 0);
  write32(vp, 'nmiMasked', activity.nmiMasked ? 1 : 0);
  write32(vp, 'interruptShadow', activity.interruptShadow ? SHADOW : 0);
  write32(vp, 'debugPending', 0);
  const interruption = activity.pendingInterruption;
  const event: PendingEvent | undefined =
    activity.pendingEvent ??
    (interruption === undefined
      ? undefined
      : interruption.kind === 'exception'
        ? { kind: 'exception', vector: interruption.vector, errorCode: interruption.errorCode, parameter: read64(vp, 'cr2') }
        : { kind: 'extInt', vector: interruption.vector });
  write32(vp, 'pendingEvent', event === undefined ? 0 : event.kind === 'exception' ? PENDING_EXCEPTION : PENDING_EXTINT);
  write32(vp, 'pendingVector', event?.vector ?? 0);
  const errorCode = event?.kind === 'exception' ? event.errorCode : undefined;
  write32(vp, 'pendingHasError', errorCode === undefined ? 0 : 1);
  write32(vp, 'pendingError', errorCode ?? 0);
  write64(vp, 'pendingParameter', event?.kind === 'exception' ? event.parameter : 0n);
}

function readXsave(vp: Vp, caps: PartitionCapabilities): Uint8Array {
  const fsw = read32(vp, 'fsw');
  const top = (fsw >>> 11) & 7;
  // In the image the registers are relative to TOP, the abridged tag byte is by physical register and 1 means valid.
  const st = Array.from({ length: 8 }, (_, i) => {
    const at = byteOffset('st', (top + i) & 7);
    return vp.Q[at >> 3] | (BigInt(vp.H[(at + 8) >> 1]) << 64n);
  });
  const xmm = Array.from({ length: 16 }, (_, i) => vp.Q[byteOffset('xmm', i) >> 3] | (vp.Q[(byteOffset('xmm', i) >> 3) + 1] << 64n));
  const pointer = (selector: 'fcs' | 'fds', offset: 'fip' | 'fdp'): bigint => (read64(vp, offset) & 0xffff_ffffn) | (BigInt(read32(vp, selector) & 0xffff) << 32n);
  return xsaveFromLegacy(
    { fcw: read32(vp, 'fcw') & 0xffff, fsw: fsw & 0xffff, ftw: ~read32(vp, 'ftw') & 0xff, fop: read32(vp, 'fop') & 0x7ff, fip: pointer('fcs', 'fip'), fdp: pointer('fds', 'fdp'), mxcsr: read32(vp, 'mxcsr'), st, xmm },
    caps,
  );
}

function writeXsave(vp: Vp, data: Uint8Array, caps: PartitionCapabilities): void {
  const image = readLegacyImage(normalizeXsave(data, caps));
  write32(vp, 'fcw', image.fcw);
  write32(vp, 'fsw', image.fsw);
  write32(vp, 'ftw', ~image.ftw & 0xff);
  write32(vp, 'fop', image.fop);
  write64(vp, 'fip', image.fip & 0xffff_ffffn);
  write32(vp, 'fcs', Number((image.fip >> 32n) & 0xffffn));
  write64(vp, 'fdp', image.fdp & 0xffff_ffffn);
  write32(vp, 'fds', Number((image.fdp >> 32n) & 0xffffn));
  write32(vp, 'mxcsr', image.mxcsr);
  const top = (image.fsw >>> 11) & 7;
  image.st.forEach((value, i) => {
    const at = byteOffset('st', (top + i) & 7);
    vp.Q[at >> 3] = BigInt.asUintN(64, value);
    vp.R[(at + 8) >> 2] = Number(value >> 64n);
  });
  image.xmm.forEach((value, i) => {
    vp.Q[byteOffset('xmm', i) >> 3] = BigInt.asUintN(64, value);
    vp.Q[(byteOffset('xmm', i) >> 3) + 1] = value >> 64n;
  });
}

/** The state of one VP as the contract shows it, over the state buffer. */
export class VpStateAccess implements AccessVpState {
  readonly caps: PartitionCapabilities;
  readonly #owner: StateOwner;
  /** Present in a series of sets: to be in effect after the commit, which derives anew what they belong to. */
  #latches: Latches | undefined;

  constructor(owner: StateOwner) {
    this.#owner = owner;
    this.caps = owner.caps;
  }

  get<Name extends VpStateName>(name: Name): VpStateValues[Name] {
    this.#requirePresent(name);
    // In a series of sets, what has been set must not be overwritten by what it will take effect on.
    if (this.#latches === undefined) this.#owner.refresh();
    return this.#read(name) as VpStateValues[Name];
  }

  #read(name: VpStateName): VpStateValues[VpStateName] {
    const { vp } = this.#owner;
    switch (name) {
      case 'registers':
        return readRegisters(vp);
      case 'activity':
        return readActivity(vp);
      case 'xsave':
        return { data: readXsave(vp, this.caps) };
      case 'apic':
        return {
          apicBase: read64(vp, 'apicBase'),
          registers: Array.from({ length: 64 }, (_, i) => read32(vp, 'apicRegisters', i)),
          autoEoi: Array.from({ length: 8 }, (_, i) => read32(vp, 'apicAutoEoi', i)),
        };
      case 'xcr':
        return { value: read64(vp, 'xcr0') };
      case 'xss':
        return { value: read64(vp, 'xss') };
      case 'mtrrs':
        return {
          defType: read64(vp, 'mtrrDefType'),
          fixed: Array.from({ length: 11 }, (_, i) => read64(vp, 'mtrrFixed', i)),
          variable: Array.from({ length: 16 }, (_, i) => read64(vp, 'mtrrVariable', i)),
        };
      case 'pat':
        return { value: read64(vp, 'pat') };
      case 'msrs':
        return Object.fromEntries(MSR_NAMES.map((msr) => [msr, read64(vp, msr)])) as unknown as SystemMsrs;
      case 'debugRegs':
        return Object.fromEntries(DEBUG_NAMES.map(([dr, index]) => [dr, read64(vp, 'dr', index)])) as unknown as VpStateValues['debugRegs'];
      case 'tsc':
        return { value: this.#owner.readTsc() };
      case 'tscAux':
      case 'tscDeadline':
        return { value: read64(vp, name) };
      case 'latches':
        return this.#owner.events.latches;
      case 'modelMsrs':
        return { registers: readSavedMsrs(vp) };
      default:
        throw new StateAccessError(name, 'not present on this partition');
    }
  }

  #requirePresent(name: VpStateName): void {
    if (!VP_STATE[name].isPresent(this.caps)) throw new StateAccessError(name, 'not present on this partition');
  }

  set<Name extends VpStateName>(name: Name, value: VpStateValues[Name]): void {
    this.#requirePresent(name);
    const { vp } = this.#owner;
    if (this.#latches === undefined) {
      // The APIC's timer goes on from its registers at the commit: they are brought up to date once, before any of them is set.
      this.#owner.refresh();
      this.#latches = this.#owner.events.latches;
    }
    const values = { [name]: value } as Partial<VpStateValues>;
    const { registers, activity, xsave, apic, latches, mtrrs, msrs, debugRegs, modelMsrs } = values;
    if (registers !== undefined) writeRegisters(vp, registers);
    else if (activity !== undefined) writeActivity(vp, activity);
    else if (xsave !== undefined) writeXsave(vp, xsave.data, this.caps);
    else if (apic !== undefined) {
      write64(vp, 'apicBase', apic.apicBase);
      apic.registers.forEach((register, i) => write32(vp, 'apicRegisters', register, i));
      apic.autoEoi.forEach((word, i) => write32(vp, 'apicAutoEoi', word, i));
    } else if (mtrrs !== undefined) {
      write64(vp, 'mtrrDefType', mtrrs.defType);
      mtrrs.fixed.forEach((register, i) => write64(vp, 'mtrrFixed', register, i));
      mtrrs.variable.forEach((register, i) => write64(vp, 'mtrrVariable', register, i));
    } else if (msrs !== undefined) for (const msr of MSR_NAMES) write64(vp, msr, msrs[msr]);
    else if (latches !== undefined) this.#latches = latches;
    else if (modelMsrs !== undefined) this.#setModelMsrs(modelMsrs);
    else if (debugRegs !== undefined) for (const [dr, index] of DEBUG_NAMES) write64(vp, 'dr', debugRegs[dr], index);
    else this.#setValue(name, (value as { readonly value: bigint }).value);
  }

  #setModelMsrs({ registers }: ModelMsrs): void {
    const unknown = writeSavedMsrs(this.#owner.vp, registers);
    if (unknown !== undefined) throw new StateAccessError('modelMsrs', `register 0x${unknown.toString(16)} is not one that this processor saves`);
  }

  #setValue(name: VpStateName, value: bigint): void {
    const { vp } = this.#owner;
    if (name === 'tsc') this.#owner.writeTsc(value);
    else if (name === 'xcr') write64(vp, 'xcr0', value);
    else if (name === 'xss' || name === 'pat' || name === 'tscAux' || name === 'tscDeadline') write64(vp, name, value);
    else throw new StateAccessError(name, 'not present on this partition');
  }

  commit(): void {
    refreshDerived(this.#owner.vp);
    this.#owner.committed();
    if (this.#latches !== undefined) this.#owner.events.latches = this.#latches;
    this.#latches = undefined;
  }
}

