import { describe, expect, test } from '@jest/globals';
import { compileExpression, ExpressionError } from '../../src/core/jail/expression.js';
import type { PyNumber } from '../../src/core/jail/python-number.js';

const NAMES = { 'ban.Time': 600n, 'ban.Count': 3n, banFactor: 1n };

function value(text: string): PyNumber {
  return compileExpression(text, Object.keys(NAMES))(NAMES);
}

function refusal(text: string): ExpressionError {
  try {
    value(text);
  } catch (error) {
    if (error instanceof ExpressionError) return error;
    throw error;
  }
  throw new Error(`${text} is not refused`);
}

describe('compileExpression', () => {
  // Right column as Python has it: bigint is int, number is float.
  test.each<[string, PyNumber]>([
    ['ban.Time * (1<<(ban.Count if ban.Count<20 else 20)) * banFactor', 4800n],
    ['ban.Time * math.exp(float(ban.Count+1)*banFactor)/math.exp(1*banFactor)', 12051.322153912601],
    ['2.0 / 2.885385', 0.6931484013398559],
    ['1 + 2 * 3', 7n],
    ['(1 + 2) * 3', 9n],
    ['7 / 2', 3.5],
    ['6 / 2', 3],
    ['True / 9007199254740993', 1.1102230246251564e-16],
    ['2 ** 4000 / 2 ** 3998', 4],
    ['-(2 ** 4000) / (2 ** 4000 - 1)', -1],
    ['7 // 2', 3n],
    ['-7 // 2', -4n],
    ['-7 % 2', 1n],
    ['7 % -2', -1n],
    ['7.5 // 2', 3],
    ['-7.5 % 2', 0.5],
    ['2 ** 10', 1024n],
    ['2 ** -1', 0.5],
    ['-2 ** 2', -4n],
    ['2 ** 3 ** 2', 512n],
    ['2 ** 53 + 1', 9007199254740993n],
    ['2 ** 0.5', Math.SQRT2],
    ['1 << 4 | 3 & 2 ^ 1', 19n],
    ['-1 >> 3', -1n],
    ['~5', -6n],
    ['- - 3', 3n],
    ['not 0', 1n],
    ['1 < 2 < 3', 1n],
    ['1 < 3 < 2', 0n],
    ['3 == 3.0', 1n],
    ['3 != 3', 0n],
    ['0 or 5', 5n],
    ['4 and 5', 5n],
    ['0 and 1 / 0', 0n],
    ['1 if ban.Count > 2 else 1 / 0', 1n],
    ['1 if 0 else 2 if 0 else 3', 3n],
    ['min(3, 2.0, 5)', 2],
    ['max(600, 600.0)', 600n],
    ['int(7.9)', 7n],
    ['int(-7.9)', -7n],
    ['float(7)', 7],
    ['abs(-3)', 3n],
    ['round(2.5)', 2n],
    ['round(3.5)', 4n],
    ['round(-2.5)', -2n],
    ['round(2.675, 2)', 2.67],
    ['round(0.125, 2)', 0.12],
    ['round(1250, -2)', 1200n],
    ['round(1350.0, -2)', 1400],
    ['pow(2, 3)', 8n],
    ['math.pow(2, 3)', 8],
    ['math.floor(2.9)', 2n],
    ['math.ceil(2.1)', 3n],
    ['math.sqrt(2)', Math.SQRT2],
    ['math.log(8, 2)', 3],
    ['math.log2(8)', 3],
    ['math.log(2 ** 2000)', 1386.2943611198907],
    ['math.pi', Math.PI],
    ['1e3', 1000],
    ['.5', 0.5],
    ['1_000', 1000n],
    ['0x1f', 31n],
    ['True + True', 2n],
    [' 1\t+\n1 ', 2n],
  ])('reckons %s', (text, result) => {
    expect(value(text)).toBe(result);
  });

  test.each<[string, number, string]>([
    ['', 0, 'it ends'],
    ['1 +', 3, 'it ends'],
    ['(1', 2, 'expected'],
    ['1)', 1, '")"'],
    ['1 2', 2, '"2"'],
    ['ban.Time * nope', 11, 'there is no "nope"'],
    ['ban.__class__', 0, 'there is no'],
    ['__import__("os")', 11, 'not part'],
    ['__import__(1)', 0, 'there is no function'],
    ['open(1)', 0, 'there is no function'],
    ['constructor', 0, 'there is no'],
    ['toString(1)', 0, 'there is no function'],
    ['math.exp', 0, 'needs its arguments'],
    ['math.exp()', 0, 'takes 1 arguments, not 0'],
    ['math.nope(1)', 0, 'there is no function'],
    ['lambda: 1', 6, 'not part'],
    ['[1, 2][0]', 0, 'not part'],
    ['"a"', 0, 'not part'],
    ['1j', 0, 'not a number'],
    ['012', 0, 'does not begin with 0'],
    ['1 if 2', 6, 'expected'],
    ['1; 2', 1, 'not part'],
    ['a = 1', 2, 'not part'],
    ['ban.Time = 1', 9, 'not part'],
    ['if', 0, 'expected'],
    ['1 < else', 4, 'expected'],
    [`${'('.repeat(200)}1${')'.repeat(200)}`, 50, 'too many nested'],
    [`${'-'.repeat(200)}1`, 99, 'too many nested'],
    [`${'1+'.repeat(1500)}1`, 0, 'too long'],
    ['9'.repeat(400), 0, 'too long'],
  ])('refuses %p at %i', (text, index, words) => {
    const error = refusal(text);
    expect(error.code).toBe('expression-syntax');
    expect(error.message).toContain(words);
    expect(error.index).toBe(index);
  });

  test.each<[string, number, string]>([
    ['1 / (ban.Count - 3)', 2, 'division by zero'],
    ['5 // 0', 2, 'by zero'],
    ['2 ** 4000 / 3', 10, 'too large'],
    ['5 % 0.0', 2, 'by zero'],
    ['0 ** -1', 2, 'negative power'],
    ['(-8) ** 0.5', 5, 'not a real number'],
    ['9 ** 9 ** 9', 2, 'too large'],
    ['1 << 99999999', 2, 'too large'],
    ['1 << -1', 2, 'negative shift'],
    ['1.5 << 1', 4, 'unsupported'],
    ['10.0 ** 400', 5, 'too large'],
    ['math.exp(1000)', 0, 'range'],
    ['math.log(0)', 0, 'domain'],
    ['math.sqrt(-1)', 0, 'domain'],
    ['int(math.inf)', 0, 'infinity'],
    ['2 ** 4000 * 1.0', 10, 'too large'],
  ])('gives up on %p at %i when it is reckoned', (text, index, words) => {
    const error = refusal(text);
    expect(error.code).toBe('expression-value');
    expect(error.message).toContain(words);
    expect(error.index).toBe(index);
  });

  test('points at what is wrong', () => {
    expect(refusal('ban.Time * nope').picture).toBe('ban.Time * nope\n           ^');
  });

  test('is compiled once and reckoned with other values each time', () => {
    const half = compileExpression('ban.Time // 2', ['ban.Time']);
    expect([half({ 'ban.Time': 600n }), half({ 'ban.Time': 7n }), half({ 'ban.Time': 7 })]).toEqual([
      300n,
      3n,
      3,
    ]);
  });
});
