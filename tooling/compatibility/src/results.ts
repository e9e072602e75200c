import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { listGuests } from '@ringzero/guests';
import { BUILT_IN_DEVICE_TYPES } from '@ringzero/machine';
import { CHECKS, ENGINES, WAYS, type Engine } from './checks.ts';
import type { CheckResult } from './run-check.ts';

/** When each check last passed, by guest and engine: a date. */
export type Passes = Readonly<Record<string, Readonly<Partial<Record<Engine, string>>>>>;

const RECORD = fileURLToPath(new URL('../passes.json', import.meta.url));
export const TABLES: string = fileURLToPath(new URL('../../../docs/compatibility.md', import.meta.url));

export function readPasses(): Passes {
  return existsSync(RECORD) ? (JSON.parse(readFileSync(RECORD, 'utf8')) as Passes) : {};
}

/** Takes over what was seen: a check that failed has not passed any more. */
export function updatePasses(passes: Passes, results: readonly CheckResult[], date: string): Passes {
  const next: Record<string, Partial<Record<Engine, string>>> = {};
  for (const { guest } of CHECKS) if (passes[guest] !== undefined) next[guest] = { ...passes[guest] };
  for (const { guest, engine, problem } of results) {
    const row = (next[guest] ??= {});
    if (problem === undefined) row[engine] = date;
    else delete row[engine];
  }
  return next;
}

export function writePasses(passes: Passes): void {
  writeFileSync(RECORD, `${JSON.stringify(passes, null, 2)}\n`);
  writeFileSync(TABLES, renderTables(passes));
}

const HEAD = `# Guests, devices and engines

Written by \`pnpm compatibility\`, which runs each guest with the command, types at its console and reads the answers. A date says
when that last passed on the engine. Do not edit.
`;

function row(...cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  return [row(...heads), row(...heads.map(() => '---')), ...rows.map((cells) => row(...cells))].join('\n');
}

function dateOf(passes: Passes, guest: string, engine: Engine): string {
  return passes[guest]?.[engine] ?? 'not seen';
}

/** The latest date on which a check that uses the device passed. */
function deviceDate(passes: Passes, type: string, engine: Engine): string {
  const dates = CHECKS.filter(({ devices }) => devices.includes(type)).flatMap(({ guest }) => passes[guest]?.[engine] ?? []);
  return dates.sort().at(-1) ?? 'tests of its own only';
}

/** The page. It has a row for every guest of the catalogue and every device type, checked or not. */
export function renderTables(passes: Passes): string {
  const guests = listGuests().map(({ name, description }) => {
    const check = CHECKS.find(({ guest }) => guest === name);
    return [`\`${name}\``, description.replaceAll('|', '\\|'), check?.shows ?? 'nothing', ...ENGINES.map((engine) => dateOf(passes, name, engine))];
  });
  const ways = WAYS.map(({ guest, shows }) => [`\`${guest}\``, shows, ...ENGINES.map((engine) => dateOf(passes, guest, engine))]);
  const devices = BUILT_IN_DEVICE_TYPES.map(({ type }) => {
    const users = CHECKS.filter((check) => check.devices.includes(type)).map(({ guest }) => guest);
    return [`\`${type}\``, users.join(', ') || 'none', ...ENGINES.map((engine) => deviceDate(passes, type, engine))];
  });
  return [
    HEAD,
    '## Guests\n',
    table(['guest', 'what it is', 'what was seen', ...ENGINES], guests),
    '\n## Other ways to boot\n',
    table(['name', 'what was seen', ...ENGINES], ways),
    '\n## Devices\n\nBesides those of the board, which every guest uses: PCI host and ISA bridges, 8259 pair, 8254, clock chip, I/O APIC, HPET, ACPI power management, keyboard controller with mouse, serial port, DMA controllers, firmware configuration. Each device also has tests of its own.\n',
    table(['type', 'guests that use it', ...ENGINES], devices),
    '',
  ].join('\n');
}
