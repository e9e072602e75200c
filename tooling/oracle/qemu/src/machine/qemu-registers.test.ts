import { expect, it } from 'vitest';
import { parseRegisters } from './qemu-registers.ts';

const TEXT = `
CPU#0
EAX=00000001 EBX=00000002 ECX=00000003 EDX=00000663
ESI=00000005 EDI=00000006 EBP=00000007 ESP=00000008
EIP=0000fff0 EFL=00000046 [---Z-P-] CPL=3 II=0 A20=1 SMM=0 HLT=0
ES =0023 00000000 ffffffff 00cff300 DPL=3 DS   [-WA]
CS =001b 00000010 ffffffff 00cffb00 DPL=3 CS32 [-RA]
SS =0023 00000000 ffffffff 00cff300 DPL=3 DS   [-WA]
DS =0000 00000000 00000000 00000000
FS =0000 00000000 00000000 00000000
GS =0000 00000000 00000000 00000000
LDT=0040 00004000 000000ff 00008200 DPL=0 LDT
TR =0028 00003000 00000088 00008900 DPL=0 TSS32-avl
GDT=     00001000 000003ff
IDT=     00002000 000001ff
CR0=80000011 CR2=00400000 CR3=00005000 CR4=00000010
DR0=00000000 DR1=00000000 DR2=00000000 DR3=00000000 
DR6=ffff0ff0 DR7=00000400
EFER=0000000000000800
FCW=037f FSW=0000 [ST=0] FTW=00 MXCSR=00001f80
`;

it('reads what the monitor shows, hidden parts of segment registers included', () => {
  expect(parseRegisters(TEXT)).toMatchObject({
    eax: 1, esp: 8, eip: 0xfff0, eflags: 0x46, cpl: 3, cr0: 0x8000_0011, cr3: 0x5000, dr7: 0x400, efer: 0x800, cs: 0x1b, 'cs.base': 0x10, 'cs.limit': 0xffff_ffff, 'cs.attributes': 0xc0fb,
    ds: 0, 'ds.attributes': 0, ldtr: 0x40, 'tr.attributes': 0x89, 'tr.limit': 0x88, 'gdtr.limit': 0x3ff, 'idtr.base': 0x2000,
  });
});

it('says what is missing', () => {
  expect(() => parseRegisters(TEXT.replace('DR7=', 'DRX='))).toThrow('does not show dr7');
});
