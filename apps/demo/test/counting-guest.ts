// A guest that reads the first sector of the first IDE disk, adds one to its first byte, writes it back, and flushes. It says on the
// serial port which byte it read: <A>. ATA commands by PIO, in 32-bit code.

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
