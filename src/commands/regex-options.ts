/**
 * The options of `f2b regex`: those of fail2ban-regex, and a few of our own. One table for the command line, the help
 * and the manifest.
 */
import * as Flags from '@oclif/core/flags';
import type { OptionSpec } from './getopt.js';

/** Where an option stands in the help. */
const GROUPS = {
  filter: 'MATCHING',
  report: 'REPORT',
  out: 'OUTPUT',
  debug: 'OTHER',
} as const;

interface RegexOption extends OptionSpec {
  readonly summary: string;
  readonly group: keyof typeof GROUPS;
  /** Name of the value in the help. */
  readonly shows?: string;
}

export const REGEX_OPTIONS: readonly RegexOption[] = [
  {
    long: 'config',
    short: 'c',
    value: 'text',
    shows: 'DIR',
    group: 'filter',
    summary: 'configuration folder (default: $F2B_CONFIG, /etc/f2b, /etc/fail2ban, then what ships with f2b)',
  },
  {
    long: 'datepattern',
    short: 'd',
    value: 'text',
    shows: 'PATTERN',
    group: 'filter',
    summary: "date pattern, instead of the filter's",
  },
  {
    long: 'timezone',
    aliases: ['TZ'],
    value: 'text',
    shows: 'ZONE',
    group: 'filter',
    summary: 'zone of dates that name none: UTC, CET, UTC+0200',
  },
  {
    long: 'encoding',
    short: 'e',
    value: 'text',
    shows: 'NAME',
    group: 'filter',
    summary: "encoding of the log (default: the locale's)",
  },
  { long: 'raw', short: 'r', group: 'filter', summary: 'take host names for ids, look nothing up' },
  {
    long: 'usedns',
    value: 'text',
    shows: 'yes|warn|no|raw',
    group: 'filter',
    summary: 'what to do with host names in place of addresses',
  },
  {
    long: 'maxlines',
    short: 'L',
    value: 'integer',
    shows: 'N',
    group: 'filter',
    summary:
      'lines that a multi-line expression sees at once; also the length from which lists are not printed',
  },
  {
    long: 'journalmatch',
    short: 'm',
    value: 'text',
    shows: 'MATCH',
    group: 'filter',
    summary: "journal entries to read, instead of the filter's choice",
  },
  { long: 'no-check-all', group: 'filter', summary: 'stop at the first expression that matches a line' },
  {
    long: 'verbose',
    short: 'v',
    group: 'report',
    summary: 'show every expression and each of its hits (-vv: the filter in full)',
  },
  { long: 'verbosity', value: 'integer', shows: '0..4', group: 'report', summary: 'the same as a number' },
  {
    long: 'verbose-date',
    aliases: ['VD'],
    group: 'report',
    summary: 'show weight, pattern and expression of the date formats',
  },
  { long: 'debuggex', short: 'D', group: 'report', summary: 'show links to debuggex.com with the lines' },
  { long: 'print-no-missed', group: 'report', summary: 'do not list missed lines' },
  { long: 'print-no-ignored', group: 'report', summary: 'do not list ignored lines' },
  { long: 'print-all-matched', group: 'report', summary: 'list the matched lines, however many' },
  { long: 'print-all-missed', group: 'report', summary: 'list the missed lines, however many' },
  { long: 'print-all-ignored', group: 'report', summary: 'list the ignored lines, however many' },
  {
    long: 'format',
    value: 'text',
    shows: 'auto|report|table',
    group: 'report',
    own: true,
    summary: "fail2ban's report, or a table (auto: a table on a terminal, the report in a pipe)",
  },
  {
    long: 'out',
    short: 'o',
    value: 'text',
    shows: 'WHAT',
    group: 'out',
    summary: 'print the failures only: id, fid, ip, msg, row, the name of a group, or a text with <tags>',
  },
  { long: 'invert', short: 'i', group: 'out', summary: 'with --out: print the lines that do not match' },
  {
    long: 'log-level',
    short: 'l',
    value: 'text',
    shows: 'LEVEL',
    group: 'debug',
    summary: 'also print log messages from this level on (critical, error, warning, notice, info, debug …)',
  },
  {
    long: 'log-traceback',
    short: 't',
    group: 'debug',
    summary: 'say in log messages which part they come from',
  },
  { long: 'full-traceback', group: 'debug', summary: 'the same, in full' },
  { long: 'version', group: 'debug', summary: 'print the version' },
  { long: 'short-version', short: 'V', group: 'debug', own: true, summary: 'print the version, short' },
  { long: 'help', short: 'h', group: 'debug', summary: 'show help' },
  { long: 'json', group: 'out', own: true, summary: 'print everything as one JSON object' },
];

/** The same for oclif. `help` and `json` are its own. */
export const REGEX_FLAGS = Object.fromEntries(
  REGEX_OPTIONS.filter(({ long }) => long !== 'help' && long !== 'json').map((option) => {
    const common = {
      summary: option.summary,
      helpGroup: GROUPS[option.group],
      ...(option.short === undefined ? {} : { char: option.short as 'a' }),
      ...(option.aliases === undefined ? {} : { aliases: [...option.aliases] }),
    };
    const flag = option.value
      ? Flags.string({ ...common, helpValue: option.shows ?? 'VALUE' })
      : Flags.boolean(common);
    return [option.long, flag];
  }),
);
