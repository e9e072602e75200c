import { describe, expect, it } from 'vitest';
import { capsOf, PlainVmAccess, PlainVpAccess } from '../../test/plain-access.ts';
import { formatInspect, inspectPath } from '../inspect.ts';
import { stateAfterInit } from './reset-values.ts';
import { checkResetAll, checkResetVm, compareSaved, inspectAll, resetAll, resetVm, restoreAll, restoreVm, saveAll, saveVm } from './saved-state.ts';
import { VM_STATE, VM_STATE_NAMES } from './vm-elements.ts';
import { VP_STATE, VP_STATE_NAMES } from './vp-elements.ts';

const everything = capsOf({
  hv1: true,
  xsave: { features: 3n, supervisorFeatures: 0x800n, components: [{ index: 11, size: 16, offset: 0, aligned: false }] },
  cet: true,
  cetSs: true,
  tscAux: true,
  tscDeadline: true,
  nestedVirt: true,
});
const plain = capsOf({});
const bsp = { vpIndex: 0, apicId: 0, isBsp: true };
const ap = { vpIndex: 3, apicId: 5, isBsp: false };

describe('the table of processor state', () => {
  it('has the documented ids, in order', () => {
    expect(VP_STATE_NAMES.map((name) => [VP_STATE[name].id, VP_STATE[name].name])).toEqual([
      [1, 'registers'], [2, 'activity'], [3, 'xsave'], [4, 'apic'], [5, 'xcr'], [6, 'xss'], [7, 'mtrrs'], [8, 'pat'], [9, 'msrs'],
      [10, 'debugRegs'], [11, 'tsc'], [12, 'cet'], [13, 'cetSs'], [14, 'tscAux'], [15, 'tscDeadline'], [16, 'modelMsrs'], [17, 'latches'], [100, 'synic'], [101, 'simp'], [102, 'siefp'],
      [103, 'synicMessageQueues'], [104, 'synicTimers'], [200, 'nestedState'],
    ]);
    expect(VM_STATE_NAMES.map((name) => VM_STATE[name].id)).toEqual([1, 2, 3]);
  });

  it('presence follows the capabilities', () => {
    const present = (caps: typeof plain) => VP_STATE_NAMES.filter((name) => VP_STATE[name].isPresent(caps));
    expect(present(plain)).toEqual(['registers', 'activity', 'xsave', 'apic', 'mtrrs', 'pat', 'msrs', 'debugRegs', 'tsc', 'modelMsrs', 'latches']);
    expect(present(everything)).toEqual(VP_STATE_NAMES);
  });

  it('time is compared only where it can be frozen', () => {
    const running = capsOf({ canFreezeTime: false });
    expect(VP_STATE_NAMES.filter((name) => !VP_STATE[name].canCompare(running))).toEqual(['apic', 'tsc', 'modelMsrs', 'latches', 'synicTimers', 'nestedState']);
    expect(VP_STATE.tsc.canCompare(plain)).toBe(true);
  });

  it('every reset value survives encoding as JSON text', () => {
    for (const name of VP_STATE_NAMES) {
      const element = VP_STATE[name];
      const value = element.atReset(everything, ap);
      const json = element.encode(value as never);
      expect(element.decode(JSON.parse(JSON.stringify(json)))).toEqual(value);
    }
  });

  it('has the reset values of the manual', () => {
    const registers = VP_STATE.registers.atReset(plain, bsp);
    expect(registers).toMatchObject({ rdx: 0x6f6n, rip: 0xfff0n, rflags: 2n, cr0: 0x60000010n, cs: { base: 0xffff0000n, selector: 0xf000, attributes: 0x9b } });
    expect(VP_STATE.apic.atReset(plain, bsp)).toMatchObject({ apicBase: 0xfee00900n });
    const apApic = VP_STATE.apic.atReset(plain, ap);
    expect(apApic.apicBase).toBe(0xfee00800n);
    expect(apApic.registers[2]).toBe(0x05000000);
    expect(VP_STATE.activity.atReset(plain, ap).mpState).toBe('waitForSipi');
    const xsave = VP_STATE.xsave.encode(VP_STATE.xsave.atReset(plain, bsp)) as Record<string, unknown>;
    expect(xsave).toMatchObject({ fcw: 0x37f, mxcsr: 0x1f80, xstateBv: '0x0000000000000000', xcompBv: '0x8000000000000003' });
    expect(xsave.st).toEqual(Array.from({ length: 8 }, () => '0x00000000000000000000'));
  });
});

describe('operations that derive from the table', () => {
  it('a reset passes its own check', () => {
    const access = new PlainVpAccess(everything);
    resetAll(access, bsp);
    expect(checkResetAll(access, bsp)).toEqual([]);
    expect(access.order).toEqual([...VP_STATE_NAMES, 'commit']);
    access.set('registers', { ...access.get('registers'), rax: 5n });
    expect(checkResetAll(access, bsp)).toEqual([{ path: 'registers.rax', expected: '0x0000000000000000', actual: '0x0000000000000005' }]);
    expect(checkResetAll(access, ap).map((difference) => difference.path)).toContain('activity.mpState');
  });

  it('restores on another processor what was saved on one, through text', () => {
    const first = new PlainVpAccess(everything);
    resetAll(first, bsp);
    first.set('activity', {
      mpState: 'halted', nmiPending: true, nmiMasked: true, interruptShadow: true,
      pendingEvent: { kind: 'exception', vector: 14, errorCode: 2, parameter: 0xdeadbeefn },
      pendingInterruption: { kind: 'interrupt', vector: 32, errorCode: undefined },
    });
    const saved = saveAll(first);
    const second = new PlainVpAccess(everything);
    restoreAll(second, JSON.parse(JSON.stringify(saved)));
    expect(second.values).toEqual(first.values);
    expect(compareSaved(saved, saveAll(second), everything)).toEqual([]);
    second.set('activity', { ...second.get('activity'), pendingEvent: { kind: 'extInt', vector: 8 } });
    const external = saveAll(second);
    restoreAll(first, external);
    expect(first.get('activity').pendingEvent).toEqual({ kind: 'extInt', vector: 8 });
    expect(compareSaved(saved, external, everything).map((difference) => difference.path)).toContain('activity.pendingEvent.vector');
  });

  it('refuses malformed saves by name, and changes nothing', () => {
    const good = new PlainVpAccess(plain);
    resetAll(good, bsp);
    const saved = saveAll(good) as Record<string, never>;
    const target = new PlainVpAccess(plain);
    const attempt = (changes: Record<string, unknown>) => () => restoreAll(target, { ...saved, ...changes } as never);
    const registers = saved.registers as Record<string, unknown>;
    expect(attempt({ registers: { ...registers, rax: 'x' } })).toThrow('registers.rax: expected a hexadecimal string of up to 64 bits, found x');
    expect(attempt({ registers: { ...registers, rax: '0x10000000000000000' } })).toThrow('registers.rax');
    expect(attempt({ registers: { ...registers, eax: '0x1' } })).toThrow('registers.eax');
    expect(attempt({ registers: { ...registers, cs: 5 } })).toThrow('registers.cs: expected an object');
    expect(attempt({ apic: { ...(saved.apic as object), autoEoi: [0] } })).toThrow('apic.autoEoi: expected 8 entries');
    expect(attempt({ activity: { ...(saved.activity as object), mpState: 'asleep' } })).toThrow('activity.mpState');
    expect(attempt({ pat: undefined })).toThrow('pat: missing');
    expect(attempt({ tscAux: { value: '0x0' } })).toThrow('tscAux: saved, but not present');
    expect(attempt({ turbo: 1 })).toThrow('turbo: no such element');
    expect(target.order).toEqual([]);
  });

  it('shows every present element in hexadecimal', () => {
    const access = new PlainVpAccess(plain);
    resetAll(access, bsp);
    const text = formatInspect(inspectPath(inspectAll(access), 'registers'));
    expect(text).toContain('rip: 0xfff0');
    expect(text).toContain('cs:\n  base: 0xffff0000');
    expect(() => inspectPath(inspectAll(access), 'cet')).toThrow('no cet');
  });

  it('does the same for the VM', () => {
    const access = new PlainVmAccess(everything);
    resetVm(access);
    access.set('hypercall', { guestOsId: 1n, hypercall: 2n });
    expect(checkResetVm(access).length).toBe(2);
    const other = new PlainVmAccess(everything);
    restoreVm(other, saveVm(access));
    expect(other.values).toEqual(access.values);
    expect(saveVm(new PlainVmAccess(plain))).toEqual({});
  });
});

describe('INIT', () => {
  it('keeps the cache bits, the APIC ID and its base', () => {
    const access = new PlainVpAccess(plain);
    resetAll(access, ap);
    const apic = access.get('apic');
    const moved = { ...apic, apicBase: 0xfec0_0800n, registers: apic.registers.map((value, i) => (i === 2 ? 0x0700_0000 : value + 1)) };
    const state = stateAfterInit({ registers: { ...access.get('registers'), cr0: 0x2000_0011n, rax: 9n }, apic: moved }, plain, ap);
    expect(state.registers).toMatchObject({ cr0: 0x2000_0010n, rax: 0n });
    expect(state.apic.apicBase).toBe(0xfec0_0800n);
    expect(state.apic.registers[2]).toBe(0x0700_0000);
    expect(state.apic.registers[0xf]).toBe(0xff);
    expect(state.activity.mpState).toBe('waitForSipi');
    expect(state.debugRegs.dr7).toBe(0x400n);
  });
});
