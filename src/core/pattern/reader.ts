/**
 * Reads the text of a Python regular expression token by token for parse.ts: a character, or a backslash with the
 * character behind it. Looks one token ahead, so a lone backslash at the end is refused as soon as it comes in sight.
 * Positions count code points; messages are worded as Python words them.
 */
import { PatternError } from '../errors.js';

export class Reader {
  /** The token ahead; undefined at the end. */
  next: string | undefined;
  private readonly characters: readonly string[];
  /** Behind the token ahead. */
  private index = 0;

  constructor(readonly source: string) {
    this.characters = Array.from(source);
    this.advance();
  }

  /** Position of the token ahead. */
  tell(): number {
    return this.index - (this.next === undefined ? 0 : isEscape(this.next) ? 2 : 1);
  }

  seek(position: number): void {
    this.index = position;
    this.advance();
  }

  take(): string | undefined {
    const token = this.next;
    this.advance();
    return token;
  }

  match(token: string): boolean {
    if (this.next !== token) return false;
    this.advance();
    return true;
  }

  /** Up to `count` single characters of `set`. */
  takeWhile(count: number, set: string): string {
    let taken = '';
    while (taken.length < count && this.next !== undefined && set.includes(this.next)) {
      taken += this.next;
      this.advance();
    }
    return taken;
  }

  /** A non-empty text up to `terminator`, which is consumed. `what` names it in messages. */
  takeUntil(terminator: string, what: string): string {
    let taken = '';
    let length = 0;
    for (;;) {
      const token = this.take();
      if (token === undefined) {
        if (!taken) throw this.error(`missing ${what}`);
        throw this.error(`missing ${terminator}, unterminated name`, length);
      }
      if (token === terminator) {
        if (!taken) throw this.error(`missing ${what}`, 1);
        return taken;
      }
      taken += token;
      length += isEscape(token) ? 2 : 1;
    }
  }

  /** A refusal at `back` code points before the token ahead. */
  error(message: string, back = 0): PatternError {
    return this.errorAt(message, this.tell() - back);
  }

  errorAt(message: string, position: number): PatternError {
    let where = ` at position ${position}`;
    if (this.source.includes('\n')) {
      const before = this.characters.slice(0, position);
      const line = before.filter((character) => character === '\n').length + 1;
      where += ` (line ${line}, column ${position - before.lastIndexOf('\n')})`;
    }
    return new PatternError('invalid', message + where, { pattern: this.source, index: position });
  }

  private advance(): void {
    const character = this.characters[this.index];
    if (character === undefined) {
      this.next = undefined;
      return;
    }
    if (character !== '\\') {
      this.index++;
      this.next = character;
      return;
    }
    const escaped = this.characters[this.index + 1];
    if (escaped === undefined) {
      throw this.errorAt('bad escape (end of pattern)', this.characters.length - 1);
    }
    this.index += 2;
    this.next = character + escaped;
  }
}

export function isEscape(token: string): boolean {
  return token.charCodeAt(0) === 0x5c;
}

export function codePointLength(text: string): number {
  let length = 0;
  for (const _ of text) length++;
  return length;
}

/** A str as Python's `repr` writes it, for names in messages. */
export function pythonRepr(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  let out = quote;
  for (const character of text) {
    const code = character.codePointAt(0)!;
    if (character === quote || character === '\\') out += `\\${character}`;
    else if (character === '\n') out += '\\n';
    else if (character === '\r') out += '\\r';
    else if (character === '\t') out += '\\t';
    else if (character !== ' ' && /[\p{C}\p{Z}]/u.test(character)) {
      const hex = code.toString(16);
      if (code < 0x100) out += `\\x${hex.padStart(2, '0')}`;
      else if (code < 0x10000) out += `\\u${hex.padStart(4, '0')}`;
      else out += `\\U${hex.padStart(8, '0')}`;
    } else out += character;
  }
  return out + quote;
}
