import { describe, expect, it } from 'vitest';
import { DEFAULT_OPTIONS, machineConfigOf, OPTION_NAMES, optionNamed } from './options.ts';
import { formatOptions, parseOptions } from './url.ts';

describe('options', () => {
  it('survive the way through the URL', () => {
    const query = '?guest=debian&disk=my+disk.img&bus=virtio&backend=interpreter&memory=128M&cpu=core2&processors=2&clock=virtual&screen=none&scale=3&append=quiet+splash';
    const { options, problems } = parseOptions(query);
    expect(problems).toEqual([]);
    expect(options).toEqual({ guest: 'debian', disk: 'my disk.img', bus: 'virtio', backend: 'interpreter', memory: 128 << 20, cpu: 'core2', processors: 2, clock: 'virtual', screen: 'none', scale: 3, append: 'quiet splash' });
    expect(formatOptions(options)).toBe(query);
  });

  it('leaves defaults out of the URL, and what is not ours in it', () => {
    expect(formatOptions(DEFAULT_OPTIONS)).toBe('');
    expect(formatOptions({ ...DEFAULT_OPTIONS, cpu: '486' }, '?theme=dark&cpu=max')).toBe('?theme=dark&cpu=486');
  });

  it('keeps the default of what cannot be, and says what was expected', () => {
    const { options, problems } = parseOptions('?disk=a%2Fb&bus=scsi&memory=7Q&cpu=z80&processors=9&clock=sun&backend=llvm&scale=0&screen=crt&guest=..%2Fx&append=%C3%A9');
    expect(options).toEqual(DEFAULT_OPTIONS);
    expect(problems).toHaveLength(OPTION_NAMES.length);
    expect(problems).toContain('memory "7Q": expected a size such as 64M, from 1M to 1G');
    expect(problems).toContain('processors "9": expected a whole number from 1 to 8');
    expect(problems).toContain('clock "sun": expected real, virtual');
  });

  it('has a default among the choices of each, and reads what it writes', () => {
    for (const name of OPTION_NAMES) {
      const option = optionNamed(name);
      if (option.choices !== undefined) expect(option.choices.map(({ value }) => value), name).toContain(option.default);
      for (const { value } of option.choices ?? []) expect(option.parse(option.format(value)), name).toEqual(value);
    }
  });

  it('becomes the configuration of a machine', () => {
    expect(machineConfigOf(DEFAULT_OPTIONS)).toEqual({ clock: 'real', cpu: 'nehalem', processors: 1, devices: [{ type: 'vga' }] });
    expect(machineConfigOf({ ...DEFAULT_OPTIONS, memory: 32 << 20, clock: 'virtual' })).toMatchObject({ memoryBytes: 32 << 20, clock: 'virtual' });
  });
});
