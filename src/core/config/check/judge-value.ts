/**
 * One value of an option with a fixed meaning → what is wrong with it, or undefined.
 *
 * fail2ban takes most of these without a word and does something else: any boolean it does not know is `no`, a bad number
 * is the default, an unknown `usedns` is `no`. Source: config.md §2–§4.
 */
import { ConfigError, F2bError } from '../../errors.js';
import { parseAddress } from '../../net/address.js';
import { parseLogTimeZone } from '../../time/zones.js';
import { parseBrackets } from '../brackets.js';
import { isLogLevel } from '../global-plan.js';
import { shellSplit } from '../shell-split.js';
import { parseTime, tryParseTime } from '../times.js';
import { traced } from '../traced.js';
import { parseInteger, saysYesOrNo, splitList } from '../values.js';
import type { FindingLevel } from './finding.js';
import { didYouMean } from './finding.js';
import { nearest } from './nearest.js';

export interface Judgement {
  readonly level?: FindingLevel | undefined;
  readonly code: string;
  readonly message: string;
  readonly got: string;
  readonly expected?: string | undefined;
  readonly suggestion?: string | undefined;
}

/** Everything that is wrong with a value; empty when nothing is. */
export type Judge = (text: string, option: string) => readonly Judgement[];

type Single = (text: string, option: string) => Judgement | undefined;

const BOOLEANS = ['yes', 'no', 'true', 'false', 'on', 'off', '1', '0'];
const USEDNS = ['yes', 'warn', 'no', 'raw'];
const BACKENDS = ['auto', 'pyinotify', 'polling', 'systemd'];
const LEVELS = ['CRITICAL', 'ERROR', 'WARNING', 'NOTICE', 'INFO', 'DEBUG', 'TRACEDEBUG', 'HEAVYDEBUG'];
const TARGETS = ['STDOUT', 'STDERR', 'SYSLOG', 'SYSOUT', 'SYSTEMD-JOURNAL'];
const UNIT_WORDS =
  's sec second seconds m min minute minutes h hour hours d day days w week weeks mo mon month months y year years'.split(
    ' ',
  );
const NUMBER_WORDS = 'zero one two three four five six seven eight nine ten'.split(' ');
const TIMES = 'seconds, or numbers with units: 10m, 1h 30m, 1d12h, 1w, 1mo, 1y; -1 for ever';

/** Options of a jail. */
export const JAIL_JUDGES: Readonly<Record<string, Judge>> = judges(
  {
    enabled: boolean,
    backend,
    maxretry: positive,
    maxmatches: number,
    maxfailing: positive,
    findtime: period,
    bantime: time,
    'bantime.increment': boolean,
    'bantime.factor': factor,
    'bantime.multipliers': multipliers,
    'bantime.maxtime': optionalTime,
    'bantime.rndtime': optionalTime,
    'bantime.overalljails': boolean,
    ignoreself: boolean,
    ignorecache: cache,
    logtimezone: zone,
    usedns: usedns,
    maxlines: positive,
    journalmatch: journalMatch,
    skip_if_nologs: boolean,
    systemd_if_nologs: boolean,
  },
  {
    ignoreip: (text) =>
      splitList(text)
        .map(address)
        .filter((wrong) => wrong !== undefined),
  },
);

/** Options of a filter. */
export const FILTER_JUDGES: Readonly<Record<string, Judge>> = judges({
  usedns: usedns,
  maxlines: positive,
  journalmatch: journalMatch,
  logtimezone: zone,
});

export const ACTION_JUDGES: Readonly<Record<string, Judge>> = judges({
  actionstart_on_demand: boolean,
  actionrepair_on_unban: boolean,
  norestored: boolean,
  timeout: optionalTime,
});

export const GLOBAL_JUDGES: Readonly<Record<string, Judge>> = judges({
  loglevel,
  logtarget,
  allowipv6: (text, option) => (text.toLowerCase() === 'auto' ? undefined : boolean(text, option)),
  dbmaxmatches: number,
  dbpurgeage: time,
  stacksize: number,
  socket: absolutePath,
  pidfile: absolutePath,
});

function judges(
  table: Readonly<Record<string, Single>>,
  more: Readonly<Record<string, Judge>> = {},
): Readonly<Record<string, Judge>> {
  const entries = Object.entries(table).map(([name, judge]): [string, Judge] => [
    name,
    (text, option) => [judge(text, option)].filter((wrong) => wrong !== undefined),
  ]);
  return { ...Object.fromEntries(entries), ...more };
}

function boolean(text: string, option: string): Judgement | undefined {
  if (saysYesOrNo(text)) return undefined;
  const near = nearest(text, BOOLEANS);
  return {
    code: 'bad-boolean',
    message: `${option} is neither yes nor no, which fail2ban silently takes for no`,
    got: text,
    expected: 'yes, true, on, 1 or no, false, off, 0',
    suggestion: didYouMean(near),
  };
}

function number(text: string, option: string): Judgement | undefined {
  if (parseInteger(text) !== undefined) return undefined;
  const word = NUMBER_WORDS.indexOf(text.toLowerCase());
  const digits = /^\s*(\d+)\D/.exec(text)?.[1];
  return {
    code: 'bad-number',
    message: `${option} is no number, so that its default is used`,
    got: text,
    expected: 'a whole number',
    suggestion: didYouMean(word === -1 ? digits : String(word)),
  };
}

function positive(text: string, option: string): Judgement | undefined {
  const wrong = number(text, option);
  if (wrong || Number(parseInteger(text)) > 0) return wrong;
  return {
    level: 'warning',
    code: 'bad-number',
    message: `${option} must be at least 1`,
    got: text,
    expected: '1 or more',
  };
}

function time(text: string, option: string): Judgement | undefined {
  try {
    parseTime(text);
    return undefined;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
  }
  return {
    code: 'bad-time',
    message: text === '' ? `${option} is empty, it needs a time` : `${option} is no time`,
    got: text,
    expected: TIMES,
    suggestion: timeSuggestion(text),
  };
}

function timeSuggestion(text: string): string | undefined {
  const fixed = text.replace(/(\d\s*)([a-z]+)\.?/gi, (whole, digits: string, word: string) => {
    if (UNIT_WORDS.includes(word.toLowerCase())) return `${digits}${word}`;
    const near = nearest(word, UNIT_WORDS);
    return near === undefined ? whole : `${digits}${near}`;
  });
  if (fixed !== text && tryParseTime(fixed)) return `Did you mean ${fixed}?`;
  return /^(?:permanent|forever|never|infinite|unlimited)$/i.test(text.trim())
    ? 'Write -1 for ever.'
    : undefined;
}

function optionalTime(text: string, option: string): Judgement | undefined {
  return text === '' ? undefined : time(text, option);
}

function period(text: string, option: string): Judgement | undefined {
  const wrong = time(text, option);
  const seconds = tryParseTime(text)?.seconds;
  if (wrong || (seconds !== undefined && seconds > 0)) return wrong;
  return {
    code: 'bad-time',
    message: `${option} must be longer than nothing: no failure would ever count`,
    got: text,
    expected: 'a time above 0',
  };
}

function factor(text: string, option: string): Judgement | undefined {
  if (text === '' || tryParseTime(text) || /[a-z]\w*[.(]/i.test(text)) return undefined;
  return {
    code: 'bad-number',
    message: `${option} is no number`,
    got: text,
    expected: 'a number, such as 1 or 2.5',
  };
}

function multipliers(text: string, option: string): Judgement | undefined {
  if (text === '' || /^\d+(?: \d+)*$/.test(text)) return undefined;
  const numbers = text.match(/\d+/g);
  const onlyNumbers = /^[\d\s,;]+$/.test(text) && numbers;
  return {
    code: 'bad-multipliers',
    message: `${option} must be whole numbers with one blank between them`,
    got: text,
    expected: '1 2 4 8 16',
    suggestion: onlyNumbers ? `Did you mean ${numbers.join(' ')}?` : undefined,
  };
}

function usedns(text: string): Judgement | undefined {
  if (USEDNS.includes(text.toLowerCase())) return undefined;
  return {
    code: 'bad-usedns',
    message: 'usedns has a value nobody knows; fail2ban takes it for no',
    got: text,
    expected: USEDNS.join(', '),
    suggestion: didYouMean(nearest(text, USEDNS)),
  };
}

function backend(text: string): Judgement | undefined {
  const name = text.replace(/\[[\s\S]*\]\s*$/, '').toLowerCase();
  if (BACKENDS.includes(name)) return undefined;
  return {
    code: 'bad-backend',
    message: 'backend has a value nobody knows, with which the jail does not start',
    got: text,
    expected: BACKENDS.join(', '),
    suggestion: name === 'gamin' ? 'It no longer exists; write auto.' : didYouMean(nearest(name, BACKENDS)),
  };
}

/** What looks like an address has to be one; anything else may be a name or an id. */
function address(word: string): Judgement | undefined {
  if (word.startsWith('file:')) return undefined;
  const [host = '', mask] = word.split('/', 2);
  const looksLikeOne = /^[\d.]+$/.test(host) || host.includes(':');
  const found = parseAddress(word);
  if (found) {
    const bits = host.includes(':') ? 128 : 32;
    if (mask === undefined || !/^\d+$/.test(mask) || Number(mask) <= bits) return undefined;
    const message = `ignoreip has a prefix longer than the ${bits} bits of an address`;
    return { code: 'bad-address', message, got: word, expected: `/0 to /${bits}` };
  }
  const wellFormedName = mask === undefined && /^(?!-)[\w.-]+$/u.test(host);
  if (!looksLikeOne && (wellFormedName || mask === undefined)) {
    if (!/[;|#]/.test(word)) return undefined;
  }
  return {
    code: 'bad-address',
    message: 'ignoreip has an entry that is no address, so that it ignores nobody',
    got: word,
    expected: 'addresses, networks (10.0.0.0/8), names or file:PATH, separated by blanks or commas',
    suggestion: /[;|]/.test(word) ? 'Separate the entries by blanks or commas.' : undefined,
  };
}

function cache(text: string): Judgement | undefined {
  if (text === '') return undefined;
  const wrong = (message: string, got = text): Judgement => ({
    code: 'bad-cache',
    message,
    got,
    expected: 'key="<ip>", max-count=100, max-time=5m',
  });
  let options: ReadonlyMap<string, { readonly text: string }>;
  try {
    options = parseBrackets(traced(`cache[${text}]`)).options;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return wrong('ignorecache cannot be read');
  }
  for (const [name, value] of options) {
    const names = ['key', 'max-count', 'max-time'];
    if (!names.includes(name)) {
      return {
        ...wrong(`ignorecache has no option ${name}`, name),
        suggestion: didYouMean(nearest(name, names)),
      };
    }
    if (name === 'max-count' && parseInteger(value.text) === undefined) {
      return wrong('max-count of ignorecache is no number', value.text);
    }
    if (name === 'max-time' && !tryParseTime(value.text)) {
      return wrong('max-time of ignorecache is no time', value.text);
    }
  }
  return options.has('key') ? undefined : wrong('ignorecache has no key');
}

function zone(text: string): Judgement | undefined {
  try {
    parseLogTimeZone(text);
    return undefined;
  } catch (error) {
    if (!(error instanceof F2bError)) throw error;
    return {
      code: 'bad-timezone',
      message: 'logtimezone is no time zone fail2ban knows',
      got: text,
      expected: 'an offset such as UTC+0200, or an abbreviation such as CET',
      suggestion: text.includes('/') ? 'Names of regions are not known; write the offset.' : undefined,
    };
  }
}

function journalMatch(text: string): Judgement | undefined {
  for (const line of text.split('\n').filter((part) => part.trim() !== '')) {
    let words: string[];
    try {
      words = shellSplit(line);
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      return { code: 'bad-journalmatch', message: `journalmatch: ${error.message}`, got: line };
    }
    const wrong = words.find((word) => word !== '+' && !/^[A-Z0-9_]+=/.test(word) && !/[<>]/.test(word));
    if (wrong !== undefined) {
      return {
        code: 'bad-journalmatch',
        message: 'journalmatch has a word that is no FIELD=value',
        got: wrong,
        expected: '_SYSTEMD_UNIT=sshd.service + _COMM=sshd',
      };
    }
  }
  return undefined;
}

function loglevel(text: string): Judgement | undefined {
  if (isLogLevel(text)) return undefined;
  return {
    code: 'bad-loglevel',
    message: 'loglevel is none of the levels, with which the server does not start',
    got: text,
    expected: `${LEVELS.join(', ')}, or a number`,
    suggestion: didYouMean(
      nearest(text, [...LEVELS, 'WARNING']) ?? (/^warn$/i.test(text) ? 'WARNING' : undefined),
    ),
  };
}

function logtarget(text: string): Judgement | undefined {
  const name = text.replace(/\[[\s\S]*\]\s*$/, '');
  if (name.startsWith('/') || TARGETS.includes(name.toUpperCase())) return undefined;
  return {
    level: 'warning',
    code: 'bad-logtarget',
    message:
      'logtarget is no absolute path and no known target: the log goes to a file of that name somewhere',
    got: text,
    expected: `an absolute path, or ${TARGETS.join(', ')}`,
    suggestion: didYouMean(nearest(name, TARGETS)),
  };
}

function absolutePath(text: string, option: string): Judgement | undefined {
  if (text.startsWith('/')) return undefined;
  return {
    level: 'warning',
    code: 'relative-path',
    message: `${option} is no absolute path: server and client may mean different files`,
    got: text,
    expected: 'an absolute path',
  };
}
