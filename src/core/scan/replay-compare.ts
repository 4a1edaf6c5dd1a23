/**
 * Replay: two courses of the same events → what is different between them, address by address.
 */
import type { BanId } from '../records.js';
import type { Course, ReplayBan } from './replay-course.js';

/** The bans of one address in both; in order of time. */
export interface Difference extends BanId {
  readonly a: readonly ReplayBan[];
  readonly b: readonly ReplayBan[];
}

export interface Comparison {
  /** Addresses that only the one bans. */
  readonly onlyA: readonly Difference[];
  readonly onlyB: readonly Difference[];
  /** Banned by both, at other times or for another time. */
  readonly otherwise: readonly Difference[];
  /** How many addresses have the very same bans in both. */
  readonly alike: number;
}

/** Differences in order of the first ban. */
export function compareCourses(a: Pick<Course, 'bans'>, b: Pick<Course, 'bans'>): Comparison {
  const differences = new Map<
    string,
    { id: string; family: BanId['family']; a: ReplayBan[]; b: ReplayBan[] }
  >();
  const of = ({ id, family }: ReplayBan) => {
    const known = differences.get(id) ?? { id, family, a: [], b: [] };
    differences.set(id, known);
    return known;
  };
  for (const ban of a.bans) of(ban).a.push(ban);
  for (const ban of b.bans) of(ban).b.push(ban);
  const all = [...differences.values()].sort((one, other) => firstSec(one) - firstSec(other));
  const different = all.filter((each) => !isAlike(each));
  return {
    onlyA: different.filter((each) => each.b.length === 0),
    onlyB: different.filter((each) => each.a.length === 0),
    otherwise: different.filter((each) => each.a.length > 0 && each.b.length > 0),
    alike: all.length - different.length,
  };
}

function firstSec({ a, b }: Difference): number {
  return Math.min(a[0]?.timeSec ?? Number.POSITIVE_INFINITY, b[0]?.timeSec ?? Number.POSITIVE_INFINITY);
}

function isAlike({ a, b }: Difference): boolean {
  return (
    a.length === b.length &&
    a.every(({ timeSec, untilSec }, i) => timeSec === b[i]!.timeSec && untilSec === b[i]!.untilSec)
  );
}

/** What a course comes to. */
export interface CourseSums {
  readonly addresses: number;
  readonly bans: number;
  /** All bans together; those that have no end until the log's. */
  readonly bannedSec: number;
  /** Bans without an end. */
  readonly permanent: number;
}

export function sumsOf({ bans }: Pick<Course, 'bans'>, endSec: number): CourseSums {
  let bannedSec = 0;
  let permanent = 0;
  const addresses = new Set<string>();
  for (const { id, timeSec, untilSec } of bans) {
    addresses.add(id);
    if (untilSec === Number.POSITIVE_INFINITY) permanent++;
    bannedSec += Math.max(0, (untilSec === Number.POSITIVE_INFINITY ? endSec : untilSec) - timeSec);
  }
  return { addresses: addresses.size, bans: bans.length, bannedSec, permanent };
}
