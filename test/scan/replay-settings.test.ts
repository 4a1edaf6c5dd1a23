/** `--set NAME=VALUE` → the plan of a jail with that setting. */
import { describe, expect, test } from '@jest/globals';
import { UsageError } from '../../src/core/errors.js';
import { settingsOf } from '../../src/core/jail/settings.js';
import { changePlan, parseChange } from '../../src/core/scan/replay-settings.js';
import { jailOf } from './replay-world.js';

const changed = (...texts: string[]) => changePlan(jailOf(), texts.map(parseChange));

describe('--set', () => {
  test.each([
    ['maxretry=7', { maxRetry: 7 }],
    [' MaxRetry = 7', { maxRetry: 7 }],
    ['findtime=1h', { findTimeSec: 3600 }],
    ['bantime=1d12h', { banTimeSec: 129_600 }],
    ['bantime=-1', { banTimeSec: -1 }],
    ['maxmatches=0', { maxMatches: 0 }],
  ])('takes %s', (text, expected) => {
    expect(settingsOf(changed(text))).toMatchObject(expected);
  });

  test('takes the family of bantime.increment', () => {
    const plan = changed('bantime.increment=true', 'bantime.factor=2', 'bantime.maxtime=1w');
    expect(settingsOf(plan).growth).toMatchObject({ increment: true, factor: '2', maxTimeSec: 604_800 });
  });

  test('replaces ignoreip', () => {
    const plan = changed('ignoreip=192.0.2.1, 198.51.100.0/24 host.example');
    expect(plan.ignoreIp.map(({ value }) => value)).toEqual(['192.0.2.1', '198.51.100.0/24', 'host.example']);
    expect(changed('ignoreip=').ignoreIp).toEqual([]);
  });

  test('may hold an equals sign in its value', () => {
    expect(changed('ignorecommand=test x=y').ignoreCommand?.value).toBe('test x=y');
  });

  test('lets the last one win', () => {
    expect(settingsOf(changed('maxretry=2', 'maxretry=9')).maxRetry).toBe(9);
  });

  test.each([
    ['a name that is none', 'maxretri=3', 'there is no setting maxretri'],
    ['what the filter decides', 'failregex=x', 'there is no setting failregex'],
    ['no value', 'maxretry', 'it has no value'],
    ['no number', 'maxretry=many', 'many'],
    ['no failure at all', 'maxretry=0', 'one failure at least'],
    ['no time', 'bantime=long', 'long'],
    ['no numbers', 'bantime.multipliers=1 two', 'two'],
  ])('does not take %s', (_, text, message) => {
    const change = () => changePlan(jailOf(), [parseChange(text)]);
    expect(change).toThrow(UsageError);
    expect(change).toThrow(`--set ${text}: `);
    expect(change).toThrow(message);
  });
});
