import { useEffect, useState } from 'preact/hooks';
import { useController } from '../../page/context.ts';

const INTERVAL_MS = 500;

/** What `read` gives, again and again while the machine runs and the page is seen; undefined while there is no machine. */
export function usePolled<T>(read: () => Promise<T>): T | undefined {
  const { phase, samples } = useController().store;
  const [value, setValue] = useState<T>();
  const { kind } = phase.value;
  const isThere = kind !== 'off' && kind !== 'loading';
  // A step changes the state without a change of phase: its sample shows.
  const instructions = kind === 'paused' ? samples.value.at(-1)?.instructions : undefined;
  useEffect(() => {
    if (!isThere) {
      setValue(undefined);
      return undefined;
    }
    let isCurrent = true;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const poll = async (): Promise<void> => {
      // The machine may be switched off meanwhile: then there is nothing to show.
      const next = document.hidden ? undefined : await read().catch(() => undefined);
      if (!isCurrent) return;
      if (next !== undefined) setValue(() => next);
      if (kind === 'running') timer = setTimeout(() => void poll(), INTERVAL_MS);
    };
    void poll();
    return () => {
      isCurrent = false;
      clearTimeout(timer);
    };
  }, [isThere, kind, instructions, read]);
  return value;
}
