/**
 * The captured values of one regex: Python's group dictionary with fail2ban's alternative and tuple names applied.
 *
 * Pattern match → Map in order of definition, `null` (Python's None) for groups that took no part, then the names
 * that alternatives add. A reader is made once for each pattern; it knows which of the rules can apply at all.
 */
import { RegExpMatch } from '../pattern/match.js';
import type { Match, Pattern } from '../pattern/pattern.js';
import { PyTuple } from '../python-repr.js';
import type { Groups } from './outcome.js';

/** Reads the groups of matches of one pattern. */
export class GroupReader {
  readonly #names: readonly string[];
  readonly #indices: readonly number[];
  /** Target name → the group names that stand in for it, sorted. */
  readonly #alternatives: ReadonlyMap<string, readonly string[]>;
  /** Target name → the group names that make it a tuple, sorted. */
  readonly #tuples: ReadonlyMap<string, readonly string[]>;

  constructor(pattern: Pattern) {
    const { groupIndex } = pattern.parsed;
    this.#names = [...groupIndex.keys()];
    this.#indices = [...groupIndex.values()];
    this.#alternatives = targetsOf(this.#names, ALTERNATIVE);
    this.#tuples = targetsOf(this.#names, TUPLE);
  }

  /**
   * `alt_user`, `alt_user1`, `alt_user_1` …: the first non-empty one (by name) is the user if `user` itself is
   * missing or empty. `tuple_id …`: `id` becomes the tuple of itself and those (by name).
   * Source: jail.conf(5), F-ALT_*n. (1.0.2 knows only the forms `alt_user` and `alt_user_1`.)
   */
  read(match: Match): Map<string, unknown> {
    const groups = new Map<string, unknown>();
    for (let i = 0; i < this.#names.length; i++) {
      groups.set(this.#names[i]!, capturedText(match, this.#indices[i]!) ?? null);
    }
    for (const [target, sources] of this.#alternatives) {
      if (groups.get(target)) continue;
      const found = sources.find((name) => groups.get(name));
      if (found) groups.set(target, groups.get(found));
    }
    for (const [target, sources] of this.#tuples) {
      const items = sources.map((name) => groups.get(name));
      groups.set(target, new PyTuple([groups.get(target) ?? null, ...items]));
    }
    return groups;
  }
}

/** What a named group captured, without making the match find its unnamed groups too. */
export function capturedText(match: Match, index: number): string | undefined {
  return match instanceof RegExpMatch ? match.captured(index) : match.groups[index];
}

const ALTERNATIVE = /^alt_(.+?)(?:_?\d+)?$/;
const TUPLE = /^tuple_(.+?)(?:_?\d+)?$/;

function targetsOf(names: readonly string[], form: RegExp): Map<string, string[]> {
  const targets = new Map<string, string[]>();
  for (const name of [...names].sort()) {
    const target = form.exec(name)?.[1];
    if (target !== undefined) targets.set(target, [...(targets.get(target) ?? []), name]);
  }
  return targets;
}

/**
 * The groups of prefregex (without `content`) with those of a failregex over them; a group that took no part in the
 * failregex does not hide one that did in prefregex. (1.0.2 lets it hide it.)
 */
export function mergeGroups(prefix: Groups | undefined, own: Groups): Groups {
  if (!prefix) return own;
  const merged = new Map(prefix);
  merged.delete('content');
  for (const [name, value] of own) {
    if (value !== null || !merged.has(name)) merged.set(name, value);
  }
  return merged;
}
