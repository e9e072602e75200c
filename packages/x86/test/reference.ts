import iced from 'iced-x86';
import { DIFFERENCES, FEATURES_LEFT_OUT, OTHER_ENCODING } from './differences.ts';
import { Decoder } from '../src/decode/decoder.ts';
import { INVALID_FORM, Instruction } from '../src/decode/instruction.ts';
import { formatInstruction } from '../src/format/format.ts';
import { FORMS } from '../src/map/forms.ts';

const { Code, CpuidFeature, Decoder: Reference, DecoderOptions, EncodingKind, Formatter, FormatterSyntax, Instruction: ReferenceInstruction, MemorySizeOptions } = iced;

/** Processors without TZCNT, LZCNT and CET, and prefetches that name themselves. */
const OPTIONS = DecoderOptions.NoMPFX_0FBC | DecoderOptions.NoMPFX_0FBD | DecoderOptions.NoWbnoinvd;
const ADDRESS = 0x1000n;

export type Mode = 16 | 32 | 64;

/** A difference between the two decoders that nothing explains. */
export interface Mismatch {
  readonly mode: Mode;
  readonly bytes: string;
  readonly ours: string;
  readonly theirs: string;
}

/** Compares our decoder and formatter with iced-x86, instruction by instruction. */
export class Comparison {
  readonly mismatches: Mismatch[] = [];
  /** Instructions compared, and those of them that both take for valid. */
  compared = 0;
  valid = 0;
  /** How often each explained difference was met. */
  readonly explained: Map<string, number> = new Map();
  readonly #mode: Mode;
  readonly #decoder: Decoder;
  readonly #ours: Instruction = new Instruction();
  readonly #theirs = new ReferenceInstruction();
  readonly #formatter = new Formatter(FormatterSyntax.Intel);

  constructor(mode: Mode) {
    this.#mode = mode;
    this.#decoder = new Decoder(mode);
    const f = this.#formatter;
    f.hexPrefix = '0x';
    f.hexSuffix = '';
    f.uppercaseHex = false;
    f.smallHexNumbersInDecimal = false;
    f.addLeadingZeroToHexNumbers = false;
    f.spaceAfterOperandSeparator = true;
    f.memorySizeOptions = MemorySizeOptions.Always;
    f.alwaysShowSegmentRegister = true;
    f.showUselessPrefixes = false;
    f.showBranchSize = false;
    f.branchLeadingZeros = false;
    f.displacementLeadingZeros = false;
    f.ripRelativeAddresses = true;
    f.usePseudoOps = false;
  }

  /** Compares what both make of the start of `bytes`. */
  one(bytes: Uint8Array): void {
    const reference = new Reference(this.#mode, bytes, OPTIONS);
    reference.ip = ADDRESS;
    reference.decodeOut(this.#theirs);
    this.#compare(bytes, 0);
    reference.free();
  }

  /** Compares along a stretch of code, as the reference walks it. Returns the number of instructions. */
  stretch(bytes: Uint8Array): number {
    const reference = new Reference(this.#mode, bytes, OPTIONS);
    const before = this.compared;
    for (let at = 0; at < bytes.length; at += this.#theirs.length) {
      reference.ip = ADDRESS;
      reference.decodeOut(this.#theirs);
      if (this.#theirs.length === 0) break;
      this.#compare(bytes, at);
    }
    reference.free();
    return this.compared - before;
  }

  #compare(bytes: Uint8Array, at: number): void {
    const mode = this.#mode;
    const length = this.#decoder.decode(bytes, at, bytes.length, this.#ours);
    this.compared++;
    const isTheirs = this.#theirs.code !== Code.INVALID;
    const isOurs = this.#ours.form !== INVALID_FORM && length > 0;
    if (!isTheirs && !isOurs) return;
    const name = FORMS[isOurs ? this.#ours.form : INVALID_FORM]!.name;
    if (isTheirs && isOurs) {
      this.valid++;
      const ours = normalizeOurs(formatInstruction(this.#ours, ADDRESS, mode, { showSegments: true }), mode);
      const theirs = normalizeTheirs(this.#formatter.format(this.#theirs), mode);
      if (ours === theirs && length === this.#theirs.length) return;
      this.#report(bytes, at, name, `${length} ${ours}`, `${this.#theirs.length} ${theirs}`);
    } else if (isTheirs) {
      if (this.#theirs.encoding !== EncodingKind.Legacy) {
        this.#explain(OTHER_ENCODING);
        return;
      }
      const features = Array.from(this.#theirs.cpuidFeatures(), (feature) => CpuidFeature[feature]!);
      const left = features.find((feature) => FEATURES_LEFT_OUT.has(feature));
      if (left !== undefined) this.#explain(left);
      else this.#report(bytes, at, '', '(bad)', `${this.#theirs.length} ${this.#formatter.format(this.#theirs)} ${features.join()}`);
    } else {
      this.#report(bytes, at, name, `${length} ${formatInstruction(this.#ours, ADDRESS, mode)}`, '(bad)');
    }
  }

  #explain(reason: string): void {
    this.explained.set(reason, (this.explained.get(reason) ?? 0) + 1);
  }

  #report(bytes: Uint8Array, at: number, form: string, ours: string, theirs: string): void {
    const known = DIFFERENCES.find((difference) => difference.applies({ mode: this.#mode, form, ours, theirs }));
    if (known !== undefined) this.#explain(known.name);
    else if (this.mismatches.length < 200_000) this.mismatches.push({ mode: this.#mode, bytes: Buffer.from(bytes.subarray(at, at + 15)).toString('hex'), ours, theirs });
  }
}

/** Segments other than FS and GS mean nothing in 64-bit mode. */
function normalizeOurs(text: string, mode: Mode): string {
  return mode === 64 ? text.replace(/\b[ecsd]s:\[/g, '[') : text;
}

/** Brings the reference's spelling to ours: prefixes that do nothing, far transfers, and x87 operands that it leaves out or adds. */
function normalizeTheirs(text: string, mode: Mode): string {
  let spelled = text
    .replace(/^(?:(?:xacquire|xrelease|bnd|notrack|hint-taken|hint-not-taken|data16|data32|data64|addr16|addr32|rex\.\w+) )+/, '')
    .replace(/^(?:rep |repne |repe )(?=\S)(?!(?:movs|cmps|stos|lods|scas|ins|outs)[bwdq]\b)/, '')
    .replace(/^(jmp|call) far (0x[0-9a-f]+), (0x[0-9a-f]+)$/, '$1 $3:$2')
    .replace(/^(jmp|call) far /, '$1 ')
    .replace(/^ret far/, 'retf')
    .replace(/^nop (\w+), \w+$/, 'nop $1')
    .replace(/^(nop .*\]), \w+$/, '$1')
    .replace(/^imul (\w+), (0x\w+)$/, 'imul $1, $1, $2')
    .replace(/^(maskmov.*), ds$/, '$1')
    .replace(mode === 64 ? /^(maskmov.*), [ecs]s$/ : /^$/, '$1')
    .replace(/^invlpg /, 'invlpg byte ptr ')
    .replace(/^prefetch_exclusive/, 'prefetch')
    .replace(/ fpu\w+ ptr /, ' ');
  if (spelled.startsWith('f')) spelled = normalizeX87(spelled);
  return normalizeOurs(spelled, mode);
}

function normalizeX87(text: string): string {
  const [mnemonic = '', ...rest] = text.split(' ');
  const operands = rest.join(' ');
  if (/^f(ld|ild|bld|com|comp|icom|icomp|ucom|ucomp|add|sub|subr|mul|div|divr|iadd|isub|isubr|imul|idiv|idivr)$/.test(mnemonic)) {
    if (operands.startsWith('st, ') && !/^f(add|sub|subr|mul|div|divr)$/.test(mnemonic)) return `${mnemonic} ${operands.slice(4)}`;
    if (operands.startsWith('st, ') && operands.includes('[')) return `${mnemonic} ${operands.slice(4)}`;
  }
  if (/^f(st|stp|ist|istp|isttp|bstp)$/.test(mnemonic)) return `${mnemonic} ${operands.replace(/, st$/, '')}`;
  if (/^f(com|comp|ucom|ucomp)$/.test(mnemonic) && operands === '') return `${mnemonic} st(1)`;
  if (mnemonic === 'fxch') return operands === '' ? 'fxch st(1)' : `fxch ${operands.replace('st, ', '')}`;
  if (/^f(add|sub|subr|mul|div|divr)p$/.test(mnemonic) && operands === '') return `${mnemonic} st(1), st`;
  return text;
}
