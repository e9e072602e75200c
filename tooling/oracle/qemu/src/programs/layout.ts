// Where a program finds what. Addresses are physical, and linear where nothing is mapped otherwise.

/** Memory of the machines, and the part of it that programs use and that is compared. */
export const MEGABYTES = 4;
export const WINDOW_BYTES = 0x8_0000;

/** Where the processor starts, in real mode. */
export const START = 0x600;
/** Code below 64 KB, for offsets of 16 bits. */
export const LOW_CODE = 0x900;
export const GDT = 0x1000;
export const GDT_LIMIT = 0x3ff;
export const IDT = 0x2000;
/** Vectors 0 to 3Fh have gates. */
export const VECTORS = 0x40;
export const IDT_LIMIT: number = VECTORS * 8 - 1;
/** The task state segment that programs run on, with an I/O permission bitmap of ports 0 to FFh behind it. */
export const TSS = 0x3000;
export const TSS_LIMIT = 0x68 + 0x20;
/** Other task state segments: of 32 bits, and of 16. */
export const OTHER_TSS = 0x3400;
export const TSS16 = 0x3800;
export const LDT = 0x4000;
export const LDT_LIMIT = 0xff;
/** Page directory and tables of 32-bit paging: two tables, for the first 8 MB. */
export const DIRECTORY = 0x5000;
export const TABLE = 0x6000;
export const HIGH_TABLE = 0x7000;
/** The same with PAE: two tables, for the first 4 MB. */
export const PAE_POINTERS = 0x8000;
export const PAE_DIRECTORY = 0x9000;
export const PAE_TABLE = 0xa000;
export const PAE_HIGH_TABLE = 0xb000;
/** The program, also as a 16-bit segment. */
export const CODE = 0x1_0000;
/** A page of code of its own, for programs that map it otherwise. */
export const CODE_PAGE = 0x1_4000;
export const HANDLERS = 0x1_8000;
/** Address of the next entry of the log, then the entries. */
export const LOG = 0x2_0000;
export const LOG_ENTRIES = 0x2_0010;
/** Where handlers go on. */
export const RESUME = 0x2_1000;
/** Pages of data. */
export const DATA = 0x2_2000;
/** Tops of stacks: of ring 0, of ring 0 when it is entered from outside, of the other rings, of virtual-8086 mode. */
export const STACK = 0x3_0000;
export const INNER_STACK = 0x2_f000;
export const STACK1 = 0x2_e000;
export const STACK2 = 0x2_d000;
export const USER_STACK = 0x2_c000;
export const STACK16 = 0xf00;
/** Where linear addresses beyond the identity mapping begin: the second table's. */
export const HIGH = 0x40_0000;
export const PAE_HIGH = 0x20_0000;
/** Pages that are free. */
export const FRAMES = 0x4_0000;

export const KERNEL_CODE = 0x08;
export const KERNEL_DATA = 0x10;
export const USER_CODE = 0x1b;
export const USER_DATA = 0x23;
export const TASK = 0x28;
/** 16-bit segments at {@link CODE} and {@link DATA}. */
export const CODE16 = 0x30;
export const DATA16 = 0x38;
export const LOCAL_TABLE = 0x40;
/** Segments of rings 1 and 2. */
export const CODE1 = 0x49;
export const DATA1 = 0x51;
export const CODE2 = 0x5a;
export const DATA2 = 0x62;
/** Descriptors from here on are the program's own. */
export const FREE_SELECTOR = 0x80;

/** The way back from other rings and modes. */
export const RETURN_VECTOR = 0x30;
