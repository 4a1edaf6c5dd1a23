/**
 * A line of words as a POSIX shell (and Python's `shlex.split`) takes it apart: blanks, quotes, backslashes.
 *
 * Used for `journalmatch`. Nothing is expanded, `#` is an ordinary character.
 */
import { ConfigError } from '../errors.js';

/** @throws {ConfigError} a quote or an escape is not closed; wording is Python's */
export function shellSplit(line: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote = '';
  for (let at = 0; at < line.length; at++) {
    const char = line[at] as string;
    if (quote === "'") {
      if (char === "'") quote = '';
      else word += char;
    } else if (char === '\\') {
      const next = line[++at];
      if (next === undefined) throw new ConfigError('shell-words', 'No escaped character');
      // Inside double quotes a backslash escapes only itself and the quote.
      word = (word ?? '') + (quote === '"' && next !== '"' && next !== '\\' ? `\\${next}` : next);
    } else if (quote === '"') {
      if (char === '"') quote = '';
      else word += char;
    } else if (char === '"' || char === "'") {
      quote = char;
      word ??= '';
    } else if (char === ' ' || char === '\t' || char === '\r' || char === '\n') {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else {
      word = (word ?? '') + char;
    }
  }
  if (quote !== '') throw new ConfigError('shell-words', 'No closing quotation');
  if (word !== undefined) words.push(word);
  return words;
}
