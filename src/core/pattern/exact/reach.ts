/**
 * Which captures matter behind a place of the program: conditionals ask whether a group is set, references what it holds.
 *
 * A failed state may only be remembered together with these, as the same place and position may fare differently with
 * another capture. A capture that is made anew on the way does not matter (liveness, as compilers reckon it).
 */
import { OP, OPERANDS, TARGET } from './program.js';

export interface Asked {
  /** Groups of which it matters whether they are set, ascending. */
  readonly set: readonly number[];
  /** Registers of which the value matters, ascending. */
  readonly registers: readonly number[];
}

/** A function from a place to what is asked behind it; undefined when the program asks for nothing anywhere. */
export function askedBehind(code: readonly number[]): ((at: number) => Asked) | undefined {
  const places: number[] = [];
  let asks = false;
  for (let at = 0; at < code.length; at = behind(code, at)) {
    places.push(at);
    asks ||= code[at] === OP.reference || code[at] === OP.whenSet;
  }
  if (!asks) return undefined;
  // Members: 2r for the value of register r, 2g + 1 for "is group g set". Backwards until nothing changes.
  const known = new Map<number, Set<number>>();
  let changed = true;
  while (changed) {
    changed = false;
    for (let i = places.length - 1; i >= 0; i--) {
      const at = places[i] as number;
      const here = known.get(at) ?? new Set<number>();
      const before = here.size;
      known.set(at, here);
      for (const member of asksOf(code, at)) here.add(member);
      for (const next of successors(code, at))
        for (const member of known.get(next) ?? []) if (!settles(code, at, member)) here.add(member);
      changed ||= here.size !== before;
    }
  }
  return (at) => {
    const members = [...(known.get(at) ?? [])].sort((a, b) => a - b);
    return {
      registers: members.filter((member) => member % 2 === 0).map((member) => member / 2),
      set: members.filter((member) => member % 2 === 1).map((member) => (member - 1) / 2),
    };
  };
}

/** What the instruction itself asks for. */
function asksOf(code: readonly number[], at: number): number[] {
  const group = code[at + 1] as number;
  if (code[at] === OP.reference) return [2 * (2 * group), 2 * (2 * group + 1)];
  return code[at] === OP.whenSet ? [2 * group + 1] : [];
}

/** Does the instruction decide the member anew? The end of a group sets it, whatever was before. */
function settles(code: readonly number[], at: number, member: number): boolean {
  if (code[at] !== OP.save) return false;
  const register = code[at + 1] as number;
  return member % 2 === 0 ? member / 2 === register : 2 * ((member - 1) / 2) + 1 === register;
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
