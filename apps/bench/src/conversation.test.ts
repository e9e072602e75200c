import { describe, expect, it } from 'vitest';
import { createConversation } from './conversation.ts';
import type { Step, StepResult } from './measurement.ts';

const BARE: Step = { workload: 'a', prompt: '', send: '', from: 'READY\n', until: 'DONE\n' };

describe('createConversation', () => {
  it('measures between two texts', () => {
    let count = 100;
    const results: StepResult[] = [];
    const conversation = createConversation([BARE], { send: () => undefined, onStep: (result) => results.push(result), instructions: () => count++, cpuSeconds: () => 7 });
    const done = [...'noise\nREADY\n1234\nDONE\n'].map((character) => conversation.write(character.charCodeAt(0)));
    expect(done.indexOf(true)).toBe(done.length - 1);
    expect(results).toEqual([{ workload: 'a', seconds: expect.any(Number), output: '1234', instructions: 1, cpuSeconds: 0 }]);
  });

  it('starts with the machine where no text is to be waited for, and types when the prompt appears', () => {
    const sent: string[] = [];
    const results: StepResult[] = [];
    const steps: Step[] = [{ ...BARE, workload: 'boot', from: '', until: 'up\n' }, { ...BARE, workload: 'b', prompt: '# ', send: 'go\n' }];
    const conversation = createConversation(steps, { send: (text) => sent.push(text), onStep: (result) => results.push(result) });
    const write = (text: string): boolean => [...text].map((character) => conversation.write(character.charCodeAt(0))).includes(true);
    expect(write('# booting\nup\n')).toBe(false);
    expect(sent).toEqual([]);
    expect(write('welcome\n# ')).toBe(false);
    expect(sent).toEqual(['go\n']);
    expect(write('go\nREADY\nx\ny\nDONE\n')).toBe(true);
    expect(results.map(({ workload, output }) => [workload, output])).toEqual([['boot', '# booting'], ['b', 'x\ny']]);
  });
});
