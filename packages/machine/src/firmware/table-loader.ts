import { buildAcpiTables, buildRsdp, RSDP_CHECKSUM, RSDP_RSDT, TABLE_ALIGNMENT, type AcpiChecksum, type AcpiMachine } from './acpi-tables.ts';

/** Names of the files in the firmware configuration device. */
const RSDP_FILE = 'etc/acpi/rsdp';
const TABLES_FILE = 'etc/acpi/tables';
const LOADER_FILE = 'etc/table-loader';

// Commands of the loader script (QEMU's "BIOS linker/loader", hw/acpi/bios-linker-loader.c describes them).
const ENTRY_BYTES = 128;
const FILE_NAME_BYTES = 56;
const ALLOCATE = 1;
const ADD_POINTER = 2;
const ADD_CHECKSUM = 3;
const ZONE_HIGH = 1;
const ZONE_BELOW_1_MB = 2;
const RSDP_ALIGNMENT = 16;

type Field = { readonly name: string } | { readonly dword: number } | { readonly byte: number };

/** One command: its number and its fields, packed. */
function entry(command: number, ...fields: readonly Field[]): Uint8Array {
  const bytes = new Uint8Array(ENTRY_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, command, true);
  let at = 4;
  for (const field of fields) {
    if ('name' in field) {
      bytes.set(Array.from(field.name, (letter) => letter.charCodeAt(0)), at);
      at += FILE_NAME_BYTES;
    } else if ('dword' in field) {
      view.setUint32(at, field.dword, true);
      at += 4;
    } else {
      bytes[at++] = field.byte;
    }
  }
  return bytes;
}

function allocate(name: string, alignment: number, zone: number): Uint8Array {
  return entry(ALLOCATE, { name }, { dword: alignment }, { byte: zone });
}

/** The address of file `to` is added to the dword at `at` in `name`. */
function addPointer(name: string, to: string, at: number): Uint8Array {
  return entry(ADD_POINTER, { name }, { name: to }, { dword: at }, { byte: 4 });
}

function addChecksum(name: string, { at, start, length }: AcpiChecksum): Uint8Array {
  return entry(ADD_CHECKSUM, { name }, { dword: at }, { dword: start }, { dword: length });
}

/** The ACPI tables as files for a firmware that places them itself: the tables, the root pointer, and the script that relocates both. */
export function acpiFiles(machine: AcpiMachine): Map<string, Uint8Array> {
  const { bytes, pointers, checksums, rsdt } = buildAcpiTables(machine);
  const script = [
    allocate(RSDP_FILE, RSDP_ALIGNMENT, ZONE_BELOW_1_MB),
    allocate(TABLES_FILE, TABLE_ALIGNMENT, ZONE_HIGH),
    ...pointers.map(({ at }) => addPointer(TABLES_FILE, TABLES_FILE, at)),
    ...checksums.map((sum) => addChecksum(TABLES_FILE, sum)),
    addPointer(RSDP_FILE, TABLES_FILE, RSDP_RSDT),
    addChecksum(RSDP_FILE, RSDP_CHECKSUM),
  ];
  const loader = new Uint8Array(script.length * ENTRY_BYTES);
  script.forEach((command, i) => loader.set(command, i * ENTRY_BYTES));
  return new Map([
    [RSDP_FILE, buildRsdp(rsdt)],
    [TABLES_FILE, bytes],
    [LOADER_FILE, loader],
  ]);
}
