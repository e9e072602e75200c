import { describe, expect, it } from 'vitest';
import { PortSpace } from '../bus/port-space.ts';
import { FW_CFG_NB_CPUS, FW_CFG_RAM_SIZE, FW_CFG_SIGNATURE, FwCfg } from './fw-cfg.ts';

const BASE = 0x510;

function attached(): { readonly device: FwCfg; read(selector: number, bytes: number): number[] } {
  const ports = new PortSpace();
  const device = new FwCfg({ ramBytes: 0x1234_5000, processors: 3, items: new Map([[0x8001, Uint8Array.of(9, 8)]]) });
  device.attach(ports);
  return {
    device,
    read(selector, bytes) {
      ports.write(BASE, 2, selector);
      return Array.from({ length: bytes }, () => ports.read(BASE + 1, 1) as number);
    },
  };
}

describe('fw_cfg', () => {
  it('gives each item from its start, and zeroes behind it', () => {
    const { read } = attached();
    expect(String.fromCharCode(...read(FW_CFG_SIGNATURE, 4))).toBe('QEMU');
    expect(read(FW_CFG_NB_CPUS, 4)).toEqual([3, 0, 0, 0]);
    expect(read(FW_CFG_RAM_SIZE, 8)).toEqual([0x00, 0x50, 0x34, 0x12, 0, 0, 0, 0]);
    expect(read(0x8001, 3)).toEqual([9, 8, 0]);
    expect(read(0x7777 & ~0x4000, 2)).toEqual([0, 0]);
  });

  it('goes on in the middle of an item after a restore', () => {
    const first = attached();
    expect(first.read(FW_CFG_SIGNATURE, 2)).toEqual([0x51, 0x45]);
    const second = attached();
    second.device.restore(first.device.save());
    const ports = new PortSpace();
    second.device.attach(ports);
    expect(ports.read(BASE + 1, 1)).toBe(0x4d);
  });
});
