/**
 * A few lines per package that use what it is for, valid as TypeScript and as JavaScript. They run in an empty project against
 * the packed package, and are type-checked there.
 */
export const USES: Readonly<Record<string, string>> = {
  '@ringzero/processor': `
import { RingzeroError, StopVpSource } from '@ringzero/processor';
const source = new StopVpSource();
source.stop();
if (!source.isStopping || RingzeroError.isInstance(new Error('other'))) throw new Error('processor');
`,
  '@ringzero/devices': `
import { PortSpace, ResetControl } from '@ringzero/devices';
let resets = 0;
const ports = new PortSpace();
new ResetControl({ onReset: () => { resets++; } }).attach(ports);
ports.write(0xcf9, 1, 6);
if (resets !== 1 || ports.read(0x1234, 2) !== 0xffff) throw new Error('devices');
`,
};
