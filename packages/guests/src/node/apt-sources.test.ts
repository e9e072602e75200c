import { describe, expect, it } from 'vitest';
import { debianSourcesList, parseDeb822, parseList } from './apt-sources.ts';

describe('parseList', () => {
  it('reads one-line sources and leaves out comments and sources of source code', () => {
    const text = '# deb http://no/ x main\ndeb [arch=amd64 signed-by=/k] http://mirror/debian bookworm main\ndeb-src http://mirror/debian bookworm main\n';
    expect(parseList(text)).toEqual([{ uri: 'http://mirror/debian', suites: ['bookworm'] }]);
  });
});

describe('parseDeb822', () => {
  it('reads stanzas with several suites, continuation lines and comments', () => {
    const text = 'Types: deb deb-src\n# note\nURIs: http://mirror/debian\nSuites: bookworm\n bookworm-updates\nComponents: main\n\nTypes: deb\nEnabled: no\nURIs: http://off/debian\nSuites: x\n';
    expect(parseDeb822(text)).toEqual([{ uri: 'http://mirror/debian', suites: ['bookworm', 'bookworm-updates'] }]);
  });
});

describe('debianSourcesList', () => {
  it("uses the host's mirrors", () => {
    const host = [
      { uri: 'http://near/debian', suites: ['trixie'] },
      { uri: 'http://near/debian-security', suites: ['trixie-security'] },
    ];
    expect(debianSourcesList('bookworm', host, '/keys')).toBe(
      'deb [arch=i386 signed-by=/keys] http://near/debian bookworm main\ndeb [arch=i386 signed-by=/keys] http://near/debian-security bookworm-security main\n',
    );
  });

  it("uses Debian's own where the host is another system", () => {
    expect(debianSourcesList('bookworm', [{ uri: 'http://archive.ubuntu.com/ubuntu', suites: ['noble'] }], '/keys')).toContain('http://deb.debian.org/debian bookworm main');
  });
});
