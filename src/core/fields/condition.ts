/**
 * A condition on the fields of a line: `status = 401, 403 and request.uri ~ ^/login` → a test of decoded lines.
 *
 * Comparisons with ` and ` between them. `=` and `!=` take values (quoted where they hold commas, quotes or ` and `), `<`
 * `<=` `>` `>=` a number, `~` and `!~` a regular expression that goes to the end; a path alone asks whether there is
 * something, with `!` before it whether there is nothing. `!=` and `!~` hold where the field is missing, too.
 */
import { PatternError } from '../errors.js';
import { Pattern, type PatternOptions } from '../pattern/pattern.js';
import { type FieldPath, type JsonObject, readPath, textOf, unquote, valueAt } from './path.js';

export interface Condition {
  /** As it is written. */
  readonly text: string;
  /** Every field it looks at. */
  readonly paths: readonly FieldPath[];
  readonly patterns: readonly Pattern[];
  holds(root: JsonObject): boolean;
}

interface Comparison {
  readonly path: FieldPath;
  readonly pattern?: Pattern;
  holds(value: unknown): boolean;
}

/** @throws {PatternError} with the place of the mistake */
export function parseCondition(text: string, options: PatternOptions = {}): Condition {
  const comparisons = new Reader(text, options).read();
  return {
    text,
    paths: comparisons.map(({ path }) => path),
    patterns: comparisons.flatMap(({ pattern }) => pattern ?? []),
    holds(root) {
      for (let i = 0; i < comparisons.length; i++) {
        const one = comparisons[i]!;
        if (!one.holds(valueAt(root, one.path))) return false;
      }
      return true;
    },
  };
}

const OPERATOR = /\s*(==?|!=|!~|~|<=?|>=?)\s*/y;
const AND = /\s+and\s+/y;
const BLANK = /\s*/y;
const QUOTED = /"(?:[^"\\]|\\.)*"/y;
/** Up to a comma, an `and` or the end. */
const BARE = /[^\s,"](?:(?!\s+and\s)[^,"])*/y;

class Reader {
  #at = 0;

  constructor(
    private readonly text: string,
    private readonly options: PatternOptions,
  ) {}

  read(): Comparison[] {
    const comparisons: Comparison[] = [];
    do comparisons.push(this.#comparison());
    while (this.#take(AND) !== undefined);
    this.#take(BLANK);
    if (this.#at < this.text.length) this.#fail('a comparison or "and" is expected');
    return comparisons;
  }

  #comparison(): Comparison {
    this.#take(BLANK);
    const isMissing = this.text[this.#at] === '!';
    if (isMissing) this.#at++;
    const { path, end } = readPath(this.text, this.#at);
    this.#at = end;
    const operator = this.#take(OPERATOR)?.trim();
    if (operator === undefined) return { path, holds: (value) => ((value ?? null) === null) === isMissing };
    if (isMissing) this.#fail('"!" stands before a field alone');
    switch (operator) {
      case '=':
      case '==':
      case '!=':
        return this.#equality(path, operator !== '!=');
      case '~':
      case '!~':
        return this.#search(path, operator === '~');
      default:
        return this.#order(path, operator as keyof typeof ORDERS);
    }
  }

  #equality(path: FieldPath, isWanted: boolean): Comparison {
    const values = new Set<string>();
    do values.add(this.#value());
    while (this.#take(/\s*,/y) !== undefined);
    return {
      path,
      holds(value) {
        const text = textOf(value);
        return (text !== undefined && values.has(text)) === isWanted;
      },
    };
  }

  #search(path: FieldPath, isWanted: boolean): Comparison {
    const source = this.text.slice(this.#at).trim();
    if (source === '') this.#fail('a regular expression is missing');
    const pattern = Pattern.compile(source, this.options);
    this.#at = this.text.length;
    return {
      path,
      pattern,
      holds(value) {
        const text = textOf(value);
        return (text !== undefined && pattern.test(text, isAscii(text))) === isWanted;
      },
    };
  }

  #order(path: FieldPath, operator: keyof typeof ORDERS): Comparison {
    const from = this.#at;
    const wanted = numberOf(this.#value());
    if (wanted === undefined) {
      this.#at = from;
      this.#fail('a number is expected');
    }
    const holds = ORDERS[operator];
    return {
      path,
      holds(value) {
        const number = numberOf(value);
        return number !== undefined && holds(number, wanted as number);
      },
    };
  }

  #value(): string {
    this.#take(BLANK);
    const index = this.#at;
    const quoted = this.#take(QUOTED);
    if (quoted !== undefined) return unquote(quoted, { pattern: this.text, index });
    const bare = this.#take(BARE)?.trim();
    if (bare === undefined) this.#fail('a value is missing');
    return bare as string;
  }

  #take(form: RegExp): string | undefined {
    form.lastIndex = this.#at;
    const found = form.exec(this.text)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }

  #fail(message: string): void {
    throw new PatternError('invalid', message, { pattern: this.text, index: this.#at });
  }
}

const ORDERS = {
  '<': (a: number, b: number) => a < b,
  '<=': (a: number, b: number) => a <= b,
  '>': (a: number, b: number) => a > b,
  '>=': (a: number, b: number) => a >= b,
} as const;

/** Numbers, also such as are written as text. */
function numberOf(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  return typeof value === 'string' && /^-?\d{1,17}(?:\.\d{1,17})?$/.test(value) ? Number(value) : undefined;
}

export function isAscii(text: string): boolean {
  return !/[^\x00-\x7f]/.test(text);
}
