// A machine with a device of somebody else's (the package in device/), which its configuration names.
//
//   pnpm --filter @ringzero/examples start src/write-a-device.ts
import { createInterpreterHypervisor } from '@ringzero/backend-interpreter';
import { diceType, type Dice } from '@ringzero/example-device';
import { createMachine } from '@ringzero/machine';

// mov cx, 10; next: mov dx, 300h; in al, dx; add al, '0'; mov dx, 3F8h; out dx, al; loop next; cli; hlt
const image = Uint8Array.of(0xb9, 10, 0, 0xba, 0x00, 0x03, 0xec, 0x04, 0x30, 0xba, 0xf8, 0x03, 0xee, 0xe2, 0xf4, 0xfa, 0xf4);

await using machine = await createMachine({
  backend: createInterpreterHypervisor,
  memory: '1M',
  clock: 'virtual',
  haltExit: true,
  boot: { kind: 'flat', image, address: 0x7c00 },
  deviceTypes: [diceType],
  devices: [{ type: 'dice', id: 'luck', port: 0x300, sides: 6, seed: 2026 }],
});

let rolled = '';
machine.on('serial', (byte) => (rolled += String.fromCharCode(byte)));
const exit = await machine.run();

const dice = machine.device('luck') as Dice;
console.log(`The guest rolled ${rolled} and ${exit.kind}; the device counted ${dice.rolls} rolls.`);
