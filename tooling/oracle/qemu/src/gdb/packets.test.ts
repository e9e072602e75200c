import { describe, expect, it } from 'vitest';
import { checksum, decodeBody, encodePacket, PacketReader } from './packets.ts';

const bytes = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0));
const text = (data: Uint8Array): string => String.fromCharCode(...data);

describe('packets of the GDB remote protocol', () => {
  it('are framed with a checksum', () => {
    expect(text(encodePacket(bytes('OK')))).toBe('$OK#9a');
    expect(text(encodePacket(bytes('')))).toBe('$#00');
    expect(checksum(Uint8Array.of(0xff, 2))).toBe(1);
  });

  it('escape what would be read as framing', () => {
    expect(text(encodePacket(bytes('a$b#c}d*')))).toBe(`$a}\x04b}\x03c}]d}\n#${checksum(bytes('a}\x04b}\x03c}]d}\n')).toString(16)}`);
    expect(text(decodeBody(bytes('a}\x04b}\x03c}]d}\n')))).toBe('a$b#c}d*');
  });

  it('write runs out', () => {
    expect(text(decodeBody(bytes('0* 1*!')))).toBe('000011111');
    expect(() => decodeBody(bytes('* '))).toThrow('a run');
  });

  it('are found however the stream is cut', () => {
    const stream = bytes('+$T05thread:01;#07+$OK#9a');
    for (let cut = 0; cut <= stream.length; cut++) {
      const reader = new PacketReader();
      const packets = [...reader.push(stream.subarray(0, cut)), ...reader.push(stream.subarray(cut))];
      expect(packets.map(({ data }) => text(data))).toEqual(['T05thread:01;', 'OK']);
    }
  });

  it('are marked when the checksum is wrong', () => {
    expect(new PacketReader().push(bytes('$OK#9b'))).toEqual([{ data: new Uint8Array(0), isIntact: false }]);
  });
});
