/**
 * The matches Pattern hands out: one found by a RegExp program, one found by the exact matcher. Both answer the
 * Match contract; what else they carry is for Pattern alone.
 */
import type { ExactMatch } from './exact.js';
import type { Match } from './pattern.js';
import type { Program } from './program.js';

/** A match by RegExp. Unnamed groups are not captured at first; `groups` asks the pattern to run again for them. */
export class RegExpMatch implements Match {
  private allGroups: readonly (string | undefined)[] | undefined = undefined;

  constructor(
    readonly text: string,
    readonly ascii: boolean,
    readonly program: Program,
    private readonly found: RegExpExecArray,
    /** Made by a program that notes offsets. */
    readonly hasSpans: boolean,
    private readonly findGroups: (match: RegExpMatch) => readonly (string | undefined)[],
  ) {}

  get start(): number {
    return this.found.index;
  }

  get end(): number {
    return this.found.index + this.found[0].length;
  }

  get groups(): readonly (string | undefined)[] {
    this.allGroups ??= this.findGroups(this);
    return this.allGroups;
  }

  /** What a group captured that the program keeps; undefined where it took no part. */
  captured(group: number): string | undefined {
    if (this.hasSpans) {
      const span = this.spanOf(group);
      return span && this.text.slice(span[0], span[1]);
    }
    const physical = this.program.physical[group];
    if (physical === undefined) return undefined;
    for (let i = 0; i < physical.length; i++) {
      const value = this.found[physical[i]!];
      if (value !== undefined) return value;
    }
    return undefined;
  }

  /** Offsets of a group that the program keeps; only if `hasSpans`. */
  spanOf(group: number): readonly [start: number, end: number] | undefined {
    const physical = this.program.physical[group] ?? [];
    for (const number of physical) {
      const span = this.found.indices?.[number];
      if (span !== undefined) return span;
    }
    return undefined;
  }

  keeps(group: number): boolean {
    return this.program.physical[group] !== undefined;
  }
}

/** Was it found by the exact matcher, which knows the offsets of all groups? */
export function isExact(match: Match): match is ExactMatch {
  return 'spans' in match;
}
