/**
 * A pattern as a table of states: finds the end of its match by looking at each character once.
 *
 * Tree → Automaton for ASCII text without newlines; undefined where the pattern asks for more than characters in a row
 * and what stands on both sides of a place. A state is the list of places in the pattern where backtracking could stand,
 * in its order of trying, so that the match found is the one that backtracking finds, not the longest.
 */
import { asciiCodesOf, isOneCharacter, type OneCharacter } from './code-set.js';
import type { At, Node } from './nodes.js';
import { isWord } from './unicode.js';

export interface Automaton {
  /** By code (0–127): the class of the character. */
  readonly classes: Uint8Array;
  /**
   * [state + class]: the next state, with `ENDS` where a match ends in front of the character. States are offsets in this
   * table; the first is 0, the last of all is `STUCK`.
   */
  readonly table: Uint16Array;
}

/** Nothing more can be found, whatever follows. */
export const STUCK = 0x7fff;
export const ENDS = 0x8000;

/** Larger ones are not worth their making. */
const MAX_STEPS = 2000;
/** All offsets are below STUCK. */
const MAX_CELLS = 32 * 1024 - 1;
/** A separator that is asked for again is one of these many at most. */
const MAX_MEMBERS = 4;

/** @returns undefined for what it cannot be made of */
export function automatonOf(root: Node): Automaton | undefined {
  const steps: Step[] = [];
  if (!write(root, steps)) return undefined;
  steps.push({ kind: 'end' });
  const { classes, samples } = classify(steps);
  return tabulate(steps, { classes, samples });
}

/** What a place in the pattern asks for: a little program, as of Thompson and Pike. */
type Step =
  | { readonly kind: 'char'; readonly set: Uint8Array }
  | { readonly kind: 'hold'; readonly condition: Node }
  /** Goes on at both, the first one preferred. */
  | { readonly kind: 'fork'; first: number; second: number }
  | { readonly kind: 'end' };

/** Appends what the node asks for; false where that cannot be told. */
function write(node: Node, steps: Step[]): boolean {
  if (steps.length > MAX_STEPS) return false;
  switch (node.type) {
    case 'empty':
      return true;
    case 'literal':
    case 'any':
    case 'set':
      steps.push({ kind: 'char', set: membersOf(node) });
      return true;
    case 'group':
      return write(node.body, steps);
    case 'seq':
      return writeSequence(node.items, steps);
    case 'alt':
      return writeBranches(node.branches, steps);
    case 'repeat':
      return node.mode !== 'possessive' && writeRepeat(node, steps);
    case 'at':
    case 'look':
      if (!isNear(node)) return false;
      steps.push({ kind: 'hold', condition: node });
      return true;
    default:
      return false;
  }
}

/** `([-/.])\\d+\\1`: what follows is written for each separator apart. */
function writeSequence(items: readonly Node[], steps: Step[]): boolean {
  for (const [i, item] of items.entries()) {
    const rest = items.slice(i + 1);
    if (
      item.type === 'group' &&
      isOneCharacter(item.body) &&
      rest.some((node) => refersTo(node, item.index))
    ) {
      const members = [...membersOf(item.body).keys()].filter(
        (code) => membersOf(item.body as OneCharacter)[code],
      );
      if (members.length > MAX_MEMBERS) return false;
      const branches = members.map((code): Node => {
        const literal: Node = { type: 'literal', code, ignoreCase: false };
        return {
          type: 'seq',
          items: [literal, ...rest.map((node) => withReference(node, item.index, literal))],
        };
      });
      return branches.length > 0 && writeBranches(branches, steps);
    }
    if (!write(item, steps)) return false;
  }
  return true;
}

function refersTo(node: Node, group: number): boolean {
  switch (node.type) {
    case 'reference':
      return node.group === group && !node.ignoreCase;
    case 'group':
    case 'repeat':
      return refersTo(node.body, group);
    case 'seq':
      return node.items.some((item) => refersTo(item, group));
    case 'alt':
      return node.branches.some((branch) => refersTo(branch, group));
    default:
      return false;
  }
}

function withReference(node: Node, group: number, literal: Node): Node {
  const go = (inner: Node): Node => withReference(inner, group, literal);
  switch (node.type) {
    case 'reference':
      return node.group === group ? literal : node;
    case 'group':
    case 'repeat':
      return { ...node, body: go(node.body) };
    case 'seq':
      return { ...node, items: node.items.map(go) };
    case 'alt':
      return { ...node, branches: node.branches.map(go) };
    default:
      return node;
  }
}

function writeBranches(branches: readonly Node[], steps: Step[]): boolean {
  const [first, ...others] = branches;
  if (others.length === 0) return write(first!, steps);
  const fork = writeFork(steps);
  fork.first = steps.length;
  if (!write(first!, steps)) return false;
  const leave = writeFork(steps);
  fork.second = steps.length;
  if (!writeBranches(others, steps)) return false;
  leave.first = leave.second = steps.length;
  return true;
}

function writeRepeat(node: Extract<Node, { type: 'repeat' }>, steps: Step[]): boolean {
  const { min, max, mode, body } = node;
  for (let i = 0; i < min; i++) if (!write(body, steps)) return false;
  if (max !== Infinity) return writeOptional(node, max - min, steps);
  const fork = writeFork(steps);
  const loop = steps.length - 1;
  const from = steps.length;
  if (!write(body, steps)) return false;
  // A round without a character would have rules of its own.
  if (canBeEmpty(body)) return false;
  const again = writeFork(steps);
  again.first = again.second = loop;
  aim(fork, mode, from, steps.length);
  return true;
}

/** `(?:body(?:body…)?)?` */
function writeOptional(node: Extract<Node, { type: 'repeat' }>, times: number, steps: Step[]): boolean {
  if (times > 0 && canBeEmpty(node.body)) return false;
  const forks: { readonly fork: Fork; readonly from: number }[] = [];
  for (let i = 0; i < times; i++) {
    const fork = writeFork(steps);
    forks.push({ fork, from: steps.length });
    if (!write(node.body, steps)) return false;
  }
  for (const { fork, from } of forks) aim(fork, node.mode, from, steps.length);
  return true;
}

type Fork = Extract<Step, { kind: 'fork' }>;

function writeFork(steps: Step[]): Fork {
  const fork: Fork = { kind: 'fork', first: 0, second: 0 };
  steps.push(fork);
  return fork;
}

function aim(fork: Fork, mode: 'greedy' | 'lazy' | 'possessive', into: number, past: number): void {
  fork.first = mode === 'lazy' ? past : into;
  fork.second = mode === 'lazy' ? into : past;
}

function canBeEmpty(node: Node): boolean {
  switch (node.type) {
    case 'literal':
    case 'any':
    case 'set':
      return false;
    case 'group':
      return canBeEmpty(node.body);
    case 'seq':
      return node.items.every(canBeEmpty);
    case 'alt':
      return node.branches.some(canBeEmpty);
    case 'repeat':
      return node.min === 0 || canBeEmpty(node.body);
    default:
      return true;
  }
}

const codes = new WeakMap<OneCharacter, Uint8Array>();

/** By code: 1 for members. */
function membersOf(node: OneCharacter): Uint8Array {
  let set = codes.get(node);
  if (!set) {
    set = new Uint8Array(128);
    if (node.type === 'literal' && node.code < 128) {
      set[node.code] = 1;
      if (node.ignoreCase && LETTER.test(String.fromCharCode(node.code))) set[node.code ^ 0x20] = 1;
    } else {
      const ranges = asciiCodesOf(node);
      for (let i = 0; i < ranges.length; i += 2) set.fill(1, ranges[i]!, ranges[i + 1]! + 1);
    }
    codes.set(node, set);
  }
  return set;
}

const LETTER = /[A-Za-z]/;

/** Can a condition be told from the characters on both sides of a place? */
function isNear(node: Node): boolean {
  switch (node.type) {
    case 'empty':
    case 'literal':
    case 'any':
    case 'set':
      return true;
    case 'at':
      return NEAR_PLACES.has(node.where);
    case 'group':
      return isNear(node.body);
    case 'seq':
      return node.items.length === 1 && isNear(node.items[0]!);
    case 'alt':
      return node.branches.every(isNear);
    case 'look':
      return node.direction === 'ahead' && isNear(node.body);
    default:
      return false;
  }
}

const NEAR_PLACES: ReadonlySet<At['where']> = new Set([
  'end',
  'end-line',
  'abs-end',
  'boundary',
  'not-boundary',
]);

/** Does what is near hold in front of the character `next`, which is no newline? */
function holds(node: Node, afterWord: boolean, next: number): boolean {
  switch (node.type) {
    case 'literal':
    case 'any':
    case 'set':
      return membersOf(node)[next] === 1;
    case 'at':
      if (node.where === 'boundary') return afterWord !== isWord(next, node.ascii);
      return node.where === 'not-boundary' && afterWord === isWord(next, node.ascii);
    case 'group':
      return holds(node.body, afterWord, next);
    case 'seq':
      return holds(node.items[0]!, afterWord, next);
    case 'alt':
      return node.branches.some((branch) => holds(branch, afterWord, next));
    case 'look':
      return holds(node.body, afterWord, next) !== node.negated;
    default:
      return true;
  }
}

interface Classes {
  readonly classes: Uint8Array;
  /** By class: one of its characters. */
  readonly samples: readonly number[];
}

/** Characters that no step, and no condition, tells apart are of one class. */
function classify(steps: readonly Step[]): Classes {
  const sets = new Set<Uint8Array>([WORD]);
  for (const step of steps) {
    if (step.kind === 'char') sets.add(step.set);
    else if (step.kind === 'hold') collectSets(step.condition, sets);
  }
  const classes = new Uint8Array(128);
  let count = 1;
  for (const set of sets) {
    // Each class falls apart into its members and the others.
    const split = new Map<number, number>();
    for (let code = 0; code < 128; code++) {
      const before = classes[code]! * 2 + set[code]!;
      let after = split.get(before);
      if (after === undefined) split.set(before, (after = split.size));
      classes[code] = after;
    }
    count = split.size;
  }
  return { classes, samples: Array.from({ length: count }, (_, found) => classes.indexOf(found)) };
}

function collectSets(node: Node, sets: Set<Uint8Array>): void {
  if (isOneCharacter(node)) sets.add(membersOf(node));
  else if (node.type === 'group' || node.type === 'look') collectSets(node.body, sets);
  else if (node.type === 'seq') for (const item of node.items) collectSets(item, sets);
  else if (node.type === 'alt') for (const branch of node.branches) collectSets(branch, sets);
}

const WORD = Uint8Array.from({ length: 128 }, (_, code) => (isWord(code, true) ? 1 : 0));

/** Where a match stands: the places where backtracking could be, in order of trying, and what it has just gone past. */
interface State {
  readonly places: readonly number[];
  readonly afterWord: boolean;
}

function tabulate(steps: readonly Step[], { classes, samples }: Classes): Automaton | undefined {
  const classCount = samples.length;
  const cells: number[] = [];
  const offsets = new Map<string, number>();
  const states: State[] = [];
  const offsetOf = (places: readonly number[], afterWord: boolean): number => {
    if (places.length === 0) return STUCK;
    const key = afterWord ? `w${places}` : `${places}`;
    let offset = offsets.get(key);
    if (offset === undefined) {
      offset = (states.push({ places, afterWord }) - 1) * classCount;
      offsets.set(key, offset);
    }
    return offset;
  };
  const membersOfStep = steps.map((step) =>
    step.kind === 'char' ? [...samples.keys()].filter((index) => step.set[samples[index]!] === 1) : [],
  );
  offsetOf([0], false);
  for (let number = 0; number < states.length; number++) {
    if (states.length * classCount > MAX_CELLS) return undefined;
    const state = states[number]!;
    const next = samples.map((): number[] => []);
    const ended = new Uint8Array(classCount);
    for (const { at, conditions } of reach(steps, state.places)) {
      const isEnd = steps[at]!.kind === 'end';
      for (const index of isEnd ? samples.keys() : membersOfStep[at]!) {
        // What would be tried after an end is not tried any more.
        if (ended[index] === 1) continue;
        if (!conditions.every((condition) => holds(condition, state.afterWord, samples[index]!))) continue;
        if (isEnd) ended[index] = 1;
        else if (!next[index]!.includes(at + 1)) next[index]!.push(at + 1);
      }
    }
    for (const [index, places] of next.entries())
      cells.push(offsetOf(places, WORD[samples[index]!] === 1) | (ended[index] === 1 ? ENDS : 0));
  }
  return { classes, table: Uint16Array.from(cells) };
}

/** A place that can be reached without a character where the conditions hold. */
interface Reached {
  readonly at: number;
  readonly conditions: readonly Node[];
}

/** All places that ask for a character, or are the end, in order of trying. */
function reach(steps: readonly Step[], places: readonly number[]): readonly Reached[] {
  const out: Reached[] = [];
  const seen = new Set<number>();
  const go = (at: number, conditions: readonly Node[]): void => {
    if (conditions.length === 0) {
      if (seen.has(at)) return;
      seen.add(at);
    }
    const place = steps[at]!;
    if (place.kind === 'fork') {
      go(place.first, conditions);
      if (place.second !== place.first) go(place.second, conditions);
    } else if (place.kind === 'hold') go(at + 1, [...conditions, place.condition]);
    else out.push({ at, conditions });
  };
  for (const at of places) go(at, []);
  return out;
}
