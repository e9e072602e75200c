import { checkGraph } from './graph.ts';
import { readWorkspace } from './workspace.ts';

const packages = readWorkspace();
const problems = checkGraph(packages);
for (const problem of problems) console.error(problem);
console.log(`${packages.length} packages, ${problems.length} problems in the dependency graph`);
process.exitCode = problems.length === 0 ? 0 : 1;
