import { describe, expect, test } from '@jest/globals';
import { explain, type WhyOptions } from '../../src/core/control/why.js';
import type { PastBan } from '../../src/core/records.js';
import { renderWhy } from '../../src/view/why-text.js';
import { makeDesk, NOW } from './make-desk.js';

const FILES = {
  'filter.d/f.conf': '[Definition]\nfailregex = ^bad <HOST>$\n',
  'action.d/a.conf': '[Definition]\nactionban = ban <ip>\n',
  'jail.conf': `[DEFAULT]
backend = polling
filter = f
action = a
[one]
enabled = true
maxretry = 5
ignoreip = 198.51.100.0/24
[two]
enabled = true
`,
};

const PAST: PastBan = {
  id: '192.0.2.1',
  family: 'inet4',
  jail: 'two',
  timeSec: NOW - 86_400,
  banTimeSec: 600,
  banCount: 1,
  failures: 3,
  matches: [{ text: 'bad 192.0.2.1', regex: 'filter.d/f.conf:2' }],
  data: {},
  origin: 'log',
  endedSec: NOW - 85_800,
  endedBy: 'expired',
};

async function why(
  word: string,
  prepare: (made: ReturnType<typeof makeDesk>) => unknown,
  search?: WhyOptions['search'],
) {
  const made = makeDesk(FILES);
  for (const jail of made.jails.values()) jail.presence = 'unknown';
  await prepare(made);
  const report = await explain(made.desk, word, { search });
  return { report, text: renderWhy(report, { colors: 0, columns: undefined }) };
}

describe('f2b why', () => {
  test('tells of a ban: since when, until when, after which lines, by which expression', async () => {
    const { report, text } = await why('192.0.2.1', async ({ ask, jails, clock }) => {
      await ask('set', 'one', 'banip', '192.0.2.1');
      const jail = jails.get('one');
      if (jail) {
        jail.presence = 'present';
        jail.held = jail.held.map((ban) => ({
          ...ban,
          origin: 'log',
          failures: 5,
          banCount: 2,
          matches: [
            { text: 'bad 192.0.2.1 \x1b[2J', regex: '/etc/f2b/filter.d/f.conf:2' },
            { text: 'bad 192.0.2.1', regex: '/etc/f2b/filter.d/f.conf:2' },
          ],
        }));
      }
      clock.advance(60);
    });
    expect(text).toBe(`192.0.2.1 is banned in one

one
  since     2026-11-21 08:54:23 (60 s ago), after 5 failures, for the 2nd time
  until     2026-11-21 09:04:23 (in 9 min)
  firewall  a has it
  lines     matched by /etc/f2b/filter.d/f.conf:2
            bad 192.0.2.1 \\x1b[2J
            bad 192.0.2.1

To let it in:
  f2b set one unbanip 192.0.2.1
`);
    expect(report.commands).toEqual(['f2b set one unbanip 192.0.2.1']);
  });

  test('finds the network that holds it', async () => {
    const { report, text } = await why('192.0.2.1', ({ ask }) => ask('set', 'two', 'banip', '192.0.2.0/24'));
    expect(report.subjects[0]?.bans).toMatchObject([{ relation: 'holds-it', ban: { id: '192.0.2.0/24' } }]);
    expect(text).toContain('two  192.0.2.0/24 holds it\n');
    expect(report.commands).toEqual(['f2b set two unbanip 192.0.2.0/24']);
  });

  test('finds what is inside of a network', async () => {
    const { report, text } = await why('192.0.2.0/24', ({ ask }) =>
      ask('set', 'two', 'banip', '192.0.2.1', '192.0.2.2'),
    );
    expect(report.subjects[0]?.banCount).toBe(2);
    expect(text).toMatch(/^192\.0\.2\.0\/24 is not banned, but some inside of it are\n/);
    expect(report.commands).toEqual(['f2b unban 192.0.2.0/24']);
  });

  test('needs one command for several jails', async () => {
    const { report } = await why('192.0.2.1', async ({ ask }) => {
      await ask('set', 'one', 'banip', '192.0.2.1');
      await ask('set', 'two', 'banip', '192.0.2.1');
    });
    expect(report.commands).toEqual(['f2b unban 192.0.2.1']);
  });

  test('looks up a name, and tells of each address', async () => {
    const { report, text } = await why('host.example', ({ ask }) =>
      ask('set', 'one', 'banip', '2001:db8::7'),
    );
    expect(report.subjects.map(({ id }) => id)).toEqual(['192.0.2.7', '2001:db8::7']);
    expect(text).toMatch(/^host\.example is 192\.0\.2\.7, 2001:db8::7\n\n192\.0\.2\.7 is not banned/);
    expect(report.commands).toEqual(['f2b set one unbanip 2001:db8::7']);
  });

  test('says when a name cannot be looked up', async () => {
    const { text } = await why('nobody.example', () => {});
    expect(text).toMatch(/^nobody\.example is no address, and no host name either: ENOTFOUND\n/);
  });

  test('does not call a ban a ban that the action refused', async () => {
    const { text } = await why('192.0.2.1', async ({ ask, jails }) => {
      const jail = jails.get('one');
      if (jail) jail.failure = 'actionban returned 4: no such chain\nhelp';
      await ask('set', 'one', 'banip', '192.0.2.1');
    });
    expect(text).toMatch(/^192\.0\.2\.1 is banned in one, but no firewall holds it\n/);
    expect(text).toContain('failed    a: actionban returned 4: no such chain; help');
  });

  test('does not call a ban a ban that the firewall has lost', async () => {
    const { text } = await why('192.0.2.1', async ({ ask, jails }) => {
      await ask('set', 'one', 'banip', '192.0.2.1');
      const jail = jails.get('one');
      if (jail) jail.presence = 'absent';
    });
    expect(text).toMatch(/^192\.0\.2\.1 is banned in one, but no firewall holds it\n/);
    expect(text).toContain('firewall  a does not have it: the next f2b scan puts it back');
  });

  test('finds what is left over in the firewall', async () => {
    const { report, text } = await why('192.0.2.1', ({ jails }) => {
      const jail = jails.get('two');
      if (jail) jail.presence = 'present';
    });
    expect(report.subjects[0]?.strays).toEqual([{ jail: 'two', action: 'a' }]);
    expect(text).toMatch(/^192\.0\.2\.1 is not banned, but a firewall holds it\n/);
  });

  test('counts failures that are no ban yet', async () => {
    const { text } = await why('192.0.2.1', async ({ ask, clock }) => {
      await ask('set', 'one', 'attempt', '192.0.2.1', 'line one', 'line two');
      clock.advance(90);
    });
    expect(text).toBe(`192.0.2.1 is not banned, but has failed

one  2 of 5 failures within 10 min, the last 90 s ago
  lines     matched by an expression that is not remembered
            line one
            line two
`);
  });

  test('remembers bans of the past', async () => {
    const { text } = await why('192.0.2.1', ({ store }) => store.addPast([PAST]));
    expect(text).toBe(`192.0.2.1 is not banned, but was before

before
  2026-11-20 08:54:23 until 2026-11-20 09:04:23 (expired), two, 3 failures
    bad 192.0.2.1
`);
  });

  test('remembers networks of the past', async () => {
    const { report } = await why('192.0.2.1', ({ store }) =>
      store.addPast([{ ...PAST, id: '192.0.2.0/24' }]),
    );
    expect(report.subjects[0]?.past).toMatchObject([{ relation: 'holds-it', ban: { id: '192.0.2.0/24' } }]);
  });

  test('tells which jails ignore it', async () => {
    const { text } = await why('198.51.100.9', () => {});
    expect(text).toContain('one ignores it: ip 198.51.100.0/24');
    expect(text).not.toContain('two ignores it');
  });

  test('has nothing to tell of a stranger, and no command', async () => {
    const { report, text } = await why('192.0.2.1', () => {});
    expect(text).toBe('192.0.2.1 is not banned, and never was as far as anybody remembers\n');
    expect(report.commands).toEqual([]);
  });

  test('changes nothing', async () => {
    const { report } = await why('192.0.2.1', async ({ ask, jails }) => {
      await ask('set', 'one', 'banip', '192.0.2.1');
      expect(jails.get('one')?.bans()).toHaveLength(1);
    });
    expect(report.subjects[0]?.bans).toHaveLength(1);
  });

  test('looks through the whole firewall, whoever wrote it', async () => {
    const hit = {
      tool: 'nft',
      where: 'chain inet filter input',
      entry: '192.0.2.0/24',
      verdict: 'drop',
      blocks: true,
      undo: 'nft delete rule inet filter input handle 4',
    } as const;
    const { report, text } = await why(
      '192.0.2.1',
      () => {},
      async () => ({ hits: [hit], unknown: ['ipset save: Permission denied'] }),
    );
    expect(text).toBe(`192.0.2.1 is not banned, but a firewall holds it

firewall
  nft chain inet filter input: 192.0.2.0/24 drop
  cannot be looked at: ipset save: Permission denied

To let it in:
  nft delete rule inet filter input handle 4
`);
    expect(report.commands).toEqual(['nft delete rule inet filter input handle 4']);
  });

  test('does not mistake a rule that only counts for one that blocks', async () => {
    const hit = {
      tool: 'nft',
      where: 'x',
      entry: '192.0.2.1',
      verdict: undefined,
      blocks: false,
      undo: 'y',
    } as const;
    const { report } = await why(
      '192.0.2.1',
      () => {},
      async () => ({ hits: [hit], unknown: [] }),
    );
    expect(report.commands).toEqual([]);
  });

  test('says when the firewall knows nothing of a ban', async () => {
    const { text } = await why(
      '192.0.2.1',
      ({ ask }) => ask('set', 'one', 'banip', '192.0.2.1'),
      async () => ({ hits: [], unknown: [] }),
    );
    expect(text).toContain('firewall  no rule of this machine knows it');
  });
});
