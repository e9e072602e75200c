import { createEvaluatorHypervisor } from '@ringzero/backend-interpreter/engine';
import { describeConformance } from '../src/index.ts';

describeConformance('evaluator', createEvaluatorHypervisor);
