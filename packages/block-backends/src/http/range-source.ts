import { BlockError, reasonOf } from '../errors.ts';
import type { FetchLike, ResponseLike, Sleep } from './fetch-like.ts';

export interface RangeSourceOptions {
  readonly fetch: FetchLike;
  readonly sleep: Sleep;
  /** How often a request is made at most. */
  readonly attempts: number;
  /** Milliseconds before the second attempt; each further one waits twice as long. */
  readonly backOff: number;
}

/** What tells one version of a resource from another. */
interface Version {
  readonly etag: string | null;
  readonly lastModified: string | null;
}

const PARTIAL = 206;
const WORTH_RETRYING = [408, 425, 429, 500, 502, 503, 504];

/** An attempt that failed, but another might not. */
class PassingFailure extends Error {}

function versionOf({ headers }: ResponseLike): Version {
  return { etag: headers.get('etag'), lastModified: headers.get('last-modified') };
}

/** The parts of `bytes FIRST-LAST/LENGTH`; undefined where the header is absent, hidden from the page, or something else. */
function contentRange(response: ResponseLike): { readonly first: number; readonly last: number; readonly length: number | undefined } | undefined {
  const match = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(response.headers.get('content-range') ?? '');
  if (match === null) return undefined;
  return { first: Number(match[1]), last: Number(match[2]), length: match[3] === '*' ? undefined : Number(match[3]) };
}

/** A resource that a server gives in ranges (RFC 9110 §14), checked to stay what it was when it was opened. */
export class RangeSource {
  readonly url: string;
  readonly byteLength: number;
  /** Names this version of the resource; undefined where the server gives nothing that could. */
  readonly version: string | undefined;
  readonly #version: Version;
  readonly #options: RangeSourceOptions;

  private constructor(url: string, byteLength: number, version: Version, options: RangeSourceOptions) {
    this.url = url;
    this.byteLength = byteLength;
    this.#version = version;
    this.#options = options;
    const mark = version.etag ?? version.lastModified;
    this.version = mark === null ? undefined : `${mark} ${byteLength}`;
  }

  /**
   * Asks for the size and for the first byte, as a range.
   * @throws BlockError `block-http`.
   */
  static async open(url: string, options: RangeSourceOptions): Promise<RangeSource> {
    const head = await attempt(url, options, () => options.fetch(url, { method: 'HEAD', headers: {}, cache: 'no-store' }));
    // Some servers refuse HEAD: the range below then says how long it all is.
    const isHeadFine = head.status === 200 && (head.headers.get('content-encoding') ?? 'identity') === 'identity';
    if (head.status === 404 || head.status === 410) throw new BlockError('block-http', `${url}: there is no such resource (status ${head.status})`);
    const announced = isHeadFine ? parseLength(head.headers.get('content-length')) : undefined;
    if (announced === 0) throw new BlockError('block-http', `${url}: 0 bytes: expected a disk`);
    const first = await attempt(url, options, () => options.fetch(url, { method: 'GET', headers: { Range: 'bytes=0-0' }, cache: 'no-store' }));
    if (first.status !== PARTIAL) {
      await first.body?.cancel();
      const what = first.status === 200 ? 'the server does not support range requests (it sent everything, status 200)' : `the server refuses range requests (status ${first.status})`;
      throw new BlockError('block-http', `${url}: ${what}; expected status 206`);
    }
    await first.arrayBuffer();
    const range = contentRange(first);
    const byteLength = range?.length ?? announced;
    if (byteLength === undefined) throw new BlockError('block-http', `${url}: the server does not say how long it is; expected Content-Length, or Content-Range with a length`);
    if (announced !== undefined && announced !== byteLength) throw new BlockError('block-http', `${url}: ${announced} bytes by Content-Length, ${byteLength} by Content-Range`);
    return new RangeSource(url, byteLength, versionOf(first), options);
  }

  /**
   * The bytes from `start` to `end`, which lie within the resource.
   * @throws BlockError `block-http`, `block-changed`.
   */
  async read(start: number, end: number): Promise<Uint8Array> {
    const what = `bytes ${start}-${end - 1}`;
    return await attempt(this.url, this.#options, async () => {
      const response = await this.#options.fetch(this.url, { method: 'GET', headers: { Range: `bytes=${start}-${end - 1}` }, cache: 'no-store' });
      if (WORTH_RETRYING.includes(response.status)) return response;
      this.#check(response, what, start, end);
      const bytes = new Uint8Array(await response.arrayBuffer());
      if (bytes.length !== end - start) throw new PassingFailure(`${bytes.length} of ${end - start} bytes came`);
      return { status: PARTIAL, bytes };
    }).then((result) => {
      if ('bytes' in result) return result.bytes;
      throw new BlockError('block-http', `${this.url}: ${what}: status ${result.status}, expected 206`);
    });
  }

  #check(response: ResponseLike, what: string, start: number, end: number): void {
    const fail = (code: string, message: string): never => {
      response.body?.cancel().catch(() => undefined);
      throw new BlockError(code, `${this.url}: ${message}`);
    };
    const now = versionOf(response);
    for (const key of ['etag', 'lastModified'] as const) {
      const then = this.#version[key];
      if (then !== null && now[key] !== null && now[key] !== then) fail('block-changed', `it changed on the server (${key} was ${then}, is ${now[key]}); open it again`);
    }
    if (response.status === 416 || response.status === 200) fail('block-changed', `${what}: status ${response.status}, expected 206: it is no longer what it was`);
    if (response.status !== PARTIAL) fail('block-http', `${what}: status ${response.status}, expected 206`);
    const range = contentRange(response);
    if (range === undefined) return;
    if (range.length !== undefined && range.length !== this.byteLength) fail('block-changed', `it changed on the server (it was ${this.byteLength} bytes, is ${range.length}); open it again`);
    if (range.first !== start || range.last !== end - 1) fail('block-http', `${what} were asked for, ${range.first}-${range.last} came`);
  }
}

function parseLength(text: string | null): number | undefined {
  return text !== null && /^\d+$/.test(text) ? Number(text) : undefined;
}

/** Makes a request again, after longer and longer waits, while there is hope. */
async function attempt<R extends { readonly status: number }>(url: string, { attempts, backOff, sleep }: RangeSourceOptions, request: () => Promise<R>): Promise<R> {
  for (let number = 1; ; number++) {
    let problem: unknown;
    try {
      const response = await request();
      if (!WORTH_RETRYING.includes(response.status)) return response;
      problem = `status ${response.status}`;
    } catch (error) {
      if (BlockError.isInstance(error)) throw error;
      problem = error;
    }
    if (number >= attempts) throw new BlockError('block-http', `${url}: no answer after ${number} attempts: ${reasonOf(problem)}`, problem instanceof Error ? { cause: problem } : {});
    await sleep(backOff * 2 ** (number - 1));
  }
}
