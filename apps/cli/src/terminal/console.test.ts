import { createMachine } from '@ringzero/machine';
import { resolveEmbeddedGuest } from '@ringzero/guests';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { loadBackend } from '../backends.ts';
import { Console, type ConsoleCommand } from './console.ts';
import { switchToNextBackend } from './switch-backend.ts';

const CTRL_A = '\x01';

describe('the terminal', () => {
  afterEach(() => {
    vi.restoreAllMocks();
    Reflect.deleteProperty(process.stdin, 'isTTY');
    Reflect.deleteProperty(process.stdin, 'setRawMode');
  });

  it('switches engines at Ctrl-A w, and the guest goes on', async () => {
    Object.defineProperty(process.stdin, 'isTTY', { value: true, configurable: true });
    Object.defineProperty(process.stdin, 'setRawMode', { value: () => process.stdin, configurable: true });
    let told = '';
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => ((told += String(text)), true));
    await using machine = await createMachine({ backend: loadBackend('jit'), memory: '32M', boot: resolveEmbeddedGuest('monitor') });
    const commands: Record<string, ConsoleCommand> = {
      x: { description: 'quit', run: () => machine.stop() },
      w: { description: 'switch', run: () => void switchToNextBackend(machine) },
    };
    const terminal = new Console(machine, commands, 'there');
    const type = (text: string): boolean => process.stdin.emit('data', Buffer.from(text, 'latin1'));
    terminal.attach();
    const reader = machine.serial.read();
    const run = machine.run();
    await reader.until('> ');
    const switched = machine.once('backend');
    type(`${CTRL_A}w`);
    expect(await switched).toEqual({ from: 'jit', to: 'interpreter' });
    type('help\r');
    expect(await reader.until('poweroff')).toContain('help');
    type(`${CTRL_A}h`);
    type(`${CTRL_A}x`);
    expect(await run).toEqual({ kind: 'stopped' });
    terminal.detach();
    expect(told).toContain('[ringzero] the guest goes on on the interpreter\r\n');
    expect(told).toContain('[ringzero] Ctrl-A x: quit, Ctrl-A w: switch, Ctrl-A Ctrl-A: send Ctrl-A, Ctrl-A h: this help\r\n');
  });
});
