import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { useController } from '../page/context.ts';
import { Icon } from './icon.tsx';

/** The user's own files: dropped anywhere on the page, or chosen with the button. */
export function FileDrop(): JSX.Element {
  const controller = useController();
  const input = useRef<HTMLInputElement>(null);
  const [isOver, setOver] = useState(false);
  useEffect(() => {
    const over = (event: DragEvent): void => {
      if (event.dataTransfer?.types.includes('Files') !== true) return;
      event.preventDefault();
      setOver(true);
    };
    const leave = (event: DragEvent): void => {
      if (event.relatedTarget === null) setOver(false);
    };
    const drop = (event: DragEvent): void => {
      event.preventDefault();
      setOver(false);
      const files = [...(event.dataTransfer?.files ?? [])];
      if (files.length > 0) void controller.openFiles(files);
    };
    addEventListener('dragover', over);
    addEventListener('dragleave', leave);
    addEventListener('drop', drop);
    return () => {
      removeEventListener('dragover', over);
      removeEventListener('dragleave', leave);
      removeEventListener('drop', drop);
    };
  }, [controller]);
  const choose = (): void => {
    const files = [...(input.current!.files ?? [])];
    input.current!.value = '';
    if (files.length > 0) void controller.openFiles(files);
  };
  return (
    <>
      <input ref={input} class="visually-hidden" type="file" multiple tabIndex={-1} aria-label="Files to boot or to restore" onChange={choose} />
      <button type="button" class="button" onClick={() => input.current!.click()}><Icon name="open" />Open files…</button>
      <p class="field-hint">or drop them: a kernel with its initial RAM disk, a disk or CD image, a Multiboot or ELF program, a saved state</p>
      {isOver && <div class="drop-target" aria-hidden="true">Drop to boot or to restore</div>}
    </>
  );
}
