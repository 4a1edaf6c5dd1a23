/**
 * Action stage: which values may be written into a command, and what of a value a shell can be given at all.
 *
 * A value of a log is data: with any character that means something to a shell it becomes a variable (`Slots`). NUL
 * cannot be handed to a program and shows as U+FFFD; a value longer than the system takes in one argument is cut, and
 * says so. Source: bans.md §4.5; the limits are Linux's (execve(2)).
 */

/** What a shell would read as more than text; also control characters but the tab. */
// fail2ban's set, and what no terminal or shell should be shown.
const SPECIAL = /[\\#&;`|*?~<>^()[\]{}$'"\n\r\0-\x08\x0b-\x1f\x7f]/;

/** MAX_ARG_STRLEN is 128 KiB with the NUL behind; some is left for the note. */
const MAX_ARGUMENT_BYTES = 131_071;
/** ARG_MAX is a quarter of the stack, 2 MiB as a rule, the environment included. */
const MAX_ALL_BYTES = 1_000_000;
/** Longer texts are not copied into a script, which is one argument too. */
const MAX_INLINE_CHARS = 8_192;

/** May the value be pasted into a command? */
export function isPlain(value: string): boolean {
  return value.length <= MAX_INLINE_CHARS && !SPECIAL.test(value);
}

/** Backslashes before whatever is special, for values of properties that are called like a tag of the ban. */
export function escapeStatic(value: string): string {
  return value
    .replace(/[\\#&;`|*?~<>^()[\]{}$'"]/g, '\\$&')
    .replaceAll('\n', '\\n')
    .replaceAll('\r', '\\r');
}

/** Variables of one command, each value once. */
export class Slots {
  readonly #variables = new Map<string, string>();
  #left = MAX_ALL_BYTES;

  /** @returns what to write in place of the tag */
  take(tag: string, value: string): string {
    const name = `f2bV_${tag.replace(/\W/g, '_')}`;
    let unique = name;
    // `a-b` and `a_b` are two tags.
    for (let n = 2; this.#variables.has(unique); n++) unique = `${name}_${n}`;
    const fitting = cut(value.replaceAll('\0', '\ufffd'), Math.min(MAX_ARGUMENT_BYTES, this.#left));
    this.#left -= Buffer.byteLength(fitting);
    this.#variables.set(unique, fitting);
    return `$${unique}`;
  }

  get variables(): readonly (readonly [string, string])[] {
    return [...this.#variables];
  }
}

/** At most so many bytes of UTF-8, whole characters, with a note where something is missing. */
function cut(text: string, maxBytes: number): string {
  const size = Buffer.byteLength(text);
  if (size <= maxBytes) return text;
  const note = `\n[cut: ${size} bytes are more than a command can be given]`;
  const room = Math.max(0, maxBytes - note.length);
  const bytes = Buffer.from(text).subarray(0, room + 1);
  let end = Math.min(room, bytes.length);
  // Not in the middle of a character.
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end--;
  return bytes.toString('utf8', 0, end) + note;
}
