/**
 * Command line as fail2ban's programs take it → one canonical spelling that oclif parses without surprises.
 *
 * Kept from Python's optparse: options may stand anywhere, long options may be shortened while they stay unambiguous,
 * short ones may be bundled (`-vvo id`), `-` alone is an argument, `--` ends the options. Wording of refusals too.
 * Not here: what options mean.
 */
import { UsageError } from '../core/errors.js';

export interface OptionSpec {
  readonly long: string;
  readonly short?: string;
  /** Other long names of the same option. */
  readonly aliases?: readonly string[];
  /** Takes a value, of this kind. */
  readonly value?: 'text' | 'integer';
  /** Ours, not fail2ban's: never makes a shortened name of fail2ban's ambiguous. */
  readonly own?: boolean;
}

export interface CommandLine {
  /** By `long`; `true` once for every time a switch was given, the text of an option with a value. */
  readonly options: ReadonlyMap<string, readonly (true | string)[]>;
  readonly args: readonly string[];
}

/** @throws {UsageError} (exit code 2) unknown, ambiguous, missing or unusable option. */
export function parseCommandLine(argv: readonly string[], specs: readonly OptionSpec[]): CommandLine {
  const options = new Map<string, (true | string)[]>();
  const args: string[] = [];
  const rest = [...argv];
  const give = (spec: OptionSpec, value: true | string): void => {
    options.set(spec.long, [...(options.get(spec.long) ?? []), value]);
  };
  const takeValue = (spec: OptionSpec, shown: string, attached: string | undefined): string => {
    const value = attached ?? rest.shift();
    if (value === undefined) throw refusal(`${shown} option requires 1 argument`);
    if (spec.value === 'integer' && !/^\s*[-+]?\d+\s*$/.test(value)) {
      throw refusal(`option ${shown}: invalid integer value: '${value}'`);
    }
    return value;
  };

  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word === '--') {
      args.push(...rest);
      break;
    }
    if (word.startsWith('--')) {
      const equals = word.indexOf('=');
      const { spec, name } = findLong(equals < 0 ? word.slice(2) : word.slice(2, equals), specs);
      const attached = equals < 0 ? undefined : word.slice(equals + 1);
      if (spec.value) give(spec, takeValue(spec, `--${name}`, attached));
      else if (attached !== undefined) throw refusal(`--${name} option does not take a value`);
      else give(spec, true);
    } else if (word.startsWith('-') && word.length > 1) {
      for (let at = 1; at < word.length; at++) {
        const letter = word[at] as string;
        const spec = specs.find(({ short }) => short === letter);
        if (!spec) throw refusal(`no such option: -${letter}`);
        if (spec.value) {
          give(spec, takeValue(spec, `-${letter}`, at + 1 < word.length ? word.slice(at + 1) : undefined));
          break;
        }
        give(spec, true);
      }
    } else args.push(word);
  }
  return { options, args };
}

function findLong(given: string, specs: readonly OptionSpec[]): { spec: OptionSpec; name: string } {
  const names = specs.flatMap((spec) => [spec.long, ...(spec.aliases ?? [])].map((name) => ({ spec, name })));
  const exact = names.find(({ name }) => name === given);
  if (exact) return exact;
  const starting = names.filter(({ name }) => name.startsWith(given));
  const candidates = starting.some(({ spec }) => !spec.own)
    ? starting.filter(({ spec }) => !spec.own)
    : starting;
  if (candidates.length > 1) {
    const list = candidates.map(({ name }) => `--${name}`).sort();
    throw refusal(`ambiguous option: --${given} (${list.join(', ')}?)`);
  }
  if (!candidates[0]) throw refusal(`no such option: --${given}`);
  return candidates[0];
}

function refusal(message: string): UsageError {
  return new UsageError('usage', message, {
    exitCode: 2,
    hint: 'An argument that starts with a dash goes behind -- (f2b regex LOG -- -REGEX).',
  });
}
