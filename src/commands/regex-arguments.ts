/**
 * The command line of `f2b regex` → what is wanted, checked for what does not fit together.
 */
import { EXIT, UsageError } from '../core/errors.js';
import type { Keep } from '../core/tester/collector.js';
import type { CommandLine } from './getopt.js';

export interface RegexArguments {
  readonly log: string;
  readonly regex: string;
  readonly ignoreregex: string | undefined;
  readonly config: string | undefined;
  readonly datepattern: string | undefined;
  readonly timezone: string | undefined;
  readonly encoding: string | undefined;
  readonly raw: boolean;
  readonly usedns: string | undefined;
  readonly maxlines: number | undefined;
  readonly journalmatch: string | undefined;
  readonly checkAll: boolean;
  readonly verbosity: number;
  readonly verboseDate: boolean;
  readonly debuggex: boolean;
  readonly keep: { readonly matched: Keep; readonly ignored: Keep; readonly missed: Keep };
  readonly format: 'auto' | 'report' | 'table';
  readonly out: string | undefined;
  readonly invert: boolean;
  readonly logLevel: number;
  readonly logParts: boolean;
}

/** Python's numbers of the levels fail2ban knows. */
const LOG_LEVELS: Readonly<Record<string, number>> = {
  critical: 50,
  error: 40,
  warning: 30,
  warn: 30,
  notice: 25,
  msg: 25,
  info: 20,
  debug: 10,
  tracedebug: 7,
  heavydebug: 5,
  notset: 0,
};

/** @throws {UsageError} */
export function readArguments({ options, args }: CommandLine): RegexArguments {
  const has = (name: string): boolean => options.has(name);
  const text = (name: string): string | undefined => {
    const value = options.get(name)?.at(-1);
    return typeof value === 'string' ? value : undefined;
  };
  const integer = (name: string): number | undefined => {
    const value = text(name);
    return value === undefined ? undefined : Number.parseInt(value, 10);
  };
  for (const kind of ['missed', 'ignored']) {
    if (has(`print-no-${kind}`) && has(`print-all-${kind}`)) {
      throw usage(`--print-no-${kind} and --print-all-${kind} are mutually exclusive.`);
    }
  }
  const [log, regex, ignoreregex] = args;
  if (log === undefined || regex === undefined || args.length > 3)
    throw usage('provide both <LOG> and <REGEX>.');
  return {
    log,
    regex,
    ignoreregex,
    config: text('config'),
    datepattern: text('datepattern'),
    timezone: text('timezone'),
    encoding: text('encoding'),
    raw: has('raw'),
    usedns: text('usedns'),
    maxlines: integer('maxlines'),
    journalmatch: text('journalmatch'),
    checkAll: !has('no-check-all'),
    verbosity: verbosity(options),
    verboseDate: has('verbose-date'),
    debuggex: has('debuggex'),
    keep: {
      matched: has('print-all-matched') ? 'all' : 'none',
      ignored: has('print-no-ignored') ? 'none' : has('print-all-ignored') ? 'all' : 'limited',
      missed: has('print-no-missed') ? 'none' : has('print-all-missed') ? 'all' : 'limited',
    },
    format: readFormat(text('format')),
    out: text('out') || undefined,
    invert: has('invert'),
    logLevel: readLogLevel(text('log-level')),
    logParts: has('log-traceback') || has('full-traceback'),
  };
}

function usage(message: string, exitCode: number = EXIT.failure): UsageError {
  return new UsageError('usage', message, { exitCode });
}

function verbosity(options: CommandLine['options']): number {
  const number = options.get('verbosity')?.at(-1);
  const counted = options.get('verbose')?.length ?? 0;
  return Math.max(0, (typeof number === 'string' ? Number.parseInt(number, 10) : 0) + counted);
}

function readFormat(format = 'auto'): RegexArguments['format'] {
  if (format === 'auto' || format === 'report' || format === 'table') return format;
  throw usage(
    `option --format: invalid choice: '${format}' (choose from 'auto', 'report', 'table')`,
    EXIT.unreadable,
  );
}

function readLogLevel(level = 'critical'): number {
  const number = /^\d+$/.test(level) ? Number(level) : LOG_LEVELS[level.toLowerCase()];
  if (number !== undefined) return number;
  // fail2ban-regex ends with 1 here, unlike everywhere else.
  throw new UsageError('log-level', `Invalid log level '${level}'`, {
    exitCode: 1,
    hint: `Levels are ${Object.keys(LOG_LEVELS).join(', ')}.`,
  });
}
