/**
 * Plans → commands: the words `fail2ban-client -d` prints, each with the place it comes from.
 *
 * Only the order and the shape of the commands live here; config.md §4.1.
 */
import type { Sourced } from '../errors.js';
import { repr } from '../python-repr.js';
import type { Combined } from './combined.js';
import type { FilterValues } from './filter-plan.js';
import type { Command, Scalar, Word } from './plans.js';
import { sourced, type Traced } from './traced.js';

/** A word nobody wrote: the command's own name. */
export function word(value: Scalar): Sourced<Scalar> {
  return { value };
}

export function command(...words: readonly (Scalar | Word)[]): Command {
  return words.map((item) => (isWord(item) ? item : word(item)));
}

function isWord(item: Scalar | Word): item is Word {
  return Array.isArray(item) || (typeof item === 'object' && item !== null && 'value' in item);
}

/** Values without origins, as nested plain lists. */
export function plain(item: Word): unknown {
  return Array.isArray(item) ? item.map(plain) : (item as Sourced<Scalar>).value;
}

/** One line of the dump. */
export function showCommand(line: Command): string {
  return repr(plain(line));
}

/** A filter's commands in two groups: what has to come first in the jail, and the rest. */
export interface FilterCommands {
  readonly front: Command[];
  readonly rest: Command[];
}

/**
 * Commands for the filter options that `order` names, in that order (`usedns` always leads).
 * The same function serves the filter's own options and those of the jail section.
 */
export function filterCommands(
  jail: string,
  {
    order,
    values,
    combined,
  }: { order: Iterable<string>; values: FilterValues; combined?: Combined | undefined },
): FilterCommands {
  const front: Command[] = [];
  const rest: Command[] = [];
  for (const name of order) {
    switch (name) {
      case 'usedns':
        if (values.usedns)
          front.unshift(command('set', jail, name, sourced(values.usedns.text, values.usedns)));
        break;
      case 'prefregex':
        if (values.prefregex)
          front.push(command('set', jail, name, sourced(values.prefregex.text, values.prefregex)));
        break;
      case 'maxlines':
        if (values.maxlines) front.push(command('set', jail, name, values.maxlines));
        break;
      case 'failregex':
      case 'ignoreregex':
        rest.push(...addAll(jail, `add${name}`, values[name]));
        break;
      case 'datepattern':
        if (values.datepattern)
          rest.push(command('set', jail, name, sourced(values.datepattern.text, values.datepattern)));
        break;
      case 'journalmatch':
        for (const { value, origin } of values.journalmatch) {
          rest.push(
            command('set', jail, 'addjournalmatch', ...value.map((part) => ({ value: part, origin }))),
          );
        }
        break;
      default:
        if (isStray(name) && combined?.init.has(name)) {
          const value = combined.values.get(name) as Traced;
          rest.push(command('set', jail, name, sourced(value.text, value)));
        }
    }
  }
  return { front, rest };
}

/**
 * fail2ban also sends bracket and [Init] options whose name happens to be a part of the word `datepattern` (`d`, `date`,
 * `p` …); a server refuses them. Kept in the dump, because the dump shows what fail2ban does.
 */
export function isStray(name: string): boolean {
  return name !== 'datepattern' && 'datepattern'.includes(name);
}

function addAll(jail: string, name: string, values: readonly Sourced<string>[]): Command[] {
  if (values.length === 0) return [];
  if (values.length === 1) return [command('set', jail, name, values[0] as Sourced<string>)];
  return [command('multi-set', jail, name, [...values])];
}
