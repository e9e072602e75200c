/** What is needed of a `Response`. */
export interface ResponseLike {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  /** The whole body. */
  arrayBuffer(): Promise<ArrayBuffer>;
  readonly body?: { cancel(): Promise<void> } | null;
}

/** What is needed of `fetch`. */
export type FetchLike = (url: string, init: { readonly method: string; readonly headers: Readonly<Record<string, string>>; readonly cache?: 'no-store' }) => Promise<ResponseLike>;

/** The host's own `fetch`; undefined where it has none. */
export function globalFetch(): FetchLike | undefined {
  const { fetch } = globalThis as { fetch?: FetchLike };
  // Called as a function of the global object, as browsers demand.
  return fetch === undefined ? undefined : (url, init) => fetch(url, init);
}

/** Waits for so many milliseconds. */
export type Sleep = (milliseconds: number) => Promise<void>;

/** By the host's timer. */
export function globalSleep(milliseconds: number): Promise<void> {
  const { setTimeout } = globalThis as unknown as { setTimeout(callback: () => void, milliseconds: number): unknown };
  return new Promise((resolve) => void setTimeout(resolve, milliseconds));
}
