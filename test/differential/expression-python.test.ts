/**
 * Formulas as Python reckons them: random expressions of everything that a formula may use, by both. Python's answer
 * tells int from float; digits are the same, but for functions whose last digit depends on the C library.
 */
import { spawnSync } from 'node:child_process';
import { describe, expect, test } from '@jest/globals';
import { compileExpression, ExpressionError } from '../../src/core/jail/expression.js';
import { reprFloat } from '../../src/core/python-repr.js';
import { seededRandom } from '../jail/seeded-random.js';

const present = spawnSync('python3', ['--version']).status === 0;
if (!present) console.warn('python3 is not installed: formulas are not compared with it');

const SCRIPT = `
import sys, json, math, warnings
warnings.simplefilter('ignore')
class Ban: Time = 600; Count = 3
out = []
for text in json.load(sys.stdin):
    try:
        value = eval(text, {'ban': Ban, 'banFactor': 0.75, 'math': math})
        if isinstance(value, complex): raise ValueError('complex')
        out.append(['float', repr(value)] if isinstance(value, float) else ['int', str(int(value))])
    except Exception as e:
        out.append(['error', str(e)])
json.dump(out, sys.stdout)
`;

type Answer = readonly [kind: 'int' | 'float' | 'error', text: string];

const NAMES = { 'ban.Time': 600n, 'ban.Count': 3n, banFactor: 0.75 };
const LEAVES = [
  'ban.Time',
  'ban.Count',
  'banFactor',
  'math.pi',
  'True',
  '0',
  '1',
  '2',
  '7',
  '20',
  '1.5',
  '0.1',
];
const MORE_LEAVES = ['2.5', '-3', '1e3', '.25', '123456789', '0x1f', '1_000', '9007199254740993'];
const OPERATORS = [
  '+',
  '-',
  '*',
  '/',
  '//',
  '%',
  '<',
  '>',
  '<=',
  '>=',
  '==',
  '!=',
  '&',
  '|',
  '^',
  'and',
  'or',
];
const EXACT = [
  'int',
  'float',
  'abs',
  'round',
  'math.floor',
  'math.ceil',
  'math.trunc',
  'math.fabs',
  'math.sqrt',
];
const INEXACT = [
  'math.exp',
  'math.log',
  'math.log2',
  'math.log10',
  'math.log1p',
  'math.sin',
  'math.atan',
  'math.cosh',
];
const INEXACT2 = ['math.pow', 'math.hypot', 'math.atan2', 'math.log', 'pow'];

/** Powers and shifts stay small: Python has no bounds. */
function randomExpression(random: () => number, { depth, exact }: { depth: number; exact: boolean }): string {
  const pick = (items: readonly string[]) => items[Math.floor(random() * items.length)]!;
  const part = (): string => {
    const text = randomExpression(random, { depth: depth - 1, exact });
    return random() < 0.5 ? `(${text})` : text;
  };
  if (depth === 0) return pick(random() < 0.7 ? LEAVES : MORE_LEAVES);
  const dice = random();
  if (dice < 0.5) return `${part()} ${pick(OPERATORS)} ${part()}`;
  if (dice < 0.56) return `${pick(['-', '+', '~', 'not '])}${part()}`;
  if (dice < 0.62) return `(${part()}) ${pick(['<<', '>>'])} ${pick(['0', '3', '11', '-1'])}`;
  if (dice < 0.7) return `${part()} if ${part()} else ${part()}`;
  if (dice < 0.76) return `${pick(['min', 'max'])}(${part()}, ${part()})`;
  if (dice < 0.8) return `round(${part()}, ${pick(['0', '1', '2', '-1', '-2'])})`;
  if (dice < 0.84) return `(int(${part()}) % 50) ** ${pick(['0', '1', '2', '5'])}`;
  if (exact || dice < 0.9) return `${pick(EXACT)}(${part()})`;
  if (dice < 0.95) return `${pick(INEXACT2)}(abs(${part()}) % 40, ${pick(['2', '0.5', '-1', '3.25'])})`;
  return `${pick(INEXACT)}(${part()})`;
}

function ours(text: string): Answer {
  try {
    const value = compileExpression(text, Object.keys(NAMES))(NAMES);
    return typeof value === 'bigint' ? ['int', String(value)] : ['float', reprFloat(value)];
  } catch (error) {
    if (error instanceof ExpressionError) return ['error', error.message];
    throw error;
  }
}

function ask(texts: readonly string[]): readonly Answer[] {
  const { stdout, status } = spawnSync('python3', ['-c', SCRIPT], {
    input: JSON.stringify(texts),
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  expect(status).toBe(0);
  return JSON.parse(stdout) as Answer[];
}

function isSame(mine: Answer, theirs: Answer, exact: boolean): boolean {
  if (mine[0] === 'error' && mine[1].startsWith('the number becomes too large')) return true;
  if (mine[0] !== theirs[0]) return false;
  if (mine[0] === 'error' || mine[1] === theirs[1]) return true;
  if (exact || mine[0] === 'int') return false;
  const [a, b] = [Number(mine[1]), Number(theirs[1])];
  return Math.abs(a - b) <= 1e-12 * Math.max(Math.abs(a), Math.abs(b), 1);
}

const suite = present ? describe : describe.skip;

suite('formulas beside Python', () => {
  test.each([
    ['arithmetic, to the last digit', true, 6_000],
    ['functions, to twelve digits', false, 3_000],
  ])('%s', (_, exact, count) => {
    const random = seededRandom(exact ? 11 : 12);
    const texts = Array.from({ length: count }, (_, i) =>
      randomExpression(random, { depth: 1 + (i % 4), exact }),
    );
    const theirs = ask(texts);
    const different = texts
      .map((text, i) => ({ text, mine: ours(text), theirs: theirs[i]! }))
      .filter(({ mine, theirs }) => !isSame(mine, theirs, exact));
    expect(different.slice(0, 10)).toEqual([]);
    expect(theirs.filter(([kind]) => kind !== 'error').length).toBeGreaterThan(count / 2);
  });

  test('the formulas of the manual, for many counts', () => {
    const factors = ['1', '2', '0.5', '2.0 / 2.885385'];
    const texts = factors.flatMap((factor) =>
      Array.from({ length: 30 }, (_, count) => [
        `600 * (1<<(${count} if ${count}<20 else 20)) * (${factor})`,
        `600 * math.exp(float(${count}+1)*(${factor}))/math.exp(1*(${factor}))`,
      ]).flat(),
    );
    const theirs = ask(texts);
    expect(texts.filter((text, i) => !isSame(ours(text), theirs[i]!, text.includes('<<')))).toEqual([]);
  });
});
