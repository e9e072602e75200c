// A machine on a backend of one page (tiny-backend.ts), with the devices of every other machine.
//
//   pnpm --filter @ringzero/examples start src/write-a-backend.ts
import { createMachine } from '@ringzero/machine';
import { createTinyHypervisor } from './tiny-backend.ts';

// mov dx, 3F8h, then each letter: mov al, letter; out dx, al; in the end cli; hlt
const letters = [...Buffer.from('Hello from eight instructions')].flatMap((letter) => [0xb0, letter, 0xee]);
const image = Uint8Array.from([0xba, 0xf8, 0x03, ...letters, 0xfa, 0xf4]);

await using machine = await createMachine({ backend: createTinyHypervisor, memory: '1M', clock: 'virtual', boot: { kind: 'flat', image, address: 0x7c00 } });
const reader = machine.serial.read();
const run = machine.run();
console.log(await reader.until('instructions'));
machine.stop();
console.log(`The ${machine.hypervisor.name} backend ended with ${(await run).kind}, at ${machine.clock.now()} ns of the guest's time.`);
