// Control registers (vol. 3A §2.5). Bit 31 is the sign of an int32: CR0_PG is negative on purpose.

/** Protection enable. */
export const CR0_PE: number = 0x0000_0001;
/** Monitor coprocessor: WAIT obeys TS. */
export const CR0_MP: number = 0x0000_0002;
/** Emulation: x87 and SSE instructions fault. */
export const CR0_EM: number = 0x0000_0004;
/** Task switched. */
export const CR0_TS: number = 0x0000_0008;
/** Extension type: always 1. */
export const CR0_ET: number = 0x0000_0010;
/** Numeric error: #MF rather than FERR#. */
export const CR0_NE: number = 0x0000_0020;
/** Write protect: supervisor writes obey read-only pages. */
export const CR0_WP: number = 0x0001_0000;
/** Alignment mask. */
export const CR0_AM: number = 0x0004_0000;
/** Not write-through. */
export const CR0_NW: number = 0x2000_0000;
/** Cache disable. */
export const CR0_CD: number = 0x4000_0000;
/** Paging. */
export const CR0_PG: number = 0x8000_0000 | 0;

/** Page-level write-through of the paging structures. */
export const CR3_PWT: number = 0x08;
/** Page-level cache disable of the paging structures. */
export const CR3_PCD: number = 0x10;

/** Virtual-8086 mode extensions. */
export const CR4_VME: number = 0x0000_0001;
/** Protected-mode virtual interrupts. */
export const CR4_PVI: number = 0x0000_0002;
/** RDTSC only at CPL 0. */
export const CR4_TSD: number = 0x0000_0004;
/** Debugging extensions: DR4 and DR5 fault. */
export const CR4_DE: number = 0x0000_0008;
/** 4 MB pages. */
export const CR4_PSE: number = 0x0000_0010;
/** Physical address extension. */
export const CR4_PAE: number = 0x0000_0020;
/** Machine-check exceptions. */
export const CR4_MCE: number = 0x0000_0040;
/** Global pages. */
export const CR4_PGE: number = 0x0000_0080;
/** RDPMC at any CPL. */
export const CR4_PCE: number = 0x0000_0100;
/** FXSAVE and SSE. */
export const CR4_OSFXSR: number = 0x0000_0200;
/** #XM for SSE exceptions. */
export const CR4_OSXMMEXCPT: number = 0x0000_0400;
/** SGDT, SIDT, SLDT, SMSW and STR only at CPL 0. */
export const CR4_UMIP: number = 0x0000_0800;
/** VMX. */
export const CR4_VMXE: number = 0x0000_2000;
/** RDFSBASE and its like. */
export const CR4_FSGSBASE: number = 0x0001_0000;
/** Process-context identifiers. */
export const CR4_PCIDE: number = 0x0002_0000;
/** XSAVE and XCR0. */
export const CR4_OSXSAVE: number = 0x0004_0000;
/** Supervisor-mode execution prevention. */
export const CR4_SMEP: number = 0x0010_0000;
/** Supervisor-mode access prevention. */
export const CR4_SMAP: number = 0x0020_0000;

/** x87 state in XCR0 and XSAVE areas (vol. 1 §13.1): always 1. */
export const XCR0_X87: number = 0x1;
/** SSE state. */
export const XCR0_SSE: number = 0x2;
/** AVX state. */
export const XCR0_AVX: number = 0x4;
