/** The lists and pages of the catalogue on terminals of all widths. */
import { describe, expect, test } from '@jest/globals';
import type { ActionDetails, FilterDetails, JailDetails, Outline } from '../../src/core/catalogue/index.js';
import { renderList, renderNothing } from '../../src/view/list-text.js';
import { renderDetails } from '../../src/view/show-text.js';

const outline = (name: string, what: string, more: Partial<Outline> = {}): Outline => ({
  kind: 'filter',
  name,
  what,
  file: `/f/${name}.conf`,
  inForce: true,
  ...more,
});

describe('a list', () => {
  const lists = { filter: [outline('a', 'A: what it does.'), outline('longer', '', { inForce: false })] };

  test('is whole in a pipe', () => {
    expect(renderList(lists, { colors: 0, columns: undefined })).toBe(
      'a       A: what it does.\nlonger  [ships with f2b]\n',
    );
  });

  test('is cut at the end of the line on a terminal', () => {
    const text = renderList(lists, { colors: 0, columns: 20 });
    expect(text).toBe('a       A: what it …\nlonger  [ships with…\n');
  });

  test('is the same without colours', () => {
    const plain = renderList(lists, { colors: 0, columns: 40 });
    const coloured = renderList(lists, { colors: 1, columns: 40 });
    expect(coloured).not.toBe(plain);
    expect(coloured.replace(/\x1b\[\d+m/g, '')).toBe(plain);
  });

  test('has no titles where only one kind has something', () => {
    expect(renderList({ ...lists, jail: [] }, { colors: 0, columns: 80 })).not.toContain('filters');
  });

  test.each([
    [['filter'] as const, [], 'There is no filter.\n'],
    [['jail'] as const, ['x\x1b'], 'There is no jail with x\\x1b in its name or description.\n'],
    [
      ['filter', 'action', 'jail'] as const,
      ['x'],
      'There is no filter, action or jail with x in its name or description.\n',
    ],
  ])('says what there is not: %j %j', (kinds, words, text) => expect(renderNothing(kinds, words)).toBe(text));
});

const FILTER: FilterDetails = {
  ...outline('app', 'App: bad logins.'),
  kind: 'filter',
  remarks: [
    { text: 'One remark that is longer than the line is wide.', isExample: false },
    { text: 'Use:  a\n      b', isExample: true },
  ],
  includes: [],
  modes: [
    { name: 'normal, auth', text: 'logins' },
    { name: 'ddos', text: '' },
  ],
  defaultMode: 'normal',
  options: [
    { name: 'who', text: 'whose', default: '', variants: [], values: [], optional: false },
    { name: 'x', text: undefined, default: '1', variants: [], values: [], optional: false },
  ],
  samples: [{ mode: undefined, lines: [`a line ${'that is long '.repeat(10)}\x1b[2J`] }],
  jails: ['app', 'app-2'],
  paste: '[app]\nenabled = true\n',
};

describe('a page', () => {
  test('breaks text, and never what is to be copied', () => {
    const text = renderDetails([FILTER], { colors: 0, columns: 40 });
    expect(text).toBe(`filter app
  App: bad logins.
  /f/app.conf

modes
  normal, auth  logins (the default)
  ddos

options
  who  whose (default: empty)
  also: x

a line that counts
  a line ${'that is long '.repeat(10)}\\x1b[2J

for jail.local (jails: app, app-2)
  [app]
  enabled = true

remarks
  One remark that is longer than the
  line is wide.

    Use:  a
          b
`);
  });

  test('of an action says what has to be filled in', () => {
    const action: ActionDetails = {
      ...outline('letter', 'Writes a letter.'),
      kind: 'action',
      remarks: [],
      includes: [],
      options: [
        {
          name: 'kind',
          text: undefined,
          default: 'a\nb',
          variants: [{ when: 'family=inet6', default: 'c' }],
          values: [],
          optional: false,
        },
      ],
      example: { bans: false, needed: ['to'], text: 'action = letter[to="…"]\n' },
    };
    expect(renderDetails([action], { colors: 0, columns: 80 })).toBe(
      `action letter
  Writes a letter.
  /f/letter.conf

parameters
  kind  (default: a …; c where family=inet6)

for jail.local; to fill in: to
  action = letter[to="…"]
`,
    );
  });

  test('of a jail tells logs here and elsewhere', () => {
    const jail: JailDetails = {
      ...outline('app', 'App.', { inForce: false }),
      kind: 'jail',
      remarks: [],
      enabled: true,
      line: 3,
      port: '80',
      filter: 'app',
      filterOptions: { mode: 'ddos' },
      logpath: '%(x)s',
      logs: ['/a', '/b'],
      logsElsewhere: [{ sets: ['arch', 'fedora'], logs: ['/c'] }],
      settings: [
        { name: 'maxretry', value: '2' },
        { name: 'backend', value: '%(x_backend)s' },
      ],
      paste: '[app]\nenabled = true\n',
    };
    expect(renderDetails([jail], { colors: 0, columns: 80 })).toBe(`jail app
  App.
  /f/app.conf:3
  It ships with f2b; jails of this configuration do not find it.

  enabled         yes
  filter          app[mode=ddos]
  port            80
  reads           /a
                  /b
    arch, fedora  /c
  maxretry        2
`);
  });
});
