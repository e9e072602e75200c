/** Progress of a download on standard error: one line rewritten on a terminal, a line per stage elsewhere. */
export function createProgress(): { report(stage: string, fraction?: number): void; end(): void } {
  const { stderr } = process;
  let stageShown = '';
  let isOpen = false;
  return {
    report(stage, fraction) {
      if (stderr.isTTY) {
        const percent = fraction === undefined ? '' : ` ${Math.round(fraction * 100)} %`;
        stderr.write(`\r\x1b[K${stage}${percent}`);
        isOpen = true;
      } else if (stage !== stageShown) stderr.write(`${stage}\n`);
      stageShown = stage;
    },
    end() {
      if (isOpen) stderr.write('\r\x1b[K');
    },
  };
}
