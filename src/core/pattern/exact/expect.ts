/**
 * With which units can that which follows a place of the program begin? A run of characters need only stop where one
 * of them stands: `\\S+\\s` gives back nothing, as no blank is within the run.
 */
import { NON_ASCII_UNIT } from '../literals.js';
import type { Ranges } from '../unicode.js';
import { OP } from './program.js';

export interface CodeSoFar {
  readonly code: readonly number[];
  readonly strings: readonly string[];
  readonly sets: readonly Ranges[];
  readonly setBits: Uint8Array;
  readonly firsts: readonly Uint8Array[];
}

/** A row as in `Program.firsts`; undefined when the end of the text will do as well, or it is not known. */
export function expectedAt(at: number, program: CodeSoFar): Uint8Array | undefined {
  const row = new Uint8Array(NON_ASCII_UNIT + 1);
  return collect(at, program, { row, seen: new Set() }) && row.includes(0) ? row : undefined;
}

interface Collected {
  readonly row: Uint8Array;
  /** Places already followed: a way round to one of them adds nothing. */
  readonly seen: Set<number>;
}

/** False when there is no saying. */
function collect(start: number, program: CodeSoFar, into: Collected): boolean {
  const { code } = program;
  for (let at = start; ; ) {
    if (into.seen.has(at)) return true;
    into.seen.add(at);
    const operand = code[at + 1] as number;
    switch (code[at]) {
      case OP.fail:
        return true;
      case OP.char:
        into.row[Math.min(operand, NON_ASCII_UNIT)] = 1;
        return true;
      case OP.string:
        into.row[Math.min((program.strings[operand] as string).charCodeAt(0), NON_ASCII_UNIT)] = 1;
        return true;
      case OP.set:
        addSet(operand, program, into);
        return true;
      case OP.runGreedy:
      case OP.runLazy:
      case OP.runPossessive: {
        addSet(operand, program, into);
        if ((code[at + 2] as number) > 0) return true;
        at += code[at] === OP.runPossessive ? 4 : 6;
        break;
      }
      case OP.jump:
        at = operand;
        break;
      case OP.split:
      case OP.splitLater:
        if (!collect(operand, program, into)) return false;
        at += 2;
        break;
      case OP.splitIf:
        if (!collect(code[at + 2] as number, program, into)) return false;
        for (const [unit, can] of (program.firsts[operand] as Uint8Array).entries())
          if (can) into.row[unit] = 1;
        return true;
      case OP.roundCheck:
        if (!collect(code[at + 2] as number, program, into)) return false;
        at += 3;
        break;
      case OP.at:
        at += 3;
        break;
      case OP.notLook:
        at = code[at + 3] as number;
        break;
      case OP.save:
      case OP.enter:
      case OP.learn:
      case OP.atomic:
      case OP.atomicEnd:
      case OP.roundReset:
      case OP.roundBegin:
      case OP.roundFail:
        at += 2;
        break;
      default:
        return false;
    }
  }
}

function addSet(set: number, { sets, setBits }: CodeSoFar, { row }: Collected): void {
  for (let unit = 0; unit < NON_ASCII_UNIT; unit++) if (setBits[set * 128 + unit]) row[unit] = 1;
  if (((sets[set] as Ranges).at(-1) ?? 0) >= NON_ASCII_UNIT) row[NON_ASCII_UNIT] = 1;
}
