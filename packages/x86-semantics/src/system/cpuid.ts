import { type CpuidFunction, type CpuidLeaf, type CpuidResult, overrideCpuid } from '@ringzero/processor';
import { lane32 } from '@ringzero/x86';
import type { Operation } from '../vp/operation.ts';
import { STATUS_OK } from '../vp/status.ts';
import type { Vp } from '../vp/vp.ts';
import { EAX, EBX, ECX, EDX } from '../vp/lanes.ts';
import { unitsOf } from './units.ts';

const APIC_BASE = lane32('apicBase');
const APIC_BASE_ENABLE = 1 << 11;

/** CPUID.1:EAX: family 6, model 15, stepping 11 (65 nm Core 2). Also in EDX after reset. */
export const CPU_SIGNATURE = 0x06fb;
/** Physical address bits. */
export const PHYSICAL_ADDRESS_BITS = 36;
const LINEAR_ADDRESS_BITS = 32;

const MAX_BASIC = 0x0a;
const MAX_EXTENDED = 0x8000_0008;

// CPUID.1:EDX (vol. 2A table 3-11).
const FEATURE_APIC = 1 << 9;
// prettier-ignore
const FEATURES_EDX =
  (1 << 0) /* FPU */ | (1 << 1) /* VME */ | (1 << 2) /* DE */ | (1 << 3) /* PSE */ | (1 << 4) /* TSC */ | (1 << 5) /* MSR */ |
  (1 << 6) /* PAE */ | (1 << 7) /* MCE */ | (1 << 8) /* CX8 */ | FEATURE_APIC | (1 << 11) /* SEP */ | (1 << 12) /* MTRR */ |
  (1 << 13) /* PGE */ | (1 << 14) /* MCA */ | (1 << 15) /* CMOV */ | (1 << 16) /* PAT */ | (1 << 17) /* PSE-36 */ |
  (1 << 19) /* CLFSH */ | (1 << 23) /* MMX */ | (1 << 24) /* FXSR */ | (1 << 25) /* SSE */ | (1 << 26); /* SSE2 */

const EXTENDED_EDX = (1 << 11) /* SYSCALL */ | (1 << 20); /* execute disable */
/** CPUID.80000007H:EDX: the TSC runs at a constant rate. */
const INVARIANT_TSC = 1 << 8;
/** CLFLUSH line in units of 8 bytes, and one logical processor per package. */
const LINE_AND_COUNT = (8 << 8) | (1 << 16);

const BRAND = 'Ringzero Virtual CPU';

const NOTHING: CpuidResult = [0, 0, 0, 0];

function text(value: string, offset: number): number {
  let word = 0;
  for (let i = 0; i < 4; i++) word |= (value.charCodeAt(offset + i) || 0) << (8 * i);
  return word >>> 0;
}

function brand(leaf: number): CpuidResult {
  const at = 16 * leaf;
  return [text(BRAND, at), text(BRAND, at + 4), text(BRAND, at + 8), text(BRAND, at + 12)];
}

/** Deterministic cache parameters: 32 KB L1 data and instruction caches, 4 MB L2. */
function cache(subleaf: number): CpuidResult {
  switch (subleaf) {
    case 0:
      return [0x121, 0x01c0_003f, 0x3f, 1];
    case 1:
      return [0x122, 0x01c0_003f, 0x3f, 1];
    case 2:
      return [0x143, 0x03c0_003f, 0xfff, 1];
    default:
      return NOTHING;
  }
}

/**
 * What CPUID tells of a processor with this APIC ID (vol. 2A "CPUID"), `leaves` laid over it. Beyond the highest leaf, the
 * highest basic leaf answers. No hypervisor leaves.
 */
export function createCpuid(apicId: number, leaves: readonly CpuidLeaf[] = []): CpuidFunction {
  const answer: CpuidFunction = (leaf, subleaf) => {
    switch (leaf >>> 0) {
      case 0:
        return [MAX_BASIC, text('Genu', 0), text('ntel', 0), text('ineI', 0)];
      case 1:
        return [CPU_SIGNATURE, (LINE_AND_COUNT | (apicId << 24)) >>> 0, 0, FEATURES_EDX];
      case 2:
        return [0x05b0_b101, 0x0056_57f0, 0, 0x2cb4_3049];
      case 4:
        return cache(subleaf);
      case 0x8000_0000:
        return [MAX_EXTENDED, 0, 0, 0];
      case 0x8000_0001:
        return [0, 0, 0, EXTENDED_EDX];
      case 0x8000_0002:
      case 0x8000_0003:
      case 0x8000_0004:
        return brand((leaf & 7) - 2);
      case 0x8000_0006:
        return [0, 0, 0x1000_8040, 0];
      case 0x8000_0007:
        return [0, 0, 0, INVARIANT_TSC];
      case 0x8000_0008:
        return [PHYSICAL_ADDRESS_BITS | (LINEAR_ADDRESS_BITS << 8), 0, 0, 0];
      default:
        return NOTHING;
    }
  };
  return overrideCpuid(answer, leaves);
}

/** CPUID. The APIC bit follows IA32_APIC_BASE. */
export function identify(vp: Vp, _op: Operation): number {
  const R = vp.R;
  const leaf = R[EAX];
  const [a, b, c, d] = unitsOf(vp).cpuid(leaf >>> 0, R[ECX] >>> 0);
  R[EAX] = a;
  R[EBX] = b;
  R[ECX] = c;
  R[EDX] = leaf === 1 && (R[APIC_BASE] & APIC_BASE_ENABLE) === 0 ? d & ~FEATURE_APIC : d;
  return STATUS_OK;
}
