/** f2b's own keys of an action file: where they are found, what their tags come to, and who does not see them. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { checkConfig } from '../../src/core/config/check/index.js';
import { findConfig, loadConfig, showCommand } from '../../src/core/config/index.js';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'f2b-extras-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const BASE = {
  'fail2ban.conf': '[Definition]\n',
  'filter.d/f.conf': '[Definition]\nfailregex = ^bad <HOST>$\n',
};
const ACTION = `[Definition]
actionban = add <set> <ip>
`;
const EXTRAS = `bulkban = load <set>
bulkban_head = head <name> <family>
               second
bulkban_line = add <set> <ip> <wide>
bulkban_tail = COMMIT %%
bulksize = 50
actionverify = test <set> <ip>
actionlist = list <set> <port>
wide = [<set>]
`;
const INIT = `[Init]
set = four
port = 22
[Init?family=inet6]
set = six
`;

function load(files: Readonly<Record<string, string>>) {
  for (const [name, text] of Object.entries({ ...BASE, ...files })) {
    mkdirSync(dirname(join(dir, name)), { recursive: true });
    writeFileSync(join(dir, name), text);
  }
  const config = loadConfig({ folder: findConfig({ dir }), mode: 'dump' });
  const extras = config.jails[0]?.actions[0]?.extras ?? new Map();
  return {
    dump: config.stream().map(showCommand),
    extras: Object.fromEntries([...extras].map(([name, { value }]) => [name, value])),
    origins: Object.fromEntries([...extras].map(([name, { origin }]) => [name, origin?.line])),
  };
}

const JAIL = '[j]\nenabled = true\nfilter = f\nbackend = polling\nlogpath = /dev/null\naction = a\n';

describe('own keys of an action file', () => {
  test('reach the plan with their tags filled in, but for the family and the ban', () => {
    const { extras } = load({ 'jail.conf': JAIL, 'action.d/a.conf': ACTION + EXTRAS + INIT });
    expect(extras).toEqual({
      bulkban: 'load <set>',
      bulkban_head: 'head j <family>\nsecond',
      bulkban_line: 'add <set> <ip> [<set>]',
      bulkban_tail: 'COMMIT %',
      bulksize: '50',
      actionverify: 'test <set> <ip>',
      actionlist: 'list <set> 22',
    });
  });

  test('know their lines', () => {
    const { origins } = load({ 'jail.conf': JAIL, 'action.d/a.conf': ACTION + EXTRAS + INIT });
    expect(origins['bulkban']).toBe(3);
    expect(origins['actionlist']).toBe(10);
  });

  test('have variants for a family', () => {
    const variant = '[Definition?family=inet6]\nbulkban_line = add6 <ip> <port>\n';
    const { extras } = load({ 'jail.conf': JAIL, 'action.d/a.conf': ACTION + EXTRAS + variant + INIT });
    expect(extras['bulkban_line?family=inet6']).toBe('add6 <ip> 22');
  });

  test('can be given in brackets, and in [Init]', () => {
    const jail = JAIL.replace('action = a', 'action = a[bulksize=7, port=23]');
    const { extras } = load({
      'jail.conf': jail,
      'action.d/a.conf': `${ACTION}${EXTRAS}${INIT}\n[Init]\n`.replace('\n[Init]\n', ''),
    });
    expect(extras['bulksize']).toBe('7');
    expect(extras['actionlist']).toBe('list <set> 23');
  });

  test('do not show in the command stream', () => {
    const without = load({ 'jail.conf': JAIL, 'action.d/a.conf': ACTION + INIT }).dump;
    const withKeys = load({ 'jail.conf': JAIL, 'action.d/a.conf': ACTION + EXTRAS + INIT }).dump;
    expect(withKeys).toEqual(without);
  });

  test.each(['bulkban = %(nobody)s', 'bulkban = <bulkban>', 'bulkban = %'])(
    'that cannot be made out (%s) are left out',
    (line) => {
      const { extras, dump } = load({ 'jail.conf': JAIL, 'action.d/a.conf': `${ACTION}${line}\n` });
      expect(extras).toEqual({});
      expect(dump.length).toBeGreaterThan(3);
    },
  );

  test('are known to the checker, their tags are not always', async () => {
    const sound = EXTRAS.replace(/^wide.*\n/m, '').replace(' <wide>', '');
    const codes = async (extras: string) => {
      load({ 'jail.conf': JAIL, 'action.d/a.conf': ACTION + extras + INIT });
      const { findings } = await checkConfig({ folder: findConfig({ dir }), year: 2026, hasJournal: false });
      return findings.filter(({ code }) => /unknown/.test(code)).map(({ message }) => message);
    };
    expect(await codes(sound)).toEqual([]);
    expect(await codes(sound.replace('<ip>', '<iip>'))).toEqual([expect.stringContaining('<iip>')]);
  });
});
