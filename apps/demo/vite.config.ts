import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { inlineConstantsForVite } from '@ringzero/bundling';
import { defaultClientConditions, defineConfig, type Plugin } from 'vite';

/**
 * What the built page may do. The worker has a policy of its own, the one that its file is served with: only there, `script-src
 * 'unsafe-eval'` lets the JIT make functions. xterm.js and uPlot set styles.
 */
const PAGE_POLICY = [
  "default-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "connect-src 'self' blob:",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

/** Puts the policy into the built page. Vite's own development client would not run under it. */
function contentSecurityPolicy(): Plugin {
  return {
    name: 'content-security-policy',
    apply: 'build',
    transformIndexHtml: () => [{ tag: 'meta', attrs: { 'http-equiv': 'Content-Security-Policy', content: PAGE_POLICY }, injectTo: 'head-prepend' }],
  };
}

const MANIFEST = 'guests/manifest.json';

/** A page without prepared guests has a list of none: what is not there would be an error in the console of everyone. */
function emptyManifest(): Plugin {
  return {
    name: 'empty-manifest',
    apply: 'build',
    generateBundle() {
      if (existsSync(fileURLToPath(new URL(`public/${MANIFEST}`, import.meta.url)))) return;
      this.emitFile({ type: 'asset', fileName: MANIFEST, source: JSON.stringify({ guests: [] }) });
    },
  };
}

// Isolated from other origins, a page has a clock of 5 µs instead of 100.
const headers = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' };

export default defineConfig({
  // Works from any path.
  base: './',
  // What is not there is an error, not this page once more.
  appType: 'mpa',
  resolve: { conditions: ['@ringzero/source', ...defaultClientConditions] },
  plugins: [inlineConstantsForVite(), contentSecurityPolicy(), emptyManifest()],
  worker: { format: 'es', plugins: () => [inlineConstantsForVite()] },
  build: { target: 'es2022', chunkSizeWarningLimit: 2000 },
  server: { host: '127.0.0.1', port: 5173, headers },
  preview: { host: '127.0.0.1', port: 5173, headers },
});
