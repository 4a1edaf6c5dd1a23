/**
 * Which groups matter behind a place of the program: conditionals ask whether they are set, references what they hold.
 *
 * A failed state may only be remembered together with these, as the same place and position may fare differently
 * with another capture.
 */
import { OP, OPERANDS, TARGET } from './program.js';

/** Group numbers, ascending; a group in `text` is not in `set`. */
export interface Asked {
  readonly set: readonly number[];
  readonly text: readonly number[];
}

/** A function from a place to what is asked anywhere behind it; undefined when the program asks for nothing. */
export function askedBehind(code: readonly number[]): ((at: number) => Asked) | undefined {
  const places: number[] = [];
  let asks = false;
  for (let at = 0; at < code.length; at = behind(code, at)) {
    places.push(at);
    asks ||= code[at] === OP.reference || code[at] === OP.whenSet;
  }
  if (!asks) return undefined;
  // Members: 2g for "is group g set", 2g + 1 for "what does it hold". Backwards until nothing changes (loops jump back).
  const known = new Map<number, Set<number>>();
  let changed = true;
  while (changed) {
    changed = false;
    for (let i = places.length - 1; i >= 0; i--) {
      const at = places[i] as number;
      const here = known.get(at) ?? new Set<number>();
      const before = here.size;
      known.set(at, here);
      const group = code[at + 1] as number;
      if (code[at] === OP.reference) here.add(2 * group + 1);
      if (code[at] === OP.whenSet) here.add(2 * group);
      for (const next of successors(code, at)) for (const member of known.get(next) ?? []) here.add(member);
      changed ||= here.size !== before;
    }
  }
  return (at) => {
    const members = [...(known.get(at) ?? [])].sort((a, b) => a - b);
    const text = members.filter((member) => member % 2 === 1).map((member) => (member - 1) / 2);
    const set = members.filter((member) => member % 2 === 0).map((member) => member / 2);
    return { text, set: set.filter((group) => !text.includes(group)) };
  };
}

function successors(code: readonly number[], at: number): number[] {
  const op = code[at] as number;
  const operand = TARGET[op];
  const target = operand === undefined ? [] : [code[at + operand] as number];
  return op === OP.jump || op === OP.match || op === OP.fail ? target : [behind(code, at), ...target];
}

function behind(code: readonly number[], at: number): number {
  return at + 1 + (OPERANDS[code[at] as number] as number);
}
