import { readFileSync } from 'node:fs';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import type { Row } from '../benchmark.ts';
import { createReport } from '../report.ts';
import { escapeHtml, escapeJson, writeHtml } from './html.ts';

const row: Row = {
  workload: 'integer',
  description: 'lists & <matrices>',
  instructions: 60e6,
  cells: { jit: { seconds: { median: 0.5, min: 0.4, max: 0.6 }, rounds: [0.4, 0.5, 0.6], ratio: { median: 2, min: 1.5, max: 2.5 } }, v86: { failure: '</script><b>' } },
};
const report = createReport(
  {
    host: { cpu: 'A <fast> one', processors: 2, memoryBytes: 8 * 2 ** 30, system: 'linux', loadAverage: 0, versions: { node: '20.20.2' } },
    plan: { workloads: ['integer'], engines: ['jit', 'v86'], scale: 4, rounds: 3, clock: 'wall', nativeFolder: '' },
    notes: ['no column qemu: not installed'],
    profiles: [{ guest: 'integer', engine: 'jit', tiers: { 'compiled code': 0.9, V8: 0.1 }, deopts: { total: 10, perSecond: 0.5 } }],
    hosts: [{ workload: 'integer', engine: 'jit', node: { median: 2, min: 2, max: 2 }, chromium: { median: 1.9, min: 1.9, max: 1.9 }, quotient: 0.95 }],
    results: { rows: [row], warmUps: [{ guest: 'integer', engine: 'jit', samples: [[0, 0], [100, 5e6]] }] },
  },
  new Date(0),
);

describe('createReport', () => {
  it('sums up what was found', () => {
    expect(report).toMatchObject({ version: 1, date: '1970-01-01T00:00:00.000Z', curves: [{ points: [[0.1, 50]] }] });
    expect(report.engines.map((engine) => engine.geometricMean)).toEqual([2, null].map((value) => value && expect.closeTo(value)));
    expect(JSON.parse(JSON.stringify(report))).toEqual(report);
  });
});

describe('writeHtml', () => {
  const html = writeHtml(report);

  it('shows the table, the host and the profiles', () => {
    for (const text of ['2.00 (1.50-2.50)', 'A &lt;fast&gt; one', 'lists &amp; &lt;matrices&gt;', 'no column qemu', 'compiled code 90 %', '0.5 deoptimizations per second', '<td>1.90</td><td>0.95</td>']) expect(html).toContain(text);
  });

  it('needs no other file', () => {
    expect(html).toContain('Chart.js v');
    expect(html).not.toMatch(/<(?:script|link|img)[^>]+(?:src|href)=/);
    expect(html).not.toContain('sourceMappingURL');
  });

  it('does not let a guest write into it', () => {
    expect(html.match(/<\/script>/g)).toHaveLength(3);
    expect(html).not.toContain('<b>');
  });
});

describe('the script of the page', () => {
  it('draws four charts from the figures', () => {
    const charts = new Map<string, { data: { labels?: string[]; datasets: { label: string; data: unknown[] }[] }; update(): void }>();
    const element = { id: '', value: 'integer', add: () => undefined };
    const sandbox = {
      report: JSON.parse(JSON.stringify(report)) as unknown,
      document: { getElementById: (id: string) => ({ ...element, id }) },
      Option: class {},
      Chart: class {
        data;
        constructor(canvas: { id: string }, config: { data: { datasets: { label: string; data: unknown[] }[] } }) {
          this.data = config.data;
          charts.set(canvas.id, this);
        }
        update(): void {}
      },
    };
    runInNewContext(readFileSync(new URL('report.client.js', import.meta.url), 'utf8'), sandbox);
    const sets = (id: string): unknown => JSON.parse(JSON.stringify(charts.get(id)?.data.datasets.map(({ label, data }) => [label, data])));
    expect(sets('ratios')).toEqual([['jit', [2]]]);
    expect(sets('warm-up')).toEqual([['jit', [{ x: 0.1, y: 50 }]]]);
    expect(sets('tiers')).toEqual([['compiled code', [90]], ['V8', [10]]]);
    expect(charts.get('memory')?.data.labels).toEqual(['integer']);
  });
});

describe('escapes', () => {
  it('leave nothing that ends an element', () => {
    expect(escapeHtml('<a href="x">&')).toBe('&lt;a href=&quot;x&quot;&gt;&amp;');
    expect(escapeJson('</script>\u2028')).toBe('"\\u003c/script>\\u2028"');
  });
});
