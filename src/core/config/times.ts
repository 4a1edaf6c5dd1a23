/**
 * Time abbreviations → seconds: `1d12h`, `1y-6mo`, `2*3600`, `-1`.
 *
 * Unit words become factors and the rest is arithmetic (`+ - * / ( )`, decimals), read by a small parser: nothing of
 * the text is ever run. Whole numbers stay whole; months, years, decimals and quotients are floats, as they print in
 * Python. Source: jail.conf(5) "Time Abbreviation Format", config.md §2.1.
 */
import { ConfigError } from '../errors.js';
import { reprFloat } from '../python-repr.js';

export interface Seconds {
  readonly seconds: number;
  readonly kind: 'int' | 'float';
  /** As Python prints the number. */
  readonly text: string;
}

const UNITS: readonly (readonly [words: string, factor: string])[] = [
  ['years?|yea|yy?|ye', '31557600.0'],
  ['months?|mon?', '2629800.0'],
  ['weeks?|wee|wee?|ww?', '604800'],
  ['days?|da|dd?', '86400'],
  ['hours?|hou?|hh?', '3600'],
  ['minutes?|min?|mm?', '60'],
  ['seconds?|sec?|ss?', '1'],
];
const FACTORS = UNITS.map(([words, factor]) => {
  return { pattern: new RegExp(`(?<=\\d)\\s*(?:${words})\\b`, 'gi'), factor: `*${factor}` };
});

/**
 * What the text comes to.
 *
 * @throws {ConfigError} code `time-syntax`, message as Python words it
 */
export function parseTime(text: string): Seconds {
  let expression = text.replace(/([a-z])(\d)/gi, '$1 $2');
  for (const { pattern, factor } of FACTORS) expression = expression.replace(pattern, factor);
  expression = expression.replace(/(\d)\s+(\d)/g, '$1+$2').trim();
  const tree = new Parser(tokenize(expression), expression === '').parse();
  const value = evaluate(tree);
  if (typeof value === 'bigint') return { seconds: Number(value), kind: 'int', text: value.toString() };
  return { seconds: value.float, kind: 'float', text: reprFloat(value.float) };
}

/** Like parseTime, undefined where it would throw. */
export function tryParseTime(text: string): Seconds | undefined {
  try {
    return parseTime(text);
  } catch (error) {
    if (error instanceof ConfigError) return undefined;
    throw error;
  }
}

/** Whole numbers are bigint, so that no digit is lost; floats are wrapped to keep their kind. */
type Value = bigint | { readonly float: number };
type Token = { readonly value: Value } | { readonly name: string } | { readonly op: string };
type Node =
  | Token
  | { readonly op: string; readonly left: Node; readonly right: Node }
  | { readonly minus: Node };

const TOKEN = /\s*(?:((?:\d+(?:_\d+)*)?\.\d+|\d+(?:_\d+)*\.?)|([a-z_]\w*)|(.))/giy;
const MAX_DEPTH = 100;

function tokenize(expression: string): Token[] {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  for (let match = TOKEN.exec(expression); match && match[0] !== ''; match = TOKEN.exec(expression)) {
    const [, number, name, op] = match;
    if (number !== undefined) {
      if (/[\w]/.test(expression[TOKEN.lastIndex] ?? ''))
        throw timeError('invalid decimal literal (<string>, line 1)');
      tokens.push({ value: toValue(number.replaceAll('_', '')) });
    } else if (name !== undefined) tokens.push({ name });
    else if (op !== undefined) tokens.push({ op });
    if (TOKEN.lastIndex >= expression.length) break;
  }
  return tokens;
}

function toValue(digits: string): Value {
  if (digits.includes('.')) return { float: Number(digits) };
  if (/^0+[1-9]/.test(digits)) {
    throw timeError('leading zeros in decimal integer literals are not permitted (<string>, line 1)');
  }
  return BigInt(digits);
}

/** sum = product (('+' | '-') product)*; product = factor (('*' | '/') factor)*; factor = sign* (number | '(' sum ')') */
class Parser {
  private at = 0;
  private depth = 0;
  constructor(
    private readonly tokens: readonly Token[],
    private readonly empty: boolean,
  ) {}

  parse(): Node {
    const node = this.sum();
    if (this.at < this.tokens.length) throw this.invalid();
    return node;
  }

  private sum(): Node {
    let left = this.product();
    for (let op = this.take('+', '-'); op; op = this.take('+', '-'))
      left = { op, left, right: this.product() };
    return left;
  }

  private product(): Node {
    let left = this.factor();
    for (let op = this.take('*', '/'); op; op = this.take('*', '/'))
      left = { op, left, right: this.factor() };
    return left;
  }

  private factor(): Node {
    if (++this.depth > MAX_DEPTH) throw timeError('too many nested parentheses (<string>, line 1)');
    try {
      if (this.take('-')) return { minus: this.factor() };
      if (this.take('+')) return this.factor();
      if (this.take('(')) {
        const inner = this.sum();
        if (!this.take(')')) throw this.invalid();
        return inner;
      }
      const token = this.tokens[this.at++];
      if (!token || 'op' in token) throw this.invalid();
      return token;
    } finally {
      this.depth--;
    }
  }

  private take(...ops: string[]): string | undefined {
    const token = this.tokens[this.at];
    if (!token || !('op' in token) || !ops.includes(token.op)) return undefined;
    this.at++;
    return token.op;
  }

  private invalid(): ConfigError {
    return timeError(`invalid syntax (<string>, line ${this.empty ? 0 : 1})`);
  }
}

function evaluate(node: Node): Value {
  if ('value' in node) return node.value;
  if ('name' in node) throw timeError(`name '${node.name}' is not defined`);
  if ('minus' in node) {
    const value = evaluate(node.minus);
    return typeof value === 'bigint' ? -value : { float: -value.float };
  }
  if (!('left' in node)) throw timeError('invalid syntax (<string>, line 1)');
  const left = evaluate(node.left);
  const right = evaluate(node.right);
  if (node.op !== '/' && typeof left === 'bigint' && typeof right === 'bigint') {
    return node.op === '+' ? left + right : node.op === '-' ? left - right : left * right;
  }
  const [a, b] = [toFloat(left), toFloat(right)];
  if (node.op === '/' && b === 0) {
    throw timeError(
      typeof left === 'bigint' && typeof right === 'bigint' ? 'division by zero' : 'float division by zero',
    );
  }
  return { float: node.op === '+' ? a + b : node.op === '-' ? a - b : node.op === '*' ? a * b : a / b };
}

function toFloat(value: Value): number {
  return typeof value === 'bigint' ? Number(value) : value.float;
}

function timeError(message: string): ConfigError {
  return new ConfigError(
    'time-syntax',
    message,
    {},
    {
      hint: 'Write a number of seconds or units such as 10m, 1h 30m, 1d12h, 1w, 1mo, 1y; -1 means for ever.',
    },
  );
}
