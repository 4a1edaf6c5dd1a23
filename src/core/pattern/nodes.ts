/**
 * The tree of a Python regular expression: what parse.ts yields, the passes rewrite, generate.ts turns into
 * JavaScript and exact.ts runs directly.
 *
 * Flags are folded into the nodes while parsing: no node needs to look outward to know what it means.
 * Code points are numbers; positions (`index`) count code points of the pattern text.
 */

export type Node =
  | Empty
  | Fail
  | Literal
  | Any
  | CharSet
  | At
  | Seq
  | Alt
  | Group
  | Repeat
  | Look
  | Atomic
  | Reference
  | Conditional;

export interface Empty {
  readonly type: 'empty';
}

/** Never matches; made by passes only. */
export interface Fail {
  readonly type: 'fail';
}

export interface Literal {
  readonly type: 'literal';
  readonly code: number;
  readonly ignoreCase: CaseFold;
}

/** How `(?i)` applies: not at all, over all of Unicode, or (with `(?a)`) over ASCII letters only. */
export type CaseFold = false | 'unicode' | 'ascii';

/** `.`; without dotAll everything but `\n`. */
export interface Any {
  readonly type: 'any';
  readonly dotAll: boolean;
}

/** `[...]`, and `\d \w \s` outside of one too (a set of one category). */
export interface CharSet {
  readonly type: 'set';
  readonly negated: boolean;
  readonly items: readonly SetItem[];
  readonly ignoreCase: CaseFold;
}

export type SetItem =
  | { readonly kind: 'char'; readonly code: number }
  | { readonly kind: 'range'; readonly from: number; readonly to: number }
  | {
      readonly kind: 'category';
      readonly category: 'digit' | 'space' | 'word';
      readonly negated: boolean;
      /** True under `(?a)`: only ASCII members. */
      readonly ascii: boolean;
    };

/**
 * Zero-width places. `start` is `\A` and `^` outside multiline; `end` is `$` outside multiline (the end, or before
 * a last `\n`); `abs-end` is `\Z`; the `-line` forms are `^` and `$` under multiline (only `\n` ends a line).
 */
export interface At {
  readonly type: 'at';
  readonly where: 'start' | 'start-line' | 'end' | 'end-line' | 'abs-end' | 'boundary' | 'not-boundary';
  /** For the boundaries: true under `(?a)`. */
  readonly ascii: boolean;
}

export interface Seq {
  readonly type: 'seq';
  readonly items: readonly Node[];
}

/** Branches in Python's order of trying. */
export interface Alt {
  readonly type: 'alt';
  readonly branches: readonly Node[];
}

/**
 * A capturing group. `index` is Python's number of it (from 1). Passes may copy a group into several branches: then
 * several nodes carry the same `index`, at most one of them takes part in any one match, and they are merged after it.
 */
export interface Group {
  readonly type: 'group';
  readonly index: number;
  readonly name?: string | undefined;
  readonly body: Node;
}

export interface Repeat {
  readonly type: 'repeat';
  readonly min: number;
  /** Infinity for no limit. */
  readonly max: number;
  readonly mode: 'greedy' | 'lazy' | 'possessive';
  readonly body: Node;
}

export interface Look {
  readonly type: 'look';
  readonly direction: 'ahead' | 'behind';
  readonly negated: boolean;
  readonly body: Node;
  /** For `behind`: the fixed width in code points. */
  readonly width: number;
}

export interface Atomic {
  readonly type: 'atomic';
  readonly body: Node;
}

/** `\1`, `(?P=name)`; fails while the group is unset. */
export interface Reference {
  readonly type: 'reference';
  readonly group: number;
  readonly ignoreCase: CaseFold;
}

/** `(?(group)yes|no)`. */
export interface Conditional {
  readonly type: 'conditional';
  readonly group: number;
  readonly yes: Node;
  readonly no: Node;
}

/** A parsed pattern: the tree and its groups. `groupNames[i]` is the name of group `i`, index 0 unused. */
export interface ParsedPattern {
  readonly source: string;
  readonly root: Node;
  readonly groupCount: number;
  readonly groupNames: readonly (string | undefined)[];
  /** Group index by name, in order of definition (Python's `groupindex`). */
  readonly groupIndex: ReadonlyMap<string, number>;
}
