/**
 * `name[opt=val, …]` → name and options; and the list of such things in `action`.
 *
 * The grammar has no escapes: a value is `"…"`, `'…'` or bare text up to `,` or `]`; quotes count only right after `=`;
 * groups may be chained `[…][…]`. Source: jail.conf(5) "filter", "action"; config.md §5.
 */
import { ConfigError } from '../errors.js';
import { reprString } from '../python-repr.js';
import { BLANKS, isBlank, strip } from './python-text.js';
import { slice, type Traced } from './traced.js';

export interface Bracketed {
  readonly name: string;
  /** Options in order, names as written. */
  readonly options: ReadonlyMap<string, Traced>;
}

const BLANK = `[${BLANKS}]*`;
const NAME = String.raw`[\p{L}\p{N}_\-.]+(?:\?\w+=\w*)?`;
/** Name up to the first `[`, then nothing or a bracket up to the last `]`. */
const WHOLE = new RegExp(`^([^[]+)(?:\\[(.*)\\])?${BLANK}$`, 's');
/** One option; sticky. Groups: name, double quoted, single quoted, bare. */
const OPTION = new RegExp(`${BLANK}(${NAME})=(?:"([^"]*)"|'([^']*)'|([^,\\]]*))`, 'uy');
/** What may stand between two options; sticky. */
const SEPARATOR = new RegExp(`,|\\]${BLANK}\\[|$`, 'y');
/** What may be left at the end instead of an option. */
const REST = new RegExp(`,?${BLANK}$`, 'y');

/**
 * Takes a definition apart.
 *
 * @throws {ConfigError} with fail2ban's wording (without the words in front of it); `at` counts inside the brackets
 */
export function parseBrackets(definition: Traced): Bracketed {
  const whole = WHOLE.exec(definition.text);
  if (!whole) throw syntaxError('unexpected option syntax', definition);
  const name = whole[1] as string;
  const inner = whole[2];
  const options = new Map<string, Traced>();
  if (inner === undefined) return { name, options };
  const base = name.length + 1;
  let at = 0;
  while (at < inner.length) {
    REST.lastIndex = at;
    if (REST.test(inner)) break;
    OPTION.lastIndex = at;
    const match = OPTION.exec(inner);
    if (!match) {
      throw syntaxError(`expected option, wrong syntax at ${spot(inner, at)}`, definition, base + at);
    }
    const end = OPTION.lastIndex;
    SEPARATOR.lastIndex = end;
    if (!SEPARATOR.test(inner)) {
      const key = reprString(match[1] as string);
      throw syntaxError(
        `unexpected syntax at ${spot(inner, end, ` after option ${key}`)}`,
        definition,
        base + end,
      );
    }
    const after = SEPARATOR.lastIndex;
    const raw = match[2] ?? match[3] ?? match[4] ?? '';
    const quoted = match[4] === undefined;
    const start = base + end - raw.length - (quoted ? 1 : 0);
    options.set(match[1] as string, stripTraced(slice(definition, start, start + raw.length)));
    at = after;
  }
  return { name, options };
}

const PLAIN = new RegExp(`[^${BLANKS}[]+`, 'y');
const WORD = new RegExp(`[^${BLANKS}]+`, 'y');
const GAP = new RegExp(BLANK, 'y');
const KEY = new RegExp(`${BLANK}${NAME}=`, 'uy');
const QUOTED = new RegExp(`(?:"[^"]*"|'[^']*')${BLANK}(?=[,\\]])`, 'y');
const BARE = /[^,\]]*/y;
/** The comma of `[,]`, which holds no option. */
const COMMA = new RegExp(`,(?=${BLANK}\\])`, 'y');

/** Splits at any blank outside brackets; what looks like a bracket but is none ends at the next blank. */
export function splitActions(value: Traced): Traced[] {
  const { text } = value;
  const actions: Traced[] = [];
  for (let at = skip(GAP, text, 0); at < text.length; at = skip(GAP, text, at)) {
    const end = endOfAction(text, at);
    actions.push(slice(value, at, end));
    at = end;
  }
  return actions;
}

function endOfAction(text: string, start: number): number {
  let at = skip(PLAIN, text, start);
  let open = at > start ? skip(GAP, text, at) : text.length;
  for (let first = true; text[open] === '['; first = false) {
    const group = endOfGroup(text, first ? skip(COMMA, text, open + 1) : open + 1);
    if (!group) break;
    at = group.end;
    // A group that ends without an option, `[]` or `[a=1,]`, is the last one.
    open = group.last ? text.length : skip(GAP, text, at);
  }
  const ended = at > start && (at === text.length || isBlank(text[at] as string));
  return ended ? at : skip(WORD, text, start);
}

/** Offset behind the `]` of the option group whose inside begins at `start`. */
function endOfGroup(text: string, start: number): { end: number; last: boolean } | undefined {
  let at = start;
  for (;;) {
    const gap = skip(GAP, text, at);
    if (text[gap] === ']') return { end: gap + 1, last: true };
    const key = skip(KEY, text, at);
    if (key === at) return undefined;
    const quoted = skip(QUOTED, text, key);
    at = quoted === key ? skip(BARE, text, key) : quoted;
    if (text[at] === ']') return { end: at + 1, last: false };
    if (text[at] !== ',') return undefined;
    at += 1;
  }
}

/** Where the sticky expression ends when it is tried at `at`; `at` itself when it does not match. */
function skip(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : at;
}

function stripTraced(value: Traced): Traced {
  const text = value.text;
  let start = 0;
  while (start < text.length && isBlank(text[start] as string)) start++;
  return slice(value, start, start + strip(text).length);
}

/** Number and start of what stands at an offset; both count characters, as Python does. */
function spot(text: string, at: number, between = ''): string {
  const rest = Array.from(text.slice(at, at + 2 * SHOWN)).slice(0, SHOWN);
  return `${Array.from(text.slice(0, at)).length}${between}: ${rest.join('')}`;
}

const SHOWN = 25;

/** `index` of the error counts into the whole definition, for a caret. */
function syntaxError(message: string, definition: Traced, index = definition.text.length): ConfigError {
  const error = new ConfigError(
    'bracket-syntax',
    message,
    { origin: definition.origins[0] },
    { hint: 'Write name[option="value", other=value] without blanks around =.' },
  );
  return Object.assign(error, { index });
}
