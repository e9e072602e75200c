/** The flag of Node with which V8 writes each deoptimization to standard output; and one that names the line as well, with a hundred more. */
export const TRACE_DEOPT = '--trace-deopt' as const;
export const TRACE_DEOPT_LINES = '--trace-deopt-verbose' as const;

/** V8 gave up optimized code, because something was not as it had been before. */
export interface Deopt {
  /** `eager`: at the place; `lazy`: on return to code that had been given up meanwhile. */
  readonly kind: string;
  readonly reason: string;
  readonly functionName: string;
  /** Line in its script, from 1; 0 unless V8 was asked for it. */
  readonly line: number;
}

const BEGIN = /^\[bailout \(kind: (?:deopt-)?([^,)]+), reason: (.*?)\): begin\. deoptimizing \S+ <JSFunction ?(\S*) \(sfi/;
const PLACE = /;;; deoptimize at .*<[^>]*:(\d+):\d+>/;

/** Reads V8's trace as it comes, in pieces. `flag`: the one that it was asked with. Where that names lines, call it at the end with a last newline. */
export function createDeoptReader(flag: typeof TRACE_DEOPT | typeof TRACE_DEOPT_LINES, onDeopt: (deopt: Deopt) => void): (text: string) => void {
  let rest = '';
  let open: Deopt | undefined;
  const close = (line: number): void => {
    if (open !== undefined) onDeopt({ ...open, line });
    open = undefined;
  };
  return (text) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const begin = BEGIN.exec(line);
      const place = PLACE.exec(line)?.[1];
      if (begin !== null) {
        close(0);
        open = { kind: begin[1] ?? '', reason: begin[2] ?? '', functionName: begin[3] ?? '', line: 0 };
        // The plain trace says no more of it.
        if (flag === TRACE_DEOPT) close(0);
      } else if (place !== undefined) close(Number(place));
      else if (!line.startsWith(' ')) close(0);
    }
  };
}

/** Deoptimizations in all, and for each second of the second half of the time, when code ought to be warm. */
export interface DeoptCounts {
  readonly total: number;
  readonly perSecond: number;
}

/** Counts deoptimizations in V8's trace. */
export interface DeoptCounter {
  /** Takes output as it comes, at `time` in seconds. */
  read(text: string, time: number): void;
  result(end: number): DeoptCounts;
}

/** @param start the time of the start, in seconds. */
export function createDeoptCounter(start: number): DeoptCounter {
  const times: number[] = [];
  let now = start;
  const read = createDeoptReader(TRACE_DEOPT, () => times.push(now));
  return {
    read(text, time) {
      now = time;
      read(text);
    },
    result(end) {
      const half = (end - start) / 2;
      const late = times.filter((time) => time > start + half).length;
      return { total: times.length, perSecond: half > 0 ? late / half : 0 };
    },
  };
}
