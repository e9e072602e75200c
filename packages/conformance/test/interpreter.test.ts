import { createInterpreterHypervisor } from '@ringzero/backend-interpreter';
import { describeConformance } from '../src/index.ts';

describeConformance('interpreter', () => createInterpreterHypervisor({ dispatchSwitch: 'always' }));
