import { row, type Row } from './form.ts';

const LEGACY = { mode: 'legacy' } as const;

/** System instructions and segment registers. */
// prettier-ignore
export const SYSTEM_ROWS: readonly Row[] = [
  row('8C /r',        'Mov_Ev_Sw'),          row('8E /r',        'Mov_Sw_Ew'),
  row('C4 /r mem',    'Les_Gv_Mp', LEGACY),  row('C5 /r mem',    'Lds_Gv_Mp', LEGACY),
  row('0F B2 /r mem', 'Lss_Gv_Mp'),          row('0F B4 /r mem', 'Lfs_Gv_Mp'),
  row('0F B5 /r mem', 'Lgs_Gv_Mp'),          row('63 /r',        'Arpl_Ew_Gw', LEGACY),
  row('0F 00 /0',     'Sldt_Ev'),            row('0F 00 /1',     'Str_Ev'),
  row('0F 00 /2',     'Lldt_Ew'),            row('0F 00 /3',     'Ltr_Ew'),
  row('0F 00 /4',     'Verr_Ew'),            row('0F 00 /5',     'Verw_Ew'),
  row('0F 01 /0 mem', 'Sgdt_Ms'),            row('0F 01 /1 mem', 'Sidt_Ms'),
  row('0F 01 /2 mem', 'Lgdt_Ms'),            row('0F 01 /3 mem', 'Lidt_Ms'),
  row('0F 01 /4',     'Smsw_Ev'),            row('0F 01 /6',     'Lmsw_Ew'),
  row('0F 01 /7 mem', 'Invlpg_Mb'),
  row('NP 0F 01 C8',  'Monitor'),            row('NP 0F 01 C9',  'Mwait'),
  row('NP 0F 01 CA',  'Clac'),               row('NP 0F 01 CB',  'Stac'),
  row('NP 0F 01 D0',  'Xgetbv'),             row('NP 0F 01 D1',  'Xsetbv'),
  row('0F 01 F8',     'Swapgs', { mode: 'long' }), row('0F 01 F9', 'Rdtscp'),
  row('0F 02 /r',     'Lar_Gv_Ew'),          row('0F 03 /r',     'Lsl_Gv_Ew'),
  row('0F 05',        'Syscall'),            row('0F 07',        'Sysret'),
  row('0F 06',        'Clts'),               row('0F 08',        'Invd'),
  row('0F 09',        'Wbinvd'),             row('0F 0B',        'Ud2'),
  row('0F B9 /r',     'Ud1_Gv_Ev'),          row('0F FF /r',     'Ud0_Gv_Ev'),
  row('0F 20 /r',     'Mov_Rd_Cd'),          row('0F 22 /r',     'Mov_Cd_Rd'),
  row('0F 21 /r',     'Mov_Rd_Dd'),          row('0F 23 /r',     'Mov_Dd_Rd'),
  row('0F 30',        'Wrmsr'),              row('0F 32',        'Rdmsr'),
  row('0F 31',        'Rdtsc'),              row('0F 33',        'Rdpmc'),
  row('0F 34',        'Sysenter'),           row('0F 35',        'Sysexit'),
  row('0F A2',        'Cpuid'),              row('0F AA',        'Rsm'),
  row('F4',           'Hlt'),                row('FA',           'Cli'),
  row('FB',           'Sti'),
  row('NP 0F AE /0 mem', 'Fxsave_M'),        row('NP 0F AE /1 mem', 'Fxrstor_M'),
  row('NP 0F AE /2 mem', 'Ldmxcsr_Md'),      row('NP 0F AE /3 mem', 'Stmxcsr_Md'),
  row('NP 0F AE /4 mem', 'Xsave_M'),         row('NP 0F AE /5 mem', 'Xrstor_M'),
  row('NP 0F AE /7 mem', 'Clflush_Mb'),
  row('NP 0F AE /5 reg', 'Lfence'),          row('NP 0F AE /6 reg', 'Mfence'),
  row('NP 0F AE /7 reg', 'Sfence'),
];
