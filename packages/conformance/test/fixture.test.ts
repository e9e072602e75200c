import { describeConformance } from '../src/index.ts';
import { createFixtureHypervisor } from './fixture-backend.ts';

describeConformance('fixture', createFixtureHypervisor, {
  lacks: {
    instructions: 'the fixture knows ten opcodes',
    faults: 'an unknown opcode is a host error, not #UD',
    interrupts: 'the fixture has no interrupt controller',
    breakpoints: 'the fixture only single-steps',
  },
});
