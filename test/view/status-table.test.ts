import { describe, expect, test } from '@jest/globals';
import {
  type Desk,
  type JailOutline,
  outlineOf,
  standingBans,
  standingOf,
} from '../../src/core/control/index.js';
import type { HeldBan } from '../../src/core/records.js';
import { renderBanNotes } from '../../src/view/ban-notes.js';
import { statusAsJson } from '../../src/view/status-json.js';
import { renderBanned, renderJailStatus, renderOverview } from '../../src/view/status-table.js';
import { makeDesk } from '../control/make-desk.js';

const FILES = {
  'filter.d/f.conf': '[Definition]\nfailregex = ^bad <HOST>$\n',
  'action.d/a.conf': '[Definition]\nactionban = ban <ip>\n',
  'a.log': '',
  'jail.conf': `[DEFAULT]
backend = polling
filter = f
action = a
logpath = %(fail2ban_confpath)s/a.log
[one]
enabled = true
[two]
enabled = true
[off]
[bad]
enabled = true
filter = missing
`,
};

const VIEW = { colors: 0 as const, columns: 100 };
const COLOURED = { colors: 1 as const, columns: 100 };
const all = (desk: Desk) => outlineOf(desk, 'all');
const plain = (text: string) => text.replaceAll(/\x1b\[\d+m/g, '');

async function withTrouble() {
  const made = makeDesk(FILES);
  await made.ask('set', 'one', 'banip', '192.0.2.1');
  const one = made.jails.get('one');
  if (one) one.failure = 'actionban returned 3: \x1b[31mno such chain';
  await made.ask('set', 'one', 'banip', '192.0.2.2');
  await made.ask('set', 'two', 'bantime', '-1');
  await made.ask('set', 'two', 'banip', '2001:db8::1');
  return made;
}

describe('f2b status on a terminal', () => {
  test('has a row for each jail, and what is wrong', async () => {
    const { desk, dir } = await withTrouble();
    const text = renderOverview(all(desk), { ...VIEW, columns: 300 }).replaceAll(dir, 'DIR');
    expect(text.split('\n').filter((line) => !line.startsWith('─'))).toEqual([
      expect.stringMatching(/^jail {2}reads +failing {2}failed {2}banned {2}ever$/),
      expect.stringMatching(/^one {3}DIR\/a\.log +0 +0 +2 +2 {2}2 not applied$/),
      expect.stringMatching(/^two {3}DIR\/a\.log +0 +0 +1 +1$/),
      expect.stringMatching(/^bad does not run {2}Jail 'bad' skipped, .*missing/),
      '1 more is not enabled',
      '',
    ]);
  });

  test('never shows a ban that is not in force as one that is', async () => {
    const { desk } = await withTrouble();
    const { jails, nowSec } = all(desk);
    const one = jails.find(({ name }) => name === 'one') as JailOutline;
    const text = renderJailStatus(one, { ...VIEW, columns: 200, short: false, nowSec });
    expect(text).toMatch(/^192\.0\.2\.2 .* not applied: a: actionban returned 3: /m);
    expect(text).toMatch(/^trouble {2}2 not applied$/m);
    expect(renderJailStatus(one, { ...VIEW, short: true, nowSec })).not.toContain('192.0.2.2');
  });

  test('says the end of each ban', async () => {
    const { desk, clock } = await withTrouble();
    clock.advance(120);
    expect(renderBanned(all(desk), VIEW)).toMatch(
      /^192\.0\.2\.1 +2026-11-21 08:54:23 {2}2026-11-21 09:04:23 {2}in 8 min +1 /m,
    );
    expect(renderBanned(all(desk), VIEW)).toMatch(
      /^2001:db8::1 +2026-11-21 08:54:23 {2}for ever +1 {2}by hand$/m,
    );
    clock.advance(600);
    expect(renderBanned(all(desk), VIEW)).toMatch(/ over +1 /);
  });

  test('is the same without colour', async () => {
    const { desk } = await withTrouble();
    for (const render of [renderOverview, renderBanned]) {
      expect(render(all(desk), COLOURED)).toContain('\x1b[');
      expect(plain(render(all(desk), COLOURED))).toBe(render(all(desk), VIEW));
    }
  });

  test.each([60, 80, 120])('fits a terminal of %d columns', async (columns) => {
    const { desk } = await withTrouble();
    const text =
      renderOverview(all(desk), { ...VIEW, columns }) + renderBanned(all(desk), { ...VIEW, columns });
    const rows = text.split('\n').filter((line) => !line.includes('does not run'));
    for (const line of rows) expect([...line].length).toBeLessThanOrEqual(columns);
  });

  test('lets nothing of a log or an id reach the terminal raw', async () => {
    const { desk, ask, jails } = makeDesk(FILES);
    await ask('set', 'one', 'banip', 'joe\x1b]0;x\x07');
    const one = jails.get('one');
    if (one) one.failure = 'bad\x1b[2J';
    await ask('set', 'one', 'banip', 'jim');
    const text = renderBanned(all(desk), VIEW) + renderBanNotes(standingBans(desk, desk.jail('one')));
    expect(text.replaceAll('\n', '')).not.toMatch(/[\x00-\x1f\x7f-\x9f]/);
    expect(text).toContain('joe\\x1b]0;x\\x07');
  });

  test('tells what a server says is wrong', () => {
    const { desk } = makeDesk(FILES);
    const problems = [{ of: '/var/log/\x1bx', message: 'gone' }];
    const health = () => ({ problems: [], jails: [{ name: 'one', problems }] });
    Object.assign(desk, { server: { health } });
    expect(renderOverview(all(desk), VIEW)).toContain('one: /var/log/\\x1bx  gone\n');
    const [one] = all(desk).jails as [JailOutline];
    expect(renderJailStatus(one, { ...VIEW, short: true, nowSec: 0 })).toContain(
      'trouble  /var/log/\\x1bx: gone',
    );
  });

  test('claims nothing about the bans of a server that does not tell', () => {
    const { desk } = makeDesk(FILES);
    const [one] = all(desk).jails as [JailOutline];
    const ban = { id: '192.0.2.1', jail: 'one', timeSec: 0, banTimeSec: -1, banCount: 1 } as HeldBan;
    const jail = {
      ...one,
      ...{ notApplied: undefined, leaving: undefined },
      bans: [{ ban, standing: 'unknown' as const, troubles: [] }],
    };
    const text = renderJailStatus(jail, { ...VIEW, short: false, nowSec: 0 });
    expect(text).toMatch(/^192\.0\.2\.1 .* for ever *$/m);
    expect(statusAsJson({ ...all(desk), jails: [jail] }, { bans: true }).jails[0]).toMatchObject({
      notApplied: null,
      leaving: null,
      bans: [{ standing: 'unknown' }],
    });
  });

  test('tells of a folder without enabled jails', () => {
    const { desk } = makeDesk({ 'jail.conf': '[off]\nenabled = false\n' });
    expect(renderOverview(all(desk), VIEW)).toBe('No jail is enabled.\n1 more is not enabled\n');
    expect(renderBanned(all(desk), VIEW)).toBe('Nobody is banned.\n');
  });
});

describe('what has become of a ban', () => {
  const BAN = { id: 'x', jail: 'j' } as Parameters<typeof standingOf>[0];
  const mark = (state: 'begun' | 'done' | 'failed' | 'skipped', step: 'ban' | 'unban' = 'ban') =>
    ({ state, step, atSec: 0, tries: 1 }) as const;

  test.each([
    ['all actions have done it', { a: mark('done'), b: mark('skipped') }, 'applied'],
    ['an action has not come to it', { a: mark('done') }, 'pending'],
    ['an action failed', { a: mark('done'), b: mark('failed') }, 'failed'],
    ['an action was cut off', { a: mark('begun'), b: mark('done') }, 'failed'],
    ['an action that is gone failed', { a: mark('done'), b: mark('done'), c: mark('failed') }, 'failed'],
  ])('%s: %j', (_, marks, standing) => {
    expect(standingOf({ ...BAN, marks }, ['a', 'b']).standing).toBe(standing);
  });

  test('a jail without actions has nothing to apply', () => {
    expect(standingOf({ ...BAN, marks: {} }, []).standing).toBe('applied');
  });

  test('one that is over but not taken back is leaving', () => {
    const ban = { ...BAN, marks: { a: mark('failed', 'unban') }, leaving: 'expired' as const };
    expect(standingOf(ban, ['a', 'b'])).toMatchObject({
      standing: 'leaving',
      troubles: [{ action: 'a', reason: 'actionunban failed' }],
    });
  });

  test('many of a kind are told in few lines', () => {
    const bans = Array.from({ length: 10 }, (_, i) =>
      standingOf({ ...BAN, id: `192.0.2.${i}`, marks: {} }, ['a']),
    );
    expect(renderBanNotes(bans).split('\n')).toEqual([
      'WARNING: j: 192.0.2.0 is banned, but not applied yet',
      'WARNING: j: 192.0.2.1 is banned, but not applied yet',
      'WARNING: j: 192.0.2.2 is banned, but not applied yet',
      'WARNING: j: 7 more are banned, but not applied yet',
      '',
    ]);
  });
});
