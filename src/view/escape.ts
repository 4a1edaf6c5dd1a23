/**
 * View: text of logs → text that is safe on a terminal. Log content is hostile: an escape sequence in a user name
 * must not move the cursor, change the title or hide a line. Pipes get text as it is; terminals get this.
 */

/** Controls (C0, DEL, C1), line and paragraph separators, and characters that change the direction of text. */
const UNSAFE = /[\x00-\x1f\x7f-\x9f\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/;
const EVERY_UNSAFE = new RegExp(UNSAFE, 'g');

/** `\x1b[31m` becomes the seven visible characters `\x1b[31m`; a tab stays a blank. */
export function escapeControls(
  text: string,
  wrap: (escaped: string) => string = (escaped) => escaped,
): string {
  if (!UNSAFE.test(text)) return text;
  return text.replaceAll(EVERY_UNSAFE, (char) => (char === '\t' ? ' ' : wrap(spell(char))));
}

function spell(char: string): string {
  const code = char.charCodeAt(0);
  if (char === '\n') return '\\n';
  if (char === '\r') return '\\r';
  return code <= 0xff
    ? `\\x${code.toString(16).padStart(2, '0')}`
    : `\\u${code.toString(16).padStart(4, '0')}`;
}
