/**
 * Jail stage: the formulas of `bantime.formula` and `bantime.factor`, Python expressions, read by a small parser. Pure.
 *
 * Text → a function of the names it may use. It is a closed language of numbers: arithmetic, comparisons, `a if c else b`,
 * `and or not`, and the functions of python-math.ts; nothing of the text is ever run as code, and work and size are
 * bounded. Anything else is refused when it is compiled, with its place.
 */
import { ConfigError } from '../errors.js';
import { CONSTANTS, FUNCTIONS } from './python-math.js';
import {
  ArithmeticError,
  type BinaryOperator,
  binary,
  compare,
  isTrue,
  type PyNumber,
  type PyValue,
  toNumber,
} from './python-number.js';

/** Values by name: `ban.Time`, `ban.Count`, `banFactor`. bigint is Python's int, number its float. */
export type Names = Readonly<Record<string, PyNumber>>;

/** `index` counts UTF-16 units into `expression`. */
export class ExpressionError extends ConfigError {
  constructor(
    code: 'expression-syntax' | 'expression-value',
    message: string,
    readonly expression: string,
    readonly index: number,
  ) {
    super(code, `${message}, at ${index} of "${expression}"`, {}, { hint: HINT });
  }

  /** The expression, and below it a caret where it goes wrong. */
  get picture(): string {
    return `${this.expression.replace(/\s/g, ' ')}\n${' '.repeat(this.index)}^`;
  }
}

const HINT =
  'A formula is made of numbers, ban.Time, ban.Count, banFactor, + - * / // % **, comparisons, "a if c else b", ' +
  'min, max, int, float, abs, round and math functions.';

const MAX_LENGTH = 2_000;
const MAX_DEPTH = 100;

/** A compiled expression. @throws {ExpressionError} code `expression-value` (division by zero, too large) */
export type Expression = (names: Names) => PyNumber;

/**
 * @param known the names that it may use besides constants and functions
 * @throws {ExpressionError} code `expression-syntax`
 * @example compileExpression('ban.Time * 2', ['ban.Time'])({ 'ban.Time': 600n }) === 1200n
 */
export function compileExpression(text: string, known: readonly string[] = []): Expression {
  const node = new Parser(text, new Set(known)).parse();
  return (names) => toNumber(node(names));
}

type Node = (names: Names) => PyValue;

interface Token {
  readonly kind: 'number' | 'name' | 'operator' | 'end';
  readonly text: string;
  readonly at: number;
}

const TOKEN =
  /[ \t\r\n\f]*(?:(?<number>0[xX](?:_?[\da-fA-F])+|0[oO](?:_?[0-7])+|0[bB](?:_?[01])+|(?:\d(?:_?\d)*)?\.\d(?:_?\d)*(?:[eE][+-]?\d+)?|\d(?:_?\d)*\.?(?:[eE][+-]?\d+)?)|(?<name>[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)|(?<operator>\*\*|\/\/|<<|>>|<=|>=|==|!=|[-+*/%&|^~<>(),])|(?<end>$))/y;
const WORDS = new Set(['if', 'else', 'and', 'or', 'not']);

/** Precedence climbs: the higher the tighter. `**`, unary operators, comparisons and words have rules of their own. */
const TIGHTNESS: Readonly<Record<string, number>> = {
  '|': 1,
  '^': 2,
  '&': 3,
  '<<': 4,
  '>>': 4,
  '+': 5,
  '-': 5,
  '*': 6,
  '/': 6,
  '//': 6,
  '%': 6,
};
const COMPARISONS: Readonly<Record<string, (order: number | undefined) => boolean>> = {
  '<': (order) => order === -1,
  '>': (order) => order === 1,
  '<=': (order) => order === -1 || order === 0,
  '>=': (order) => order === 1 || order === 0,
  '==': (order) => order === 0,
  '!=': (order) => order !== 0,
};

class Parser {
  #token: Token;
  #next = 0;
  #depth = 0;

  constructor(
    private readonly text: string,
    private readonly known: ReadonlySet<string>,
  ) {
    if (text.length > MAX_LENGTH)
      throw this.#error(`an expression of ${text.length} characters is too long`, 0);
    this.#token = this.#read();
  }

  parse(): Node {
    const node = this.#choice();
    if (this.#token.kind !== 'end') throw this.#unexpected();
    return node;
  }

  /** or-test ['if' or-test 'else' choice] */
  #choice(): Node {
    return this.#nest(() => {
      const yes = this.#or();
      if (!this.#take('if')) return yes;
      const condition = this.#or();
      if (!this.#take('else')) throw this.#unexpected('"else"');
      const no = this.#choice();
      return (names) => (isTrue(condition(names)) ? yes(names) : no(names));
    });
  }

  #or(): Node {
    let left = this.#and();
    while (this.#take('or')) {
      const [first, second] = [left, this.#and()];
      left = (names) => {
        const value = first(names);
        return isTrue(value) ? value : second(names);
      };
    }
    return left;
  }

  #and(): Node {
    let left = this.#not();
    while (this.#take('and')) {
      const [first, second] = [left, this.#not()];
      left = (names) => {
        const value = first(names);
        return isTrue(value) ? second(names) : value;
      };
    }
    return left;
  }

  #not(): Node {
    return this.#nest(() => {
      if (!this.#take('not')) return this.#comparison();
      const operand = this.#not();
      return (names) => !isTrue(operand(names));
    });
  }

  /** `a < b < c` means `a < b and b < c`. */
  #comparison(): Node {
    const first = this.#binary(1);
    const rest: { holds: (order: number | undefined) => boolean; operand: Node }[] = [];
    for (
      let token = this.#token;
      token.kind === 'operator' && token.text in COMPARISONS;
      token = this.#token
    ) {
      this.#advance();
      rest.push({ holds: COMPARISONS[token.text]!, operand: this.#binary(1) });
    }
    if (rest.length === 0) return first;
    return (names) => {
      let left = first(names);
      for (const { holds, operand } of rest) {
        const right = operand(names);
        if (!holds(compare(left, right))) return false;
        left = right;
      }
      return true;
    };
  }

  #binary(tightness: number): Node {
    let left = this.#unary();
    for (;;) {
      const { text, kind, at } = this.#token;
      const own = kind === 'operator' ? TIGHTNESS[text] : undefined;
      if (own === undefined || own < tightness) return left;
      this.#advance();
      left = this.#apply(text as BinaryOperator, [left, this.#binary(own + 1)], at);
    }
  }

  #unary(): Node {
    const { at } = this.#token;
    if (this.#take('-')) {
      const operand = this.#nest(() => this.#unary());
      return (names) => {
        const value = toNumber(operand(names));
        return -value;
      };
    }
    if (this.#take('+')) {
      const operand = this.#nest(() => this.#unary());
      return (names) => toNumber(operand(names));
    }
    if (this.#take('~')) {
      const operand = this.#nest(() => this.#unary());
      return this.#guard(at, (names) => {
        const value = toNumber(operand(names));
        if (typeof value === 'number') throw new ArithmeticError('bad operand type for unary ~: float');
        return ~value;
      });
    }
    return this.#power();
  }

  /** Binds tighter than a sign before it, less tight than one behind it: -2 ** -1 is -(2 ** (-1)). */
  #power(): Node {
    const base = this.#atom();
    const { at } = this.#token;
    if (!this.#take('**')) return base;
    const exponent = this.#nest(() => this.#unary());
    return this.#apply('**', [base, exponent], at);
  }

  #atom(): Node {
    const token = this.#token;
    if (this.#take('(')) {
      const inner = this.#choice();
      if (!this.#take(')')) throw this.#unexpected('")"');
      return inner;
    }
    if (token.kind === 'number') {
      this.#advance();
      const value = this.#number(token);
      return () => value;
    }
    if (token.kind !== 'name' || WORDS.has(token.text)) throw this.#unexpected();
    this.#advance();
    return this.#take('(') ? this.#call(token) : this.#name(token);
  }

  #name({ text, at }: Token): Node {
    if (this.known.has(text)) return (names) => names[text]!;
    const constant = CONSTANTS.get(text);
    if (constant !== undefined) return () => constant;
    if (FUNCTIONS.has(text))
      throw this.#error(`"${text}" is a function and needs its arguments in parentheses`, at);
    throw this.#error(`there is no "${text}" here`, at);
  }

  #call({ text, at }: Token): Node {
    const called = FUNCTIONS.get(text);
    if (called === undefined) throw this.#error(`there is no function "${text}" here`, at);
    const operands: Node[] = [];
    while (!this.#take(')')) {
      operands.push(this.#choice());
      if (!this.#take(',') && this.#token.text !== ')') throw this.#unexpected('"," or ")"');
    }
    if (operands.length < called.least || operands.length > called.most) {
      const wanted = called.least === called.most ? `${called.least}` : `${called.least} to ${called.most}`;
      throw this.#error(`"${text}" takes ${wanted} arguments, not ${operands.length}`, at);
    }
    return this.#guard(at, (names) => called.call(...operands.map((operand) => operand(names))));
  }

  #number({ text, at }: Token): PyNumber {
    const digits = text.replaceAll('_', '');
    if (/^0[xob]/i.test(digits)) return this.#whole(digits, at);
    if (/[.e]/i.test(digits)) return Number(digits);
    if (/^0+[1-9]/.test(digits)) throw this.#error('a whole number does not begin with 0', at);
    return this.#whole(digits, at);
  }

  #whole(digits: string, at: number): bigint {
    if (digits.length > 300) throw this.#error('this number is too long', at);
    return BigInt(digits);
  }

  #apply(operator: BinaryOperator, [left, right]: readonly [Node, Node], at: number): Node {
    return this.#guard(at, (names) => binary(operator, left(names), right(names)));
  }

  /** Gives what goes wrong in arithmetic its place. */
  #guard(at: number, node: Node): Node {
    const { text } = this;
    return (names) => {
      try {
        return node(names);
      } catch (error) {
        if (!(error instanceof ArithmeticError)) throw error;
        throw new ExpressionError('expression-value', error.message, text, at);
      }
    };
  }

  #nest<T>(parse: () => T): T {
    if (++this.#depth > MAX_DEPTH) throw this.#error('too many nested parts', this.#token.at);
    const result = parse();
    this.#depth--;
    return result;
  }

  /** Goes on if this word or operator is next. */
  #take(text: string): boolean {
    if (this.#token.text !== text || this.#token.kind === 'number') return false;
    this.#advance();
    return true;
  }

  #advance(): void {
    this.#token = this.#read();
  }

  #read(): Token {
    TOKEN.lastIndex = this.#next;
    const groups = TOKEN.exec(this.text)?.groups;
    if (groups === undefined) throw this.#refused();
    this.#next = TOKEN.lastIndex;
    const { number, name, operator } = groups;
    const text = number ?? name ?? operator ?? '';
    const token: Token = {
      kind:
        number !== undefined
          ? 'number'
          : name !== undefined
            ? 'name'
            : operator !== undefined
              ? 'operator'
              : 'end',
      text,
      at: this.#next - text.length,
    };
    if (number !== undefined && /\w/.test(this.text[this.#next] ?? '')) {
      throw this.#error('this is not a number', token.at);
    }
    return token;
  }

  #refused(): ExpressionError {
    const at = this.#next + (/^[ \t\r\n\f]*/.exec(this.text.slice(this.#next))?.[0].length ?? 0);
    return this.#error(`"${String.fromCodePoint(this.text.codePointAt(at)!)}" is not part of a formula`, at);
  }

  #unexpected(wanted?: string): ExpressionError {
    const { kind, text, at } = this.#token;
    const found = kind === 'end' ? 'it ends' : `there is "${text}"`;
    return this.#error(`${found} where ${wanted ?? 'something else'} is expected`, at);
  }

  #error(message: string, at: number): ExpressionError {
    return new ExpressionError('expression-syntax', message, this.text, at);
  }
}
