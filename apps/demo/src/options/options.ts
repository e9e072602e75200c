import { DEFAULT_SCALE } from '@ringzero/guests';
import type { MachineConfig } from '@ringzero/machine';
import { CPU_MODELS, DEFAULT_CPU_MODEL } from '@ringzero/x86';
import { isDiskName, type DiskBus } from '../protocol/kept-disks.ts';
import type { BackendName } from '../protocol/machine-worker.ts';
import { formatMemorySize, parseMemorySize } from './memory-size.ts';
import { choiceOption, integerOption, OptionError, type Option } from './option.ts';

const MEMORY_CHOICES = ['16M', '32M', '64M', '128M', '256M', '512M', '1G'];
const AUTO = 'auto';

/** Memory in bytes; undefined for what the guest is meant to have. */
const memory: Option<number | undefined> = {
  label: 'Memory',
  hint: 'RAM of the machine; automatic is what the guest is meant to have',
  default: undefined,
  choices: [{ value: undefined, label: 'automatic' }, ...MEMORY_CHOICES.map((label) => ({ value: parseMemorySize(label), label: label.replace(/(?=[MG])/, ' ').concat('B') }))],
  parse: (text) => (text === AUTO ? undefined : parseMemorySize(text)),
  format: (value) => (value === undefined ? AUTO : formatMemorySize(value)),
  configure: (value) => (value === undefined ? {} : { memoryBytes: value }),
};

const guest: Option<string> = {
  label: 'Guest',
  hint: 'what the machine boots',
  default: 'monitor',
  parse(text) {
    if (!/^[\w.-]{1,64}$/.test(text)) throw new OptionError('guest', text, 'a name of letters, digits, dots and hyphens');
    return text;
  },
  format: (value) => value,
};

const disk: Option<string> = {
  label: 'Disk',
  hint: 'a disk that this browser keeps, with what the guest writes on it',
  default: '',
  parse(text) {
    if (text !== '' && !isDiskName(text)) throw new OptionError('disk', text.slice(0, 40), 'the name of a kept disk');
    return text;
  },
  format: (value) => value,
};

/** Most characters of a kernel command line here: those that i386 Linux takes. */
const LONGEST_APPEND = 2047;

const append: Option<string> = {
  label: 'Append',
  hint: 'text added to the command line of the guest',
  default: '',
  parse(text) {
    if (text.length > LONGEST_APPEND || /[^\x20-\x7e]/.test(text)) throw new OptionError('append', text.slice(0, 40), `at most ${LONGEST_APPEND} printable ASCII characters`);
    return text;
  },
  format: (value) => value,
};

/**
 * Everything that can be chosen, by the name that it has in the URL. The form, the URL and the machine's configuration all derive
 * from this table.
 */
export const OPTIONS = {
  guest,
  disk,
  bus: choiceOption<DiskBus>('bus', {
    label: 'Disk on',
    hint: 'what the kept disk is attached to; firmware boots from either',
    default: 'ide',
    choices: [{ value: 'ide', label: 'IDE' }, { value: 'virtio', label: 'virtio' }],
  }),
  backend: choiceOption<BackendName>('backend', {
    label: 'Engine',
    hint: 'what executes the guest; can be swapped while it runs',
    default: 'jit',
    choices: [{ value: 'interpreter', label: 'Interpreter' }, { value: 'jit', label: 'JIT' }],
  }),
  memory,
  cpu: choiceOption<string>('cpu', {
    label: 'Processor',
    hint: 'the model that CPUID reports, with its instruction set',
    default: DEFAULT_CPU_MODEL,
    choices: CPU_MODELS.map(({ name }) => ({ value: name, label: name })),
    configure: (cpu) => ({ cpu }),
  }),
  processors: integerOption('processors', 1, 8, {
    label: 'Processors',
    hint: 'virtual processors; guests here use the first',
    default: 1,
    choices: [1, 2, 4, 8].map((value) => ({ value, label: String(value) })),
    configure: (processors) => ({ processors }),
  }),
  clock: choiceOption<MachineConfig['clock']>('clock', {
    label: 'Clock',
    hint: 'real: time of this host; virtual: retired instructions, so that a run repeats to the bit',
    default: 'real',
    choices: [{ value: 'real', label: 'real time' }, { value: 'virtual', label: 'virtual time' }],
    configure: (clock) => ({ clock }),
  }),
  screen: choiceOption<'vga' | 'none'>('screen', {
    label: 'Screen',
    hint: 'a VGA on PCI; the serial console is always there',
    default: 'vga',
    choices: [{ value: 'vga', label: 'VGA' }, { value: 'none', label: 'none' }],
    configure: (screen) => (screen === 'none' ? {} : { devices: [{ type: 'vga' }] }),
  }),
  scale: integerOption('scale', 1, 1_000_000, { label: 'Scale', hint: 'work of a benchmark guest, in units of about ten million instructions', default: DEFAULT_SCALE }),
  append,
} as const;

export type OptionName = keyof typeof OPTIONS;
type ValueOf<O> = O extends Option<infer T> ? T : never;
/** A value for each option. */
export type Options = { readonly [K in OptionName]: ValueOf<(typeof OPTIONS)[K]> };

/** The names, in the order of the form. */
export const OPTION_NAMES = Object.keys(OPTIONS) as readonly OptionName[];

/** Each option's default. */
export const DEFAULT_OPTIONS: Options = Object.fromEntries(OPTION_NAMES.map((name) => [name, OPTIONS[name].default])) as unknown as Options;

/** The table's row, without the type of its value: for code that treats all rows alike. */
export function optionNamed(name: OptionName): Option<unknown> {
  return OPTIONS[name] as unknown as Option<unknown>;
}

/** A machine's configuration, whose memory may be left to the guest. */
export type RequestedConfig = Omit<MachineConfig, 'memoryBytes'> & { readonly memoryBytes?: number };

/** The configuration that the options make up. */
export function machineConfigOf(options: Options): RequestedConfig {
  const parts = OPTION_NAMES.map((name) => optionNamed(name).configure?.(options[name]) ?? {});
  return Object.assign({ clock: options.clock }, ...parts) as RequestedConfig;
}
