/**
 * The command line of fail2ban-client and fail2ban-server: what Python's getopt makes of it.
 *
 * Arguments → options and the words of a command. Options end at the first word that is none; short ones may be bundled
 * (`-xf`), long ones shortened while they stay unambiguous, and take their value behind `=` or as the next word.
 * Source: client.md §1.
 */
import { parseTime } from '../core/config/index.js';
import { F2bError } from '../core/errors.js';

export interface Fail2banLine {
  /** The first of these ends the program: help, a version, or a time in seconds. */
  readonly ends:
    | { readonly by: 'help' | 'short-version' | 'version' | 'seconds'; readonly text: string }
    | undefined;
  readonly config: string | undefined;
  /** socket, pidfile, loglevel, logtarget, syslogsocket: they win over fail2ban.conf. */
  readonly overrides: Readonly<Record<string, string>>;
  readonly dump: 'lines' | 'pretty' | undefined;
  readonly test: boolean;
  readonly interactive: boolean;
  /** Above 0 more is said, below less. */
  readonly verbosity: number;
  readonly force: boolean;
  readonly foreground: boolean;
  /** How long a server may take. */
  readonly timeoutSec: number;
  /** Somebody said so: then it holds for a server that starts, too, which else has all the time it needs. */
  readonly isTimeoutGiven: boolean;
  readonly words: readonly string[];
}

/** The command line makes no sense: its usage is shown. */
export class LineError extends F2bError {
  constructor(message: string) {
    super('usage', message);
  }
}

const SHORT = 'hc:s:p:xfbdtviqV';
const LONG = [
  ...['loglevel=', 'logtarget=', 'syslogsocket=', 'test', 'async', 'conf=', 'pidfile=', 'pname=', 'socket='],
  ...['timeout=', 'str2sec=', 'help', 'version', 'dp', 'dump-pretty'],
];

const OVERRIDES: Readonly<Record<string, string>> = {
  '-s': 'socket',
  '--socket': 'socket',
  '-p': 'pidfile',
  '--pidfile': 'pidfile',
  '--loglevel': 'loglevel',
  '--logtarget': 'logtarget',
  '--syslogsocket': 'syslogsocket',
};

const DEFAULT_TIMEOUT_SEC = 30;

/**
 * @throws {LineError} an option that is none, or lacks its value
 * @throws {F2bError} a time that is none
 */
export function readLine(argv: readonly string[]): Fail2banLine {
  const { options, words } = getopt(argv);
  const has = (...names: string[]) => options.some(([name]) => names.includes(name));
  const last = (...names: string[]) => options.findLast(([name]) => names.includes(name))?.[1];
  const count = (name: string) => options.filter(([each]) => each === name).length;
  const timeout = last('--timeout');
  const given = options.filter(([name]) => name in OVERRIDES);
  return {
    ends: endOf(options),
    config: last('-c', '--conf'),
    overrides: Object.fromEntries(given.map(([name, value]) => [OVERRIDES[name] as string, value])),
    dump: has('--dp', '--dump-pretty') ? 'pretty' : has('-d') ? 'lines' : undefined,
    test: has('-t', '--test'),
    interactive: has('-i'),
    verbosity: count('-v') - count('-q'),
    force: has('-x'),
    // The last one of them counts.
    foreground: options.findLast(([name]) => name === '-f' || name === '-b')?.[0] === '-f',
    timeoutSec: timeout === undefined ? DEFAULT_TIMEOUT_SEC : parseTime(timeout).seconds,
    isTimeoutGiven: timeout !== undefined,
    words,
  };
}

type Option = readonly [name: string, value: string];

function endOf(options: readonly Option[]): Fail2banLine['ends'] {
  for (const [name, value] of options) {
    if (name === '-h' || name === '--help') return { by: 'help', text: '' };
    if (name === '-V') return { by: 'short-version', text: '' };
    if (name === '--version') return { by: 'version', text: '' };
    if (name === '--str2sec') return { by: 'seconds', text: value };
  }
  return undefined;
}

function getopt(argv: readonly string[]): { options: readonly Option[]; words: readonly string[] } {
  const options: Option[] = [];
  const rest = [...argv];
  const argumentOf = (name: string, attached: string | undefined): string => {
    const value = attached ?? rest.shift();
    if (value === undefined) throw new LineError(`option ${name} requires argument`);
    return value;
  };
  while (rest[0]?.startsWith('-') && rest[0] !== '-') {
    const word = rest.shift() as string;
    if (word === '--') break;
    if (word.startsWith('--')) {
      const [given = '', ...value] = word.slice(2).split('=');
      const attached = value.length > 0 ? value.join('=') : undefined;
      const name = longName(given);
      if (name.endsWith('=')) options.push([`--${name.slice(0, -1)}`, argumentOf(`--${given}`, attached)]);
      else if (attached === undefined) options.push([`--${name}`, '']);
      else throw new LineError(`option --${given} must not have an argument`);
      continue;
    }
    for (let at = 1; at < word.length; at++) {
      const letter = word[at] as string;
      const place = letter === ':' ? -1 : SHORT.indexOf(letter);
      if (place < 0) throw new LineError(`option -${letter} not recognized`);
      if (SHORT[place + 1] !== ':') {
        options.push([`-${letter}`, '']);
        continue;
      }
      options.push([`-${letter}`, argumentOf(`-${letter}`, word.slice(at + 1) || undefined)]);
      break;
    }
  }
  return { options, words: rest };
}

/** With `=` behind it where it takes a value. */
function longName(given: string): string {
  const exact = LONG.find((name) => name === given || name === `${given}=`);
  if (exact !== undefined) return exact;
  const [found, ...more] = LONG.filter((name) => name.startsWith(given));
  if (found === undefined) throw new LineError(`option --${given} not recognized`);
  if (more.length > 0) throw new LineError(`option --${given} not a unique prefix`);
  return found;
}
