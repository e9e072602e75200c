/** `pnpm --filter @ringzero/x86 opcode-map`: what the decoder supports, from the map: each map as a grid, then every form. */
import { EFLAGS_AF, EFLAGS_CF, EFLAGS_OF, EFLAGS_PF, EFLAGS_SF, EFLAGS_ZF } from '../src/definitions/flags.ts';
import type { FlagEffects } from '../src/map/flags.ts';
import { FORMS, SLOTS } from '../src/map/forms.ts';
import { MAP_NAMES, slotKind, type SlotKind } from '../src/map/slot-kind.ts';

const SYMBOLS: Readonly<Record<SlotKind, string>> = { form: 'F', group: 'G', prefix: 'P', escape: 'E', undefined: '.' };
const MODES = { all: 'all', legacy: '16 32', long: '64' } as const;

function hex(value: number): string {
  return value.toString(16).toUpperCase();
}

function grid(map: number, isLong: boolean): string {
  const head = `     ${Array.from({ length: 16 }, (_, low) => `x${hex(low)}`).join(' ')}`;
  const rows = Array.from({ length: 16 }, (_, high) => {
    const cells = Array.from({ length: 16 }, (__, low) => SYMBOLS[slotKind(map, high * 16 + low, isLong)]);
    return `  ${hex(high)}x ${cells.map((cell) => ` ${cell}`).join(' ')}`;
  });
  return [head, ...rows].join('\n');
}

console.log('F one form, G several (by prefix, ModRM or REX.W), P prefix, E escape to another map, . undefined\n');
for (const isLong of [false, true]) {
  MAP_NAMES.forEach((name, map) => console.log(`${name}, ${isLong ? '64-bit mode' : '16- and 32-bit modes'}\n${grid(map, isLong)}\n`));
}
const opcodes = new Map<number, Set<string>>();
for (const { form, opcode } of SLOTS) {
  const set = opcodes.get(form.id) ?? new Set();
  set.add([...(opcode.map > 0 ? [MAP_NAMES[opcode.map]!] : []), hex(opcode.byte).padStart(2, '0')].join(' '));
  opcodes.set(form.id, set);
}

/** Flags as letters in the order of the manual's table: what happens to each of OF SF ZF AF PF CF. */
function flagText({ read, written, undefined: left, cleared, set }: FlagEffects): string {
  const effect = (bit: number): string => (written & bit ? 'M' : left & bit ? '-' : cleared & bit ? '0' : set & bit ? '1' : read & bit ? 'T' : ' ');
  return [EFLAGS_OF, EFLAGS_SF, EFLAGS_ZF, EFLAGS_AF, EFLAGS_PF, EFLAGS_CF].map(effect).join('');
}

console.log('OSZAPC: T tested only, M modified, - undefined, 0 cleared, 1 set\n');
console.log(`${'form'.padEnd(28)} ${'opcode'.padEnd(24)} ${'modes'.padEnd(6)} ${'feature'.padEnd(9)} OSZAPC lock`);
for (const form of FORMS.slice(1)) {
  const further = [...opcodes.get(form.id)!].length > 1 ? ' …' : '';
  console.log(`${form.name.padEnd(28)} ${(form.opcode + further).padEnd(24)} ${MODES[form.mode].padEnd(6)} ${(form.feature ?? '').padEnd(9)} ${flagText(form.flags)} ${form.lock ? 'yes' : ''}`.trimEnd());
}
console.log(`\n${FORMS.length - 1} forms, ${SLOTS.length} opcodes`);
