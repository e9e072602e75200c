// The worker: one machine, called from the page.
import { expose } from 'comlink';
import type { MachineWorker } from '../protocol/machine-worker.ts';
import { viewCode } from './inspect/code-view.ts';
import { viewProcessor } from './inspect/processor-view.ts';
import { summarizeRegions, viewRegion } from './inspect/region-view.ts';
import { Session } from './session.ts';

const session = new Session();

const worker: MachineWorker = {
  listen: (listener) => session.listen(listener),
  start: (request) => session.start(request),
  pause: () => session.pause(),
  resume: () => session.resume(),
  step: () => session.step(),
  reset: () => session.reset(),
  powerOff: () => session.powerOff(),
  switchBackend: (backend) => session.switchBackend(backend),
  sendSerial: (bytes) => session.sendSerial(bytes),
  sendScancodes: (codes) => session.sendScancodes(codes),
  inspect: (path, depth) => session.whileStopped((machine) => machine.inspect(path, depth)),
  processor: (index) => session.whileStopped((machine) => viewProcessor(machine, index)),
  code: (index) => session.whileStopped((machine) => viewCode(machine, index)),
  watchRegions: (isWatching) => session.watchRegions(isWatching),
  regions: async () => summarizeRegions(session.regions),
  region: async (script) => viewRegion(session.regions, script),
};

expose(worker);
