/** Counts lines of V8's --trace-deopt. */
export interface DeoptCounter {
  /** Takes output as it comes, at `time` in seconds. */
  read(text: string, time: number): void;
  /** All, and those of each second of the second half of the time, when code ought to be warm. */
  result(end: number): { readonly total: number; readonly perSecond: number };
}

/** @param start the time of the start, in seconds. */
export function createDeoptCounter(start: number): DeoptCounter {
  const times: number[] = [];
  let rest = '';
  return {
    read(text, time) {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) if (line.startsWith('[bailout')) times.push(time);
    },
    result(end) {
      const half = (end - start) / 2;
      const late = times.filter((time) => time > start + half).length;
      return { total: times.length, perSecond: half > 0 ? late / half : 0 };
    },
  };
}
