/**
 * The command line of `get`, `set` and their like: options of our own, and the words of a command, which are anything.
 *
 * Arguments → our options and the words in order. Ours may stand anywhere; every other word is left as it is, also when it
 * begins with a dash (`--report-absent`, a regular expression). Behind `--` nothing is ours.
 */
import { EXIT, UsageError } from '../core/errors.js';

export interface OwnOptions {
  readonly config: string | undefined;
  /** `-s`: the socket of the server to ask. */
  readonly socket: string | undefined;
  /** How long to wait for another f2b that writes; undefined: as long as others do. */
  readonly waitSec: number | undefined;
  /** `--from FILE`, where the command takes it. */
  readonly from: string | undefined;
}

export interface WordLine {
  readonly options: OwnOptions;
  readonly words: readonly string[];
}

interface Spec {
  readonly names: readonly string[];
  readonly takesValue: boolean;
}

const SPECS: Readonly<Record<'config' | 'socket' | 'wait' | 'from' | 'json', Spec>> = {
  config: { names: ['-c', '--config', '--conf'], takesValue: true },
  socket: { names: ['-s', '--socket'], takesValue: true },
  wait: { names: ['--wait'], takesValue: true },
  from: { names: ['--from'], takesValue: true },
  json: { names: ['--json'], takesValue: false },
};

type Option = keyof typeof SPECS;

/** @param known options that this command has; @throws {UsageError} exit code 2: a value is missing or unusable */
export function readWords(argv: readonly string[], known: readonly Option[]): WordLine {
  const values = new Map<Option, string>();
  const words: string[] = [];
  const rest = [...argv];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word === '--') {
      words.push(...rest);
      break;
    }
    const found = findOption(word, known);
    if (!found) {
      words.push(word);
      continue;
    }
    const value = SPECS[found.option].takesValue ? (found.value ?? rest.shift()) : '';
    if (value === undefined) throw usage(`${word} needs a value`);
    values.set(found.option, value);
  }
  return {
    options: {
      config: values.get('config'),
      socket: values.get('socket'),
      waitSec: secondsOf(values.get('wait')),
      from: values.get('from'),
    },
    words,
  };
}

function findOption(
  word: string,
  known: readonly Option[],
): { option: Option; value: string | undefined } | undefined {
  for (const option of known) {
    const { names, takesValue } = SPECS[option];
    if (names.includes(word)) return { option, value: undefined };
    const name = takesValue && names.find((long) => long.startsWith('--') && word.startsWith(`${long}=`));
    if (name) return { option, value: word.slice(name.length + 1) };
  }
  return undefined;
}

function secondsOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const seconds = Number(text);
  if (text.trim() === '' || !Number.isFinite(seconds) || seconds < 0) {
    throw usage(`--wait takes a number of seconds, not ${text}`);
  }
  return seconds;
}

function usage(message: string): UsageError {
  return new UsageError('usage', message, { exitCode: EXIT.unreadable });
}
