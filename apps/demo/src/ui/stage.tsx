import type { JSX } from 'preact';
import { useRef } from 'preact/hooks';
import { useController } from '../page/context.ts';
import type { StageTab } from '../page/store.ts';
import { Icon } from './icon.tsx';
import { VgaScreen } from './screen/vga-screen.tsx';
import { SerialConsole } from './serial-console.tsx';
import { StatusLine } from './status-line.tsx';
import { Tabs } from './tabs.tsx';

const TABS = [
  { name: 'serial', label: 'Serial console' },
  { name: 'screen', label: 'Screen' },
] as const satisfies readonly { readonly name: StageTab; readonly label: string }[];

/** The machine's console and its screen, and below what it is doing. */
export function Stage(): JSX.Element {
  const { stageTab } = useController().store;
  const panel = useRef<HTMLDivElement>(null);
  const toggleFullScreen = (): void => {
    if (document.fullscreenElement === null) void panel.current!.requestFullscreen();
    else void document.exitFullscreen();
  };
  return (
    <div class="panel stage-panel" ref={panel}>
      <button type="button" class="button button-plain full-screen" aria-label="Full screen" title="Full screen" onClick={toggleFullScreen}><Icon name="expand" /></button>
      <Tabs id="stage" label="Screens of the machine" tabs={TABS} selected={stageTab.value} onSelect={(name) => (stageTab.value = name)}>
        <SerialConsole isShown={stageTab.value === 'serial'} />
        <VgaScreen isShown={stageTab.value === 'screen'} />
      </Tabs>
      <StatusLine />
    </div>
  );
}
