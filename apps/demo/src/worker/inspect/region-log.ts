import type { DropReason, JitObserver, RegionReport } from '@ringzero/backend-jit';

/** Regions kept at most: reports hold every instruction's IR. */
const MOST_REGIONS = 300;

/** A region, as compiled the last time. */
export interface LoggedRegion {
  readonly report: RegionReport;
  readonly timesCompiled: number;
  readonly isLive: boolean;
  /** Times that a look at the processor found it in this region. */
  readonly looks: number;
  readonly addresses: ReadonlySet<number>;
}

/** What the JIT has compiled, while someone watches. A report costs time and memory: nobody else pays for it. */
export class RegionLog {
  readonly #regions = new Map<string, LoggedRegion>();
  readonly #observer: { compiled?: (region: RegionReport) => void; dropped: (script: string, reason: DropReason) => void } = {
    dropped: (script) => {
      const known = this.#regions.get(script);
      if (known !== undefined) this.#regions.set(script, { ...known, isLive: false });
    },
  };
  #looks = 0;

  get observer(): JitObserver {
    return this.#observer;
  }

  get isWatching(): boolean {
    return this.#observer.compiled !== undefined;
  }

  /** Regions that are compiled from now on are kept, or no longer. */
  watch(isWatching: boolean): void {
    if (isWatching) this.#observer.compiled = (region) => this.#keep(region);
    else {
      delete this.#observer.compiled;
      this.clear();
    }
  }

  clear(): void {
    this.#regions.clear();
    this.#looks = 0;
  }

  #keep(report: RegionReport): void {
    const known = this.#regions.get(report.script);
    const addresses = new Set(report.blocks.flatMap(({ instructions }) => instructions.map(({ ip }) => ip >>> 0)));
    this.#regions.delete(report.script);
    this.#regions.set(report.script, { report, addresses, timesCompiled: (known?.timesCompiled ?? 0) + 1, isLive: true, looks: known?.looks ?? 0 });
    if (this.#regions.size > MOST_REGIONS) this.#forgetOne();
  }

  /** The one that was seen least. */
  #forgetOne(): void {
    let least: string | undefined;
    for (const [script, { looks }] of this.#regions) if (least === undefined || looks < this.#regions.get(least)!.looks) least = script;
    if (least !== undefined) this.#regions.delete(least);
  }

  /** The processor was seen at this offset in CS. */
  look(ip: number): void {
    this.#looks++;
    for (const [script, region] of this.#regions) {
      if (region.isLive && region.addresses.has(ip)) this.#regions.set(script, { ...region, looks: region.looks + 1 });
    }
  }

  get looks(): number {
    return this.#looks;
  }

  /** Most seen first. */
  list(): readonly LoggedRegion[] {
    return [...this.#regions.values()].sort((a, b) => b.looks - a.looks || b.report.instructions - a.report.instructions);
  }

  find(script: string): LoggedRegion | undefined {
    return this.#regions.get(script);
  }
}
