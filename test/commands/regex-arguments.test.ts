import { describe, expect, test } from '@jest/globals';
import { parseCommandLine } from '../../src/commands/getopt.js';
import { readArguments } from '../../src/commands/regex-arguments.js';
import { REGEX_OPTIONS } from '../../src/commands/regex-options.js';
import { localeEncoding } from '../../src/commands/settings.js';

const read = (...argv: string[]) => readArguments(parseCommandLine(argv, REGEX_OPTIONS));

describe('what is wanted', () => {
  test('by default is the report with short lists', () => {
    expect(read('LOG', 'REGEX')).toMatchObject({
      log: 'LOG',
      regex: 'REGEX',
      ignoreregex: undefined,
      checkAll: true,
      verbosity: 0,
      keep: { matched: 'none', ignored: 'limited', missed: 'limited' },
      format: 'auto',
      logLevel: 50,
    });
  });

  test.each([
    [['-vv'], { verbosity: 2 }],
    [['--verbosity', '3'], { verbosity: 3 }],
    [
      ['--print-all-matched', '--print-no-missed'],
      { keep: { matched: 'all', ignored: 'limited', missed: 'none' } },
    ],
    [
      ['--print-all-missed', '--print-no-ignored'],
      { keep: { matched: 'none', ignored: 'none', missed: 'all' } },
    ],
    [['-l', 'DEBUG'], { logLevel: 10 }],
    [['-l', '7'], { logLevel: 7 }],
    [['-o', ''], { out: undefined }],
    [['-L', '0'], { maxlines: 0 }],
    [['--format=table'], { format: 'table' }],
  ])('%j means %j', (argv, expected) => {
    expect(read(...argv, 'LOG', 'REGEX')).toMatchObject(expected);
  });

  test.each([
    [['LOG'], 'provide both <LOG> and <REGEX>.', 255],
    [[], 'provide both <LOG> and <REGEX>.', 255],
    [['a', 'b', 'c', 'd'], 'provide both <LOG> and <REGEX>.', 255],
    [
      ['--print-no-missed', '--print-all-missed', 'a', 'b'],
      '--print-no-missed and --print-all-missed are mutually exclusive.',
      255,
    ],
    [
      ['--print-no-ignored', '--print-all-ignored', 'a', 'b'],
      '--print-no-ignored and --print-all-ignored are mutually exclusive.',
      255,
    ],
    [['-l', 'foo', 'a', 'b'], "Invalid log level 'foo'", 1],
    [
      ['--format', 'x', 'a', 'b'],
      "option --format: invalid choice: 'x' (choose from 'auto', 'report', 'table')",
      2,
    ],
  ])('%j is refused', (argv, message, exitCode) => {
    expect(() => read(...argv)).toThrow(expect.objectContaining({ message, exitCode }));
  });
});

describe("the locale's encoding", () => {
  test.each([
    [{}, 'UTF-8'],
    [{ LANG: 'C' }, 'UTF-8'],
    [{ LANG: 'de_DE.UTF-8' }, 'UTF-8'],
    [{ LANG: 'C.utf8' }, 'UTF-8'],
    [{ LC_ALL: 'C', LANG: 'de_DE.UTF-8' }, 'utf-8'],
    [{ LANG: 'de_DE.ISO-8859-15@euro' }, 'ISO-8859-15'],
    [{ LC_CTYPE: 'ru_RU.KOI8-R', LANG: 'de_DE.UTF-8' }, 'KOI8-R'],
  ])('of %j is %s', (env, expected) => {
    expect(localeEncoding(env)).toBe(expected);
  });
});
