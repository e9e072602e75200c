// Where a fuzz program finds what. Addresses are physical, and linear where nothing is mapped otherwise.

/** The program: so many slots of so many bytes, a fault in one goes on with the next. */
export const SLOTS = 0xcf80;
export const SLOT_BYTES = 32;
export const SLOT_COUNT = 8;
export const SLOTS_END: number = SLOTS + SLOT_BYTES * SLOT_COUNT;
/** Two pages of data, behind them a read-only page, behind that one that is absent. */
export const DATA = 0x6000;
export const DATA_BYTES = 0x2000;
export const READ_ONLY: number = DATA + DATA_BYTES;
export const ABSENT: number = READ_ONLY + 0x1000;
/** Other linear addresses of the program's first page and of the data's. */
export const CODE_ALIAS = 0x80000;
export const DATA_ALIAS = 0x82000;
/** Tops of the program's stack and of the one that handlers return from. */
export const STACK: number = DATA + 0x1f00;
export const KERNEL_STACK = 0x2b000;
/** Page tables: one directory and one table, or with PAE four entries, a directory and a table. */
export const PAGE_DIRECTORY = 0x40000;
export const PAGE_TABLE = 0x41000;
export const PAE_POINTERS = 0x42000;
export const PAE_DIRECTORY = 0x43000;
export const PAE_TABLE = 0x44000;
/** Memory that a program may reach and that is compared. */
export const RAM_BYTES = 0x100000;

/** Selectors of segments beyond the flat ones. */
export const SMALL_DATA = 0x43;
export const EXPAND_DOWN = 0x4b;
export const READ_ONLY_DATA = 0x53;
export const CONFORMING = 0x58;
export const USER_CODE16 = 0x63;
export const CALL_GATE = 0x6b;
export const NOT_PRESENT = 0x73;
export const ODD_BASE = 0x7b;
export const KERNEL_CODE16 = 0x80;
export const GDT = 0x1000;
export const GDT_LIMIT = 0x87;
