import type { BlockBackend } from '@ringzero/devices';

/*
 * A boot sector for disks and CDs, assembled from:
 *
 *         jmp 0:main
 *   main: xor ax, ax / mov ds, ax / mov es, ax / mov ss, ax / mov sp, 7C00h / mov [drive], dl
 *         mov si, hello / call print
 *         mov ah, 42h / call disk / jc failed                   ; extended read of the sector that the packet names
 *         mov si, 8000h / call print                            ; its text
 *         mov byte [8000h], '!' / inc word [lba]
 *         mov ax, 4300h / call disk / mov si, readonly / jc say ; changed, into the next sector
 *         mov byte [8000h], '?' / mov ah, 42h / call disk / jc failed
 *         mov si, 8000h / call print                            ; what came back
 *         mov ax, 0201h / mov cx, 2 / mov dh, 0 / mov bx, 8000h / mov dl, [drive] / int 13h / jc failed
 *         mov si, 8000h / call print                            ; cylinder 0, head 0, sector 2: the text again
 *         mov si, done
 *   say:  call print / mov al, 0 / out F4h, al
 *   failed: mov al, ah / or al, 1 / out F4h, al / hlt
 *   disk: mov si, packet / mov dl, [drive] / int 13h / ret
 *   print: lodsb / test al, al / jz end / mov ah, 0Eh / mov bx, 7 / int 10h / jmp print / end: ret
 *   hello, done, readonly: "boot sector runs", "written and read", "not writable", each with CR, LF, 0
 *   drive: db 0 / align 4
 *   packet: db 16, 0 / dw 1, 8000h, 0 / lba: dq 1
 */
const CODE = `ea057c000031c08ed88ec08ed0bc007c8816c57cbe907ce86700b442e85800724fbe0080e85a00c606008021ff06d07cb80043e84100beb67c722ec60600803f
b442e832007229be0080e83400b80102b90200b600bb00808a16c57ccd137210be0080e81b00bea37ce81500b000e6f488e00c01e6f4f4bec87c8a16c57ccd13
c3ac84c07409b40ebb0700cd10ebf2c3626f6f7420736563746f722072756e730d0a007772697474656e20616e6420726561640d0a006e6f7420777269746162
6c650d0a00009090100001000080000001`.replaceAll('\n', '');
const LBA_OFFSET = 208;
const SECTOR = 512;
const CD_SECTOR = 2048;

function bootSector(lba: number): Uint8Array {
  const sector = new Uint8Array(SECTOR);
  for (let i = 0; i < CODE.length; i += 2) sector[i / 2] = Number.parseInt(CODE.slice(i, i + 2), 16);
  sector[LBA_OFFSET] = lba;
  sector.set([0x55, 0xaa], 510);
  return sector;
}

function putText(bytes: Uint8Array, at: number, text: string): void {
  bytes.set(Array.from(text, (letter) => letter.charCodeAt(0)), at);
}

/** What the second sector says. */
export const SECTOR_TEXT = 'text of a sector';

/** A disk of 8 MB that boots the sector above. */
export function bootableDisk(): Uint8Array {
  const disk = new Uint8Array(8 << 20);
  disk.set(bootSector(1));
  putText(disk, SECTOR, `${SECTOR_TEXT}\r\n`);
  return disk;
}

const BOOT_RECORD = 17;
const TERMINATOR = 18;
const CATALOG = 19;
const BOOT_IMAGE = 20;
const TEXT = 21;

/** A CD that boots the same sector without emulation ("El Torito" Bootable CD-ROM Format Specification 1.0). */
export function bootableCd(): Uint8Array {
  const cd = new Uint8Array(64 * CD_SECTOR);
  const view = new DataView(cd.buffer);
  cd[16 * CD_SECTOR] = 1;
  putText(cd, 16 * CD_SECTOR + 1, 'CD001\x01');
  putText(cd, BOOT_RECORD * CD_SECTOR + 1, 'CD001\x01EL TORITO SPECIFICATION');
  view.setUint32(BOOT_RECORD * CD_SECTOR + 0x47, CATALOG, true);
  cd[TERMINATOR * CD_SECTOR] = 0xff;
  putText(cd, TERMINATOR * CD_SECTOR + 1, 'CD001\x01');
  const catalog = CATALOG * CD_SECTOR;
  // Validation entry: its words add up to 0. Then the initial entry: bootable, no emulation, four sectors of 512 bytes.
  cd[catalog] = 1;
  cd.set([0x55, 0xaa], catalog + 30);
  view.setUint16(catalog + 28, -(1 + 0xaa55) & 0xffff, true);
  cd[catalog + 32] = 0x88;
  view.setUint16(catalog + 32 + 6, 4, true);
  view.setUint32(catalog + 32 + 8, BOOT_IMAGE, true);
  cd.set(bootSector(TEXT), BOOT_IMAGE * CD_SECTOR);
  putText(cd, TEXT * CD_SECTOR, `${SECTOR_TEXT}\r\n`);
  return cd;
}

/** A medium over these bytes. */
export function mediumOf(bytes: Uint8Array, isReadOnly: boolean): BlockBackend {
  return {
    byteLength: bytes.length,
    isReadOnly,
    read: (offset, target) => target.set(bytes.subarray(offset, offset + target.length)),
    write(offset, source) {
      if (isReadOnly) throw new Error('read-only');
      bytes.set(source, offset);
    },
    flush: () => undefined,
  };
}
