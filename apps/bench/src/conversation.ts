import type { Step, StepResult } from './measurement.ts';

/** Follows the steps on a serial port. */
export interface Conversation {
  /** Takes one byte from the guest. True when the last step is done. */
  write(byte: number): boolean;
  /** The end of what was written, for a message. */
  tail(): string;
}

/** What a conversation needs of a machine. */
export interface Speaker {
  /** Types into the serial port. */
  readonly send: (text: string) => void;
  readonly onStep: (result: StepResult) => void;
  /** Seconds of processor time that the engine's process has taken. */
  readonly cpuSeconds?: () => number;
  /** The engine's counter of retired instructions, where it has one. */
  readonly instructions?: () => number;
}

export function createConversation(steps: readonly Step[], { send, onStep, cpuSeconds, instructions }: Speaker): Conversation {
  let text = '';
  let index = 0;
  let phase: 'prompt' | 'from' | 'until' = 'prompt';
  let startTime = 0;
  let startCount = 0;
  let startCpu = 0;

  // Goes on as far as it can without another byte.
  const advance = (): boolean => {
    for (;;) {
      const step = steps[index];
      if (step === undefined) return true;
      if (phase === 'prompt') {
        if (!text.endsWith(step.prompt)) return false;
        if (step.send !== '') send(step.send);
        phase = 'from';
      } else if (phase === 'from') {
        if (!text.endsWith(step.from)) return false;
        startCount = instructions?.() ?? 0;
        startCpu = cpuSeconds?.() ?? 0;
        startTime = performance.now();
        text = '';
        phase = 'until';
        return false;
      } else {
        if (!text.endsWith(step.until)) return false;
        const seconds = (performance.now() - startTime) / 1000;
        const cpu = cpuSeconds && cpuSeconds() - startCpu;
        const count = instructions && instructions() - startCount;
        onStep({ workload: step.workload, seconds, output: text.slice(0, -step.until.length).trim(), ...(cpu !== undefined && { cpuSeconds: cpu }), ...(count !== undefined && { instructions: count }) });
        text = '';
        index++;
        phase = 'prompt';
      }
    }
  };
  advance();
  return {
    write(byte) {
      text += String.fromCharCode(byte);
      return advance();
    },
    tail: () => text.slice(-200),
  };
}

/** Processor time of this process, all its threads. */
export function ownCpuSeconds(): number {
  const { system, user } = process.cpuUsage();
  return (system + user) / 1e6;
}

/** What a failed run was waiting for. */
export function explainEnd(what: string, conversation: Conversation): Error {
  return new Error(`${what} before the guest had finished: ...${JSON.stringify(conversation.tail())}`);
}
