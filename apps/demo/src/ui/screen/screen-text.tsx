import type { JSX } from 'preact';
import { useCallback } from 'preact/hooks';
import { useController } from '../../page/context.ts';
import { usePolled } from '../inspector/use-polled.ts';

/** A text screen as text, for those who do not see it. */
export function ScreenText(): JSX.Element {
  const { worker } = useController();
  const text = usePolled(useCallback(() => worker.screenText(), [worker]));
  return <pre class="visually-hidden" role="region" aria-label="Text on the guest’s screen" tabIndex={-1} data-testid="screen-text">{text ?? ''}</pre>;
}
