import type { JSX } from 'preact';
import { useController } from '../page/context.ts';

/** How far a download, a decompression or a save is. */
export function ProgressBar(): JSX.Element | null {
  const progress = useController().store.progress.value;
  if (progress === undefined) return null;
  const { fraction, task } = progress;
  return (
    <div class="progress">
      <label for="progress">{task}{fraction === undefined ? '…' : `: ${Math.round(fraction * 100)} %`}</label>
      <progress id="progress" max={1} {...(fraction !== undefined && { value: fraction })} />
    </div>
  );
}
