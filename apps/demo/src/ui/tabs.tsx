import type { ComponentChildren, JSX } from 'preact';

/** One of several views of which one is shown. */
export interface Tab<Name extends string> {
  readonly name: Name;
  readonly label: string;
}

interface TabsProps<Name extends string> {
  readonly id: string;
  readonly label: string;
  readonly tabs: readonly Tab<Name>[];
  readonly selected: Name;
  readonly onSelect: (name: Name) => void;
  readonly children: ComponentChildren;
}

/** Tabs as the WAI-ARIA practices have them: arrows move, and what is focused is shown. */
export function Tabs<Name extends string>({ children, id, label, onSelect, selected, tabs }: TabsProps<Name>): JSX.Element {
  const move = (event: KeyboardEvent): void => {
    const at = tabs.findIndex(({ name }) => name === selected);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tabs.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    const { name } = tabs[(to + tabs.length) % tabs.length]!;
    onSelect(name);
    document.getElementById(`${id}-tab-${name}`)?.focus();
  };
  return (
    <>
      <div class="tabs" role="tablist" aria-label={label} onKeyDown={move}>
        {tabs.map((tab) => (
          <button key={tab.name} type="button" role="tab" id={`${id}-tab-${tab.name}`} aria-selected={tab.name === selected} aria-controls={`${id}-panel`} tabIndex={tab.name === selected ? 0 : -1} onClick={() => onSelect(tab.name)}>
            {tab.label}
          </button>
        ))}
      </div>
      <div class="tab-panel" role="tabpanel" id={`${id}-panel`} aria-labelledby={`${id}-tab-${selected}`} tabIndex={0}>{children}</div>
    </>
  );
}
