import { describe, expect, it } from 'vitest';
import { PortSpace } from '../bus/port-space.ts';
import { DebugExit } from '../debug-exit/debug-exit.ts';
import { ResetControl } from '../reset-control/reset-control.ts';
import { DebugPorts } from './debug-ports.ts';

describe('DebugPorts', () => {
  it('reports POST codes, console bytes and logged writes', () => {
    const log: string[] = [];
    const space = new PortSpace();
    const ports = new DebugPorts({
      consolePorts: [0xe9, 0x402], logPorts: [0x80, 0x190],
      onPostCode: (code) => void log.push(`post ${code}`),
      onConsole: (byte) => void log.push(`console ${byte}`),
      onLog: (port, size, value) => void log.push(`log ${port.toString(16)}/${size} ${value.toString(16)}`),
    });
    ports.attach(space);
    void space.write(0x80, 1, 0xff);
    void space.write(0xe9, 1, 65);
    void space.write(0x190, 1, 7);
    void space.write(0x190, 4, 0x12345678);
    expect(log).toEqual(['post 255', 'log 80/1 ff', 'console 65', 'log 190/1 7', 'log 190/4 12345678']);
    expect([space.read(0xe9, 1), space.read(0x80, 1), ports.postCode]).toEqual([0xe9, 0xff, 0xff]);
    expect(space.read(0x190, 2)).toBe(0xffff);
    const copy = new DebugPorts();
    copy.restore(ports.save());
    expect(copy.postCode).toBe(0xff);
    copy.reset();
    expect(copy.postCode).toBe(0);
  });
});

describe('DebugExit', () => {
  it('turns the value into an odd exit status', () => {
    const statuses: number[] = [];
    const space = new PortSpace();
    new DebugExit({ onExit: (status) => void statuses.push(status) }).attach(space);
    void space.write(0xf4, 4, 0x10);
    void space.write(0xf4, 1, 0);
    expect(statuses).toEqual([0x21, 1]);
    expect(space.read(0xf4, 1)).toBe(0);
  });
});

describe('ResetControl', () => {
  it('resets when bit 2 rises, softly or hard', () => {
    const resets: boolean[] = [];
    const space = new PortSpace();
    const control = new ResetControl({ onReset: (hard) => void resets.push(hard) });
    control.attach(space);
    void space.write(0xcf9, 1, 0x02);
    void space.write(0xcf9, 1, 0x06);
    void space.write(0xcf9, 1, 0x06);
    expect(resets).toEqual([true]);
    const copy = new ResetControl({ onReset: () => undefined });
    copy.restore(control.save());
    expect(copy.read()).toBe(6);
    control.reset();
    void space.write(0xcf9, 1, 0x04);
    expect(resets).toEqual([true, false]);
  });
});
