/** What a machine starts. Names appear in error messages. */
export type BootSource =
  | { readonly kind: 'linux'; readonly image: Uint8Array; readonly initrd?: Uint8Array; readonly commandLine?: string; readonly name?: string }
  | { readonly kind: 'multiboot'; readonly image: Uint8Array; readonly initrd?: Uint8Array; readonly commandLine?: string; readonly name?: string }
  | { readonly kind: 'elf'; readonly image: Uint8Array; readonly name?: string }
  | { readonly kind: 'flat'; readonly image: Uint8Array; readonly address: number; readonly name?: string }
  /** `vgaBios` is the option ROM that firmware runs for the VGA. */
  | { readonly kind: 'bios'; readonly image: Uint8Array; readonly vgaBios?: Uint8Array; readonly name?: string };
