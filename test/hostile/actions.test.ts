/**
 * Property P6: whatever bytes a log, a name server or another program gives a tag, the command that runs is the one of
 * the action, and the bytes arrive as they are.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { shellRunner } from '../../src/core/action/open-actions.js';
import type { Ban } from '../../src/core/records.js';
import { banOf, open, planOf } from '../action/helpers.js';
import { hostileStrings } from './action-strings.js';

const DIR = mkdtempSync(join(tmpdir(), 'f2b-hostile-'));
const MARK = join(DIR, 'pwned');
const OUT = join(DIR, 'out');
const STRINGS = hostileStrings(MARK);
/** Tags that a stranger can write into. */
const TAGS = [
  'matches',
  'ipmatches',
  'ipjailmatches',
  'F-USER',
  'ip-host',
  'fid',
  'ip',
  'F-X-Y',
  'F-*',
  'raw-ticket',
];

beforeAll(() => {
  expect(STRINGS.length).toBeGreaterThanOrEqual(200);
});
beforeEach(() => writeFileSync(OUT, ''));
afterAll(() => rmSync(DIR, { recursive: true, force: true }));

/** What reaches a program: no NUL, well-formed UTF-8. */
function arriving(text: string): string {
  return Buffer.from(text).toString().replaceAll('\0', '\ufffd');
}

function hostileBan(text: string, i: number): Ban {
  return banOf(text === '' ? `empty-${i}` : text, {
    matches: [{ text }],
    data: { user: text, 'x-y': text },
  });
}

function openReal(command: string, text: () => string) {
  return open([planOf({ commands: { actionban: command, actionunban: command } })], {
    runner: shellRunner,
    resolver: { reverse: async () => text() },
    merged: () => ({ lines: [text()], failures: 1 }),
  });
}

describe.each([
  ['a shell each', false],
  ['one shell for all', true],
])('hostile texts in every tag, %s', (_name, together) => {
  async function banAll(command: string): Promise<readonly boolean[]> {
    let now = '';
    const { actions, journal } = openReal(command, () => now);
    const bans = STRINGS.map(hostileBan);
    if (together) await actions.ban(bans);
    else {
      for (const ban of bans) {
        now = ban.matches[0]?.text ?? '';
        await actions.ban([ban]);
      }
    }
    return journal.outcomes.map(({ ok }) => ok);
  }

  test('in double quotes arrive as they are', async () => {
    const tags = ['matches', 'F-USER', 'fid', 'ip', 'F-X-Y'];
    const results = await banAll(`printf '%s\\0' ${tags.map((tag) => `"<${tag}>"`).join(' ')} >> ${OUT}`);
    expect(results.every((ok) => ok)).toBe(true);
    const expected = STRINGS.flatMap((text, i) => {
      const id = hostileBan(text, i).id;
      return [text, text, id, id, text].map(arriving);
    });
    expect(readFileSync(OUT, 'utf8').split('\0').slice(0, -1)).toEqual(expected);
    expect(existsSync(MARK)).toBe(false);
  });

  test('in single quotes are a name, not a command', async () => {
    await banAll(`printf '%s\\n' '<matches>' >> ${OUT}`);
    const lines = readFileSync(OUT, 'utf8').split('\n');
    expect(lines.filter((line) => line === '$f2bV_matches').length).toBeGreaterThan(150);
    expect(existsSync(MARK)).toBe(false);
  });

  test('without quotes, or in all tags at once, run nothing', async () => {
    await banAll(`echo ${TAGS.map((tag) => `<${tag}>`).join(' ')} > /dev/null`);
    await banAll(
      `echo "${TAGS.map((tag) => `<${tag}>`).join(' ')}" > /dev/null; x="<matches>"; echo "$x" >/dev/null`,
    );
    await banAll(`cat > /dev/null <<EOT\n<matches>\n<F-USER>\n<ip-host>\nEOT\n`);
    expect(existsSync(MARK)).toBe(false);
  });
});

test('names of a name server arrive as they are', async () => {
  let now = '';
  const { actions } = openReal(`printf '%s\\0' "<ip-host>" "<ipmatches>" >> ${OUT}`, () => now);
  for (const text of STRINGS) {
    now = text;
    await actions.ban([banOf('192.0.2.1')]);
  }
  const got = readFileSync(OUT, 'utf8').split('\0').slice(0, -1);
  expect(got).toEqual(STRINGS.flatMap((text) => [arriving(text), arriving(text)]));
  expect(existsSync(MARK)).toBe(false);
});

test('hostile ids never get into a bulk text', async () => {
  const { actions, runner } = open([
    planOf({
      commands: { actionban: 'true', actionunban: 'true' },
      extras: { bulkban: 'cat', bulkban_line: 'add <fid>' },
    }),
  ]);
  await actions.ban([banOf('192.0.2.1'), ...STRINGS.map(hostileBan), banOf('192.0.2.2')]);
  const ids = runner.inputs
    .join('')
    .split('\n')
    .filter((line) => line !== '');
  expect(ids.filter((line) => !/^add [\w.:/][\w.:/@%+-]*$/.test(line))).toEqual([]);
  expect(ids).toContain('add 192.0.2.1');
});
