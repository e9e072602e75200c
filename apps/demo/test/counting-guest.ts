// Guests that count on a disk: they read a sector, say on the serial port which byte it begins with (<A>), add one to it, and write it
// back. One is a program that gives ATA commands (first sector of the first IDE disk, flushed); the other is the boot sector of a disk,
// which asks the BIOS (second sector).

const ORIGIN = 0x10_0000;
const HEADERS_BYTES = 52 + 32;

// prettier-ignore
const CODE = [
  'fc',                //       cld
  'bc 00 00 09 00',    //       mov esp, 0x90000
  'b3 20',             //       mov bl, 0x20          READ SECTORS
  'e8 37 00 00 00',    //       call command
  'bf 00 00 20 00',    //       mov edi, 0x200000
  'f3 66 6d',          //       rep insw
  'fe 05 00 00 20 00', //       inc byte [0x200000]
  'b3 30',             //       mov bl, 0x30          WRITE SECTORS
  'e8 22 00 00 00',    //       call command
  'be 00 00 20 00',    //       mov esi, 0x200000
  'f3 66 6f',          //       rep outsw
  'b3 e7',             //       mov bl, 0xe7          FLUSH CACHE
  'e8 13 00 00 00',    //       call command
  '66 ba f8 03',       //       mov dx, 0x3f8
  'b0 3c ee',          //       mov al, '<'; out dx, al
  'a0 00 00 20 00',    //       mov al, [0x200000]
  '48 ee',             //       dec eax; out dx, al
  'b0 3e ee',          //       mov al, '>'; out dx, al
  'fa f4',             //       cli; hlt
  // command: executes BL on one sector, LBA 0, waits, and leaves the data port in DX and 256 in ECX
  '66 ba f7 01',       //       mov dx, 0x1f7
  'ec a8 80 75 fb',    // wait: in al, dx; test al, 0x80; jnz wait
  '66 ba f6 01',       //       mov dx, 0x1f6
  'b0 e0 ee',          //       mov al, 0xe0; out dx, al
  '66 ba f2 01',       //       mov dx, 0x1f2
  'b0 01 ee',          //       mov al, 1; out dx, al
  '42 31 c0 ee',       //       inc edx; xor eax, eax; out dx, al
  '42 ee 42 ee',       //       inc edx; out dx, al; inc edx; out dx, al
  '66 ba f7 01',       //       mov dx, 0x1f7
  '88 d8 ee',          //       mov al, bl; out dx, al
  'ec a8 80 75 fb',    // busy: in al, dx; test al, 0x80; jnz busy
  '66 ba f0 01',       //       mov dx, 0x1f0
  'b9 00 01 00 00 c3', //       mov ecx, 256; ret
];

/** The guest as an ELF program. */
export function countingGuest(): Buffer {
  const code = Buffer.from(CODE.join('').replaceAll(' ', ''), 'hex');
  const bytes = HEADERS_BYTES + code.length;
  const headers = Buffer.alloc(HEADERS_BYTES);
  headers.set([0x7f, ...Buffer.from('ELF'), 1, 1, 1]);
  for (const [at, value] of [[16, 2], [18, 3], [40, 52], [42, 32], [44, 1]] as const) headers.writeUInt16LE(value, at);
  for (const [at, value] of [[20, 1], [24, ORIGIN + HEADERS_BYTES], [28, 52]] as const) headers.writeUInt32LE(value, at);
  // One segment: offset, addresses, sizes, access.
  [1, 0, ORIGIN, ORIGIN, bytes, bytes, 7, 0x1000].forEach((value, i) => headers.writeUInt32LE(value, 52 + 4 * i));
  return Buffer.concat([headers, code]);
}

// prettier-ignore
const BOOT_CODE = [
  '31 c0 8e d8 8e c0 8e d0', // xor ax, ax; mov ds, ax; mov es, ax; mov ss, ax
  'bc 00 70',                // mov sp, 0x7000
  '88 16 00 06',             // mov [0x600], dl
  'b8 01 02 b9 02 00',       // mov ax, 0x0201; mov cx, 2    one sector, the second of the first track
  'b6 00 bb 00 80 cd 13',    // mov dh, 0; mov bx, 0x8000; int 0x13
  '72 2a',                   // jc failed
  'b0 3c e8 2c 00',          // mov al, '<'; call say
  'a0 00 80 e8 26 00',       // mov al, [0x8000]; call say
  'fe 06 00 80',             // inc byte [0x8000]
  'b8 01 03 b9 02 00',       // mov ax, 0x0301; mov cx, 2
  'b6 00 8a 16 00 06',       // mov dh, 0; mov dl, [0x600]
  'bb 00 80 cd 13 72 08',    // mov bx, 0x8000; int 0x13; jc failed
  'b0 3e e8 0a 00',          // mov al, '>'; call say
  'f4 eb fd',                // halt: hlt; jmp halt
  'b0 21 e8 02 00 eb f6',    // failed: mov al, '!'; call say; jmp halt
  'ba f8 03 ee c3',          // say: mov dx, 0x3f8; out dx, al; ret
];

/** A disk that boots and counts, from A. */
export function countingDisk(): Buffer {
  const disk = Buffer.alloc(2 ** 21);
  disk.write(BOOT_CODE.join('').replaceAll(' ', ''), 'hex');
  disk.writeUInt16BE(0x55aa, 510);
  disk.write('A', 512);
  return disk;
}
