/**
 * Tree → program for run.ts, with Python's meaning of every node.
 *
 * Bounded repeats are unrolled while that stays small, else counted. A memory point stands wherever paths can meet
 * again (behind alternatives, at the head of loops). Within look-arounds and atomic groups a state that was entered
 * before need not have failed (its success may have been thrown away later), so there a point only learns from failures.
 */
import { firstUnits, NON_ASCII_UNIT, startsAtStart } from '../literals.js';
import type { Conditional, Look, Node, ParsedPattern, Repeat } from '../nodes.js';
import { inRanges, type Ranges } from '../unicode.js';
import { expectedAt } from './expect.js';
import { AT, type MemoryPoint, OP, OPERANDS, type Program } from './program.js';
import { type Asked, askedBehind } from './reach.js';
import { singleCharacter } from './single.js';

/** Compiles a parsed pattern. */
export function compileExact(parsed: ParsedPattern): Program {
  return new Compiler(parsed).program();
}

/** Instructions that a bounded repeat may unroll to; beyond that it counts. */
const MAX_UNROLLED = 600;
/** Kinds of state at one point that are told apart by bits; what is beyond goes by value. */
const MAX_KIND_BITS = 6;

/** Where an instruction stands: does failing here mean failing for good, and which loops are around it? */
interface Place {
  /** Within a look-around or an atomic group. */
  readonly inner: boolean;
  readonly rounds: readonly number[];
  readonly counters: readonly number[];
}

interface RawPoint extends Place {
  readonly at: number;
}

class Compiler {
  private readonly code: number[] = [];
  private readonly strings: string[] = [];
  private readonly sets: Ranges[] = [];
  private readonly setNumbers = new Map<Ranges, number>();
  private readonly firsts: Uint8Array[] = [];
  private readonly rawPoints: RawPoint[] = [];
  private readonly sizes = new Map<Node, number>();
  private registers: number;

  constructor(private readonly parsed: ParsedPattern) {
    this.registers = 2 * (parsed.groupCount + 1);
  }

  program(): Program {
    const { root, groupCount } = this.parsed;
    this.emitNode(root, { inner: false, rounds: [], counters: [] });
    this.put(OP.match);
    this.expectUnits();
    const [points, stateKinds] = this.finishPoints();
    return {
      code: Int32Array.from(this.code),
      strings: this.strings,
      setBits: asciiRows(this.sets),
      setRanges: this.sets,
      firsts: this.firsts,
      points,
      stateKinds,
      registerCount: this.registers,
      groupCount,
      anchored: startsAtStart(root),
      first: rowOf(firstUnits(root)),
    };
  }

  private emitNode(node: Node, place: Place): void {
    switch (node.type) {
      case 'empty':
        return;
      case 'fail':
        this.put(OP.fail);
        return;
      case 'literal':
      case 'any':
      case 'set':
        this.emitSingle(node);
        return;
      case 'at':
        this.put(OP.at, AT[node.where], node.ascii ? 1 : 0);
        return;
      case 'seq':
        this.emitSeq(node.items, place);
        return;
      case 'alt':
        this.emitAlt(node.branches, place);
        return;
      case 'group':
        this.put(OP.save, 2 * node.index);
        this.emitNode(node.body, place);
        this.put(OP.save, 2 * node.index + 1);
        return;
      case 'repeat':
        this.emitRepeat(node, place);
        return;
      case 'look':
        this.emitLook(node);
        return;
      case 'atomic':
        this.emitAtomic(node.body);
        return;
      case 'reference':
        this.put(
          OP.reference,
          node.group,
          node.ignoreCase === false ? 0 : node.ignoreCase === 'unicode' ? 1 : 2,
        );
        return;
      case 'conditional':
        this.emitConditional(node, place);
    }
  }

  /** A node that takes exactly one code point. */
  private emitSingle(node: Node): void {
    const code = plainCode(node);
    if (code !== undefined && code < 0x10000) this.put(OP.char, code);
    else this.put(OP.set, this.setNumber(singleCharacter(node) as Ranges));
  }

  private emitSeq(items: readonly Node[], place: Place): void {
    for (let i = 0; i < items.length; i++) {
      let text = '';
      let next = i;
      for (; next < items.length; next++) {
        const code = plainCode(items[next] as Node);
        if (code === undefined) break;
        text += String.fromCodePoint(code);
      }
      if (next - i > 1) {
        this.put(OP.string, this.strings.push(text) - 1);
        i = next - 1;
      } else this.emitNode(items[i] as Node, place);
    }
  }

  private emitAlt(branches: readonly Node[], place: Place): void {
    const single = singleCharacter({ type: 'alt', branches });
    if (single) {
      this.put(OP.set, this.setNumber(single));
      return;
    }
    const ends: number[] = [];
    for (const [i, branch] of branches.entries()) {
      if (i === branches.length - 1) {
        this.emitNode(branch, place);
        break;
      }
      const otherwise = this.emitSplit(branch);
      this.emitNode(branch, place);
      this.put(OP.jump, 0);
      ends.push(this.code.length - 1);
      this.land(otherwise);
    }
    for (const end of ends) this.land(end);
    this.point(place);
  }

  private emitConditional(node: Conditional, place: Place): void {
    this.put(OP.whenSet, node.group, 0);
    const toNo = this.code.length - 1;
    this.emitNode(node.yes, place);
    this.put(OP.jump, 0);
    const toEnd = this.code.length - 1;
    this.land(toNo);
    this.emitNode(node.no, place);
    this.land(toEnd);
  }

  private emitLook(node: Look): void {
    const height = this.register();
    const width = node.direction === 'behind' ? node.width : 0;
    if (node.negated) {
      this.put(OP.notLook, width, height, 0);
      const onward = this.code.length - 1;
      this.emitNode(node.body, INNER);
      this.put(OP.notLookEnd, height);
      this.land(onward);
      return;
    }
    const position = this.register();
    this.put(OP.look, width, height, position);
    this.emitNode(node.body, INNER);
    this.put(OP.lookEnd, height, position);
  }

  private emitAtomic(body: Node): void {
    const height = this.register();
    this.put(OP.atomic, height);
    this.emitNode(body, INNER);
    this.put(OP.atomicEnd, height);
  }

  private emitRepeat(node: Repeat, place: Place): void {
    if (node.max === 0) return;
    const single = singleCharacter(node.body);
    if (single) this.emitRun(node, single, place);
    else if (this.sizeOf(node) > MAX_UNROLLED) this.emitCounted(node, place);
    else this.emitUnrolled(node, place);
  }

  /** A repeat of one character: scanned in one go. */
  private emitRun(node: Repeat, single: Ranges, place: Place): void {
    const set = this.setNumber(single);
    const { min, max, mode } = node;
    const most = max === Number.POSITIVE_INFINITY || max > 0x7fffffff ? -1 : max;
    const least = Math.min(min, 0x7fffffff);
    if (mode === 'possessive' || min === max) {
      this.put(OP.runPossessive, set, least, most);
      return;
    }
    // Without an upper limit it does not matter where the run began, and its places can be remembered one by one.
    const point = most === -1 ? this.newPoint(place) : -1;
    if (mode === 'greedy') this.put(OP.runGreedy, set, least, most, -1, point);
    else this.put(OP.runLazy, set, least, most, -1, point);
    if (point === -1) this.point(place);
  }

  private emitUnrolled(node: Repeat, place: Place): void {
    const { body, min, max, mode } = node;
    const round =
      mode === 'possessive' ? (): void => this.emitAtomic(body) : (): void => this.emitNode(body, place);
    for (let i = 0; i < min; i++) round();
    if (max === Number.POSITIVE_INFINITY) this.emitLoop(node, place);
    else if (max > min) this.emitOptional(node, max - min, place);
  }

  /**
   * Python: a round that took no character is kept, and the loop then ends. (JavaScript would throw it away.)
   */
  private emitLoop(node: Repeat, place: Place): void {
    const { body, mode } = node;
    const round = canBeEmpty(body) ? this.register() : undefined;
    const within = round === undefined ? place : { ...place, rounds: [...place.rounds, round] };
    if (round !== undefined) this.put(OP.roundReset, round);
    const head = this.code.length;
    this.point(within);
    const exits = this.emitRound(node, round, within, round !== undefined);
    this.put(OP.jump, head);
    for (const exit of exits) this.land(exit);
    if (mode === 'possessive') this.point(place);
  }

  /** Up to `count` rounds, one behind the other. */
  private emitOptional(node: Repeat, count: number, place: Place): void {
    const round = count > 1 && canBeEmpty(node.body) ? this.register() : undefined;
    const within = round === undefined ? place : { ...place, rounds: [...place.rounds, round] };
    const exits: number[] = [];
    for (let i = 0; i < count; i++) {
      if (i > 0) this.point(within);
      exits.push(...this.emitRound(node, round, within, i > 0));
    }
    for (const exit of exits) this.land(exit);
    this.point(place);
  }

  /** One round that may be left out; returns the places that want to know where the loop ends. */
  private emitRound(node: Repeat, round: number | undefined, place: Place, check: boolean): number[] {
    const { body, mode } = node;
    const exits: number[] = [];
    if (mode === 'lazy') {
      this.put(OP.splitLater, 0);
      exits.push(this.code.length - 1);
      if (round !== undefined && check) this.put(OP.roundFail, round);
      if (round !== undefined) this.put(OP.roundBegin, round);
      this.emitNode(body, place);
      return exits;
    }
    if (round !== undefined && check) {
      this.put(OP.roundCheck, round, 0);
      exits.push(this.code.length - 1);
    }
    if (mode === 'greedy') {
      exits.push(this.emitSplit(body));
      if (round !== undefined) this.put(OP.roundBegin, round);
      this.emitNode(body, place);
      return exits;
    }
    if (round !== undefined) this.put(OP.roundBegin, round);
    // The way out is pushed within the atomic part: a round that succeeds takes it away.
    const height = this.register();
    this.put(OP.atomic, height);
    exits.push(this.emitSplit(body));
    this.emitNode(body, INNER);
    this.put(OP.atomicEnd, height);
    return exits;
  }

  private emitCounted(node: Repeat, place: Place): void {
    const { body, min, max, mode } = node;
    const counter = this.register();
    const round = canBeEmpty(body) ? this.register() : undefined;
    const within: Place = {
      inner: place.inner,
      rounds: round === undefined ? place.rounds : [...place.rounds, round],
      counters: [...place.counters, counter],
    };
    const height = mode === 'possessive' ? this.register() : undefined;
    const exits: number[] = [];
    const exit = (): void => void exits.push(this.code.length - 1);
    this.put(OP.countReset, counter);
    if (round !== undefined) this.put(OP.roundReset, round);
    const head = this.code.length;
    this.point(within);
    this.put(OP.countMin, counter, Math.min(min, 0x7fffffff), 0);
    const toMandatory = this.code.length - 1;
    if (max <= 0x7fffffff) {
      this.put(OP.countMax, counter, max, 0);
      exit();
    }
    if (mode === 'lazy') {
      this.put(OP.splitLater, 0);
      exit();
      if (round !== undefined) this.put(OP.roundFail, round);
    } else if (round !== undefined) {
      this.put(OP.roundCheck, round, 0);
      exit();
    }
    if (round !== undefined) this.put(OP.roundBegin, round);
    if (height !== undefined) this.put(OP.atomic, height);
    if (mode !== 'lazy') {
      this.put(OP.split, 0);
      exit();
    }
    this.put(OP.countUp, counter);
    let toBody: number | undefined;
    if (height !== undefined) {
      this.put(OP.jump, 0);
      toBody = this.code.length - 1;
    }
    this.land(toMandatory);
    if (height !== undefined) this.put(OP.atomic, height);
    if (toBody !== undefined) this.land(toBody);
    this.emitNode(body, height === undefined ? within : INNER);
    if (height !== undefined) this.put(OP.atomicEnd, height);
    this.put(OP.jump, head);
    for (const each of exits) this.land(each);
    this.point(place);
  }

  /** Pushes the way around `node`; returns the place of its target. */
  private emitSplit(node: Node): number {
    const row = rowOf(firstUnits(node));
    if (row) this.put(OP.splitIf, this.firsts.push(row) - 1, 0);
    else this.put(OP.split, 0);
    return this.code.length - 1;
  }

  private put(...words: number[]): void {
    for (const word of words) this.code.push(word);
  }

  private land(operand: number): void {
    this.code[operand] = this.code.length;
  }

  private register(): number {
    return this.registers++;
  }

  private setNumber(ranges: Ranges): number {
    let number = this.setNumbers.get(ranges);
    if (number === undefined) {
      number = this.sets.findIndex(
        (each) => each.length === ranges.length && each.every((code, i) => code === ranges[i]),
      );
      if (number === -1) number = this.sets.push(ranges) - 1;
      this.setNumbers.set(ranges, number);
    }
    return number;
  }

  private point(place: Place): void {
    this.put(place.inner ? OP.learn : OP.enter, this.newPoint(place));
  }

  private newPoint(place: Place): number {
    return this.rawPoints.push({ ...place, at: this.code.length }) - 1;
  }

  /** Tells each run with what units that which follows can begin: nothing else is worth trying there. */
  private expectUnits(): void {
    const setBits = asciiRows(this.sets);
    for (let at = 0; at < this.code.length; at += 1 + (OPERANDS[this.code[at] as number] as number)) {
      if (this.code[at] !== OP.runGreedy && this.code[at] !== OP.runLazy) continue;
      const row = expectedAt(at + 6, {
        code: this.code,
        strings: this.strings,
        sets: this.sets,
        setBits,
        firsts: this.firsts,
      });
      if (row) this.code[at + 4] = this.firsts.push(row) - 1;
    }
  }

  private finishPoints(): [MemoryPoint[], number] {
    const asked: ((at: number) => Asked) | undefined = askedBehind(this.code);
    let base = 0;
    const points = this.rawPoints.map((raw): MemoryPoint => {
      const { set, registers } = asked?.(raw.at) ?? NOTHING_ASKED;
      const rounds = raw.rounds.slice(-MAX_KIND_BITS);
      const bits = set.slice(0, MAX_KIND_BITS - rounds.length);
      const values = new Set([
        ...raw.counters,
        ...raw.rounds.slice(0, raw.rounds.length - rounds.length),
        ...registers,
        ...set.slice(bits.length).flatMap((group) => [2 * group, 2 * group + 1]),
      ]);
      const point = {
        rounds,
        asked: bits,
        values: [...values],
        base,
        plain: rounds.length + bits.length === 0,
      };
      base += 2 ** (rounds.length + bits.length);
      return point;
    });
    return [points, base];
  }

  /** Instructions that a node becomes, roughly. */
  private sizeOf(node: Node): number {
    let size = this.sizes.get(node);
    if (size === undefined) {
      size = this.measure(node);
      this.sizes.set(node, size);
    }
    return size;
  }

  private measure(node: Node): number {
    const sum = (nodes: readonly Node[]): number =>
      nodes.reduce((total, each) => total + this.sizeOf(each), 0);
    switch (node.type) {
      case 'seq':
        return sum(node.items);
      case 'alt':
        return sum(node.branches) + 2 * node.branches.length;
      case 'group':
      case 'look':
      case 'atomic':
        return this.sizeOf(node.body) + 2;
      case 'conditional':
        return this.sizeOf(node.yes) + this.sizeOf(node.no) + 2;
      case 'repeat': {
        if (singleCharacter(node.body)) return 2;
        const copies = node.max === Number.POSITIVE_INFINITY ? node.min + 1 : node.max;
        const body = this.sizeOf(node.body) + 4;
        const size = copies * body;
        // Counted, if it is too large to unroll: but then large enough that a repeat around it counts as well.
        return size;
      }
      default:
        return 1;
    }
  }
}

const INNER: Place = { inner: true, rounds: [], counters: [] };
const NOTHING_ASKED: Asked = { set: [], registers: [] };

/** The code point of a literal that nothing else can stand for. Half of a pair is no character of its own. */
function plainCode(node: Node): number | undefined {
  if (node.type !== 'literal') return undefined;
  if (node.ignoreCase && (singleCharacter(node) as Ranges).join() !== `${node.code},${node.code}`)
    return undefined;
  return node.code >= 0xd800 && node.code <= 0xdfff ? undefined : node.code;
}

/** May the node match without taking a character? */
function canBeEmpty(node: Node): boolean {
  switch (node.type) {
    case 'literal':
    case 'any':
    case 'set':
    case 'fail':
      return false;
    case 'group':
    case 'atomic':
      return canBeEmpty(node.body);
    case 'seq':
      return node.items.every(canBeEmpty);
    case 'alt':
      return node.branches.some(canBeEmpty);
    case 'conditional':
      return canBeEmpty(node.yes) || canBeEmpty(node.no);
    case 'repeat':
      return node.min === 0 || canBeEmpty(node.body);
    default:
      return true;
  }
}

function asciiRows(sets: readonly Ranges[]): Uint8Array {
  const rows = new Uint8Array(sets.length * 128);
  for (const [number, ranges] of sets.entries())
    for (let code = 0; code < 128; code++) rows[number * 128 + code] = inRanges(ranges, code) ? 1 : 0;
  return rows;
}

function rowOf(units: Set<number> | undefined): Uint8Array | undefined {
  if (!units) return undefined;
  const row = new Uint8Array(NON_ASCII_UNIT + 1);
  for (const unit of units) row[unit] = 1;
  return row;
}
