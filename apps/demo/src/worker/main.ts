// The worker: one machine, called from the page.
import { expose } from 'comlink';
import type { BackendName, MachineWorker } from '../protocol/machine-worker.ts';
import type { RestoredState, StateFile, StateNotes, StoredState } from '../protocol/saved-states.ts';
import { viewCode } from './inspect/code-view.ts';
import { viewProcessor } from './inspect/processor-view.ts';
import { summarizeRegions, viewRegion } from './inspect/region-view.ts';
import { Session } from './session.ts';
import { DiskStorage } from './disks/disk-storage.ts';
import { StateStorage } from './state-storage.ts';

const disks = new DiskStorage();
const session = new Session(disks);
const storage = new StateStorage();

/** A name for a state: the guest, and when. */
function stateName({ guest }: StateNotes, now: Date): string {
  const local = new Date(now.getTime() - now.getTimezoneOffset() * 60_000).toISOString();
  return `${guest} ${local.slice(0, 10)} ${local.slice(11, 19).replaceAll(':', '.')}.ringzero`;
}

async function saveState(notes: StateNotes): Promise<StoredState> {
  const name = stateName(notes, new Date());
  await session.saveState(notes, (pieces, onBytes) => storage.write(name, pieces, onBytes));
  const { lastModified, size } = await storage.file(name);
  return { name, bytes: size, date: lastModified };
}

function exportState(notes: StateNotes): Promise<Blob> {
  return session.saveState(notes, async (pieces, onBytes) => {
    const parts: Uint8Array<ArrayBuffer>[] = [];
    let bytes = 0;
    for await (const piece of pieces) {
      parts.push(piece as Uint8Array<ArrayBuffer>);
      onBytes((bytes += piece.length));
    }
    return new File(parts, stateName(notes, new Date()));
  });
}

async function restoreState(file: StateFile, backend: BackendName): Promise<RestoredState> {
  return session.restoreState(file.name, file.kind === 'file' ? file.blob : await storage.file(file.name), backend);
}

const worker: MachineWorker = {
  listen: (listener) => session.listen(listener),
  start: (request) => session.start(request),
  pause: () => session.pause(),
  resume: () => session.resume(),
  step: () => session.step(),
  reset: (boot) => session.reset(boot),
  saveState,
  exportState,
  restoreState,
  storedStates: () => storage.list(),
  storedState: (name) => storage.file(name),
  deleteState: (name) => storage.remove(name),
  keepDisk: (name, image, onCopied) => disks.keep(name, image, onCopied),
  cancelCopy: () => disks.cancelCopy(),
  createDisk: (name, byteLength) => disks.create(name, byteLength),
  keptDisks: () => disks.list(),
  keptDisk: (name) => disks.file(name),
  deleteDisk: (name) => disks.remove(name),
  powerOff: () => session.powerOff(),
  switchBackend: (backend) => session.switchBackend(backend),
  sendSerial: (bytes) => session.sendSerial(bytes),
  sendScancodes: (codes) => session.sendScancodes(codes),
  sendMouse: (report) => session.sendMouse(report),
  attachScreen: (canvas) => session.screen.attach(canvas),
  showScreen: (isShown) => session.screen.show(isShown),
  screenText: async () => session.screen.text(),
  inspect: (path, depth) => session.whileStopped((machine) => machine.inspect(path, depth)),
  processor: (index) => session.whileStopped((machine) => viewProcessor(machine, index)),
  code: (index) => session.whileStopped((machine) => viewCode(machine, index)),
  watchRegions: (isWatching) => session.watchRegions(isWatching),
  regions: async () => summarizeRegions(session.regions),
  region: async (script) => viewRegion(session.regions, script),
};

expose(worker);
