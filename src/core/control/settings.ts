/**
 * Control stage: the settings of a jail that only get and set. One declaration each makes `get J X`, `set J X`, the
 * override that is kept without a server, and their help.
 *
 * JailPlan and a word → JailPlan; JailPlan → the answer. Validation and wording are fail2ban's. Source: client.md §3.
 */
import type { BanTimeGrowthPlan, FilterPlan, JailPlan, TimeValue } from '../config/plans.js';
import { parseTime, type Seconds } from '../config/times.js';
import { parseBool } from '../config/values.js';
import { readUseDns } from '../filter/identity.js';
import { compileGrowth } from '../jail/ban-time.js';
import { DEFAULT_SETTINGS, type GrowthSettings } from '../jail/settings.js';
import { findEncoding } from '../source/encodings.js';
import { parseLogTimeZone } from '../time/zones.js';
import { valueError } from './command-error.js';
import { datePatternValue } from './date-pattern.js';
import type { Show } from './entry.js';
import { checkFilter, compiledPrefregex } from './filter-texts.js';
import { ignoreCacheValue } from './ignore-cache.js';
import { integerOf } from './numbers.js';
import { secondsValue, type Value } from './values.js';

/** What reading a setting may need besides the plan. */
export interface Surroundings {
  readonly localeEncoding: string;
  readonly nowSec: number;
}

export interface Setting {
  readonly name: string;
  readonly syntax: string;
  /** Completes "sets …" and "gets …". */
  readonly what: string;
  readonly show?: Show;
  read(plan: JailPlan, around: Surroundings): Value;
  /** @throws {CommandError | F2bError} the word is no value for it */
  write(plan: JailPlan, word: string): JailPlan;
  /** What can only be found out with waiting. */
  check?(word: string): Promise<void>;
}

export const SETTINGS: readonly Setting[] = [
  {
    name: 'ignoreself',
    syntax: 'true|false',
    what: 'whether addresses of this machine are ignored',
    read: (plan) => plan.ignoreSelf?.value ?? true,
    write: (plan, word) => ({ ...plan, ignoreSelf: { value: parseBool(word) } }),
  },
  {
    name: 'ignorecommand',
    syntax: '<COMMAND>',
    what: 'the command that decides whether an address is ignored',
    read: (plan) => plan.ignoreCommand?.value ?? false,
    write: (plan, word) => ({ ...plan, ignoreCommand: { value: word } }),
  },
  {
    name: 'ignorecache',
    syntax: '<OPTIONS>',
    what: 'how answers of ignorecommand are kept',
    read: (plan) => ignoreCacheValue(plan.ignoreCache?.value),
    write(plan, word) {
      ignoreCacheValue(word);
      return { ...plan, ignoreCache: word === '' ? undefined : { value: word } };
    },
  },
  {
    name: 'logencoding',
    syntax: '<ENCODING>',
    what: 'the encoding of the logs',
    show: 'logencoding',
    read: (plan, { localeEncoding }) => {
      const name = plan.filter.logencoding?.value ?? 'auto';
      return name.toLowerCase() === 'auto' ? localeEncoding : name;
    },
    write: (plan, word) => withFilter(plan, { logencoding: { value: word } }),
    async check(word) {
      if (word.toLowerCase() !== 'auto') await findEncoding(word);
    },
  },
  {
    name: 'logtimezone',
    syntax: '<TZ>',
    what: 'the time zone of dates that name none',
    read: (plan) => plan.filter.logtimezone?.value ?? null,
    write(plan, word) {
      parseLogTimeZone(word);
      return withFilter(plan, { logtimezone: { value: word } });
    },
  },
  {
    name: 'datepattern',
    syntax: '<PATTERN>',
    what: 'how dates are written',
    show: 'datepattern',
    read: (plan, { nowSec }) => datePatternValue(plan.filter.datepattern?.value, nowSec),
    write(plan, word) {
      datePatternValue(word, 0);
      return withFilter(plan, { datepattern: word === '' ? undefined : { value: word } });
    },
  },
  {
    name: 'usedns',
    syntax: 'yes|warn|no|raw',
    what: 'what becomes of host names',
    read: (plan) => readUseDns(plan.filter.usedns?.value),
    write: (plan, word) => withFilter(plan, { usedns: { value: word } }),
  },
  {
    name: 'prefregex',
    syntax: '<REGEX>',
    what: 'the expression that every line has to match first',
    read: (plan) => compiledPrefregex(plan.filter),
    write(plan, word) {
      const next = withFilter(plan, { prefregex: word === '' ? undefined : { value: word } });
      checkFilter(next.filter);
      return next;
    },
  },
  {
    name: 'maxlines',
    syntax: '<NUMBER>',
    what: 'how many lines a match may span',
    read: (plan) => plan.filter.maxlines?.value ?? 1,
    write(plan, word) {
      const lines = integerOf(word);
      if (lines <= 0) throw valueError('maxlines must be integer greater than zero');
      return withFilter(plan, { maxlines: { value: lines } });
    },
  },
  {
    name: 'findtime',
    syntax: '<TIME>',
    what: 'how long failures are remembered',
    read: (plan) => timeValueOf(plan.findTime?.value, DEFAULT_SETTINGS.findTimeSec),
    write: (plan, word) => ({ ...plan, findTime: { value: timeOf(word) } }),
  },
  {
    name: 'bantime',
    syntax: '<TIME>',
    what: 'how long a ban lasts, -1 for ever',
    read: (plan) => Math.trunc(plan.banTime?.value.seconds ?? DEFAULT_SETTINGS.banTimeSec),
    write: (plan, word) => ({ ...plan, banTime: { value: timeOf(word) } }),
  },
  {
    name: 'maxretry',
    syntax: '<NUMBER>',
    what: 'how many failures make a ban',
    read: (plan) => plan.maxRetry?.value ?? DEFAULT_SETTINGS.maxRetry,
    write: (plan, word) => ({ ...plan, maxRetry: { value: integerOf(word) } }),
  },
  {
    name: 'maxmatches',
    syntax: '<NUMBER>',
    what: 'how many log lines are kept with a failure',
    read: (plan) => plan.maxMatches?.value ?? DEFAULT_SETTINGS.maxMatches,
    write: (plan, word) => ({ ...plan, maxMatches: { value: integerOf(word) } }),
  },
  {
    name: 'maxfailing',
    syntax: '<NUMBER>',
    what: 'how many addresses may be failing at once; who failed longest ago makes room',
    read: (plan) => plan.maxFailing?.value ?? DEFAULT_SETTINGS.maxFailing,
    write(plan, word) {
      const most = integerOf(word);
      if (most <= 0) throw valueError('maxfailing must be integer greater than zero');
      return { ...plan, maxFailing: { value: most } };
    },
  },
  {
    name: 'bantime.increment',
    syntax: 'true|false',
    what: 'whether bans grow with every time',
    read: ({ growth }) => growth.increment?.value ?? null,
    write: (plan, word) => withGrowth(plan, { increment: { value: parseBool(word) } }),
  },
  {
    name: 'bantime.factor',
    syntax: '<EXPRESSION>',
    what: 'what the growth of bans is multiplied with',
    read: ({ growth }) => growth.factor?.value ?? null,
    write: (plan, word) => withGrowth(plan, { factor: growthText('factor', word) }),
  },
  {
    name: 'bantime.formula',
    syntax: '<EXPRESSION>',
    what: 'how bans grow',
    read: ({ growth }) => growth.formula?.value ?? null,
    write: (plan, word) => withGrowth(plan, { formula: growthText('formula', word) }),
  },
  {
    name: 'bantime.multipliers',
    syntax: '<NUMBERS>',
    what: 'factors for the first, second, … ban instead of a formula',
    read: ({ growth }) => growth.multipliers?.value ?? null,
    write(plan, word) {
      if (word !== '') for (const number of word.split(' ')) integerOf(number);
      return withGrowth(plan, { multipliers: growthText('multipliers', word) });
    },
  },
  {
    name: 'bantime.maxtime',
    syntax: '<TIME>',
    what: 'the longest that a ban may grow to',
    read: ({ growth }) => timeValueOf(growth.maxTime?.value, undefined),
    write: (plan, word) => withGrowth(plan, { maxTime: word === '' ? undefined : { value: timeOf(word) } }),
  },
  {
    name: 'bantime.rndtime',
    syntax: '<TIME>',
    what: 'the most that chance adds to a ban',
    read: ({ growth }) => timeValueOf(growth.rndTime?.value, undefined),
    write: (plan, word) => withGrowth(plan, { rndTime: word === '' ? undefined : { value: timeOf(word) } }),
  },
  {
    name: 'bantime.overalljails',
    syntax: 'true|false',
    what: 'whether bans in other jails count as well',
    read: ({ growth }) => growth.overallJails?.value ?? null,
    // fail2ban takes any word for a yes here, `false` too; nobody can mean that.
    write: (plan, word) =>
      withGrowth(plan, { overallJails: word === '' ? undefined : { value: parseBool(word) } }),
  },
];

export function withFilter(plan: JailPlan, change: Partial<FilterPlan>): JailPlan {
  return { ...plan, filter: { ...plan.filter, ...change } };
}

function withGrowth(plan: JailPlan, change: Partial<BanTimeGrowthPlan>): JailPlan {
  return { ...plan, growth: { ...plan.growth, ...change } };
}

function timeOf(word: string): TimeValue {
  return { text: word, seconds: parseTime(word).seconds };
}

function timeValueOf(time: TimeValue | undefined, otherwise: number | undefined): Value {
  if (time?.seconds === undefined) return otherwise ?? null;
  const read: Seconds = parseTime(time.text);
  return secondsValue(read.seconds, read.kind);
}

/** Refused where nothing could be reckoned with it: a ban should not find that out. @throws {ConfigError} */
function growthText(name: 'factor' | 'formula' | 'multipliers', word: string): { value: string } | undefined {
  if (word === '') return undefined;
  compileGrowth({ ...NO_GROWTH, [name]: word }, () => 0);
  return { value: word };
}

const NO_GROWTH: GrowthSettings = {
  increment: true,
  factor: undefined,
  formula: undefined,
  multipliers: undefined,
  maxTimeSec: undefined,
  rndTimeSec: undefined,
  overallJails: false,
};
