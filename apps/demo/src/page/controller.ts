import { proxy, transfer, wrap, type Remote } from 'comlink';
import { embeddedGuests, keptDiskEntry, servedCatalogue, type Firmware } from '../guests/catalogue.ts';
import { FILE_GUEST, planFiles } from '../guests/plan-files.ts';
import { formatMemorySize } from '../options/memory-size.ts';
import { machineConfigOf, OPTION_NAMES, optionNamed, OPTIONS, type OptionName, type Options } from '../options/options.ts';
import { formatOptions } from '../options/url.ts';
import type { BackendName, MachineEvent, MachinePhase, MachineWorker } from '../protocol/machine-worker.ts';
import type { MouseReport } from '../protocol/screen.ts';
import type { RestoredState, StateFile, StateNotes } from '../protocol/saved-states.ts';
import { DiskActions } from './disk-actions.ts';
import { download } from './download.ts';
import { SerialChannel } from './serial-channel.ts';
import type { Store } from './store.ts';

const encoder = new TextEncoder();
/** The terminal's reset: what was there belongs to another machine. */
const CLEAR = '\x1bc';

/** Samples kept: two minutes. */
const MOST_SAMPLES = 480;

function describePhase(phase: MachinePhase): string {
  switch (phase.kind) {
    case 'off':
      return 'The machine is off.';
    case 'loading':
      return 'Loading the guest.';
    case 'running':
      return 'The machine is running.';
    case 'paused':
      return 'The machine is paused.';
    case 'ended':
      return phase.reason;
  }
}

/** What the user does, done: calls the worker, and keeps the store. */
export class Controller {
  readonly store: Store;
  readonly worker: Remote<MachineWorker>;
  readonly serial: SerialChannel = new SerialChannel();
  readonly disks: DiskActions = new DiskActions(this);
  #noticeCount = 0;
  #firmware: Firmware | undefined;

  constructor(store: Store, worker: Worker) {
    this.store = store;
    this.worker = wrap<MachineWorker>(worker);
    worker.addEventListener('error', (event) => this.notify(`The machine's worker failed: ${event.message || 'it could not be loaded'}. Reload the page.`, true));
    store.guests.value = embeddedGuests();
    void this.worker.listen(proxy((event) => this.#take(event)));
  }

  #take(event: MachineEvent): void | Promise<void> {
    const { store } = this;
    switch (event.kind) {
      case 'serial':
        return this.serial.write(event.bytes);
      case 'phase':
        store.phase.value = event.phase;
        store.announcement.value = describePhase(event.phase);
        if (event.phase.kind === 'ended' && event.phase.isFailure) this.notify(event.phase.reason, true);
        return;
      case 'backend':
        store.backend.value = event.backend;
        store.hasDynamicCode.value = event.hasDynamicCode;
        return;
      case 'sample':
        store.samples.value = [...store.samples.value.slice(1 - MOST_SAMPLES), event.sample];
        return;
      case 'progress':
        store.progress.value = event.progress.isDone ? undefined : event.progress;
        return;
      case 'screen':
        store.screen.value = event.mode;
        return;
      case 'notice':
        this.notify(event.text, false);
    }
  }

  /** Does something that may fail: then it is told. */
  async attempt(action: () => Promise<unknown>): Promise<boolean> {
    try {
      await action();
      return true;
    } catch (error) {
      this.notify(error instanceof Error ? error.message : String(error), true);
      return false;
    }
  }

  /** Adds the guests beside the page, then starts what the URL asks for. */
  async open(): Promise<void> {
    const served = await servedCatalogue();
    this.#firmware = served.firmware;
    this.store.guests.value = [...embeddedGuests(), ...served.guests, keptDiskEntry(served.firmware)].sort((a, b) => Number(a.group === 'Benchmarks') - Number(b.group === 'Benchmarks'));
    await Promise.all([this.start(), this.refreshStates(), this.disks.refresh()]);
  }

  setOption<K extends keyof Options>(name: K, value: Options[K]): void {
    this.store.options.value = { ...this.store.options.value, [name]: value };
    history.replaceState(null, '', `${formatOptions(this.store.options.value, location.search) || location.pathname}${location.hash}`);
  }

  /** Switches the machine on, with the guest and the options chosen. */
  async start(): Promise<void> {
    const { store } = this;
    const options = store.options.value;
    const entry = store.guests.value.find(({ name }) => name === options.guest);
    if (entry === undefined) {
      const advice = options.guest === FILE_GUEST ? 'drop the file on the page once more' : options.guest === 'debian' ? 'run `npx -y pnpm@10.34.8 demo:guests`, which prepares it, and reload' : `choose one of ${store.guests.value.slice(0, 6).map(({ name }) => name).join(', ')}, …`;
      this.notify(`The guest "${options.guest}" is not here: ${advice}.`, true);
      return;
    }
    await this.attempt(async () => {
      const boot = entry.boot(options);
      const disk = options.disk === '' ? undefined : { name: options.disk, bus: options.bus };
      store.samples.value = [];
      store.bootedGuest.value = entry.name;
      if (boot.kind === 'disks') store.stageTab.value = 'screen';
      await this.serial.write(encoder.encode(CLEAR));
      await this.worker.start({ config: machineConfigOf(options), backend: options.backend, boot, disk });
    });
  }

  async switchBackend(backend: BackendName): Promise<void> {
    this.setOption('backend', backend);
    const { kind } = this.store.phase.value;
    if (kind !== 'running' && kind !== 'paused') return;
    if (await this.attempt(() => this.worker.switchBackend(backend))) {
      this.store.announcement.value = `The guest goes on, executed by the ${OPTIONS.backend.choices?.find(({ value }) => value === backend)?.label ?? backend}.`;
    }
  }

  async pauseOrResume(): Promise<void> {
    await this.attempt(() => (this.store.phase.value.kind === 'paused' ? this.worker.resume() : this.worker.pause()));
  }

  async step(): Promise<void> {
    await this.attempt(() => this.worker.step());
  }

  async reset(): Promise<void> {
    const { bootedGuest, guests, options } = this.store;
    const entry = guests.value.find(({ name }) => name === bootedGuest.value);
    await this.attempt(() => this.worker.reset(entry?.boot(options.value)));
  }

  /** What a state notes of the page. */
  #notes(): StateNotes {
    const { append, scale } = this.store.options.value;
    return { guest: this.store.bootedGuest.value ?? 'machine', scale: String(scale), append };
  }

  async saveState(): Promise<void> {
    await this.attempt(async () => {
      const { name } = await this.worker.saveState(this.#notes());
      this.store.announcement.value = `Saved as ${name}.`;
    });
    await this.refreshStates();
  }

  /** Saves into a file that the browser downloads. */
  async exportState(): Promise<void> {
    await this.attempt(async () => download(await this.worker.exportState(this.#notes())));
  }

  async downloadState(name: string): Promise<void> {
    await this.attempt(async () => download(await this.worker.storedState(name)));
  }

  async deleteState(name: string): Promise<void> {
    await this.attempt(() => this.worker.deleteState(name));
    await this.refreshStates();
  }

  async refreshStates(): Promise<void> {
    this.store.states.value = await this.worker.storedStates();
  }

  async restoreState(file: StateFile): Promise<void> {
    const { store } = this;
    await this.attempt(async () => {
      const restored = await this.worker.restoreState(file, store.options.value.backend);
      store.samples.value = [];
      await this.serial.write(encoder.encode(CLEAR));
      this.#adopt(restored);
      if (restored.warning === undefined) store.announcement.value = `The machine goes on from ${file.name}.`;
      else this.notify(restored.warning, true);
    });
  }

  /** The form and the address say what was restored. */
  #adopt({ config, disk, notes }: RestoredState): void {
    const texts: Partial<Record<OptionName, unknown>> = { ...notes, disk: disk?.name ?? '', ...(disk && { bus: disk.bus }), memory: formatMemorySize(config.memoryBytes), cpu: config.cpu, processors: config.processors ?? 1, clock: config.clock };
    for (const name of OPTION_NAMES) {
      if (texts[name] === undefined) continue;
      try {
        this.setOption(name, optionNamed(name).parse(String(texts[name])) as never);
      } catch {
        // A state from elsewhere may have been made by other means: the field stays as it is.
      }
    }
    this.store.bootedGuest.value = typeof notes['guest'] === 'string' ? notes['guest'].slice(0, 64) : 'saved state';
  }

  /** Files of the user: a saved state is restored, anything else is booted. */
  async openFiles(files: readonly File[]): Promise<void> {
    await this.attempt(async () => {
      const plan = await planFiles(files, this.#firmware);
      if (plan.kind === 'state') return this.restoreState({ kind: 'file', name: plan.file.name, blob: plan.file });
      const { droppedDisks, guests } = this.store;
      droppedDisks.value = plan.disks;
      guests.value = [...guests.value.filter(({ name }) => name !== plan.entry.name), plan.entry];
      this.setOption('guest', plan.entry.name);
      return this.start();
    });
  }

  /** The power button. */
  async power(): Promise<void> {
    const { kind } = this.store.phase.value;
    if (kind === 'off' || kind === 'ended') await this.start();
    else await this.attempt(() => this.worker.powerOff());
  }

  attachScreen(canvas: OffscreenCanvas): void {
    void this.worker.attachScreen(transfer(canvas, [canvas]));
  }

  showScreen(isShown: boolean): void {
    void this.worker.showScreen(isShown);
  }

  sendScancodes(codes: readonly number[]): void {
    void this.worker.sendScancodes(codes);
  }

  sendMouse(report: MouseReport): void {
    void this.worker.sendMouse(report);
  }

  type(bytes: Uint8Array): void {
    void this.worker.sendSerial(transfer(bytes, [bytes.buffer]));
  }

  notify(text: string, isError: boolean): void {
    const { notices } = this.store;
    if (notices.value.some((notice) => notice.text === text)) return;
    notices.value = [...notices.value.slice(-3), { id: ++this.#noticeCount, text, isError }];
  }

  dismiss(id: number): void {
    this.store.notices.value = this.store.notices.value.filter((notice) => notice.id !== id);
  }
}
