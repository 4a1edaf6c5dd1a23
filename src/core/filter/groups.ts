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
import { GroupRecord, LazyRecord } from './record.js';
import { NOBODY, readVital, VITAL_NAMES, type Vital, type VitalGroups } from './vital.js';

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
  /** Undefined where tuples are made, or groups stand in for others in prefregex: then all are read at once. */
  readonly #slots: VitalSlots | undefined;

  /** @param prefix the reader of the filter's prefregex */
  constructor(pattern: Pattern, prefix?: GroupReader) {
    const { groupIndex } = pattern.parsed;
    this.#names = [...groupIndex.keys()];
    this.#indices = [...groupIndex.values()];
    this.#alternatives = targetsOf(this.#names, ALTERNATIVE);
    this.#tuples = targetsOf(this.#names, TUPLE);
    this.#plain = this.#alternatives.size === 0 && this.#tuples.size === 0;
    this.#prefix = prefix;
    const own = new Map(this.#names.map((name, i) => [name, this.#indices[i]!]));
    if (this.#tuples.size === 0 && (prefix === undefined || prefix.isPlain())) {
      const merged = mergeNames(prefix ? prefix.table() : new Map(), own);
      if (this.#plain && prefix) this.#merged = merged;
      this.#slots = new VitalSlots(merged, this.#alternatives, own);
    }
    this.#make = GroupRecord.maker(this.#names);
    this.#makeMerged = GroupRecord.maker(this.#merged?.map(({ name }) => name) ?? []);
  }

  /**
   * What `mergeGroups` makes of both matches. The vital groups are read at once, the others when they are asked for.
   */
  readOver(prefix: Match | undefined, match: Match): VitalGroups {
    const before = this.#prefix && prefix;
    if (this.#slots === undefined) {
      const own = this.read(match);
      return new ReadGroups(before ? mergeGroups(this.#prefix.read(before), own) : own);
    }
    return new MatchGroups(this.#slots.vital(before, match), this, before, match);
  }

  /** All groups of both. */
  recordOver(prefix: Match | undefined, match: Match): GroupRecord {
    if (!prefix || !this.#prefix) return this.read(match);
    if (!this.#merged) return mergeGroups(this.#prefix.read(prefix), this.read(match));
    const values = new Array<unknown>(this.#merged.length);
    for (let i = 0; i < values.length; i++) values[i] = mergedText(this.#merged[i]!, prefix, match);
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

/** Groups that are read from their match when they are asked for. */
class MatchGroups extends LazyRecord implements VitalGroups {
  constructor(
    readonly vital: Vital,
    private readonly reader: GroupReader,
    private readonly prefix: Match | undefined,
    private readonly match: Match,
  ) {
    super();
  }

  protected make(): GroupRecord {
    return this.reader.recordOver(this.prefix, this.match);
  }
}

/** Groups with others laid over them; those win, also where they are null. */
export function withGroups(groups: VitalGroups, over: Groups): VitalGroups {
  const record = GroupRecord.copy(groups);
  over.forEach((value, name) => void record.set(name, value));
  return new ReadGroups(record);
}

/** Groups where some stand in for others: all are read at once. */
class ReadGroups extends LazyRecord implements VitalGroups {
  readonly vital: Vital;

  constructor(private readonly groups: GroupRecord) {
    super();
    this.vital = readVital((name) => groups.get(name) ?? null);
  }

  protected make(): GroupRecord {
    return this.groups;
  }
}

/** Undefined for a name that neither pattern has. */
type Slots = Record<(typeof VITAL_NAMES)[number], MergedName | undefined>;

/** Where the vital groups of a pattern and its prefregex are. */
class VitalSlots {
  readonly #slots: Slots;
  readonly #namesSomebody: boolean;

  constructor(
    merged: readonly MergedName[],
    alternatives: ReadonlyMap<string, readonly string[]>,
    own: ReadonlyMap<string, number>,
  ) {
    const slot = (name: string): MergedName | undefined => {
      const { before, own: index } = merged.find((one) => one.name === name) ?? { before: 0, own: 0 };
      const others = (alternatives.get(name) ?? []).map((other) => own.get(other)!);
      return before + index + others.length === 0 ? undefined : { name, before, own: index, others };
    };
    this.#slots = Object.fromEntries(VITAL_NAMES.map((name) => [name, slot(name)])) as unknown as Slots;
    const { fid, ip4, ip6, dns, cidr } = this.#slots;
    this.#namesSomebody = [fid, ip4, ip6, dns, cidr].some((one) => one !== undefined);
  }

  vital(prefix: Match | undefined, match: Match): Vital {
    const slots = this.#slots;
    return {
      mlfid: mergedText(slots.mlfid, prefix, match),
      mlfforget: mergedText(slots.mlfforget, prefix, match),
      mlfgained: mergedText(slots.mlfgained, prefix, match),
      nofail: mergedText(slots.nofail, prefix, match),
      user: mergedText(slots.user, prefix, match),
      who: this.#namesSomebody
        ? {
            fid: mergedText(slots.fid, prefix, match),
            ip4: mergedText(slots.ip4, prefix, match),
            ip6: mergedText(slots.ip6, prefix, match),
            dns: mergedText(slots.dns, prefix, match),
            cidr: mergedText(slots.cidr, prefix, match),
          }
        : NOBODY,
    };
  }
}

function mergedText(slot: MergedName | undefined, prefix: Match | undefined, match: Match): string | null {
  if (slot === undefined) return null;
  const { before, own, others } = slot;
  let value = own === 0 ? undefined : capturedText(match, own);
  if (!value && others.length > 0) value = firstFilled(match, others) ?? value;
  if (value !== undefined) return value;
  return before === 0 || prefix === undefined ? null : (capturedText(prefix, before) ?? null);
}

function firstFilled(match: Match, groups: readonly number[]): string | undefined {
  for (let i = 0; i < groups.length; i++) {
    const value = capturedText(match, groups[i]!);
    if (value) return value;
  }
  return undefined;
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
  /** The groups that stand in for an empty own one, best first. */
  readonly others: readonly number[];
}

function mergeNames(before: ReadonlyMap<string, number>, own: ReadonlyMap<string, number>): MergedName[] {
  const names = new Set([...before.keys(), ...own.keys()]);
  if (before.has('content') && !own.has('content')) names.delete('content');
  return [...names].map((name) => ({
    name,
    before: name === 'content' ? 0 : (before.get(name) ?? 0),
    own: own.get(name) ?? 0,
    others: NONE,
  }));
}

const NONE: readonly number[] = Object.freeze([]);

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
export function mergeGroups(prefix: Groups, own: Groups): GroupRecord {
  const merged = GroupRecord.copy(prefix);
  merged.delete('content');
  own.forEach((value, name) => {
    if (value !== null || !merged.has(name)) merged.set(name, value);
  });
  return merged;
}
