// Model-specific registers (vol. 4 §2.1, table 2-2).

export const MSR_TSC: number = 0x10;
export const MSR_PLATFORM_ID: number = 0x17;
export const MSR_APIC_BASE: number = 0x1b;
export const MSR_FEATURE_CONTROL: number = 0x3a;
export const MSR_BIOS_UPDATE_TRIGGER: number = 0x79;
export const MSR_BIOS_SIGN_ID: number = 0x8b;
export const MSR_MTRRCAP: number = 0xfe;
export const MSR_SYSENTER_CS: number = 0x174;
export const MSR_SYSENTER_ESP: number = 0x175;
export const MSR_SYSENTER_EIP: number = 0x176;
export const MSR_MCG_CAP: number = 0x179;
export const MSR_MCG_STATUS: number = 0x17a;
export const MSR_MISC_ENABLE: number = 0x1a0;
/** PHYSBASE0; PHYSBASEn is 2n further, and each PHYSMASK follows its PHYSBASE. */
export const MSR_MTRR_PHYSBASE0: number = 0x200;
export const MSR_MTRR_FIX64K_00000: number = 0x250;
export const MSR_MTRR_FIX16K_80000: number = 0x258;
export const MSR_MTRR_FIX16K_A0000: number = 0x259;
/** 4K_C0000; the seven after it follow on. */
export const MSR_MTRR_FIX4K_C0000: number = 0x268;
export const MSR_PAT: number = 0x277;
export const MSR_MTRR_DEF_TYPE: number = 0x2ff;
export const MSR_EFER: number = 0xc000_0080;
export const MSR_STAR: number = 0xc000_0081;
export const MSR_LSTAR: number = 0xc000_0082;
export const MSR_CSTAR: number = 0xc000_0083;
export const MSR_SFMASK: number = 0xc000_0084;
export const MSR_FS_BASE: number = 0xc000_0100;
export const MSR_GS_BASE: number = 0xc000_0101;
export const MSR_KERNEL_GS_BASE: number = 0xc000_0102;
export const MSR_TSC_AUX: number = 0xc000_0103;

/** IA32_EFER: SYSCALL enabled (vol. 3A §2.2.1). */
export const EFER_SCE: number = 0x001;
/** Long mode enabled. */
export const EFER_LME: number = 0x100;
/** Long mode active. */
export const EFER_LMA: number = 0x400;
/** Execute-disable pages enabled. */
export const EFER_NXE: number = 0x800;
/** IA32_APIC_BASE: this is the bootstrap processor (vol. 3A §10.4.4). */
export const APIC_BASE_BSP: number = 0x100;
/** IA32_APIC_BASE: x2APIC mode. */
export const APIC_BASE_X2APIC: number = 0x400;
/** IA32_APIC_BASE: global enable. */
export const APIC_BASE_ENABLE: number = 0x800;
/** IA32_MISC_ENABLE: MONITOR and MWAIT exist (vol. 4 table 2-2). */
export const MISC_ENABLE_MONITOR: number = 0x4_0000;
/** IA32_MISC_ENABLE: CPUID has no leaves above 3. */
export const MISC_ENABLE_LIMIT_CPUID: number = 0x40_0000;
/** IA32_MISC_ENABLE, high half: execute-disable is hidden. */
export const MISC_ENABLE_XD_DISABLE_HIGH: number = 0x4;
