export { readStateFile, saveStateFile, writeFileAtomically } from './state-file.ts';
