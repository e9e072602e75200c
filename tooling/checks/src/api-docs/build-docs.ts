import { join } from 'node:path';
import { Application, TSConfigReader } from 'typedoc';
import { publicPackages, readWorkspace, ROOT } from '../workspace.ts';
import { entryPoints } from './entry-points.ts';
import { undocumented } from './undocumented.ts';

/** Where the pages go: git ignores it. */
const OUT = join(ROOT, 'docs/api');

const packages = publicPackages(readWorkspace()).filter(({ group }) => group === 'packages');
const app = await Application.bootstrap(
  {
    name: 'Ringzero',
    entryPoints: packages.flatMap(entryPoints),
    tsconfig: join(ROOT, 'tooling/checks/tsconfig.docs.json'),
    readme: 'none',
    githubPages: false,
    // Clones have any remote or none.
    disableSources: true,
    excludePrivate: true,
    excludeExternals: true,
    // What the index exports is what there is to document; the types of its parts are told where they are used.
    validation: { notExported: false, invalidLink: true, notDocumented: false },
  },
  [new TSConfigReader()],
);
const project = await app.convert();
if (project === undefined) process.exit(1);
app.validate(project);
const missing = undocumented(project);
for (const line of missing) console.error(line);
console.log(`${packages.length} packages, ${missing.length} public symbols without a docstring, ${app.logger.warningCount} warnings`);
if (missing.length > 0 || app.logger.hasErrors() || app.logger.hasWarnings()) process.exit(1);
await app.generateDocs(project, OUT);
