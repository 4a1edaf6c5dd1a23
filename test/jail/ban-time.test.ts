import { describe, expect, test } from '@jest/globals';
import { ConfigError } from '../../src/core/errors.js';
import {
  compileGrowth,
  foundBadRecord,
  increaseBanRecord,
  isBadRecord,
  knownBadWeight,
  restoredBanTime,
  termOf,
} from '../../src/core/jail/ban-time.js';
import { ExpressionError } from '../../src/core/jail/expression.js';
import type { GrowthSettings, JailSettings } from '../../src/core/jail/settings.js';
import type { Reputation } from '../../src/core/records.js';

const PLAIN: GrowthSettings = {
  increment: true,
  factor: undefined,
  formula: undefined,
  multipliers: undefined,
  maxTimeSec: undefined,
  rndTimeSec: undefined,
  overallJails: false,
};
const EXPONENTIAL = 'ban.Time * math.exp(float(ban.Count+1)*banFactor)/math.exp(1*banFactor)';
const MULTIPLIERS = '1 5 30 60 300 720 1440 2880';

function grown(growth: Partial<GrowthSettings>, counts: readonly number[], baseSec = 600): number[] {
  const rule = compileGrowth({ ...PLAIN, ...growth }, () => 0.5);
  return counts.map((count) => rule.grow(baseSec, count).seconds);
}

const reputation = (banCount: number): Reputation => {
  return { id: '192.0.2.1', family: 'inet4', jail: 'j', timeSec: 1000, banTimeSec: 600, banCount };
};
const when = (sec: number) => `<${sec}>`;

describe('growth of ban times', () => {
  test('doubles with each ban, twenty times', () => {
    expect(grown({}, [0, 1, 2, 3, 7])).toEqual([600, 1200, 2400, 4800, 76800]);
    expect(grown({}, [20, 21, 500])).toEqual([629145600, 629145600, 629145600]);
  });

  test('multiplies by the factor', () => {
    expect(grown({ factor: '2' }, [0, 1, 2])).toEqual([1200, 2400, 4800]);
  });

  test('follows a list of multipliers, and stays at the last', () => {
    expect(grown({ multipliers: MULTIPLIERS }, [0, 1, 2, 7, 8, 99])).toEqual([
      600, 3000, 18000, 1728000, 1728000, 1728000,
    ]);
  });

  test('multiplies multipliers by the factor, and lets them shorten', () => {
    expect(grown({ multipliers: ' 1  5\n30 ', factor: '0.5' }, [0, 1, 2])).toEqual([300, 1500, 9000]);
  });

  test('prefers multipliers to a formula', () => {
    expect(grown({ multipliers: '3', formula: '1' }, [1])).toEqual([1800]);
  });

  test('follows a formula', () => {
    expect(grown({ formula: EXPONENTIAL }, [0, 1, 2])).toEqual([600, 1630.9690970754273, 4433.43365935839]);
    expect(grown({ formula: EXPONENTIAL, factor: '2.0 / 2.885385' }, [1])).toEqual([1200.0014649367868]);
  });

  test('is never shorter than the bantime by a formula', () => {
    expect(grown({ formula: '5' }, [1, 2])).toEqual([600, 600]);
    expect(grown({ formula: '-1' }, [1])).toEqual([600]);
  });

  test('is capped, and only then varied', () => {
    expect(grown({ maxTimeSec: 3600 }, [1, 2, 3, 20])).toEqual([1200, 2400, 3600, 3600]);
    expect(grown({ maxTimeSec: 3600, rndTimeSec: 100 }, [1, 20])).toEqual([1250, 3650]);
  });

  test('says whether Python would hold an int or a float', () => {
    const kind = (growth: Partial<GrowthSettings>, count = 1) =>
      compileGrowth({ ...PLAIN, ...growth }, () => 0).grow(600, count).kind;
    expect(kind({})).toBe('int');
    expect(kind({ factor: '0.5' })).toBe('int');
    expect(kind({ factor: '1.5' })).toBe('float');
    expect(kind({ formula: 'ban.Time * 2.0' })).toBe('float');
    expect(kind({ rndTimeSec: 1 })).toBe('float');
  });

  test.each<[Partial<GrowthSettings>, string]>([
    [{ formula: 'nope(1)' }, 'nope'],
    [{ factor: 'ban.Time' }, 'ban.Time'],
    [{ multipliers: '1,2' }, '"1,2"'],
    [{ multipliers: '1 2.5' }, '"2.5"'],
  ])('refuses %p with the place', (growth, words) => {
    expect(() => compileGrowth({ ...PLAIN, ...growth }, () => 0)).toThrow(ConfigError);
    expect(() => compileGrowth({ ...PLAIN, ...growth }, () => 0)).toThrow(words);
  });

  test.each(['ban.Time / (ban.Count - 1)', '1e308 * 10', 'math.inf'])(
    'says when %s comes to nothing',
    (formula) => {
      const rule = compileGrowth({ ...PLAIN, formula }, () => 0);
      expect(() => rule.grow(600, 1)).toThrow(ExpressionError);
    },
  );

  test.each([undefined, ''])('takes the setting %p as not set', (text) => {
    expect(grown({ factor: text, formula: text, multipliers: text }, [1])).toEqual([1200]);
  });
});

describe('the term of a ban', () => {
  const rule = compileGrowth(PLAIN, () => 0);

  test('grows with what is remembered', () => {
    expect(termOf({ baseSec: 600, rule, reputation: reputation(2) })).toMatchObject({
      banTimeSec: 2400,
      banCount: 3,
    });
  });

  test('cuts fractions off', () => {
    const fractional = compileGrowth({ ...PLAIN, formula: EXPONENTIAL }, () => 0);
    expect(termOf({ baseSec: 600, rule: fractional, reputation: reputation(1) }).banTimeSec).toBe(1630);
  });

  test.each([
    ['nobody knows the id', { baseSec: 600, rule, reputation: undefined }, 600],
    ['growth is off', { baseSec: 600, rule: undefined, reputation: reputation(3) }, 600],
    ['bans are for ever', { baseSec: -1, rule, reputation: reputation(3) }, -1],
  ])('does not grow where %s', (_, request, banTimeSec) => {
    expect(termOf(request)).toEqual({ banTimeSec, banCount: 1 });
  });
});

describe('knownBadWeight', () => {
  test.each([
    [1, 10, 2, 'float'],
    [2, 10, 3, 'float'],
    [3, 10, 5, 'float'],
    [4, 10, 9, 'float'],
    [5, 10, 10, 'int'],
    [2, 3, 3, 'float'],
    [3, 3, 3, 'int'],
    [99, 1e9, 524289, 'float'],
  ])('%i bans before, maxretry %i → %i', (count, maxRetry, weight, kind) => {
    expect(knownBadWeight(count, maxRetry)).toEqual({ weight, kind });
  });
});

describe('restoredBanTime', () => {
  const settings = (
    banTimeSec: number,
    growth: Partial<GrowthSettings> = { increment: false },
  ): JailSettings => {
    return {
      ...{ maxRetry: 3, maxMatches: 5, maxFailing: 10, findTimeSec: 600, banTimeSec, ignoreSelf: true },
      growth: { ...PLAIN, ...growth },
    };
  };

  test.each([
    [300, settings(600), 300],
    [100_000, settings(600), 600],
    [-1, settings(600), 600],
    [-2, settings(600), 600],
    [100_000, settings(-1), 100_000],
    [-1, settings(-1), -1],
    [100_000, settings(600, {}), 100_000],
    [-1, settings(600, {}), -1],
    [100_000, settings(600, { maxTimeSec: 3600 }), 3600],
    [-1, settings(600, { maxTimeSec: 3600 }), 3600],
    [300, settings(600, { maxTimeSec: 3600 }), 300],
    [-2, settings(600, { maxTimeSec: 3600 }), 600],
  ])('%i → %#', (storedSec, of, banTimeSec) => {
    expect(restoredBanTime(storedSec, of)).toBe(banTimeSec);
  });
});

describe("fail2ban's words", () => {
  const rule = compileGrowth(PLAIN, () => 0);
  const term = termOf({ baseSec: 6, rule, reputation: reputation(1) });

  test('tell that an id is bad', () => {
    expect(isBadRecord('j', term.grown!, when)).toEqual({
      level: 'INFO',
      logger: 'observer',
      message: '[j] IP 192.0.2.1 is bad: 1 # last <1000> - incr 6s to 12s',
    });
  });

  test('tell that a ban is longer', () => {
    expect(increaseBanRecord('j', { id: '192.0.2.1', timeSec: 2000, ...term }, when)).toEqual({
      level: 'NOTICE',
      logger: 'observer',
      message: '[j] Increase Ban 192.0.2.1 (2 # 12s -> <2012>)',
    });
  });

  test('tell nothing where it is not', () => {
    const same = termOf({ baseSec: 6, rule, reputation: reputation(0) });
    expect(increaseBanRecord('j', { id: '192.0.2.1', timeSec: 2000, ...same }, when)).toBeUndefined();
    expect(increaseBanRecord('j', { id: 'x', timeSec: 1, banCount: 1 }, when)).toBeUndefined();
  });

  test('tell of a ban that has become permanent', () => {
    const forever = compileGrowth({ ...PLAIN, multipliers: '-1' }, () => 0);
    const ban = { id: 'x', timeSec: 1, ...termOf({ baseSec: 6, rule: forever, reputation: reputation(1) }) };
    expect(ban.banTimeSec).toBe(-1);
    expect(increaseBanRecord('j', ban, when)?.message).toBe('[j] Increase Ban x (2 # permanent -> infinite)');
  });

  test.each([
    [1, 10, '1 # -> 2.0'],
    [5, 10, '5 # -> 10, Ban'],
    [2, 3, '2 # -> 3.0, Ban'],
    [3, 3, '3 # -> 3, Ban'],
  ])('tell that a failure of an id with %i bans weighs more', (banCount, maxRetry, words) => {
    const { message } = foundBadRecord('j', { id: 'x', timeSec: 5, banCount, maxRetry }, when);
    expect(message).toBe(`[j] Found x, bad - <5>, ${words}`);
  });
});
