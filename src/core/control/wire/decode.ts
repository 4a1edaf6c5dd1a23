/**
 * Wire: the bytes of a pickle → plain data.
 *
 * Reads protocols 0 to 5, and only what plain data needs: None, booleans, numbers, text, lists, tuples, dicts with text
 * as keys, sets (as lists), and the call of `str` that fail2ban makes of an address. Where exceptions are expected they
 * become data too. Nothing is ever imported or called: every other global is refused by name. Work and result are bounded,
 * also where a few bytes name the same large thing again and again. Source: client.md §5, Python's `pickletools`.
 */
import { PyFloat, PyTuple, type Value } from '../values.js';
import {
  asciiOf,
  floatOf,
  indexOf,
  integerOf,
  plainInteger,
  rawUnicode,
  shown,
  unquote,
} from './literals.js';
import { measure } from './measure.js';
import { OP, REFUSED } from './opcodes.js';
import { type Pickled, PickledException, PickleError } from './pickled.js';
import { decodeText } from './wtf8.js';

export interface DecodeOptions {
  /** Exceptions are answers; nobody asks by one. Default: refused. */
  readonly exceptions?: boolean;
  /** Values in the whole, the same one counted as often as it stands there. */
  readonly maxValues?: number;
  /** Characters of text in the whole, counted in the same way. */
  readonly maxChars?: number;
  /** Lists in lists. */
  readonly maxDepth?: number;
}

const LIMITS = { maxValues: 500_000, maxChars: 64 * 1024 * 1024, maxDepth: 32 };

/** What follows the pickle is passed over, as Python does. @throws {PickleError} */
export function decode(bytes: Buffer, options: DecodeOptions = {}): Pickled {
  const limits = { ...LIMITS, ...options };
  const value = new Decoder(bytes, { exceptions: false, ...limits }).run();
  measure(value, limits);
  return value as Pickled;
}

/** On the stack: data, a mark, or something that may be called. */
class Mark {}
const MARK = new Mark();
class Global {
  constructor(
    readonly kind: 'str' | 'list' | 'exception',
    readonly module: string,
    readonly name: string,
  ) {}
}
type Item = Value | PickledException | Mark | Global;

/** A number this long is no setting of anything; longer ones take too long to convert. */
const MAX_INTEGER_BYTES = 64;

class Decoder {
  #at = 0;
  readonly #stack: Item[] = [];
  /** By number; those that leave gaps are kept apart. */
  readonly #memo: Item[] = [];
  readonly #strayMemo = new Map<number, Item>();

  constructor(
    private readonly bytes: Buffer,
    private readonly options: { readonly exceptions: boolean; readonly maxValues: number },
  ) {}

  run(): unknown {
    // Of each value there is itself, a note of it, and what puts it into its place.
    for (let left = 4 * this.options.maxValues; ; left--) {
      if (left === 0) throw new PickleError('too many values');
      const op = this.#byte();
      if (op === OP.stop) return this.#value();
      this.#step(op);
    }
  }

  static readonly #STEPS: ReadonlyMap<number, (self: Decoder) => void> = new Map([
    [OP.proto, (self) => self.#protocol()],
    [OP.frame, (self) => void self.#length(8)],
    // Values.
    [OP.none, (self) => self.#push(null)],
    [OP.newTrue, (self) => self.#push(true)],
    [OP.newFalse, (self) => self.#push(false)],
    [OP.binInt, (self) => self.#push(self.#take(4).readInt32LE())],
    [OP.binInt1, (self) => self.#push(self.#byte())],
    [OP.binInt2, (self) => self.#push(self.#take(2).readUInt16LE())],
    [OP.long1, (self) => self.#push(self.#integer(self.#byte()))],
    [OP.long4, (self) => self.#push(self.#integer(self.#length(4)))],
    [OP.int, (self) => self.#push(integerOf(self.#line()))],
    [OP.long, (self) => self.#push(integerOf(self.#line()))],
    [OP.float, (self) => self.#push(floatOf(self.#line()))],
    [OP.binFloat, (self) => self.#push(new PyFloat(self.#take(8).readDoubleBE()))],
    [OP.shortBinUnicode, (self) => self.#push(self.#text(1))],
    [OP.binUnicode, (self) => self.#push(self.#text(4))],
    [OP.binUnicode8, (self) => self.#push(self.#text(8))],
    [OP.shortBinString, (self) => self.#push(asciiOf(self.#take(self.#length(1))))],
    [OP.binString, (self) => self.#push(asciiOf(self.#take(self.#length(4))))],
    [OP.string, (self) => self.#push(unquote(asciiOf(self.#rawLine())))],
    [OP.unicode, (self) => self.#push(rawUnicode(self.#rawLine()))],
    // Collections.
    [OP.mark, (self) => self.#push(MARK)],
    [OP.pop, (self) => void self.#pop()],
    [OP.popMark, (self) => void self.#toMark()],
    [OP.dup, (self) => self.#push(self.#top())],
    [OP.emptyTuple, (self) => self.#push(new PyTuple([]))],
    [OP.tuple, (self) => self.#push(new PyTuple(self.#toMark()))],
    [OP.tuple1, (self) => self.#push(new PyTuple(self.#last(1)))],
    [OP.tuple2, (self) => self.#push(new PyTuple(self.#last(2)))],
    [OP.tuple3, (self) => self.#push(new PyTuple(self.#last(3)))],
    [OP.emptyList, (self) => self.#push([])],
    [OP.emptySet, (self) => self.#push([])],
    [OP.list, (self) => self.#push(self.#toMark())],
    [OP.frozenSet, (self) => self.#push(self.#toMark())],
    [OP.append, (self) => self.#extend(self.#last(1))],
    [OP.appends, (self) => self.#extend(self.#toMark())],
    [OP.addItems, (self) => self.#extend(self.#toMark())],
    [OP.emptyDict, (self) => self.#push(new Map())],
    [OP.dict, (self) => self.#push(dictOf(self.#toMark()))],
    [OP.setItem, (self) => self.#assign(self.#last(2))],
    [OP.setItems, (self) => self.#assign(self.#toMark())],
    // What was there before.
    [OP.memoize, (self) => self.#remember(self.#memo.length + self.#strayMemo.size)],
    [OP.binPut, (self) => self.#remember(self.#byte())],
    [OP.longBinPut, (self) => self.#remember(self.#length(4))],
    [OP.put, (self) => self.#remember(indexOf(self.#line()))],
    [OP.binGet, (self) => self.#recall(self.#byte())],
    [OP.longBinGet, (self) => self.#recall(self.#length(4))],
    [OP.get, (self) => self.#recall(indexOf(self.#line()))],
    // Calls, of the harmless kind.
    [OP.global, (self) => self.#nameGlobal(self.#line(), self.#line())],
    [OP.stackGlobal, (self) => self.#stackGlobal()],
    [OP.reduce, (self) => self.#reduce()],
    [OP.build, (self) => self.#build()],
  ]);

  /** The same by opcode. */
  static readonly #BY_OP = Array.from({ length: 256 }, (_, op) => Decoder.#STEPS.get(op));

  #step(op: number): void {
    const step = Decoder.#BY_OP[op];
    if (step) {
      step(this);
      return;
    }
    const what = REFUSED.get(op);
    if (what !== undefined) throw new PickleError(`${what} is not plain data`);
    throw new PickleError(`invalid load key, '${keyText(op)}'.`);
  }

  #protocol(): void {
    const protocol = this.#byte();
    if (protocol > 5) throw new PickleError(`unsupported pickle protocol: ${protocol}`);
  }

  #stackGlobal(): void {
    const [module, name] = this.#last(2);
    if (typeof module !== 'string' || typeof name !== 'string')
      throw new PickleError('STACK_GLOBAL requires str');
    this.#nameGlobal(module, name);
  }

  #nameGlobal(module: string, name: string): void {
    this.#push(this.#global(module, name));
  }

  /** What an exception carries besides its arguments is nobody's business here. */
  #build(): void {
    this.#value();
    if (!(this.#top() instanceof PickledException))
      throw new PickleError('state of an object is not plain data');
  }

  #reduce(): void {
    const args = this.#value();
    const callee = this.#pop();
    if (!(callee instanceof Global)) throw new PickleError('only str and exceptions have arguments');
    if (!(args instanceof PyTuple)) throw new PickleError('arguments are not a tuple');
    const items = args.items as readonly Value[];
    if (callee.kind === 'exception') {
      this.#stack.push(new PickledException(callee.module, callee.name, items));
      return;
    }
    const [only] = items;
    const fits =
      items.length === 1 && (callee.kind === 'str' ? typeof only === 'string' : Array.isArray(only));
    if (!fits) throw new PickleError(`${callee.module}.${callee.name} has other arguments than plain data`);
    this.#push(only as Value);
  }

  #global(module: string, name: string): Global {
    const home = module === '__builtin__' || module === 'exceptions' ? 'builtins' : module;
    if (home === 'builtins' && (name === 'str' || name === 'unicode')) return new Global('str', home, name);
    if (home === 'builtins' && (name === 'set' || name === 'frozenset'))
      return new Global('list', home, name);
    if (this.options.exceptions && isExceptionName(home, name)) return new Global('exception', home, name);
    throw new PickleError(`global '${shown(module)}.${shown(name)}' is forbidden`);
  }

  #remember(index: number): void {
    if (index <= this.#memo.length) this.#memo[index] = this.#top();
    else this.#strayMemo.set(index, this.#top());
  }

  #recall(index: number): void {
    const item = index < this.#memo.length ? this.#memo[index] : this.#strayMemo.get(index);
    if (item === undefined) throw new PickleError(`Memo value not found at index ${index}`);
    this.#stack.push(item);
  }

  #extend(items: readonly Value[]): void {
    const list = this.#stack.at(-1);
    if (!Array.isArray(list)) throw underflow();
    for (const item of items) list.push(item);
  }

  #assign(items: readonly Value[]): void {
    const dict = this.#stack.at(-1);
    if (!(dict instanceof Map)) throw underflow();
    for (const [key, value] of dictOf(items)) dict.set(key, value);
  }

  #push(item: Item): void {
    this.#stack.push(item);
  }

  #top(): Item {
    const item = this.#stack.at(-1);
    if (item === undefined) throw underflow();
    return item;
  }

  #pop(): Item {
    const item = this.#stack.pop();
    if (item === undefined) throw underflow();
    return item;
  }

  /** The topmost item, which has to be data. */
  #value(): Value {
    return dataOf(this.#pop());
  }

  #last(count: number): Value[] {
    const items = new Array<Value>(count);
    for (let i = count - 1; i >= 0; i--) items[i] = this.#value();
    return items;
  }

  #toMark(): Value[] {
    const at = this.#stack.lastIndexOf(MARK);
    if (at < 0) throw new PickleError('could not find MARK');
    return this.#stack.splice(at).slice(1).map(dataOf);
  }

  #byte(): number {
    const byte = this.bytes[this.#at++];
    if (byte === undefined)
      throw new PickleError(this.bytes.length === 0 ? 'Ran out of input' : TRUNCATED, { truncated: true });
    return byte;
  }

  #take(count: number): Buffer {
    const from = this.#at;
    this.#at += count;
    if (this.#at > this.bytes.length) throw new PickleError(TRUNCATED, { truncated: true });
    return this.bytes.subarray(from, this.#at);
  }

  /** A length in front of something. */
  #length(width: 1 | 4 | 8): number {
    if (width === 1) return this.#byte();
    const field = this.#take(width);
    const length = width === 4 ? BigInt(field.readUInt32LE()) : field.readBigUInt64LE();
    if (length > BigInt(Number.MAX_SAFE_INTEGER)) throw new PickleError('a length beyond all measure');
    return Number(length);
  }

  #text(width: 1 | 4 | 8): string {
    return decodeText(this.#take(this.#length(width)));
  }

  #integer(length: number): Value {
    if (length > MAX_INTEGER_BYTES) throw new PickleError('a number of too many digits');
    const digits = Buffer.from(this.#take(length)).reverse().toString('hex');
    return digits === '' ? 0 : plainInteger(BigInt.asIntN(length * 8, BigInt(`0x${digits}`)));
  }

  #rawLine(): Buffer {
    const end = this.bytes.indexOf(0x0a, this.#at);
    if (end < 0) throw new PickleError(TRUNCATED, { truncated: true });
    const line = this.bytes.subarray(this.#at, end);
    this.#at = end + 1;
    return line;
  }

  #line(): string {
    return this.#rawLine().toString('latin1');
  }
}

const TRUNCATED = 'pickle data was truncated';

function underflow(): PickleError {
  return new PickleError('unpickling stack underflow');
}

function dataOf(item: Item): Value {
  if (item instanceof Mark) throw underflow();
  if (item instanceof Global) throw new PickleError(`${item.module}.${item.name} itself is not plain data`);
  // Only a reply holds an exception, and who reads replies looks for it.
  return item as Value;
}

function dictOf(items: readonly Value[]): Map<string, Value> {
  if (items.length % 2 !== 0) throw new PickleError('odd number of items for DICT');
  const dict = new Map<string, Value>();
  for (let i = 0; i < items.length; i += 2) {
    const key = items[i];
    if (typeof key !== 'string') throw new PickleError('keys of a dict have to be text');
    dict.set(key, items[i + 1] as Value);
  }
  return dict;
}

/** By its name; whoever reads it takes it for text. */
function isExceptionName(module: string, name: string): boolean {
  return (
    /^\w{1,60}(?:\.\w{1,60}){0,5}$/.test(module) &&
    /^[A-Z]\w{0,60}$/.test(name) &&
    /(?:Error|Exception|Warning|Exit|Interrupt|Iteration)$/.test(name)
  );
}

function keyText(op: number): string {
  return op >= 0x20 && op < 0x7f ? String.fromCharCode(op) : `\\x${op.toString(16).padStart(2, '0')}`;
}
