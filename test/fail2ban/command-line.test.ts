/** The command line of fail2ban-client, taken apart. */
import { describe, expect, test } from '@jest/globals';
import { LineError, readLine } from '../../src/fail2ban/command-line.js';

const PLAIN = {
  ends: undefined,
  config: undefined,
  overrides: {},
  dump: undefined,
  test: false,
  interactive: false,
  verbosity: 0,
  force: false,
  foreground: false,
  timeoutSec: 30,
  isTimeoutGiven: false,
  words: [],
};

describe('takes', () => {
  test.each<[string[], object]>([
    [[], {}],
    [['status'], { words: ['status'] }],
    [['-c', '/etc', 'status'], { config: '/etc', words: ['status'] }],
    [['-c/etc', 'status'], { config: '/etc', words: ['status'] }],
    [['--conf=/etc'], { config: '/etc' }],
    [['--conf', '/etc'], { config: '/etc' }],
    [['--co=/a=b'], { config: '/a=b' }],
    [['-xf', 'start'], { force: true, foreground: true, words: ['start'] }],
    [['-f', '-b'], { foreground: false }],
    [['-b', '-f'], { foreground: true }],
    [['-xs', '/run/s', 'ping'], { force: true, overrides: { socket: '/run/s' }, words: ['ping'] }],
    [
      ['-s', 's', '-p', 'p', '--loglevel', 'l', '--logtarget=t', '--syslogsocket', 'y'],
      { overrides: { socket: 's', pidfile: 'p', loglevel: 'l', logtarget: 't', syslogsocket: 'y' } },
    ],
    [['-s', 'one', '--socket', 'two'], { overrides: { socket: 'two' } }],
    [['-vvv', '-q'], { verbosity: 2 }],
    [['-t'], { test: true }],
    [['--test', 'start'], { test: true, words: ['start'] }],
    [['-d'], { dump: 'lines' }],
    [['--dp'], { dump: 'pretty' }],
    [['--dump-pretty'], { dump: 'pretty' }],
    [['--du'], { dump: 'pretty' }],
    [['-i'], { interactive: true }],
    [['--async', '--pname', 'x', '--timeout', '1m'], { timeoutSec: 60, isTimeoutGiven: true }],
    [['-h'], { ends: { by: 'help', text: '' } }],
    [['--help', '-V'], { ends: { by: 'help', text: '' } }],
    [['-V'], { ends: { by: 'short-version', text: '' } }],
    [['--version'], { ends: { by: 'version', text: '' } }],
    [['--str2sec', '1d'], { ends: { by: 'seconds', text: '1d' } }],
    // Options end at the first word that is none.
    [['status', '-x'], { words: ['status', '-x'] }],
    [['set', 'j', 'unbanip', '--report-absent'], { words: ['set', 'j', 'unbanip', '--report-absent'] }],
    [['-x', '--', '-y'], { force: true, words: ['-y'] }],
    [['-', 'x'], { words: ['-', 'x'] }],
  ])('%j', (argv, expected) => {
    expect(readLine(argv)).toEqual({ ...PLAIN, ...expected });
  });
});

describe('refuses', () => {
  test.each([
    [['--nope'], 'option --nope not recognized'],
    [['-y'], 'option -y not recognized'],
    [['-:'], 'option -: not recognized'],
    [['-c'], 'option -c requires argument'],
    [['--conf'], 'option --conf requires argument'],
    [['-xc'], 'option -c requires argument'],
    [['--test=1'], 'option --test must not have an argument'],
    [['--log', 'x'], 'option --log not a unique prefix'],
    [['--s', 'x'], 'option --s not a unique prefix'],
  ])('%j', (argv, message) => {
    expect(() => readLine(argv)).toThrow(new LineError(message));
  });

  test('a time that is none', () => {
    expect(() => readLine(['--timeout', 'x', 'ping'])).toThrow("name 'x' is not defined");
  });
});
