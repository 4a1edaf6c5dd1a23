/**
 * Classic shapes of catastrophic backtracking: whatever the line, a Pattern under `guarded` and `demote` decides it in
 * bounded time, and still finds what matches.
 */
import { describe, expect, test } from '@jest/globals';
import { guarded } from '../../src/core/pattern/budget.js';
import { Pattern } from '../../src/core/pattern/pattern.js';
import { type AttackShape, pump } from './attack-lines.js';
import { decide, FOREVER_MS } from './decide.js';

interface Shape extends AttackShape {
  readonly name: string;
  readonly pattern: string;
  /** An end with which the pumped line does match. */
  readonly good: string;
}

const shape = (
  name: string,
  pattern: string,
  parts: [prefix: string, piece: string, bad: string, good: string],
): Shape => ({
  name,
  pattern,
  prefix: parts[0],
  piece: parts[1],
  suffix: parts[2],
  good: parts[3],
});

/** 2^n ways at least: V8 is stuck at a few dozen characters. */
const EXPONENTIAL: Shape[] = [
  shape('nested plus', '^(?:a+)+$', ['', 'a', '!', '']),
  shape('nested stars', '^(?:a*)*$', ['', 'a', '!', '']),
  shape('nested lazy loops', '^(?:a+?)+?$', ['', 'a', '!', '']),
  shape('three levels', '^(?:(?:a+)+)+$', ['', 'a', '!', '']),
  shape('captures in the loop', '^((a+)+)+$', ['', 'a', '!', '']),
  shape('equal branches', '^(?:a|a)+$', ['', 'a', '!', '']),
  shape('overlapping branches', '^(?:a|aa)+$', ['', 'a', '!', '']),
  shape('overlapping classes', String.raw`^(?:\w|\d)+$`, ['', '1', '!', '']),
  shape('words and optional blanks', String.raw`^(?:\w+\s?)*$`, ['', 'aaaa ', '!', '']),
  shape('blanks round words', String.raw`^(?:\s*\w+\s*)+:$`, ['', 'a ', '!', ':']),
  shape('dots in a loop', '^(?:.*,)*x$', ['', ',', '!', 'x']),
  shape('a quoted string', String.raw`^"(?:[^"\\]+|\\.)*"$`, ['"', 'a', '', '"']),
  shape('key=value pairs', String.raw`^(?:\w+=\S*\s*)*end$`, ['', 'a=', '!', ' end']),
  shape('path segments', String.raw`^GET (?:/?[\w.-]*)*\.php$`, ['GET ', '/a', '!', '.php']),
  shape('an e-mail address', String.raw`^\w(?:[-.+]?\w+)*@x$`, ['', 'a', '!', '@x']),
  shape(
    'a structured syslog prefix',
    String.raw`^(?:<\d+>1 )?(?:\S+\s+)*(?:\[(?:[^\]"]*(?:"[^"]*")?)*\]\s*)*failed`,
    ['<1>1 ', '[a ', '!', ' failed'],
  ),
  shape('structured data', String.raw`^(?:\[(?:[^\]"]+|"[^"]*")*\]\s*)+failed`, ['[', 'a', '!', '] failed']),
  shape('a syslog prefix of words', String.raw`^\s*(?:\S+\s+)*(?:\S+\s*)*\[\d+\]: failed`, [
    '',
    'a ',
    '!',
    'x[1]: failed',
  ]),
  shape('a dotted name', String.raw`^(?:[\w-]*\.?)*:\d+$`, ['', 'a', '!', ':1']),
  shape('rounds that may be empty', '^(?:a?b?)+c$', ['', 'ab', '!', 'c']),
  shape('within a look-ahead', '^(?=(?:a+)+$)a', ['', 'a', '!', '']),
  shape('within a negative look-ahead', '^(?!(?:a+)+!)a+$', ['', 'a', '?', '']),
  shape('within an atomic group', '^(?>(?:a+)+)$', ['', 'a', '!', '']),
  shape('under (?i)', '(?i)^(?:k+)+$', ['', 'kK', '!', '']),
  shape('beyond ASCII', String.raw`^(?:\w+)+$`, ['', 'é', '!', '']),
  shape('beyond the BMP', '^(?:.+)+$', ['', '😀', '\n\n', '']),
  shape('with a group that is asked for', '^(<)?(?:a+)+(?(1)>|$)', ['<', 'a', '!', '>']),
  shape('with a quote that comes again', String.raw`^(["'])?(?:a+)+(?:\1)!$`, ['"', 'a', '', '"!']),
  shape('over many lines', String.raw`(?m)^(?:[^\n]+\n?)*x$`, ['', 'a\n', '!', 'x']),
];

/** n² and more: stuck at some ten thousand characters. */
const POLYNOMIAL: Shape[] = [
  shape('blanks before the end', String.raw`\s+$`, ['', ' ', '!', '']),
  shape('dots one behind the other', 'user=.*ip=.*port=.*rhost=x', ['', 'user=ip=port=', '!', 'rhost=x']),
  shape('classes one behind the other', String.raw`^\w*\d*\w*\d*x$`, ['', '1', '!', 'x']),
  shape('unanchored loops', '(?:x+x+)+y', ['', 'x', '!', 'y']),
  shape('lazy dots', 'a.*?b.*?c.*?d', ['', 'abc', '!', 'd']),
];

const LENGTHS = [64, 1000, 65_536];

describe('an exponential pattern', () => {
  test.each(EXPONENTIAL)('$name: no line up to 64 KiB holds it', ({ pattern: source, good, ...attack }) => {
    const pattern = Pattern.compile(source);
    for (const length of LENGTHS) expect(decide(pattern, pump(attack, length)).verdict).toBe('no match');
    for (const length of LENGTHS)
      expect(decide(pattern, pump({ ...attack, suffix: good }, length)).verdict).toBe('match');
  });

  test('does hold V8: the guard is what ends it, and it is told which pattern was stuck', () => {
    const stuck = EXPONENTIAL.filter(
      ({ pattern, ...attack }) => decide(Pattern.compile(pattern), pump(attack, 120)).stuck,
    );
    expect(stuck.length).toBeGreaterThan(EXPONENTIAL.length / 2);
  });
});

describe('a polynomial pattern', () => {
  test.each(POLYNOMIAL)('$name: no line up to 64 KiB holds it', ({ pattern: source, good, ...attack }) => {
    const pattern = Pattern.compile(source);
    pattern.demote();
    for (const length of LENGTHS) expect(decide(pattern, pump(attack, length)).verdict).toBe('no match');
    for (const length of LENGTHS)
      expect(decide(pattern, pump({ ...attack, suffix: good }, length)).verdict).toBe('match');
  });
});

describe('what no memory can help', () => {
  /** Here what was captured decides, and there are n² captures. */
  const references = [
    shape('a reference to what a loop took', String.raw`^(a+)+\1!$`, ['', 'a', '', '!']),
    shape('a loop over a reference', String.raw`^(a*)(?:\1a?)*!$`, ['', 'a', '', '!']),
  ];

  test.each(references)('$name: the step budget ends it', ({ pattern: source, good: _, ...attack }) => {
    const pattern = Pattern.compile(source);
    pattern.demote();
    expect(decide(pattern, pump(attack, 30)).verdict).toBe('no match');
    expect(decide(pattern, pump(attack, 65_536)).verdict).toBe('over budget');
    expect(pattern.exceededCount).toBe(1);
  });

  test('a pattern that was demoted still decides ordinary lines', () => {
    const pattern = Pattern.compile(String.raw`^(a+)+\1!$`);
    expect(decide(pattern, 'a'.repeat(65_536)).verdict).not.toBe('match');
    expect(decide(pattern, 'aa!').verdict).toBe('match');
    expect(decide(pattern, 'a!').verdict).toBe('no match');
  });
});

describe('a line of 10 MB', () => {
  test.each(['^(?:a|b)*c$', '^(?:a+)+$', '^(?:a|aa)+$', '^(a|b)*$', 'a.*b', String.raw`(?:\w+\s?)*!`])(
    'is decided or given up against %s, and nothing overflows',
    (source) => {
      const pattern = Pattern.compile(source);
      pattern.demote();
      const line = 'a'.repeat(10_000_000);
      const result = guarded(() => pattern.test(line, true), FOREVER_MS);
      expect(result.done).toBe(true);
    },
  );
});
