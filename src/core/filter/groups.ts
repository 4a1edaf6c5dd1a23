/**
 * The captured values of one regex: Python's group dictionary with fail2ban's alternative and tuple names applied.
 *
 * Pattern match → GroupRecord in order of definition, `null` (Python's None) for groups that took no part, then the names
 * that alternatives add. A reader is made once for each pattern; it knows which of the rules can apply at all.
 */
import { RegExpMatch } from '../pattern/match.js';
import type { Match, Pattern } from '../pattern/pattern.js';
import { PyTuple } from '../python-repr.js';
import type { Groups } from './outcome.js';
import { GroupRecord } from './record.js';

/** Reads the groups of matches of one pattern. */
export class GroupReader {
  readonly #names: readonly string[];
  readonly #indices: readonly number[];
  /** Target name → the group names that stand in for it, sorted. */
  readonly #alternatives: ReadonlyMap<string, readonly string[]>;
  /** Target name → the group names that make it a tuple, sorted. */
  readonly #tuples: ReadonlyMap<string, readonly string[]>;
  /** No group stands in for another. */
  readonly #plain: boolean;

  /** Names of prefregex and of this pattern in one, and which capture each of them is; only without stand-ins. */
  readonly #merged: readonly MergedName[] | undefined;
  readonly #makeMerged: (values: unknown[]) => GroupRecord;
  readonly #make: (values: unknown[]) => GroupRecord;
  readonly #prefix: GroupReader | undefined;

  /** @param prefix the reader of the filter's prefregex */
  constructor(pattern: Pattern, prefix?: GroupReader) {
    const { groupIndex } = pattern.parsed;
    this.#names = [...groupIndex.keys()];
    this.#indices = [...groupIndex.values()];
    this.#alternatives = targetsOf(this.#names, ALTERNATIVE);
    this.#tuples = targetsOf(this.#names, TUPLE);
    this.#plain = this.#alternatives.size === 0 && this.#tuples.size === 0;
    this.#prefix = prefix;
    const mergeable = this.#plain && (prefix?.isPlain() ?? false);
    this.#merged = mergeable && prefix ? mergeNames(prefix.table(), this.table()) : undefined;
    this.#make = GroupRecord.maker(this.#names);
    this.#makeMerged = GroupRecord.maker(this.#merged?.map(({ name }) => name) ?? []);
  }

  /** What `mergeGroups` makes of both matches, without making both first. */
  readOver(prefix: Match | undefined, match: Match): Groups {
    if (!prefix || !this.#prefix) return this.read(match);
    if (!this.#merged) return mergeGroups(this.#prefix.read(prefix), this.read(match));
    const values = new Array<unknown>(this.#merged.length);
    for (let i = 0; i < values.length; i++) {
      const { before, own } = this.#merged[i]!;
      const value = own === 0 ? undefined : capturedText(match, own);
      values[i] = value ?? (before === 0 ? null : (capturedText(prefix, before) ?? null));
    }
    return this.#makeMerged(values);
  }

  private isPlain(): boolean {
    return this.#plain;
  }

  private table(): ReadonlyMap<string, number> {
    return new Map(this.#names.map((name, i) => [name, this.#indices[i]!]));
  }

  /**
   * `alt_user`, `alt_user1`, `alt_user_1` …: the first non-empty one (by name) is the user if `user` itself is
   * missing or empty. `tuple_id …`: `id` becomes the tuple of itself and those (by name).
   * Source: jail.conf(5), F-ALT_*n. (1.0.2 knows only the forms `alt_user` and `alt_user_1`.)
   */
  read(match: Match): GroupRecord {
    const values = new Array<unknown>(this.#indices.length);
    for (let i = 0; i < values.length; i++) values[i] = capturedText(match, this.#indices[i]!) ?? null;
    const groups = this.#make(values);
    if (this.#plain) return groups;
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

/** A name and its group in prefregex and in the failregex; 0 where it has none. */
interface MergedName {
  readonly name: string;
  readonly before: number;
  readonly own: number;
}

function mergeNames(before: ReadonlyMap<string, number>, own: ReadonlyMap<string, number>): MergedName[] {
  const names = new Set([...before.keys(), ...own.keys()]);
  if (before.has('content') && !own.has('content')) names.delete('content');
  return [...names].map((name) => ({
    name,
    before: name === 'content' ? 0 : (before.get(name) ?? 0),
    own: own.get(name) ?? 0,
  }));
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
  const merged = GroupRecord.copy(prefix);
  merged.delete('content');
  own.forEach((value, name) => {
    if (value !== null || !merged.has(name)) merged.set(name, value);
  });
  return merged;
}
