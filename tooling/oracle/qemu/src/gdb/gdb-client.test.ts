import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { GdbClient } from './gdb-client.ts';
import { encodePacket, PacketReader } from './packets.ts';

const XML = '<target><reg name="eax" bitsize="32"/><reg name="eip" bitsize="32" regnum="8"/></target>';

/** A stub that answers from a table, and keeps what it was asked. */
class Stub {
  readonly asked: string[] = [];
  readonly acknowledgements: string[] = [];
  readonly answers: Map<string, readonly string[]> = new Map([
    ['qSupported:xmlRegisters=i386', ['PacketSize=1000']],
    ['qXfer:features:read:target.xml:0,800', [`l${XML}`]],
  ]);
  /** Replies are sent with a wrong checksum so many times. */
  spoiled = 0;
  socket: Socket | undefined;
  readonly server: Server = createServer((socket) => this.#accept(socket));

  #accept(socket: Socket): void {
    this.socket = socket;
    const reader = new PacketReader();
    let last: Uint8Array = new Uint8Array(0);
    socket.on('data', (bytes) => {
      const text = (bytes as Buffer).toString('latin1');
      if (text === '-') socket.write(last);
      else if (text.startsWith('+')) this.acknowledgements.push('+');
      for (const { data } of reader.push(bytes as Buffer)) {
        const command = Buffer.from(data).toString('latin1');
        this.asked.push(command);
        socket.write('+');
        for (const answer of this.answers.get(command) ?? ['']) {
          last = encodePacket(Buffer.from(answer));
          socket.write(this.spoiled-- > 0 ? Uint8Array.from(last, (byte, i) => (i === last.length - 1 ? byte ^ 1 : byte)) : last);
        }
      }
    });
  }
}

describe('the client of a gdb stub', () => {
  let folder: string;
  let stub: Stub;
  let client: GdbClient;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'gdb-client-'));
    stub = new Stub();
    const path = join(folder, 'stub');
    await new Promise<void>((resolve) => stub.server.listen(path, resolve));
    const socket = connect(path);
    await new Promise<void>((resolve) => socket.once('connect', () => resolve()));
    client = new GdbClient(socket);
    await client.open();
  });

  afterEach(() => {
    client.close();
    stub.server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('writes registers by the numbers of the description', async () => {
    stub.answers.set('P8=f0ff0000', ['OK']);
    await client.writeRegister('eip', 0xfff0);
    expect(stub.asked.at(-1)).toBe('P8=f0ff0000');
    await expect(client.writeRegister('rax', 0)).rejects.toThrow('no register rax');
  });

  it('asks again for a packet that arrives broken', async () => {
    stub.spoiled = 1;
    stub.answers.set('g', ['0011']);
    expect(await client.request('g')).toBe('0011');
  });

  it('gathers what the monitor prints', async () => {
    stub.answers.set(`qRcmd,${Buffer.from('info').toString('hex')}`, [`O${Buffer.from('EAX=').toString('hex')}`, `O${Buffer.from('1').toString('hex')}`, 'OK']);
    expect(await client.monitor('info')).toBe('EAX=1');
  });

  it('interrupts a target that does not stop', async () => {
    stub.answers.set('c', []);
    const resumed = client.resume('c', 20);
    await new Promise((resolve) => setTimeout(resolve, 60));
    stub.socket!.write(encodePacket(Buffer.from('T02thread:01;')));
    expect(await resumed).toBe(false);
    stub.answers.set('s', ['T05thread:01;']);
    expect(await client.resume('s', 60_000)).toBe(true);
  });

  it('says what the stub refuses, and that it is gone', async () => {
    stub.answers.set('M0,1:00', ['E22']);
    await expect(client.writeMemory(0, new Uint8Array(1))).rejects.toThrow('answers "E22"');
    stub.socket!.destroy();
    await expect(client.request('g')).rejects.toThrow(/closed|EPIPE|ECONNRESET/);
  });
});
