/**
 * Address text ↔ bytes, as the C library does it: inet_pton (strict), inet_ntop (one normal spelling) and
 * inet_aton (the loose IPv4 forms that only name resolution accepts).
 *
 * Text in, 4 or 16 numbers of 0–255 out, and back. Nothing here knows prefixes, brackets or names.
 */

/** Reads strict dotted IPv4: four decimal numbers of 0–255 without leading zeros; undefined for anything else. */
export function parseInet4(text: string): number[] | undefined {
  const bytes: number[] = [];
  let value = -1;
  for (let i = 0; i <= text.length; i++) {
    const code = i < text.length ? text.charCodeAt(i) : DOT;
    if (code === DOT) {
      if (value < 0 || bytes.length === 4) return undefined;
      bytes.push(value);
      value = -1;
    } else {
      if (code < 0x30 || code > 0x39 || value === 0) return undefined;
      value = (value < 0 ? 0 : value * 10) + code - 0x30;
      if (value > 255) return undefined;
    }
  }
  return bytes.length === 4 ? bytes : undefined;
}

const DOT = 0x2e;

/** Reads strict IPv6 (with `::` and a dotted IPv4 tail, no zone, no brackets); undefined for anything else. */
export function parseInet6(text: string): number[] | undefined {
  const gap = text.indexOf('::');
  if (gap < 0) {
    const words = readWords(text, true);
    return words?.length === 8 ? bytesOf(words) : undefined;
  }
  const head = gap === 0 ? [] : readWords(text.slice(0, gap), false);
  const tailText = text.slice(gap + 2);
  const tail = tailText === '' ? [] : readWords(tailText, true);
  if (!head || !tail || head.length + tail.length > 7) return undefined;
  return bytesOf([...head, ...new Array<number>(8 - head.length - tail.length).fill(0), ...tail]);
}

function readWords(text: string, dottedTail: boolean): number[] | undefined {
  const parts = text.split(':');
  const words: number[] = [];
  for (const [i, part] of parts.entries()) {
    if (dottedTail && i === parts.length - 1 && part.includes('.')) {
      const tail = parseInet4(part);
      if (!tail) return undefined;
      words.push(tail[0]! * 256 + tail[1]!, tail[2]! * 256 + tail[3]!);
    } else {
      if (!/^[0-9A-Fa-f]{1,4}$/.test(part)) return undefined;
      words.push(Number.parseInt(part, 16));
    }
  }
  return words;
}

function bytesOf(words: readonly number[]): number[] {
  return words.flatMap((word) => [word >> 8, word & 0xff]);
}

/**
 * The one spelling of an address: dotted for 4 bytes; for 16 bytes lower-case hex with the first longest run of two
 * or more zero words as `::`, and a dotted tail for `::a.b.c.d` and `::ffff:a.b.c.d`.
 */
export function formatInet(bytes: readonly number[]): string {
  if (bytes.length === 4) return bytes.join('.');
  const words: number[] = [];
  for (let i = 0; i < 16; i += 2) words.push(bytes[i]! * 256 + bytes[i + 1]!);
  const run = longestZeroRun(words);
  const dotted = run.start === 0 && (run.length === 6 || (run.length === 5 && words[5] === 0xffff));
  const spelled = words.slice(0, dotted ? 6 : 8).map((word) => word.toString(16));
  if (dotted) spelled.push(bytes.slice(12).join('.'));
  if (run.length < 2) return spelled.join(':');
  return `${spelled.slice(0, run.start).join(':')}::${spelled.slice(run.start + run.length).join(':')}`;
}

function longestZeroRun(words: readonly number[]): { start: number; length: number } {
  let best = { start: -1, length: 0 };
  for (let start = 0; start < words.length; start++) {
    let length = 0;
    while (words[start + length] === 0) length++;
    if (length > best.length) best = { start, length };
    start += length;
  }
  return best;
}

/**
 * Reads the loose IPv4 forms of inet_aton: one to four numbers, decimal, octal (`0…`) or hexadecimal (`0x…`), the last
 * one filling all bytes that are left: `1.2.3` is 1.2.0.3, `256` is 0.0.1.0. Undefined when it is not such a form.
 */
export function parseInetLoose(text: string): number[] | undefined {
  const parts = text.split('.');
  if (parts.length > 4) return undefined;
  const numbers: number[] = [];
  for (const part of parts) {
    const value = looseNumber(part);
    if (value === undefined) return undefined;
    numbers.push(value);
  }
  const last = numbers.pop()!;
  const left = 4 - numbers.length;
  if (numbers.some((number) => number > 255) || last >= 256 ** left) return undefined;
  for (let i = left - 1; i >= 0; i--) numbers.push(Math.floor(last / 256 ** i) % 256);
  return numbers;
}

function looseNumber(part: string): number | undefined {
  if (/^0[xX][0-9A-Fa-f]{1,8}$/.test(part)) return Number.parseInt(part.slice(2), 16);
  if (/^0[0-7]{0,11}$/.test(part)) return part === '0' ? 0 : Number.parseInt(part, 8);
  if (/^[1-9][0-9]{0,9}$/.test(part)) return Number(part);
  return undefined;
}
