/** The line passer passes the very lines that looking at each of them would pass, as long as their dates are plain. */
import { describe, expect, test } from '@jest/globals';
import { LinePasser } from '../../src/core/filter/passer/passer.js';
import { automatonOf } from '../../src/core/pattern/automaton.js';
import { Pattern } from '../../src/core/pattern/pattern.js';
import { DateDetector } from '../../src/core/time/detector.js';
import type { DateTable, Template } from '../../src/core/time/template.js';
import { seeded } from '../differential/exact-random.js';
import { endBy } from '../pattern/run-automaton.js';

const LF = 0x0a;

/** Passes all it can, and steps over each line that has to be looked at: [start of the line it stopped at, lines before]. */
function walk(passer: LinePasser, block: Buffer): { stops: number[]; lines: number; dates: string[] } {
  expect(passer.load(block)).toBe(true);
  const seen = { stops: [] as number[], lines: 0, dates: [] as string[] };
  for (let at = 0; at < block.length; ) {
    at = passer.pass(at);
    seen.lines += passer.lines;
    if (passer.lines > 0) {
      // The last line ends where the pass ended.
      expect(block.indexOf(LF, passer.lastStart)).toBe(at - 1);
      seen.dates.push(block.toString('latin1', passer.lastStart, passer.lastDateEnd));
    }
    if (at === block.length) break;
    seen.stops.push(at);
    at = block.indexOf(LF, at) + 1;
  }
  return seen;
}

/** The same by looking at each line. `date` is the regular expression of a date at the start of a text. */
function reference(block: Buffer, strings: readonly string[], date: Pattern, behindBracket = false) {
  const seen = { stops: [] as number[], lines: 0, dates: [] as string[] };
  const table = automatonOf(date.parsed.root)!;
  const text = block.toString('latin1');
  let last: string | undefined;
  for (let at = 0; at < text.length; ) {
    const newline = text.indexOf('\n', at);
    const line = text.slice(at, newline);
    const lead = behindBracket ? line.indexOf('[') + 1 : /^\W{0,2}/.exec(line)![0].length;
    const end = date.matchEnd(`${line}\nx`, true, lead);
    const inBrackets =
      (behindBracket && lead > 0 && line[end] === ']') ||
      (!behindBracket && line[lead - 1] === '[' && line[end] === ']') ||
      (!behindBracket && line[lead - 1] === '(' && line[end] === ')');
    const isPlain =
      line !== '' && !line.startsWith('#') && !line.endsWith('\r') && end > lead && end < line.length;
    // What might go on behind the line is for others to look at.
    const isOpen = endBy(table, line.slice(lead)) === 'open';
    const isPassed =
      isPlain &&
      !isOpen &&
      ((lead === 0 && !behindBracket) || inBrackets) &&
      !strings.some((string) => line.includes(string));
    if (isPassed) {
      seen.lines++;
      last = line.slice(0, end);
    }
    if (!isPassed || newline === text.length - 1) {
      if (last !== undefined) seen.dates.push(last);
      last = undefined;
      if (!isPassed) seen.stops.push(at);
    }
    at = newline + 1;
  }
  return seen;
}

const DATE = Pattern.compile('(?:\\d{4}-)?\\d\\d-\\d\\d(?: \\d\\d:\\d\\d(?:\\.\\d{1,30})?)?(?=\\b|\\W|$)');

function randomBlock(seed: number, strings: readonly string[]): Buffer {
  const random = seeded(seed);
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)]!;
  const dates = [
    '11-22 03:04',
    '11-22 03:05',
    '2026-11-22 03:04',
    '11-22',
    '11-22 03:04.123456',
    `2026-11-22 03:04.${'1234567890'.repeat(2)}`,
  ];
  // Longer than what is remembered of a head.
  const longer = (text: string): string =>
    text.length > 30 && random() < 0.5 ? `${text}${pick(['1', '2', 'x'])}` : text;
  let date = pick(dates);
  const lines = Array.from({ length: 300 }, () => {
    if (random() < 0.2) date = pick(dates);
    const [open, close] = pick([
      ['', ''],
      ['', ''],
      ['', ''],
      ['[', ']'],
      ['(', ')'],
      ['[', ')'],
      ['  ', ''],
    ]);
    const words = Array.from({ length: Math.floor(random() * 8) }, () => {
      if (random() < 0.03) return pick(strings);
      // Pieces of strings, so that much looks like one.
      return random() < 0.3
        ? pick(strings).slice(0, -1)
        : pick(['up', 'the', 'line ', '  ', '-', '\x00', '\x7f']);
    });
    const line = `${open}${longer(date)}${close}${pick([' ', '', 'x', ':', '9'])}${words.join(pick(['', ' ']))}`;
    return pick([
      line,
      line,
      line,
      line,
      line,
      line,
      line,
      '',
      '#',
      `#[${date}] x`,
      `${line}\r`,
      `#[${date}] x`,
      '\r',
      '[',
      ' ',
      words.join(''),
    ]);
  });
  return Buffer.from(`${lines.join('\n')}\n`, 'latin1');
}

const tableOf = (date: Pattern, behindBracket = false): DateTable => ({
  ...automatonOf(date.parsed.root)!,
  behindBracket,
});
const TABLE = tableOf(DATE);

describe('the line passer', () => {
  test.each([
    [['fail']],
    [['ab']],
    [[': reject:', ': milter-reject:', 'too many errors after ']],
    [
      [
        'failure',
        'failed',
        'Failed',
        'invalid',
        'Invalid',
        'xy',
        ' not allowed because',
        'aaaa',
        'aaab',
        'abab',
      ],
    ],
    [Array.from({ length: 128 }, (_, i) => `word${i}!`)],
  ])('passes what holds none of the strings, set %#', (strings) => {
    const passer = LinePasser.of(strings)!;
    expect(passer.use(TABLE)).toBe(true);
    let lines = 0;
    for (let seed = 1; seed <= 40; seed++) {
      const block = randomBlock(seed, strings);
      const seen = walk(passer, block);
      expect(seen).toEqual(reference(block, strings, DATE));
      lines += seen.lines;
    }
    expect(lines).toBeGreaterThan(1000);
  });

  test('passes lines with a date in brackets somewhere', () => {
    const date = Pattern.compile(`((?:${DATE.source.replace('(?=', ')?)(?=')}`);
    const passer = LinePasser.of(['fail', 'up'])!;
    passer.use(tableOf(date, true));
    let lines = 0;
    for (let seed = 1; seed <= 40; seed++) {
      const text = randomBlock(seed, ['fail', 'up']).toString('latin1');
      const leading = /^([^\n#]*?)((?:\d{4}-)?\d\d-\d\d(?: \d\d:\d\d(?:\.\d{1,30})?)?)/gm;
      const moved = text.replaceAll(leading, (_, head, found) => `${head.replace(/[[(]/, '')}x - [${found}]`);
      const block = Buffer.from(moved, 'latin1');
      const seen = walk(passer, block);
      expect(seen).toEqual(reference(block, ['fail', 'up'], date, true));
      lines += seen.lines;
    }
    expect(lines).toBeGreaterThan(300);
  });

  test('knows nothing of another table or block any more', () => {
    const passer = LinePasser.of(['fail'])!;
    const other = Pattern.compile('\\d\\d:\\d\\d(?=\\b|\\W|$)');
    const block = Buffer.from('11-22 03:04 up\n11:22 03:04 up\n11-22 03:04 up\n');
    for (const date of [DATE, other, DATE]) {
      passer.use(date === DATE ? TABLE : tableOf(date));
      expect(walk(passer, block)).toEqual(reference(block, ['fail'], date));
    }
  });

  test('refuses what is too much for it', () => {
    expect(LinePasser.of([])).toBeUndefined();
    expect(LinePasser.of(['a'])).toBeUndefined();
    expect(LinePasser.of(Array.from({ length: 129 }, (_, i) => `word${i}`))).toBeUndefined();
    expect(LinePasser.of(['a'.repeat(17 * 1024)])).toBeUndefined();
    const passer = LinePasser.of(['ab'])!;
    expect(passer.load(Buffer.alloc(128 * 1024 + 1, '\n'))).toBe(false);
    expect(passer.use({ ...TABLE, table: new Uint16Array(32 * 1024 + 1) })).toBe(false);
  });

  test('does not see what was in a longer block', () => {
    const passer = LinePasser.of(['fail'])!;
    passer.use(TABLE);
    const line = '11-22 03:04 nothing\n';
    for (let before = 0; before < 40; before++) {
      passer.load(Buffer.from(`${line}11-22 ${'x'.repeat(before)}fail\n`));
      expect(walk(passer, Buffer.from(line))).toEqual({ stops: [], lines: 1, dates: ['11-22 03:04'] });
    }
  });

  test('fills a block to the brim', () => {
    const passer = LinePasser.of(['fail'])!;
    passer.use(TABLE);
    const line = '11-22 03:04 something that is none\n';
    const text = line.repeat(Math.floor((128 * 1024) / line.length));
    const block = Buffer.from(
      text
        .slice(0, -1)
        .padEnd(128 * 1024 - 5, '.')
        .concat('fail\n'),
    );
    expect(block.length).toBe(128 * 1024);
    expect(walk(passer, block)).toEqual(reference(block, ['fail'], DATE));
  });
});

/** Lines with a date of each of fail2ban's own layouts, whole and broken. */
function datedTexts(seed: number): string[] {
  const random = seeded(seed);
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)]!;
  const number = (digits: number): string =>
    String(Math.floor(random() * 10 ** digits)).padStart(digits, '0');
  const pieces = {
    X: () => `@40000000${number(8)}${pick(['', number(8)])}`,
    y: () => pick(['26', number(2)]),
    Y: () => pick(['2026', '2025', '1999', number(4)]),
    m: () => pick(['11', '02', '2', number(2)]),
    d: () => pick(['22', '30', '3', ' 3', number(2)]),
    b: () => pick(['Nov', 'nov', 'Feb', 'Nop']),
    a: () => pick(['Sun', 'Fri', 'Day']),
    T: () =>
      `${pick(['03', '3', '23', number(2)])}:${pick(['04', number(2)])}:${pick(['05', '60', number(2)])}`,
    f: () => pick(['', '', '.1', '.123456', '.1234567', ',12']),
    z: () => pick(['', '', 'Z', '+01:00', ' +0100', ' -02', ' EST']),
  };
  const layouts = [
    'Y-m-dTTfz',
    'Y-m-d Tfz',
    'Y/m/d Tf',
    'a b d Tf Y',
    'b d Tf',
    'b d Y Tf',
    'd/m/Y T',
    'd/b/Y:Tfz',
    'Ymd T',
    'X',
    'ymd T',
    'm/d/Y:T',
    'd-m-Y T',
    '<m/d/y@T>',
    'b d, Y T AM',
    'b-d-y T',
    'Z a b d T',
    'm-d-Y Tf',
    'T',
  ];
  return Array.from({ length: 3000 }, () => {
    const layout = pick(layouts);
    const text = [...layout].map((char) => (char in pieces ? pieces[char as 'Y']() : char)).join('');
    const broken = random() < 0.2 ? text.replace(pick([...text]), pick([...' :-0aZ'])) : text;
    return `${broken}${pick([' srv app', ' 2026 x', 'x', ']', ': y', '', '.', ' 20'])}`;
  });
}

test('dates of all layouts that stand at the begin of a line are found by table as by RegExp', () => {
  const detector = new DateDetector({ clock: { nowSec: () => 1795320000 } });
  const templates = detector.templates.map(({ template }) => template as Template);
  const withTable = templates.filter((template) => template.table !== undefined);
  expect(withTable.length).toBeGreaterThan(10);
  for (const [i, template] of withTable.entries()) {
    const table = template.table!;
    const body = Pattern.compile(template.regex.replace('^(?:\\W{0,2})?', ''));
    let matched = 0;
    for (const text of datedTexts(i + 1)) {
      const end = endBy(table, text);
      if (end === 'open') continue;
      expect([template.name, text, end]).toEqual([template.name, text, body.matchEnd(`${text}\n`, true, 0)]);
      if (end > 0) matched++;
    }
    expect([template.name, matched > 0]).toEqual([template.name, true]);
  }
});
