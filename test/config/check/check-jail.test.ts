import { afterAll, describe, expect, test } from '@jest/globals';
import type { FormulaJudge } from '../../../src/core/config/check/index.js';
import { check, removeTrees } from './tree.js';

afterAll(removeTrees);

/** Knows only what has a 1 in it. */
const judgeFormula: FormulaJudge = (option, text) =>
  text.includes('1') ? undefined : { message: `no 1 in ${option}`, index: 2, hint: 'Put one in.' };

const found = async (text: string, given = true) => {
  const changes = { 'jail.local': `[app]\n${text}\n[other]\nbantime.formula = x\n` };
  const { found } = await check(changes, [], given ? { judgeFormula } : {});
  return found.filter(({ level }) => level === 'error');
};

describe('formulas of ban times', () => {
  test.each([
    ['bantime.formula = ab', 'jail.local:2:21'],
    ['bantime.factor = 2 * 3', 'jail.local:2:20'],
    ['bantime.formula = %(x)s\nx = ab', 'jail.local:3:7'],
  ])('%j is handed to who knows them', async (text, at) => {
    const option = text.split(' ')[0] as string;
    expect(await found(text)).toMatchObject([
      {
        code: 'bad-formula',
        at,
        suggestion: 'Put one in.',
        jail: 'app',
        message: `${option} cannot be reckoned: no 1 in ${option}`,
      },
    ]);
  });

  test.each([
    ['one that can be reckoned', 'bantime.formula = 1 + 2'],
    ['none', 'bantime.formula ='],
  ])('are no mistake: %s', async (_, text) => {
    expect(await found(text)).toEqual([]);
  });

  test('are found wrong once', async () => {
    expect(await found('bantime.factor = two')).toMatchObject([{ code: 'bad-number' }]);
  });

  test('are not looked at where nobody knows them', async () => {
    expect(await found('bantime.formula = ab', false)).toEqual([]);
  });
});
