import manifest from '../../package.json' with { type: 'json' };

/** What a file names as its writer. */
export const WRITER: string = `${manifest.name} ${manifest.version}`;
