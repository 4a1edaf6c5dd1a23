import { describe, expect, test } from '@jest/globals';
import { parseCommandLine } from '../../src/commands/getopt.js';
import { REGEX_OPTIONS } from '../../src/commands/regex-options.js';

const parse = (...argv: string[]) => {
  const { options, args } = parseCommandLine(argv, REGEX_OPTIONS);
  return { options: Object.fromEntries(options), args };
};

describe('options', () => {
  test.each<[string, string[], Record<string, unknown>, string[]]>([
    [
      'may stand anywhere',
      ['LOG', '-v', 'REGEX', '--raw'],
      { verbose: [true], raw: [true] },
      ['LOG', 'REGEX'],
    ],
    [
      'take their value from the next word',
      ['-o', 'id', '--encoding', 'latin1'],
      { out: ['id'], encoding: ['latin1'] },
      [],
    ],
    ['take their value behind =', ['--out=a=b', '--maxlines=3'], { out: ['a=b'], maxlines: ['3'] }, []],
    ['take their value attached', ['-oid', '-L3'], { out: ['id'], maxlines: ['3'] }, []],
    ['may be bundled', ['-vvro', 'id'], { verbose: [true, true], raw: [true], out: ['id'] }, []],
    [
      'may have a value that starts with a dash',
      ['-d', '-%Y', '--out=-'],
      { datepattern: ['-%Y'], out: ['-'] },
      [],
    ],
    ['may have an empty value', ['-o', '', '--out='], { out: ['', ''] }, []],
    [
      'may be shortened',
      ['--enc', 'x', '--no', '--debug'],
      { encoding: ['x'], 'no-check-all': [true], debuggex: [true] },
      [],
    ],
    ['have other names', ['--TZ', 'CET', '--VD'], { timezone: ['CET'], 'verbose-date': [true] }, []],
    ['end at --', ['-v', '--', '-v', '--', 'x'], { verbose: [true] }, ['-v', '--', 'x']],
    ['do not begin with a lone dash', ['-', 'x'], {}, ['-', 'x']],
    [
      'of ours make no name of fail2ban ambiguous',
      ['--j', 'x', '--f'],
      { journalmatch: ['x'], 'full-traceback': [true] },
      [],
    ],
    ['of ours may be shortened as well', ['--js', '--fo', 'table'], { json: [true], format: ['table'] }, []],
  ])('%s', (_, argv, options, args) => {
    expect(parse(...argv)).toEqual({ options, args });
  });

  // fail2ban-regex's own words.
  test.each([
    [['--foo'], 'no such option: --foo'],
    [['-Z'], 'no such option: -Z'],
    [['-vZ'], 'no such option: -Z'],
    [['--verb'], 'ambiguous option: --verb (--verbose, --verbose-date, --verbosity?)'],
    [
      ['--print-all'],
      'ambiguous option: --print-all (--print-all-ignored, --print-all-matched, --print-all-missed?)',
    ],
    [['--maxlines', 'x'], "option --maxlines: invalid integer value: 'x'"],
    [['-L', 'x'], "option -L: invalid integer value: 'x'"],
    [['-L'], '-L option requires 1 argument'],
    [['--out'], '--out option requires 1 argument'],
    [['--raw=yes'], '--raw option does not take a value'],
  ])('%j is refused', (argv, message) => {
    expect(() => parse(...argv)).toThrow(expect.objectContaining({ message, exitCode: 2 }));
  });
});
