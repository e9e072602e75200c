// Segment registers in the order of their encoding, then LDTR and TR, as the state layout has them.

export const ES: number = 0;
export const CS: number = 1;
export const SS: number = 2;
export const DS: number = 3;
export const FS: number = 4;
export const GS: number = 5;
export const LDTR: number = 6;
export const TR: number = 7;

// Attributes as `segAttributes` holds them (vol. 3A §3.4.5): bits 23:8 of a descriptor's high half, shifted down by 8.

/** The type field: bits 3:0. */
export const SEGMENT_TYPE: number = 0x0000f;
/** Type bit of code and data segments: accessed. */
export const SEGMENT_ACCESSED: number = 0x00001;
/** Type bit: writable data, or readable code. */
export const SEGMENT_ACCESS: number = 0x00002;
/** Type bit: expand-down data, or conforming code. */
export const SEGMENT_DIRECTION: number = 0x00004;
/** Type bit: code. */
export const SEGMENT_CODE: number = 0x00008;
/** S: a code or data segment, not a system one. */
export const SEGMENT_S: number = 0x00010;
/** The descriptor privilege level: bits 6:5. */
export const SEGMENT_DPL: number = 0x00060;
/** How far DPL is from bit 0. */
export const SEGMENT_DPL_SHIFT: number = 5;
/** Present. */
export const SEGMENT_P: number = 0x00080;
/** Available to software. */
export const SEGMENT_AVL: number = 0x01000;
/** 64-bit code. */
export const SEGMENT_L: number = 0x02000;
/** 32-bit code or stack. */
export const SEGMENT_DB: number = 0x04000;
/** The limit counts pages. */
export const SEGMENT_G: number = 0x08000;
/** The register holds no segment. */
export const SEGMENT_UNUSABLE: number = 0x10000;
