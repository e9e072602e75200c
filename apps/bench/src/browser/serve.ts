import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';

/** A server of the page and what it loads, on this host alone. */
export interface PageServer {
  readonly url: string;
  close(): void;
}

// Isolated from other origins, a page has a clock of 5 µs.
const HEADERS = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp', 'Cache-Control': 'no-store' };

function v86(file: string): string {
  return createRequire(import.meta.url).resolve(`v86/build/${file}`);
}

/** Serves a page that runs the script. */
export async function servePage(script: string): Promise<PageServer> {
  const files: Readonly<Record<string, readonly [type: string, content: string | Buffer]>> = {
    '/': ['text/html', '<!doctype html><meta charset="utf-8"><title>Ringzero</title><link rel="icon" href="data:,"><script type="importmap">{"imports":{"v86":"/v86.mjs"}}</script><script type="module" src="/page.mjs"></script>'],
    '/page.mjs': ['text/javascript', await readFile(script)],
    '/v86.mjs': ['text/javascript', await readFile(v86('libv86.mjs'))],
    '/v86.wasm': ['application/wasm', await readFile(v86('v86.wasm'))],
  };
  const server = createServer(({ url = '' }, response) => {
    const file = files[url];
    response.writeHead(file === undefined ? 404 : 200, { 'Content-Type': file?.[0] ?? 'text/plain', ...HEADERS }).end(file?.[1]);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, close: () => void server.close() };
}
