// CPUID feature bits (vol. 2, CPUID, tables 3-10 and 3-11). Bit 31 is the sign of an int32.

// Leaf 1, EDX.
export const CPUID_1_EDX_FPU: number = 1 << 0;
export const CPUID_1_EDX_VME: number = 1 << 1;
export const CPUID_1_EDX_DE: number = 1 << 2;
export const CPUID_1_EDX_PSE: number = 1 << 3;
export const CPUID_1_EDX_TSC: number = 1 << 4;
export const CPUID_1_EDX_MSR: number = 1 << 5;
export const CPUID_1_EDX_PAE: number = 1 << 6;
export const CPUID_1_EDX_MCE: number = 1 << 7;
export const CPUID_1_EDX_CX8: number = 1 << 8;
export const CPUID_1_EDX_APIC: number = 1 << 9;
export const CPUID_1_EDX_SEP: number = 1 << 11;
export const CPUID_1_EDX_MTRR: number = 1 << 12;
export const CPUID_1_EDX_PGE: number = 1 << 13;
export const CPUID_1_EDX_MCA: number = 1 << 14;
export const CPUID_1_EDX_CMOV: number = 1 << 15;
export const CPUID_1_EDX_PAT: number = 1 << 16;
export const CPUID_1_EDX_PSE36: number = 1 << 17;
export const CPUID_1_EDX_CLFSH: number = 1 << 19;
export const CPUID_1_EDX_MMX: number = 1 << 23;
export const CPUID_1_EDX_FXSR: number = 1 << 24;
export const CPUID_1_EDX_SSE: number = 1 << 25;
export const CPUID_1_EDX_SSE2: number = 1 << 26;
export const CPUID_1_EDX_HTT: number = 1 << 28;

// Leaf 1, ECX.
export const CPUID_1_ECX_SSE3: number = 1 << 0;
export const CPUID_1_ECX_MONITOR: number = 1 << 3;
export const CPUID_1_ECX_VMX: number = 1 << 5;
export const CPUID_1_ECX_SSSE3: number = 1 << 9;
export const CPUID_1_ECX_CX16: number = 1 << 13;
export const CPUID_1_ECX_SSE4_1: number = 1 << 19;
export const CPUID_1_ECX_SSE4_2: number = 1 << 20;
export const CPUID_1_ECX_X2APIC: number = 1 << 21;
export const CPUID_1_ECX_MOVBE: number = 1 << 22;
export const CPUID_1_ECX_POPCNT: number = 1 << 23;
export const CPUID_1_ECX_XSAVE: number = 1 << 26;
export const CPUID_1_ECX_OSXSAVE: number = 1 << 27;
export const CPUID_1_ECX_HYPERVISOR: number = 1 << 31;

// Leaf 8000_0001h.
export const CPUID_80000001_ECX_LAHF64: number = 1 << 0;
export const CPUID_80000001_ECX_PREFETCHW: number = 1 << 8;
export const CPUID_80000001_EDX_SYSCALL: number = 1 << 11;
export const CPUID_80000001_EDX_NX: number = 1 << 20;
export const CPUID_80000001_EDX_RDTSCP: number = 1 << 27;
export const CPUID_80000001_EDX_LM: number = 1 << 29;
