/** The parts of the host's event loop that a backend uses. Found at run time, so that no host's types are needed. */
interface HostGlobals {
  setImmediate?: (callback: () => void) => unknown;
  setTimeout?: (callback: () => void, milliseconds: number) => unknown;
  clearTimeout?: (handle: unknown) => void;
  MessageChannel?: new () => {
    readonly port1: { onmessage: (() => void) | null };
    readonly port2: { postMessage(message: unknown): void };
  };
}

/** Longest delay that hosts honour in one timer: 2^31 − 1 milliseconds. */
const LONGEST_DELAY = 0x7fffffff;

/** A wait on the host that can be cut short. */
export interface Sleep {
  /** Settles when the time is over or {@link wake} was called. Never rejects. */
  readonly done: Promise<void>;
  /** Ends the wait now. Idempotent. */
  wake(): void;
}

/**
 * Access to the event loop of the agent (thread or worker) that the code runs in.
 *
 * A software processor occupies its agent while it executes. It must hand the agent back in time, and must sleep without
 * spinning while the guest is idle. Each host has other means for that, and contract packages are built without any
 * host's types: backends share this one adaptor instead.
 */
export interface EventLoop {
  /** Lets everything else that is ready run once: timers, input, messages. Costs microseconds, not a timer's delay. */
  turn(): Promise<void>;
  /** Waits this long, for ever when `Infinity`. The wait keeps a Node process alive only while a timer is set. */
  sleep(milliseconds: number): Sleep;
}

/** The event loop of this agent, over whatever the host offers: `setImmediate`, else a message channel, else a timer. */
export function createEventLoop(): EventLoop {
  const host = globalThis as unknown as HostGlobals;
  return { turn: turnOf(host), sleep: (milliseconds) => sleepOn(host, milliseconds) };
}

function turnOf(host: HostGlobals): () => Promise<void> {
  const { setImmediate, MessageChannel, setTimeout } = host;
  if (setImmediate !== undefined) return () => new Promise((resolve) => void setImmediate(resolve));
  if (MessageChannel !== undefined) {
    const { port1, port2 } = new MessageChannel();
    const waiting: (() => void)[] = [];
    port1.onmessage = () => waiting.shift()?.();
    return () =>
      new Promise((resolve) => {
        waiting.push(resolve);
        port2.postMessage(0);
      });
  }
  if (setTimeout !== undefined) return () => new Promise((resolve) => void setTimeout(resolve, 0));
  return () => Promise.resolve();
}

function sleepOn(host: HostGlobals, milliseconds: number): Sleep {
  let wake = (): void => {};
  const done = new Promise<void>((resolve) => {
    let timer: unknown;
    if (milliseconds < Infinity && host.setTimeout !== undefined) {
      timer = host.setTimeout(resolve, Math.min(Math.max(0, Math.ceil(milliseconds)), LONGEST_DELAY));
    }
    wake = () => {
      if (timer !== undefined) host.clearTimeout?.(timer);
      resolve();
    };
  });
  return { done, wake: () => wake() };
}
