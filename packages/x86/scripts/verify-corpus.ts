/**
 * `pnpm --filter @ringzero/x86 verify FILE…`: decodes the code of real binaries with our decoder and with iced-x86, and compares
 * lengths, mnemonics and operands. FILE is an ELF file (32-bit ones in 32-bit mode, 64-bit ones in 64-bit mode: executables, libraries,
 * kernel modules), a Linux bzImage (its compressed kernel), or `MODE:FILE` for a raw image in 16-, 32- or 64-bit mode.
 * Exits with status 1 if anything differs that test/differences.ts does not explain.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { Comparison, type Mode } from '../test/reference.ts';

interface Code {
  readonly mode: Mode;
  readonly bytes: Uint8Array;
}

const SHT_PROGBITS = 1;
const SHF_EXECINSTR = 4;

/** The executable sections of an ELF file. */
function sections(file: Buffer): Code[] {
  const is64 = file[4] === 2;
  const word = (at: number): number => (is64 ? Number(file.readBigUInt64LE(at)) : file.readUInt32LE(at));
  const table = word(is64 ? 0x28 : 0x20);
  const size = file.readUInt16LE(is64 ? 0x3a : 0x2e);
  const count = file.readUInt16LE(is64 ? 0x3c : 0x30);
  const found: Code[] = [];
  for (let i = 0; i < count; i++) {
    const header = table + i * size;
    const flags = word(header + 8);
    if (file.readUInt32LE(header + 4) !== SHT_PROGBITS || (flags & SHF_EXECINSTR) === 0) continue;
    const offset = word(header + (is64 ? 0x18 : 0x10));
    const length = word(header + (is64 ? 0x20 : 0x14));
    found.push({ mode: is64 ? 64 : 32, bytes: file.subarray(offset, offset + length) });
  }
  return found;
}

/** The kernel inside a bzImage (Linux boot protocol 2.08: payload_offset at 0x248, payload_length at 0x24c). */
function kernel(file: Buffer, name: string): Buffer {
  const setup = (file[0x1f1]! + 1) * 512;
  const start = setup + file.readUInt32LE(0x248);
  const payload = file.subarray(start, start + file.readUInt32LE(0x24c));
  if (payload[0] === 0x1f) return gunzipSync(payload);
  // The payload's last four bytes are its size.
  const xz = spawnSync('xz', ['-dc', '--single-stream'], { input: payload, maxBuffer: 1 << 28 });
  if (xz.stdout === null || xz.stdout.length === 0) throw new Error(`${name}: kernel payload is neither gzip nor xz (it begins with ${payload.subarray(0, 4).toString('hex')})`);
  return xz.stdout;
}

function codeOf(argument: string): Code[] {
  const raw = /^(16|32|64):(.+)$/.exec(argument);
  if (raw !== null) return [{ mode: Number(raw[1]) as Mode, bytes: readFileSync(raw[2]!) }];
  const file = readFileSync(argument);
  if (file.readUInt32BE(0) === 0x7f454c46) return sections(file);
  if (file.length > 0x250 && file.subarray(0x202, 0x206).toString('latin1') === 'HdrS') return sections(kernel(file, argument));
  throw new Error(`${argument}: neither ELF nor bzImage (16:, 32: or 64: before the name makes it a raw image)`);
}

const names = process.argv.slice(2);
if (names.length === 0) {
  console.error('usage: verify FILE… | 16:FILE | 32:FILE | 64:FILE');
  process.exit(2);
}
const comparisons = new Map<Mode, Comparison>();
for (const name of names) {
  for (const { mode, bytes } of codeOf(name)) {
    let comparison = comparisons.get(mode);
    if (comparison === undefined) comparisons.set(mode, (comparison = new Comparison(mode)));
    comparison.stretch(bytes);
  }
}
let failed = false;
for (const [mode, comparison] of comparisons) {
  const { compared, valid, mismatches, explained } = comparison;
  console.log(`${mode}-bit mode: ${compared} instructions compared, ${valid} valid in both, ${mismatches.length} unexplained differences`);
  for (const [reason, times] of explained) console.log(`  explained ${times} times: ${reason}`);
  for (const { bytes, ours, theirs } of mismatches.slice(0, 20)) console.log(`  ${bytes}\n    ours   ${ours}\n    theirs ${theirs}`);
  failed ||= mismatches.length > 0;
}
process.exit(failed ? 1 : 0);
