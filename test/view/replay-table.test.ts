/** Replays on a terminal: tables that fit, colour that adds nothing but colour, and nothing hostile. */
import { describe, expect, test } from '@jest/globals';
import { renderReplayTable } from '../../src/view/replay-table.js';
import { renderReplay } from '../../src/view/replay-text.js';
import { failLine, loginLine, replayOf, writeLogs } from '../scan/replay-world.js';

const fails = (id: string, ...atSec: number[]): string => atSec.map((at) => failLine(at, id)).join('');
const many = (count: number) => Array.from({ length: count }, (_, i) => i);

const LOG = [
  fails('192.0.2.1', 0, 1, 2),
  loginLine(3, '192.0.2.1'),
  fails('2001:db8::1', 5, 6, 7, 8),
  fails('192.0.2.2', 10, 11),
  fails('192.0.2.1', 2000, 2001, 2002),
].join('');

const strip = (text: string) => text.replace(/\x1b\[[0-9;]*m/g, '');

describe('the table of a replay', () => {
  test('says who would be banned, who logs in, and who is not', async () => {
    const report = await replayOf(writeLogs({ 'a.log': LOG }));
    expect(renderReplayTable(report, { colors: 0, columns: 80 })).toBe(
      `\
test  maxretry 3, findtime 10 min, bantime 10 min
a.log: 13 lines, 2026-11-20 10:00:00 to 2026-11-20 10:33:22
12 failures of 3 addresses

would be banned  times  first                last until  failures  logins
─────────────────────────────────────────────────────────────────────────
192.0.2.1            2  2026-11-20 10:00:02    10:43:22         6       1
2001:db8::1          1  2026-11-20 10:00:07    10:10:07         4

! 192.0.2.1 logged in 1 time on 2026-11-20 10:00:03 (for the first time after 3 failures, 1 while it would have been banned): likely a false alarm

failing, never banned  failures  first                last
─────────────────────────────────────────────────────────────────────────
192.0.2.2                     2  2026-11-20 10:00:10  2026-11-20 10:00:11

3 bans of 2 addresses, banned for 0.5 hours in all, 1 of them also logged in, 1 login would have been kept out
`,
    );
    expect(renderReplayTable(report, { colors: 0, columns: 100 })).toMatch(/^192\.0\.2\.1 .* set by hand$/m);
  });

  test('sets two settings side by side', async () => {
    const report = await replayOf(writeLogs({ 'a.log': LOG }), { set: ['maxretry=2', 'bantime=-1'] });
    const text = renderReplayTable(report, { colors: 0, columns: 100 });
    expect(text).toContain('A: as it is   B: maxretry=2 bantime=-1\n');
    expect(text).toMatch(/^addresses banned +2 +3 +\+1$/m);
    expect(text).toMatch(/^bans +3 +3$/m);
    expect(text).toMatch(/^only B bans +times +first +last until +failures$/m);
    expect(text).toMatch(/^192\.0\.2\.2 +1 +2026-11-20 10:00:11 +for ever +2$/m);
    expect(text).toMatch(
      /^192\.0\.2\.1 +2 for 20 min +2026-11-20 10:00:02 +1 for ever +at the same time|1 s earlier$/m,
    );
    expect(text).toContain('0 addresses are banned alike\n');
  });

  test.each([72, 80, 120])('stays within a terminal of %i columns', async (columns) => {
    const report = await replayOf(writeLogs({ 'a.log': fails('192.0.2.1', 0, 1, 2) }), {
      filter: { failregex: '^ fail <HOST>$' },
    });
    const rows = renderReplayTable(report, { colors: 0, columns }).split('\n');
    const table = rows.filter((row) => /would be|─|^192/.test(row));
    expect(table).toHaveLength(3);
    for (const row of table) expect(row.length).toBeLessThanOrEqual(columns);
  });

  test('adds nothing but colour by colour', async () => {
    for (const set of [undefined, ['maxretry=2']]) {
      const report = await replayOf(writeLogs({ 'a.log': LOG }), set ? { set } : {});
      const view = { columns: 100 };
      const plain = renderReplayTable(report, { ...view, colors: 0 });
      const colored = renderReplayTable(report, { ...view, colors: 1 });
      expect(colored).not.toBe(plain);
      expect(strip(colored)).toBe(plain);
      const lines = [...renderReplay(report, { colors: 0, lines: true })].join('');
      expect(strip([...renderReplay(report, { colors: 1, lines: true })].join(''))).toBe(lines);
    }
  });

  test('counts what there is no room for', async () => {
    const text =
      many(60)
        .map((i) => fails(`192.0.2.${i}`, i, i, i))
        .join('') +
      many(30)
        .map((i) => fails(`198.51.100.${i}`, 70))
        .join('');
    const report = await replayOf(writeLogs({ 'a.log': text }));
    const shown = renderReplayTable(report, { colors: 0, columns: 100 });
    expect(shown).toContain('\n20 more: f2b replay … | less\n');
    expect(shown).toContain('\n20 addresses more, with fewer failures\n');
    expect(shown.match(/^192\.0\.2\./gm)).toHaveLength(40);
  });

  test('shows what a log holds as text', async () => {
    const filter = { failregex: '^ fail <F-ID>.+</F-ID>$' };
    const text = fails('\x1b[2J\u202eevil', 0, 1, 2) + fails('\x07quiet', 5);
    const report = await replayOf(writeLogs({ 'a.log': text }), { filter, set: ['maxretry=1'] });
    for (const shown of [
      renderReplayTable(report, { colors: 0, columns: 100 }),
      [...renderReplay(report, { colors: 0, lines: true })].join(''),
    ]) {
      expect(shown).toContain('\\x1b[2J\\u202eevil');
      expect(shown).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]/);
    }
  });
});
