/** How the jails are, in one record: of our own desk, and of a server of fail2ban’s by what it answers. */
import { describe, expect, test } from '@jest/globals';
import {
  CommandError,
  foreignAnswer,
  foreignOutline,
  outlineOf,
  PyTuple,
  type Value,
} from '../../src/core/control/index.js';
import { makeDesk, NOW } from './make-desk.js';

const FILES = {
  'filter.d/f.conf': '[Definition]\nfailregex = ^bad <HOST>$\n',
  'action.d/a.conf': '[Definition]\nactionban = ban <ip>\n',
  'jail.conf': `[DEFAULT]
backend = polling
filter = f
action = a
logpath = /dev/null
[one]
enabled = true
[two]
enabled = true
[off]
`,
};

describe('of a desk', () => {
  test('holds counts, bans and what is wrong, and survives JSON', async () => {
    const { desk, ask, jails } = makeDesk(FILES);
    await ask('set', 'one', 'banip', '192.0.2.1');
    const one = jails.get('one');
    if (one) one.failure = 'no such chain';
    await ask('set', 'one', 'banip', '192.0.2.2');
    await ask('set', 'two', 'maxretry', '9');
    const problems = [{ of: 'a log', message: 'gone' }];
    Object.assign(desk, { server: { health: () => ({ problems: [], jails: [{ name: 'two', problems }] }) } });
    const outline = outlineOf(desk, 'all');
    expect(JSON.parse(JSON.stringify(outline))).toEqual(JSON.parse(await ask('f2b-outline', 'all')));
    expect(outline).toMatchObject({ disabled: ['off'], nowSec: NOW, isForeign: false });
    expect(outline.jails).toMatchObject([
      {
        name: 'one',
        counts: { banned: 2 },
        notApplied: 2,
        leaving: 0,
        bans: [{ standing: 'failed' }, { standing: 'failed', troubles: [{ reason: 'no such chain' }] }],
        problems: [],
      },
      { name: 'two', changed: { maxretry: '9' }, bans: [], problems },
    ]);
  });

  test('has only the bans that are wanted, and only the jail', async () => {
    const { desk, ask, jails } = makeDesk(FILES);
    await ask('set', 'one', 'banip', '192.0.2.1');
    expect(outlineOf(desk, 'unsettled').jails.map(({ bans }) => bans.length)).toEqual([0, 0]);
    const one = jails.get('one');
    if (one) one.failure = 'no';
    await ask('set', 'one', 'banip', '192.0.2.2');
    expect(outlineOf(desk, 'unsettled', 'one').jails.map(({ bans }) => bans.length)).toEqual([2]);
    expect(outlineOf(desk, 'none', 'one').jails.map(({ bans }) => bans.length)).toEqual([0]);
    expect(() => outlineOf(desk, 'none', 'nobody')).toThrow(CommandError);
    await expect(ask('f2b-outline', 'none', 'nobody')).rejects.toThrow("the jail 'nobody' does not exist");
  });
});

/** What fail2ban’s server 1.0.2 answers. */
const ANSWERS: Readonly<Record<string, Value>> = {
  status: [new PyTuple(['Number of jail', 2]), new PyTuple(['Jail list', 'files, journal'])],
  'status files': [
    new PyTuple([
      'Filter',
      [
        new PyTuple(['Currently failed', 1]),
        new PyTuple(['Total failed', 5]),
        new PyTuple(['File list', ['/a.log', '/b c.log']]),
      ],
    ]),
    new PyTuple([
      'Actions',
      [
        new PyTuple(['Currently banned', 2]),
        new PyTuple(['Total banned', 4]),
        new PyTuple(['Banned IP list', ['192.0.2.2', '2001:db8::1']]),
      ],
    ]),
  ],
  'status journal': [
    new PyTuple([
      'Filter',
      [
        new PyTuple(['Currently failed', 0]),
        new PyTuple(['Total failed', 0]),
        new PyTuple(['Journal matches', 'A=1 B=2 + C=3']),
      ],
    ]),
    new PyTuple([
      'Actions',
      [
        new PyTuple(['Currently banned', 0]),
        new PyTuple(['Total banned', 0]),
        new PyTuple(['Banned IP list', []]),
      ],
    ]),
  ],
  'get files actions': ['iptables', 'mail'],
  'get journal actions': [],
  'get files banip --with-time': [
    '2001:db8::1 \t2026-11-21 08:54:23 + -1 = 9999-12-31 23:59:59',
    '192.0.2.2 \t2026-11-21 08:54:23 + 600 = 2026-11-21 09:04:23',
  ],
  'get journal banip --with-time': [],
};

const ask = async (words: readonly string[]): Promise<Value> => {
  const answer = ANSWERS[words.join(' ')];
  if (answer === undefined) throw new CommandError('Invalid command');
  return answer;
};

describe('of a server of fail2ban’s', () => {
  const request = { bans: 'all', jail: undefined, nowSec: NOW } as const;

  test('has what its answers tell, and claims no more', async () => {
    const { jails, isForeign } = await foreignOutline(ask, request);
    const at = new Date(2026, 10, 21, 8, 54, 23).getTime() / 1000;
    expect(isForeign).toBe(true);
    expect(jails).toMatchObject([
      {
        name: 'files',
        backend: 'polling',
        counts: { failing: 1, failedTotal: 5, banned: 2, bannedTotal: 4 },
        logPaths: ['/a.log', '/b c.log'],
        actions: ['iptables', 'mail'],
        notApplied: undefined,
        bans: [
          { standing: 'unknown', ban: { id: '192.0.2.2', family: 'inet4', timeSec: at, banTimeSec: 600 } },
          { standing: 'unknown', ban: { id: '2001:db8::1', family: 'inet6', timeSec: at, banTimeSec: -1 } },
        ],
      },
      { name: 'journal', backend: 'systemd', journalMatches: ['A=1 B=2', 'C=3'], bans: [] },
    ]);
  });

  test('asks for the jail that is meant only', async () => {
    const { jails } = await foreignOutline(ask, { ...request, jail: 'journal' });
    expect(jails.map(({ name }) => name)).toEqual(['journal']);
    await expect(foreignOutline(ask, { ...request, jail: 'nobody' })).rejects.toThrow(
      "'nobody' does not exist",
    );
  });

  test('answers stats and status --all by what older servers know', async () => {
    expect(await foreignAnswer(ask, ['stats'])).toEqual(
      new Map([
        ['files', ['polling', new PyTuple([1, 5]), new PyTuple([2, 4])]],
        ['journal', ['systemd', new PyTuple([0, 0]), new PyTuple([0, 0])]],
      ]),
    );
    expect(await foreignAnswer(ask, ['status', '--all'])).toEqual([
      ...(ANSWERS['status'] as Value[]),
      new Map([
        ['files', ANSWERS['status files']],
        ['journal', ANSWERS['status journal']],
      ]),
    ]);
    expect(await foreignAnswer(ask, ['status', 'files'])).toBeUndefined();
  });
});
