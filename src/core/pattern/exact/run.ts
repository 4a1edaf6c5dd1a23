/**
 * Runs a program over a text: backtracking with a stack of its own, a step budget, and a memory of failed states.
 *
 * The stack holds what to do when the present path fails: take another path, or undo a register. It cannot overflow as
 * the call stack would, and the budget bounds its size. The memory is switched on only when a search turns out long.
 */
import { inRanges, isWord, type Ranges, toLower } from '../unicode.js';
import { FailureMemory } from './memory.js';
import { AT, OP, type Program } from './program.js';

export interface RunRequest {
  readonly text: string;
  /** Where the first attempt starts; `^` and look-behind see the text before it. */
  readonly from: number;
  /** Only one attempt, at `from`. */
  readonly sticky: boolean;
  readonly maxSteps: number;
  /** Steps before the memory is switched on: most lines are decided in fewer, and it costs. */
  readonly learnAfter: number;
}

export const MATCHED = 1;
export const NONE = 0;
export const EXCEEDED = -1;

/** Result of a run: the verdict, and after MATCHED the registers (start and end of every group, -1 while unset). */
export interface RunResult {
  readonly verdict: typeof MATCHED | typeof NONE | typeof EXCEEDED;
  readonly registers: Int32Array;
  readonly steps: number;
}

// What lies on the stack, told by the topmost word of each frame:
//   [position, place]                 place >= 0: go on there
//   [old value, REGISTER - register]  undo
//   [least, position, place, GREEDY]  a greedy run that can give back
//   [taken, position, place, LAZY]    a lazy run that can take one more
//   [position, point, LEARN]          everything behind this state has failed
//   [first, last, point, LEARN_RUN]   the same for all positions of a lazy run from first to last
const GREEDY = -1;
const LAZY = -2;
const LEARN = -3;
const LEARN_RUN = -4;
const REGISTER = -10;

/** Shared by all runs (none runs within another), so that an ordinary search allocates nothing large. */
let stack = new Int32Array(1 << 12);
const KEPT_STACK = 1 << 18;

/** Searches. Never throws, whatever the text. */
export function run(program: Program, request: RunRequest): RunResult {
  const result = search(program, request);
  if (stack.length > KEPT_STACK) stack = new Int32Array(1 << 12);
  return result;
}

function search(program: Program, request: RunRequest): RunResult {
  const { code, strings, setBits, setRanges, firsts } = program;
  const { text, sticky, maxSteps, learnAfter } = request;
  const length = text.length;
  const registers = new Int32Array(program.registerCount).fill(-1);
  const done = (verdict: RunResult['verdict']): RunResult => ({ verdict, registers, steps });
  let memory: FailureMemory | undefined;
  let st = stack;
  let steps = 0;
  let from = request.from;

  for (;;) {
    // The next place to try.
    if (program.anchored && from > 0) return done(NONE);
    if (program.first && !sticky) {
      const begin = from;
      while (from < length && program.first[unitClass(text.charCodeAt(from))] === 0) from++;
      steps += (from - begin) >> 3;
    }
    if (from > length) return done(NONE);
    let sp = 0;
    let pc = 0;
    let pos = from;
    let failed = false;

    for (;;) {
      if (memory === undefined && steps >= learnAfter)
        memory = new FailureMemory(program.points, program.stateKinds, length);
      // No instruction pushes more than this.
      if (sp + 16 > st.length) {
        stack = new Int32Array(st.length * 2);
        stack.set(st);
        st = stack;
      }

      if (failed) {
        failed = false;
        if (sp === 0) break;
        if (memory !== undefined) {
          steps += memory.work;
          memory.work = 0;
        }
        const top = st[--sp] as number;
        if (top >= 0) {
          pc = top;
          pos = st[--sp] as number;
        } else if (top <= REGISTER) {
          registers[REGISTER - top] = st[--sp] as number;
          failed = true;
          continue;
        } else if (top === LEARN) {
          sp -= 2;
          memory?.mark(st[sp + 1] as number, st[sp] as number, registers);
          failed = true;
          continue;
        } else if (top === LEARN_RUN) {
          sp -= 3;
          const last = st[sp + 1] as number;
          for (let at = st[sp] as number; at <= last; at++) memory?.mark(st[sp + 2] as number, at, registers);
          failed = true;
          continue;
        } else if (top === GREEDY) {
          const place = st[sp - 1] as number;
          const least = st[sp - 3] as number;
          const expected = firsts[code[place + 4] as number];
          const point = memory === undefined ? -1 : (code[place + 5] as number);
          pos = st[sp - 2] as number;
          const begin = pos;
          // Give back one character, and more as long as what must follow is not there.
          do {
            if (point >= 0) memory?.mark(point, pos, registers);
            if (pos === least) {
              failed = true;
              break;
            }
            pos--;
            if (pos > least && isLow(text.charCodeAt(pos)) && isHigh(text.charCodeAt(pos - 1))) pos--;
          } while (expected !== undefined && !canBegin(expected, text, pos));
          steps += (begin - pos) >> (point >= 0 ? 2 : 3);
          if (failed) {
            sp -= 3;
            continue;
          }
          // The frame stays at the last place too when there is a memory to tell that it failed.
          if (pos === least && point < 0) sp -= 3;
          else {
            st[sp - 2] = pos;
            sp++;
          }
          pc = place + 6;
        } else {
          // LAZY: take one more, and more as long as what must follow is not there.
          const place = st[sp - 1] as number;
          const set = code[place + 1] as number;
          const most = code[place + 3] as number;
          const expected = firsts[code[place + 4] as number];
          const point = memory === undefined ? -1 : (code[place + 5] as number);
          let taken = st[sp - 3] as number;
          pos = st[sp - 2] as number;
          sp -= 3;
          let begin = -1;
          do {
            const width = taken === most ? 0 : widthAt(setBits, setRanges, set, text, pos);
            if (width === 0 || (point >= 0 && memory?.has(point, pos + width, registers))) {
              failed = true;
              break;
            }
            taken++;
            pos += width;
            if (begin < 0) begin = pos;
          } while (expected !== undefined && !canBegin(expected, text, pos));
          if (begin >= 0) {
            steps += (pos - begin) >> (point >= 0 ? 2 : 3);
            // Failing or not: nothing behind these places has led or will have led to a match.
            if (point >= 0) {
              st[sp++] = begin;
              st[sp++] = pos;
              st[sp++] = point;
              st[sp++] = LEARN_RUN;
            }
          }
          if (failed) continue;
          st[sp++] = taken;
          st[sp++] = pos;
          st[sp++] = place;
          st[sp++] = LAZY;
          pc = place + 6;
        }
      }

      if (++steps > maxSteps) return done(EXCEEDED);
      switch (code[pc]) {
        case OP.match:
          registers[0] = from;
          registers[1] = pos;
          return done(MATCHED);

        case OP.char:
          if (pos < length && text.charCodeAt(pos) === code[pc + 1]) {
            pos++;
            pc += 2;
          } else failed = true;
          break;

        case OP.string: {
          const string = strings[code[pc + 1] as number] as string;
          if (text.startsWith(string, pos)) {
            pos += string.length;
            pc += 2;
          } else failed = true;
          break;
        }

        case OP.set: {
          const width = widthAt(setBits, setRanges, code[pc + 1] as number, text, pos);
          if (width > 0) {
            pos += width;
            pc += 2;
          } else failed = true;
          break;
        }

        case OP.jump:
          pc = code[pc + 1] as number;
          break;

        case OP.split:
          st[sp++] = pos;
          st[sp++] = code[pc + 1] as number;
          pc += 2;
          break;

        case OP.splitIf: {
          const other = code[pc + 2] as number;
          const row = firsts[code[pc + 1] as number] as Uint8Array;
          if (canBegin(row, text, pos)) {
            st[sp++] = pos;
            st[sp++] = other;
            pc += 3;
          } else pc = other;
          break;
        }

        case OP.splitLater:
          st[sp++] = pos;
          st[sp++] = pc + 2;
          pc = code[pc + 1] as number;
          break;

        case OP.at:
          if (isAt(text, pos, code[pc + 1] as number, code[pc + 2] === 1)) pc += 3;
          else failed = true;
          break;

        case OP.save:
        case OP.roundBegin: {
          const register = code[pc + 1] as number;
          st[sp++] = registers[register] as number;
          st[sp++] = REGISTER - register;
          registers[register] = pos;
          pc += 2;
          break;
        }

        case OP.runGreedy: {
          const set = code[pc + 1] as number;
          const most = code[pc + 3] as number;
          const point = memory === undefined ? -1 : (code[pc + 5] as number);
          const least = scanExactly(setBits, setRanges, set, text, pos, code[pc + 2] as number);
          if (least < 0) {
            failed = true;
            break;
          }
          let end = least;
          if (point >= 0 && memory !== undefined) {
            // From a place where this run is known to fail, going further fails as well: stop before it.
            end = -1;
            let next = least;
            while (!memory.has(point, next, registers)) {
              end = next;
              const width = widthAt(setBits, setRanges, set, text, next);
              if (width === 0) break;
              next += width;
            }
            if (end < 0) {
              failed = true;
              break;
            }
          } else {
            const more = most < 0 ? 0x7fffffff : most - (code[pc + 2] as number);
            end = scanUpTo(setBits, setRanges, set, text, least, more);
          }
          steps += (end - pos) >> (point >= 0 ? 2 : 3);
          if (end > least || point >= 0) {
            st[sp++] = least;
            st[sp++] = end;
            st[sp++] = pc;
            st[sp++] = GREEDY;
          }
          pos = end;
          pc += 6;
          break;
        }

        case OP.runLazy: {
          const point = memory === undefined ? -1 : (code[pc + 5] as number);
          const least = scanExactly(
            setBits,
            setRanges,
            code[pc + 1] as number,
            text,
            pos,
            code[pc + 2] as number,
          );
          if (least < 0 || (point >= 0 && memory?.has(point, least, registers))) {
            failed = true;
            break;
          }
          steps += (least - pos) >> 3;
          pos = least;
          if (point >= 0) {
            st[sp++] = pos;
            st[sp++] = point;
            st[sp++] = LEARN;
          }
          st[sp++] = code[pc + 2] as number;
          st[sp++] = pos;
          st[sp++] = pc;
          st[sp++] = LAZY;
          pc += 6;
          break;
        }

        case OP.runPossessive: {
          const least = code[pc + 2] as number;
          const most = code[pc + 3] as number;
          let end = scanExactly(setBits, setRanges, code[pc + 1] as number, text, pos, least);
          if (end < 0) {
            failed = true;
            break;
          }
          if (most !== least)
            end = scanUpTo(
              setBits,
              setRanges,
              code[pc + 1] as number,
              text,
              end,
              most < 0 ? 0x7fffffff : most - least,
            );
          steps += (end - pos) >> 3;
          pos = end;
          pc += 4;
          break;
        }

        case OP.enter:
          if (memory !== undefined) {
            if (memory.has(code[pc + 1] as number, pos, registers)) {
              failed = true;
              break;
            }
            memory.mark(code[pc + 1] as number, pos, registers);
          }
          pc += 2;
          break;

        case OP.learn:
          if (memory !== undefined) {
            if (memory.has(code[pc + 1] as number, pos, registers)) {
              failed = true;
              break;
            }
            st[sp++] = pos;
            st[sp++] = code[pc + 1] as number;
            st[sp++] = LEARN;
          }
          pc += 2;
          break;

        case OP.look: {
          const start = stepBack(text, pos, code[pc + 1] as number);
          if (start < 0) {
            failed = true;
            break;
          }
          registers[code[pc + 2] as number] = sp;
          registers[code[pc + 3] as number] = pos;
          pos = start;
          pc += 4;
          break;
        }

        case OP.lookEnd:
          steps += (sp - (registers[code[pc + 1] as number] as number)) >> 3;
          sp = cut(st, sp, registers[code[pc + 1] as number] as number);
          pos = registers[code[pc + 2] as number] as number;
          pc += 3;
          break;

        case OP.notLook: {
          const onward = code[pc + 3] as number;
          const start = stepBack(text, pos, code[pc + 1] as number);
          if (start < 0) {
            pc = onward;
            break;
          }
          registers[code[pc + 2] as number] = sp;
          st[sp++] = pos;
          st[sp++] = onward;
          pos = start;
          pc += 4;
          break;
        }

        case OP.notLookEnd: {
          const height = registers[code[pc + 1] as number] as number;
          steps += (sp - height) >> 3;
          sp = unwind(st, sp, height, registers);
          failed = true;
          break;
        }

        case OP.atomic:
          registers[code[pc + 1] as number] = sp;
          pc += 2;
          break;

        case OP.atomicEnd:
          steps += (sp - (registers[code[pc + 1] as number] as number)) >> 3;
          sp = cut(st, sp, registers[code[pc + 1] as number] as number);
          pc += 2;
          break;

        case OP.reference: {
          const group = code[pc + 1] as number;
          const end = isSet(registers, group)
            ? repeated(
                text,
                registers[2 * group] as number,
                registers[2 * group + 1] as number,
                pos,
                code[pc + 2] as number,
              )
            : -1;
          if (end < 0) {
            steps += ~end >> 3;
            failed = true;
          } else {
            steps += (end - pos) >> 3;
            pos = end;
            pc += 3;
          }
          break;
        }

        case OP.whenSet:
          pc = isSet(registers, code[pc + 1] as number) ? pc + 3 : (code[pc + 2] as number);
          break;

        case OP.roundReset:
        case OP.countReset: {
          const register = code[pc + 1] as number;
          st[sp++] = registers[register] as number;
          st[sp++] = REGISTER - register;
          registers[register] = code[pc] === OP.countReset ? 0 : -1;
          pc += 2;
          break;
        }

        case OP.roundCheck:
          pc = registers[code[pc + 1] as number] === pos ? (code[pc + 2] as number) : pc + 3;
          break;

        case OP.roundFail:
          if (registers[code[pc + 1] as number] === pos) failed = true;
          else pc += 2;
          break;

        case OP.countMin:
          if ((registers[code[pc + 1] as number] as number) >= (code[pc + 2] as number)) {
            pc += 4;
            break;
          }
          sp = countUp(st, sp, registers, code[pc + 1] as number);
          pc = code[pc + 3] as number;
          break;

        case OP.countMax:
          pc =
            (registers[code[pc + 1] as number] as number) >= (code[pc + 2] as number)
              ? (code[pc + 3] as number)
              : pc + 4;
          break;

        case OP.countUp:
          sp = countUp(st, sp, registers, code[pc + 1] as number);
          pc += 2;
          break;

        default:
          failed = true;
      }
    }

    if (sticky) return done(NONE);
    registers.fill(-1);
    from += isHigh(text.charCodeAt(from)) && isLow(text.charCodeAt(from + 1)) ? 2 : 1;
  }
}

/** Row index of a unit in a table of first units. */
function unitClass(unit: number): number {
  return Math.min(unit, 0x80);
}

/** Can what has this row of first units match at `pos`? */
function canBegin(row: Uint8Array, text: string, pos: number): boolean {
  return pos < text.length && row[unitClass(text.charCodeAt(pos))] === 1;
}

function isHigh(unit: number): boolean {
  return (unit & 0xfc00) === 0xd800;
}

function isLow(unit: number): boolean {
  return (unit & 0xfc00) === 0xdc00;
}

/** How many units the set takes at `pos`: 0 when it does not match there. */
function widthAt(
  bits: Uint8Array,
  ranges: readonly Ranges[],
  set: number,
  text: string,
  pos: number,
): number {
  if (pos >= text.length) return 0;
  const unit = text.charCodeAt(pos);
  if (unit < 0x80) return bits[set * 128 + unit] as number;
  const code = text.codePointAt(pos) as number;
  return inRanges(ranges[set] as Ranges, code) ? (code > 0xffff ? 2 : 1) : 0;
}

/** Where the set has matched `count` characters in a row, or as many as there are. */
function scanUpTo(
  bits: Uint8Array,
  ranges: readonly Ranges[],
  set: number,
  text: string,
  start: number,
  count: number,
): number {
  const row = set * 128;
  let pos = start;
  for (let left = count; left > 0 && pos < text.length; left--) {
    const unit = text.charCodeAt(pos);
    const width = unit < 0x80 ? (bits[row + unit] as number) : widthAt(bits, ranges, set, text, pos);
    if (width === 0) break;
    pos += width;
  }
  return pos;
}

/** Where the set has matched `count` characters in a row; -1 when it does not. */
function scanExactly(
  bits: Uint8Array,
  ranges: readonly Ranges[],
  set: number,
  text: string,
  start: number,
  count: number,
): number {
  let pos = start;
  for (let left = count; left > 0; left--) {
    const width = widthAt(bits, ranges, set, text, pos);
    if (width === 0) return -1;
    pos += width;
  }
  return pos;
}

/** The place `count` code points before `pos`; -1 when there are not so many. */
function stepBack(text: string, pos: number, count: number): number {
  let at = pos;
  for (let left = count; left > 0; left--) {
    if (--at < 0) return -1;
    if (at > 0 && isLow(text.charCodeAt(at)) && isHigh(text.charCodeAt(at - 1))) at--;
  }
  return at;
}

function isAt(text: string, pos: number, where: number, ascii: boolean): boolean {
  const length = text.length;
  switch (where) {
    case AT.start:
      return pos === 0;
    case AT['start-line']:
      return pos === 0 || text.charCodeAt(pos - 1) === 0x0a;
    case AT.end:
      return pos === length || (pos === length - 1 && text.charCodeAt(pos) === 0x0a);
    case AT['end-line']:
      return pos === length || text.charCodeAt(pos) === 0x0a;
    case AT['abs-end']:
      return pos === length;
    default: {
      // Python 3.11: in an empty text neither \b nor \B matches.
      if (length === 0) return false;
      const before = pos > 0 && isWord(text.codePointAt(stepBack(text, pos, 1)) as number, ascii);
      const here = pos < length && isWord(text.codePointAt(pos) as number, ascii);
      return (before !== here) === (where === AT.boundary);
    }
  }
}

function isSet(registers: Int32Array, group: number): boolean {
  const end = registers[2 * group + 1] as number;
  return end >= 0 && end >= (registers[2 * group] as number);
}

/** Where the text between `start` and `end` has come again at `pos`; ~(units compared) when it does not. */
function repeated(text: string, start: number, end: number, pos: number, fold: number): number {
  if (fold === 0) {
    const stop = pos + end - start;
    if (stop > text.length) return -1;
    for (let i = start, k = pos; i < end; i++, k++)
      if (text.charCodeAt(i) !== text.charCodeAt(k)) return ~(i - start);
    // Half of a pair is not the character that the group has.
    return end > start && isHigh(text.charCodeAt(stop - 1)) && isLow(text.charCodeAt(stop)) ? -1 : stop;
  }
  const how = fold === 1 ? 'unicode' : 'ascii';
  let at = pos;
  for (let i = start; i < end; ) {
    if (at >= text.length) return ~(i - start);
    const wanted = text.codePointAt(i) as number;
    const found = text.codePointAt(at) as number;
    if (wanted !== found && toLower(wanted, how) !== toLower(found, how)) return ~(i - start);
    i += wanted > 0xffff ? 2 : 1;
    at += found > 0xffff ? 2 : 1;
  }
  return at;
}

function countUp(st: Int32Array, top: number, registers: Int32Array, register: number): number {
  const value = registers[register] as number;
  st[top] = value;
  st[top + 1] = REGISTER - register;
  registers[register] = value + 1;
  return top + 2;
}

/** Words of the frame whose topmost word is `word`. */
function frameSize(word: number): number {
  if (word >= 0 || word <= REGISTER) return 2;
  return word === LEARN ? 3 : 4;
}

/** Drops the choices above `height` but keeps what undoes registers; returns the new top. */
function cut(st: Int32Array, top: number, height: number): number {
  // Frames can only be read from the top: pack those that stay at the upper end, then move them down.
  let low = top;
  for (let at = top; at > height; ) {
    const word = st[at - 1] as number;
    const size = frameSize(word);
    if (word <= REGISTER) {
      const old = st[at - 2] as number;
      st[--low] = word;
      st[--low] = old;
    }
    at -= size;
  }
  st.copyWithin(height, low, top);
  return height + top - low;
}

/** Undoes everything above `height`; returns it. */
function unwind(st: Int32Array, top: number, height: number, registers: Int32Array): number {
  for (let at = top; at > height; ) {
    const word = st[at - 1] as number;
    if (word <= REGISTER) registers[REGISTER - word] = st[at - 2] as number;
    at -= frameSize(word);
  }
  return height;
}
