/**
 * Wire: plain data → a pickle of protocol 5, byte for byte as Python writes values that share nothing.
 *
 * Addresses are calls of `str`, as fail2ban's are (the second one refers to the first one's global); exceptions name
 * their class. Source: client.md §5.
 */
import { IpText, PyFloat, PyTuple, type Value } from '../values.js';
import { OP } from './opcodes.js';
import { type Pickled, PickledException } from './pickled.js';
import { encodeText } from './wtf8.js';

export function encode(value: Pickled): Buffer {
  const encoder = new Encoder();
  encoder.save(value);
  return encoder.finish();
}

/** Python writes lists in portions. */
const BATCH = 1000;
/** Python puts no frame around less than this. */
const MIN_FRAME = 4;

class Encoder {
  readonly #pieces: Buffer[] = [];
  /** Pieces are collected here first: most are a byte or two. */
  #buffer = Buffer.allocUnsafe(4096);
  #used = 0;
  #memoSize = 0;
  readonly #globals = new Map<string, number>();

  finish(): Buffer {
    this.#op(OP.stop);
    this.#flush();
    const body = Buffer.concat(this.#pieces);
    const head = Buffer.from([OP.proto, 5]);
    if (body.length < MIN_FRAME) return Buffer.concat([head, body]);
    const frame = Buffer.alloc(9);
    frame[0] = OP.frame;
    frame.writeBigUInt64LE(BigInt(body.length), 1);
    return Buffer.concat([head, frame, body]);
  }

  save(value: Pickled): void {
    if (value === null || value === undefined) this.#op(OP.none);
    else if (typeof value === 'boolean') this.#op(value ? OP.newTrue : OP.newFalse);
    else if (typeof value === 'string') this.#text(value);
    else if (typeof value === 'bigint' || Number.isInteger(value)) this.#integer(value as number | bigint);
    else if (typeof value === 'number') this.#float(value);
    else this.#object(value);
  }

  #object(value: Exclude<Pickled, null | boolean | string | bigint | number>): void {
    if (value instanceof PyFloat) this.#float(value.value);
    else if (value instanceof PyTuple) this.#tuple(value.items as readonly Pickled[]);
    else if (value instanceof IpText) this.#call('builtins', 'str', [value.text]);
    else if (value instanceof PickledException) this.#call(value.module, value.name, value.args);
    else if (value instanceof Map) this.#dict([...value]);
    else this.#list(value as readonly Value[]);
  }

  #list(items: readonly Value[]): void {
    this.#op(OP.emptyList);
    this.#memoize();
    if (items.length === 1) {
      this.save(items[0] as Value);
      this.#op(OP.append);
      return;
    }
    for (let from = 0; from < items.length; from += BATCH) {
      this.#op(OP.mark);
      for (const item of items.slice(from, from + BATCH)) this.save(item);
      this.#op(OP.appends);
    }
  }

  #dict(entries: readonly (readonly [string, Value])[]): void {
    this.#op(OP.emptyDict);
    this.#memoize();
    const put = ([key, value]: readonly [string, Value]): void => {
      this.#text(key);
      this.save(value);
    };
    if (entries.length === 1) {
      put(entries[0] as readonly [string, Value]);
      this.#op(OP.setItem);
      return;
    }
    for (let from = 0; from < entries.length; from += BATCH) {
      this.#op(OP.mark);
      for (const entry of entries.slice(from, from + BATCH)) put(entry);
      this.#op(OP.setItems);
    }
  }

  #tuple(items: readonly Pickled[]): void {
    if (items.length === 0) {
      this.#op(OP.emptyTuple);
      return;
    }
    if (items.length > 3) this.#op(OP.mark);
    for (const item of items) this.save(item);
    this.#op(items.length > 3 ? OP.tuple : OP.tuple1 + items.length - 1);
    this.#memoize();
  }

  #call(module: string, name: string, args: readonly Value[]): void {
    const known = this.#globals.get(`${module} ${name}`);
    if (known === undefined) {
      this.#text(module);
      this.#text(name);
      this.#op(OP.stackGlobal);
      this.#globals.set(`${module} ${name}`, this.#memoSize);
      this.#memoize();
    } else if (known < 256) this.#bytes([OP.binGet, known]);
    else {
      this.#op(OP.longBinGet);
      this.#uint32(known);
    }
    this.#tuple(args);
    this.#op(OP.reduce);
    this.#memoize();
  }

  #text(text: string): void {
    const bytes = encodeText(text);
    if (bytes.length < 256) this.#bytes([OP.shortBinUnicode, bytes.length]);
    else {
      this.#op(OP.binUnicode);
      this.#uint32(bytes.length);
    }
    this.#write(bytes);
    this.#memoize();
  }

  #integer(value: number | bigint): void {
    if (value >= 0 && value <= 0xff) this.#bytes([OP.binInt1, Number(value)]);
    else if (value >= 0 && value <= 0xffff)
      this.#bytes([OP.binInt2, Number(value) & 0xff, Number(value) >> 8]);
    else if (value >= -0x80000000 && value <= 0x7fffffff) {
      this.#op(OP.binInt);
      const field = Buffer.alloc(4);
      field.writeInt32LE(Number(value));
      this.#write(field);
    } else {
      const bytes = twosComplement(BigInt(value));
      this.#bytes([OP.long1, bytes.length]);
      this.#write(bytes);
    }
  }

  #float(value: number): void {
    this.#op(OP.binFloat);
    const field = Buffer.alloc(8);
    field.writeDoubleBE(value);
    this.#write(field);
  }

  #memoize(): void {
    this.#memoSize++;
    this.#op(OP.memoize);
  }

  #uint32(value: number): void {
    const field = Buffer.alloc(4);
    field.writeUInt32LE(value);
    this.#write(field);
  }

  #op(op: number): void {
    this.#bytes([op]);
  }

  #bytes(bytes: readonly number[]): void {
    if (this.#used + bytes.length > this.#buffer.length) this.#flush();
    for (const byte of bytes) this.#buffer[this.#used++] = byte;
  }

  #write(bytes: Buffer): void {
    if (this.#used + bytes.length > this.#buffer.length) this.#flush();
    if (bytes.length > this.#buffer.length) this.#pieces.push(bytes);
    else this.#used += bytes.copy(this.#buffer, this.#used);
  }

  #flush(): void {
    if (this.#used === 0) return;
    this.#pieces.push(this.#buffer.subarray(0, this.#used));
    this.#buffer = Buffer.allocUnsafe(65_536);
    this.#used = 0;
  }
}

/** Little endian, in as few bytes as hold the sign too. */
function twosComplement(value: bigint): Buffer {
  let length = 1;
  while (BigInt.asIntN(length * 8, value) !== value) length++;
  const digits = BigInt.asUintN(length * 8, value)
    .toString(16)
    .padStart(length * 2, '0');
  return Buffer.from(digits, 'hex').reverse();
}
