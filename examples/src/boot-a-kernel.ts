// Boots a guest and talks to it over its serial console.
//
//   pnpm --filter @ringzero/examples start src/boot-a-kernel.ts [monitor | debian]
import { createJitHypervisor } from '@ringzero/backend-jit';
import { resolveGuest } from '@ringzero/guests/node';
import { createMachine } from '@ringzero/machine';

const name = process.argv[2] ?? 'monitor';
const { prompt, command, off } = name === 'debian' ? { prompt: '# ', command: 'uname -a\n', off: 'poweroff -f\n' } : { prompt: '> ', command: 'cpuid\n', off: 'poweroff\n' };

const guest = await resolveGuest(name);
await using machine = await createMachine({ backend: createJitHypervisor, memory: guest.memoryBytes, boot: guest });

// All of the console goes to the terminal: an iteration has a buffer of its own.
const shown = (async () => {
  for await (const chunk of machine.serial) process.stdout.write(chunk);
})();

const terminal = machine.serial.read();
const run = machine.run();
await terminal.until(guest.readyText);
await terminal.until(prompt);
machine.serial.write(command);
await terminal.until(prompt);
machine.serial.write(off);

const exit = await run;
await shown;
console.log(`\nThe guest ended with ${exit.kind} after ${machine.statistics().instructions} instructions.`);
