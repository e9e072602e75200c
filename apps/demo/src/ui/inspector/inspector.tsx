import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { Tabs } from '../tabs.tsx';
import { CodePane } from './code-pane.tsx';
import { HotCodePane } from './hot-code-pane.tsx';
import { RegistersPane } from './registers-pane.tsx';
import { TreePane } from './tree-pane.tsx';

const TABS = [
  { name: 'registers', label: 'Registers' },
  { name: 'code', label: 'Code' },
  { name: 'hot', label: 'Hot code' },
  { name: 'tree', label: 'Tree' },
] as const;
type TabName = (typeof TABS)[number]['name'];

/** A look into the machine, for the curious. */
export function Inspector(): JSX.Element {
  const [selected, select] = useState<TabName>('registers');
  return (
    <section class="panel inspector" aria-labelledby="inspector-title">
      <h2 id="inspector-title">Inspector</h2>
      <Tabs id="inspector" label="Inspector" tabs={TABS} selected={selected} onSelect={select}>
        {selected === 'registers' && <RegistersPane />}
        {selected === 'code' && <CodePane />}
        {selected === 'hot' && <HotCodePane />}
        {selected === 'tree' && <TreePane />}
      </Tabs>
    </section>
  );
}
