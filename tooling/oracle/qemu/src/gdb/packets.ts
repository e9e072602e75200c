/*
 * Packets of the GDB remote serial protocol ("Debugging with GDB", appendix E.1): `$data#checksum`, one byte of acknowledgement
 * for each, `}` before a byte that is XORed with 20h, and `*` for runs in what the stub sends.
 */

const DOLLAR = 0x24;
const HASH = 0x23;
const ESCAPE = 0x7d;
const STAR = 0x2a;
const ESCAPE_XOR = 0x20;
/** A run's count is a printable character: 29 above the number of further repetitions. */
const RUN_BIAS = 29;

export function checksum(data: Uint8Array): number {
  return data.reduce((sum, byte) => (sum + byte) & 0xff, 0);
}

/** Frames data as a packet. Bytes that mean something to the protocol are escaped. */
export function encodePacket(data: Uint8Array): Uint8Array {
  const body: number[] = [];
  for (const byte of data) {
    if ([DOLLAR, HASH, ESCAPE, STAR].includes(byte)) body.push(ESCAPE, byte ^ ESCAPE_XOR);
    else body.push(byte);
  }
  const sum = checksum(Uint8Array.from(body)).toString(16).padStart(2, '0');
  return Uint8Array.from([DOLLAR, ...body, HASH, sum.charCodeAt(0), sum.charCodeAt(1)]);
}

/** The data of a packet's body: escapes undone, runs written out. */
export function decodeBody(body: Uint8Array): Uint8Array {
  const data: number[] = [];
  for (let i = 0; i < body.length; i++) {
    const byte = body[i];
    if (byte === ESCAPE) data.push(body[++i] ^ ESCAPE_XOR);
    else if (byte === STAR) {
      const last = data.at(-1);
      const count = body[++i] - RUN_BIAS;
      if (last === undefined || !(count > 0)) throw new RangeError(`a run of ${count} of ${last} in a packet of the stub`);
      for (let left = count; left > 0; left--) data.push(last);
    } else data.push(byte);
  }
  return Uint8Array.from(data);
}

/** A packet taken from a stream. */
export interface Packet {
  readonly data: Uint8Array;
  /** Whether the checksum was right; if not, it has to be asked for again. */
  readonly isIntact: boolean;
}

/** Cuts a stream of bytes into packets, however the transport cuts it; acknowledgements between packets are skipped. */
export class PacketReader {
  #pending: Uint8Array = new Uint8Array(0);

  /** Packets that are complete with these bytes. */
  push(bytes: Uint8Array): Packet[] {
    const all = new Uint8Array(this.#pending.length + bytes.length);
    all.set(this.#pending);
    all.set(bytes, this.#pending.length);
    const packets: Packet[] = [];
    let at = 0;
    for (;;) {
      const start = all.indexOf(DOLLAR, at);
      if (start < 0) {
        at = all.length;
        break;
      }
      const hash = all.indexOf(HASH, start);
      if (hash < 0 || hash + 2 >= all.length) {
        at = start;
        break;
      }
      const body = all.subarray(start + 1, hash);
      const sum = Number.parseInt(String.fromCharCode(all[hash + 1], all[hash + 2]), 16);
      const isIntact = sum === checksum(body);
      packets.push({ data: isIntact ? decodeBody(body) : new Uint8Array(0), isIntact });
      at = hash + 3;
    }
    this.#pending = all.slice(at);
    return packets;
  }
}
