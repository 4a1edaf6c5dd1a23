/**
 * The matches Pattern hands out: one found by a RegExp program, one found by the exact matcher. Both answer the
 * Match contract; what else they carry is for Pattern alone.
 */
import type { ExactMatch } from './exact.js';
import type { Match } from './pattern.js';
import type { Program } from './program.js';

/** A match by RegExp. Unnamed groups are not captured at first; `groups` asks the pattern to run again for them. */
export class RegExpMatch implements Match {
  private allGroups: readonly (string | undefined)[] | undefined;

  constructor(
    readonly text: string,
    readonly start: number,
    readonly end: number,
    readonly ascii: boolean,
    readonly program: Program,
    private readonly captures: readonly (string | undefined)[],
    private readonly findGroups: (match: RegExpMatch) => readonly (string | undefined)[],
  ) {}

  get groups(): readonly (string | undefined)[] {
    this.allGroups ??= this.findGroups(this);
    return this.allGroups;
  }

  /** What a group captured that the program keeps; undefined where it took no part. */
  captured(group: number): string | undefined {
    if (group === 0) return this.captures[0];
    const physical = this.program.physical[group];
    if (physical === undefined) return undefined;
    for (const number of physical) {
      const value = this.captures[number];
      if (value !== undefined) return value;
    }
    return undefined;
  }

  keeps(group: number): boolean {
    return group === 0 || this.program.physical[group] !== undefined;
  }
}

/** Was it found by the exact matcher, which knows the offsets of all groups? */
export function isExact(match: Match): match is ExactMatch {
  return 'spans' in match;
}
