// Runs a guest in a process that V8 traces: the request comes, and the result goes, by message.
import { createJitHypervisor, type DropReason, type RegionReport } from '@ringzero/backend-jit';
import { Machine } from '@ringzero/machine';
import { inspectLeaf } from '@ringzero/processor';
import { sharesBy, startProfiler } from '@ringzero/v8-instruments';
import { contains, type GuestMessage, type GuestRequest, type GuestResult, type RegionResult } from './guest-run.ts';

interface Seen {
  region: RegionReport;
  timesCompiled: number;
  isLive: boolean;
  readonly drops: Partial<Record<DropReason, number>>;
}

async function run({ address, memoryBytes, options, seconds, settle, source, top }: GuestRequest): Promise<GuestResult> {
  const seen = new Map<string, Seen>();
  let end = '';
  let timer: NodeJS.Timeout | undefined;
  const endAfter = (time: number, why: string): void => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      end = why;
      machine.stop();
    }, time * 1000);
  };
  const hypervisor = createJitHypervisor(options, {
    compiled(region) {
      const known = seen.get(region.script);
      seen.set(region.script, { region, timesCompiled: (known?.timesCompiled ?? 0) + 1, isLive: true, drops: known?.drops ?? {} });
      if (address !== undefined && known === undefined && contains(region, address)) endAfter(settle, 'settled');
    },
    dropped(script, reason) {
      const known = seen.get(script);
      if (known === undefined) return;
      known.isLive = false;
      known.drops[reason] = (known.drops[reason] ?? 0) + 1;
    },
  });
  let output = '';
  const machine: Machine = new Machine({ memoryBytes, clock: 'real', onReset: 'exit', haltExit: true }, hypervisor, { onSerial: (byte) => (output = (output + String.fromCharCode(byte)).slice(-2000)) });
  machine.load(source);
  endAfter(seconds, `the limit of ${seconds} s`);
  const profiler = await startProfiler();
  const start = performance.now();
  const exit = await machine.run();
  const took = (performance.now() - start) / 1000;
  const shares = sharesBy(await profiler.stop(), (_, url) => url);
  clearTimeout(timer);
  if (exit.kind === 'failed') throw exit.error;

  const results: RegionResult[] = [...seen.values()].map((each) => ({ ...each, share: shares[each.region.script] ?? 0 })).sort((a, b) => b.share - a.share);
  const wanted = address === undefined ? [] : results.filter(({ region }) => contains(region, address));
  return {
    regions: [...wanted, ...results.filter((each) => !wanted.includes(each)).slice(0, top)],
    regionCount: results.length,
    heads: results.map(({ region }) => region.ip >>> 0),
    end: end === '' ? exit.kind : end,
    seconds: took,
    instructions: Number(inspectLeaf(machine.inspectNode(), 'partition/vps/0/counters/instructionsRetired')),
    output,
  };
}

process.once('message', (request: GuestRequest) => {
  const send = (message: GuestMessage): void => void process.send?.(message, () => process.exit(0));
  run(request).then(
    (result) => send({ result }),
    (error: unknown) => send({ failure: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
  );
});
