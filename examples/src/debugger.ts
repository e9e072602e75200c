// A debugger in thirty lines: stops a program at a breakpoint, shows where it is, steps, and looks at memory.
//
//   pnpm --filter @ringzero/examples start src/debugger.ts
import { createInterpreterHypervisor } from '@ringzero/backend-interpreter';
import { createMachine } from '@ringzero/machine';
import { Decoder, formatInstruction, Instruction } from '@ringzero/x86';

// 7C00h: mov cx, 3; next: inc word [600h]; loop next; cli; hlt
const image = Uint8Array.of(0xb9, 3, 0, 0xff, 0x06, 0x00, 0x06, 0xe2, 0xfa, 0xfa, 0xf4);
await using machine = await createMachine({ backend: createInterpreterHypervisor, memory: '1M', haltExit: true, boot: { kind: 'flat', image, address: 0x7c00 } });
const { debug } = machine;

function show(): void {
  const { rcx, rip } = debug.registers();
  const instruction = new Instruction();
  const bytes = debug.read(debug.linearIp(), 15);
  new Decoder(16).decode(bytes, 0, bytes.length, instruction);
  const text = formatInstruction(instruction, Number(rip), 16);
  console.log(`${debug.linearIp().toString(16)}  ${text.padEnd(24)} cx=${rcx} [600h]=${debug.read(0x600, 1)[0]}`);
}

const remove = await debug.setBreakpoint({ address: 0x7c03 });
for (let stop = await debug.continue(); stop.kind === 'breakpoint'; stop = await debug.continue()) {
  show();
  await debug.step();
  show();
  if (debug.registers().rcx === 2n) await remove();
}
console.log(`Done: [600h]=${debug.read(0x600, 1)[0]}`);
