import { CR0_PE, Decoder, EFLAGS_VM, FORMS, formatInstruction, Instruction, type Form } from '@ringzero/x86';
import type { State } from '../machine/state.ts';
import { pointerOf } from '../machine/state.ts';

const DECODERS = { 16: new Decoder(16), 32: new Decoder(32) } as const;
/** More bytes than any instruction has. */
const BYTES = 16;
const SIZE_32 = 0x4000;

/** The instruction that a state is about to execute. */
export interface Current {
  readonly instruction: Instruction;
  readonly form: Form;
  readonly text: string;
  readonly address: number;
}

/** Decodes from memory where nothing is paged otherwise. */
export function instructionAt(state: State, read: (address: number, length: number) => Uint8Array): Current {
  const address = pointerOf(state);
  const is32 = (state['cr0'] & CR0_PE) !== 0 && (state['eflags'] & EFLAGS_VM) === 0 && (state['cs.attributes'] & SIZE_32) !== 0;
  const instruction = new Instruction();
  const bytes = read(address, BYTES);
  const mode = is32 ? 32 : 16;
  DECODERS[mode].decode(bytes, 0, bytes.length, instruction);
  return { instruction, form: FORMS[instruction.form], address, text: formatInstruction(instruction, state.eip, mode) };
}
