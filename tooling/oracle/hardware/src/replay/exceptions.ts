/*
 * Everything that keeps a replay from being a comparison of all bits of all forms, with the reason. The command and the test print it.
 */

/** Forms that are not executed on the recording processor. */
export interface NotRecorded {
  readonly forms: RegExp;
  readonly reason: string;
}

/** Forms of which something recorded is not compared. */
export interface Exception {
  readonly forms: RegExp;
  /** What differs. */
  readonly what: string;
  /** Lanes left out, by name; `all` when nothing but the form's execution is asked for. */
  readonly lanes: readonly string[];
  readonly reason: string;
  /** Where the manual says so. */
  readonly source: string;
}

export const NOT_RECORDED: readonly NotRecorded[] = [
  { forms: /^(Sysenter|Sysexit|Syscall|Sysret)$/, reason: 'they enter or leave the kernel; SYSENTER and SYSEXIT are undefined in the long mode of the recording processor (AMD)' },
  { forms: /^(Sgdt_Ms|Sidt_Ms|Sldt_Ev|Str_Ev|Smsw_Ev)$/, reason: 'under CR4.UMIP they raise #GP, which Linux does not report: it puts values of its own in their place' },
];

export const EXCEPTIONS: readonly Exception[] = [];
