/**
 * Jail stage: arithmetic as Python does it, for the formulas of bantime.increment. Pure.
 *
 * Whole numbers are bigint (Python's int), floats are number, truth values are boolean and count as 0 and 1. What Python
 * refuses (division by zero, a float too large) and what would take long (whole numbers beyond 4096 bits) is refused
 * with an ArithmeticError; who calls adds the place.
 */

/** A Python int (bigint) or float (number). */
export type PyNumber = bigint | number;
export type PyValue = PyNumber | boolean;

/** Why there is no result, in Python's words where it has them. */
export class ArithmeticError extends Error {}

const MAX_BITS = 4096;

/** The number behind a value: True is 1. */
export function toNumber(value: PyValue): PyNumber {
  return typeof value === 'boolean' ? (value ? 1n : 0n) : value;
}

/** Python's `float(value)`. */
export function toFloat(value: PyValue): number {
  const float = Number(value);
  if (typeof value === 'bigint' && !Number.isFinite(float)) fail('int too large to convert to float');
  return float;
}

/** Python's `int(value)`: towards zero. */
export function toInt(value: PyValue): bigint {
  const number = toNumber(value);
  if (typeof number === 'bigint') return number;
  if (Number.isNaN(number)) fail('cannot convert float NaN to integer');
  if (!Number.isFinite(number)) fail('cannot convert float infinity to integer');
  return BigInt(Math.trunc(number));
}

export function isTrue(value: PyValue): boolean {
  return Boolean(value) || Number.isNaN(value);
}

export type BinaryOperator = '+' | '-' | '*' | '/' | '//' | '%' | '**' | '<<' | '>>' | '&' | '|' | '^';

/** @throws {ArithmeticError} */
export function binary(operator: BinaryOperator, left: PyValue, right: PyValue): PyNumber {
  const a = toNumber(left);
  const b = toNumber(right);
  if (typeof a === 'bigint' && typeof b === 'bigint') {
    return operator === '/' ? wholeQuotient(a, b) : bounded(wholeBinary(operator, a, b));
  }
  if (operator === '/') return floatQuotient(toFloat(a), toFloat(b));
  return floatBinary(operator, toFloat(a), toFloat(b));
}

function wholeBinary(operator: Exclude<BinaryOperator, '/'>, a: bigint, b: bigint): PyNumber {
  switch (operator) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '//':
    case '%':
      return wholeDivision(operator, a, b);
    case '**':
      return wholePower(a, b);
    case '<<':
    case '>>':
      return shift(operator, a, b);
    case '&':
      return a & b;
    case '|':
      return a | b;
    case '^':
      return a ^ b;
  }
}

/** Rounds down, unlike JavaScript: -7 // 2 is -4, and -7 % 2 is 1. */
function wholeDivision(operator: '//' | '%', a: bigint, b: bigint): bigint {
  if (b === 0n) fail('integer division or modulo by zero');
  const rest = a % b;
  const below = rest !== 0n && rest < 0n !== b < 0n;
  if (operator === '%') return below ? rest + b : rest;
  return below ? a / b - 1n : a / b;
}

function wholePower(a: bigint, b: bigint): PyNumber {
  if (b < 0n) return floatPower(toFloat(a), toFloat(b));
  const bits = a.toString(2).length;
  if (b * BigInt(bits - 1) > BigInt(MAX_BITS) && a !== 1n && a !== -1n) fail('the number becomes too large');
  return a ** b;
}

function shift(operator: '<<' | '>>', a: bigint, b: bigint): bigint {
  if (b < 0n) fail('negative shift count');
  if (operator === '>>') return b > BigInt(2 * MAX_BITS) ? (a < 0n ? -1n : 0n) : a >> b;
  if (b > BigInt(MAX_BITS) && a !== 0n) fail('the number becomes too large');
  return a === 0n ? 0n : a << b;
}

function floatBinary(operator: Exclude<BinaryOperator, '/'>, a: number, b: number): number {
  switch (operator) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '//':
      return floatDivision(a, b).whole;
    case '%':
      return floatDivision(a, b).rest;
    case '**':
      return floatPower(a, b);
    default:
      return fail(`unsupported operand type(s) for ${operator}: float`);
  }
}

function floatQuotient(a: number, b: number): number {
  if (b === 0) fail('float division by zero');
  return a / b;
}

/** The float next to the quotient, also where a float cannot hold the numbers themselves. */
function wholeQuotient(a: bigint, b: bigint): number {
  if (b === 0n) fail('division by zero');
  const [top, bottom] = [a < 0n ? -a : a, b < 0n ? -b : b];
  if (top <= SAFE && bottom <= SAFE) return Number(a) / Number(b);
  // 66 digits of the quotient and whether there are more of them: Number() rounds the rest.
  const shift = 66 + bottom.toString(2).length - top.toString(2).length;
  const [high, low] = shift >= 0 ? [top << BigInt(shift), bottom] : [top, bottom << BigInt(-shift)];
  const digits = Number(((high / low) << 1n) | (high % low === 0n ? 0n : 1n));
  const half = Math.trunc((shift + 1) / 2);
  const quotient = digits / 2 ** half / 2 ** (shift + 1 - half);
  if (!Number.isFinite(quotient)) fail('integer division result too large for a float');
  return a < 0n === b < 0n ? quotient : -quotient;
}

const SAFE = BigInt(Number.MAX_SAFE_INTEGER);

/** The rest has the sign of the divisor, and is exact; the quotient is what fits to it. */
function floatDivision(a: number, b: number): { whole: number; rest: number } {
  if (b === 0) fail('float floor division or modulo by zero');
  let rest = a % b;
  let whole = (a - rest) / b;
  if (rest === 0) rest = b < 0 ? -0 : 0;
  else if (rest < 0 !== b < 0) {
    rest += b;
    whole -= 1;
  }
  if (whole === 0) return { whole: a / b < 0 ? -0 : 0, rest };
  const floor = Math.floor(whole);
  return { whole: whole - floor > 0.5 ? floor + 1 : floor, rest };
}

/** Where JavaScript has NaN or Infinity, Python has a complex number or an error; 1 ** anything is 1. */
function floatPower(a: number, b: number): number {
  if (a === 1) return 1;
  if (a === -1 && !Number.isFinite(b) && !Number.isNaN(b)) return 1;
  if (a === 0 && b < 0) fail('0.0 cannot be raised to a negative power');
  const power = a ** b;
  if (Number.isFinite(a) && Number.isFinite(b)) {
    if (Number.isNaN(power)) fail('the result is not a real number');
    if (!Number.isFinite(power)) fail('the number becomes too large');
  }
  return power;
}

/** -1, 0, 1, or undefined where NaN makes every comparison but != false. */
export function compare(left: PyValue, right: PyValue): number | undefined {
  const a = toNumber(left);
  const b = toNumber(right);
  if (Number.isNaN(a) || Number.isNaN(b)) return undefined;
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Python's `round(value)`: half to even, and whole. */
export function roundWhole(value: PyValue): bigint {
  const number = toNumber(value);
  if (typeof number === 'bigint') return number;
  const floor = Math.floor(number);
  const whole = toInt(floor);
  const rest = number - floor;
  if (rest === 0.5) return whole + (whole & 1n);
  return rest < 0.5 ? whole : whole + 1n;
}

/** Python's `round(value, digits)`: half to even, judged on the exact value of the float. */
export function roundDigits(value: PyValue, digits: bigint): PyNumber {
  const number = toNumber(value);
  if (typeof number === 'bigint') {
    return digits >= 0n ? number : roundTo(number, 1n, Number(digits)) * 10n ** -atLeast(digits);
  }
  if (!Number.isFinite(number) || number === 0 || digits > 330n) return number;
  if (digits < -330n) return number < 0 ? -0 : 0;
  const { mantissa, exponent } = exactly(number);
  const [top, bottom] =
    exponent >= 0 ? [mantissa << BigInt(exponent), 1n] : [mantissa, 1n << BigInt(-exponent)];
  const rounded = Number(`${roundTo(top, bottom, Number(digits))}e${-digits}`);
  return rounded === 0 && number < 0 ? -0 : rounded;
}

function atLeast(digits: bigint): bigint {
  return digits < -1300n ? -1300n : digits;
}

/** top / bottom × 10^digits as a whole number, half to even. */
function roundTo(top: bigint, bottom: bigint, digits: number): bigint {
  const scale = 10n ** BigInt(Math.min(Math.abs(digits), 1300));
  const a = digits >= 0 ? top * scale : top;
  const b = digits >= 0 ? bottom : bottom * scale;
  const floor = wholeDivision('//', a, b);
  const twice = 2n * (a - floor * b);
  if (twice === b) return floor + (floor & 1n);
  return twice < b ? floor : floor + 1n;
}

/** The float as mantissa × 2^exponent, without loss. */
function exactly(value: number): { mantissa: bigint; exponent: number } {
  const bits = new DataView(new ArrayBuffer(8));
  bits.setFloat64(0, value);
  const whole = bits.getBigUint64(0);
  const fraction = whole & 0xf_ffff_ffff_ffffn;
  const raised = Number((whole >> 52n) & 0x7ffn);
  const mantissa = raised === 0 ? fraction : fraction | (1n << 52n);
  return { mantissa: value < 0 ? -mantissa : mantissa, exponent: Math.max(raised, 1) - 1075 };
}

function bounded(value: PyNumber): PyNumber {
  if (typeof value === 'bigint' && BigInt.asIntN(MAX_BITS + 2, value) !== value)
    fail('the number becomes too large');
  return value;
}

export function fail(message: string): never {
  throw new ArithmeticError(message);
}
