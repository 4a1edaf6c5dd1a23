/**
 * Jail stage: the functions and constants that a formula may use: Python's `math.*` and a few of its built-ins. Pure.
 *
 * Name → how many arguments it takes and what it does. Anything that is not in these tables does not exist.
 */
import {
  binary,
  compare,
  fail,
  isTrue,
  type PyNumber,
  type PyValue,
  roundDigits,
  roundWhole,
  toFloat,
  toInt,
  toNumber,
} from './python-number.js';

export interface PyFunction {
  readonly least: number;
  readonly most: number;
  /** @throws {ArithmeticError} */
  call(...values: PyValue[]): PyValue;
}

export const CONSTANTS: ReadonlyMap<string, PyValue> = new Map<string, PyValue>([
  ['True', true],
  ['False', false],
  ['math.pi', Math.PI],
  ['math.e', Math.E],
  ['math.tau', 2 * Math.PI],
  ['math.inf', Number.POSITIVE_INFINITY],
  ['math.nan', Number.NaN],
]);

/** A function of one float. NaN out of a number means that the number is outside its domain, as Python says too. */
function real(compute: (value: number) => number, overflows = false): PyFunction {
  return {
    least: 1,
    most: 1,
    call(value) {
      const float = toFloat(value!);
      const result = compute(float);
      if (Number.isNaN(result) && !Number.isNaN(float)) fail('math domain error');
      if (!Number.isFinite(result) && Number.isFinite(float))
        fail(overflows ? 'math range error' : 'math domain error');
      return result;
    },
  };
}

/** A function of two floats. */
function real2(compute: (a: number, b: number) => number): PyFunction {
  return {
    least: 2,
    most: 2,
    call(a, b) {
      const [x, y] = [toFloat(a!), toFloat(b!)];
      const result = compute(x, y);
      if (Number.isNaN(result) && !Number.isNaN(x) && !Number.isNaN(y)) fail('math domain error');
      if (!Number.isFinite(result) && Number.isFinite(x) && Number.isFinite(y)) fail('math range error');
      return result;
    },
  };
}

/** A float to a whole number; whole numbers stay as they are. */
function whole(compute: (value: number) => number): PyFunction {
  return {
    least: 1,
    most: 1,
    call(value) {
      const number = toNumber(value!);
      return typeof number === 'bigint' ? number : toInt(compute(number));
    },
  };
}

/** Picks one of its arguments; the first of equal ones. */
function pick(better: (order: number) => boolean): PyFunction {
  return {
    least: 2,
    most: 100,
    call(...values) {
      return values.reduce((best, value) => {
        const order = compare(value, best);
        return order !== undefined && better(order) ? value : best;
      });
    },
  };
}

function test(compute: (value: number) => boolean): PyFunction {
  return { least: 1, most: 1, call: (value) => compute(toFloat(value!)) };
}

const log: PyFunction = {
  least: 1,
  most: 2,
  call(value, base) {
    const [x, b] = [toNumber(value!), base === undefined ? undefined : toNumber(base)];
    if (x <= 0 || (b !== undefined && b <= 0)) fail('math domain error');
    if (b === undefined) return naturalLog(x);
    return binary('/', naturalLog(x), naturalLog(b));
  },
};

/** Also of whole numbers that no float can hold. */
function naturalLog(value: PyNumber): number {
  const float = Number(value);
  if (typeof value === 'number' || Number.isFinite(float)) return Math.log(float);
  const extra = value.toString(2).length - 1000;
  return Math.log(Number(value >> BigInt(extra))) + extra * Math.LN2;
}

export const FUNCTIONS: ReadonlyMap<string, PyFunction> = new Map<string, PyFunction>([
  ['min', pick((order) => order < 0)],
  ['max', pick((order) => order > 0)],
  ['int', { least: 1, most: 1, call: (value) => toInt(value!) }],
  ['float', { least: 1, most: 1, call: (value) => toFloat(value!) }],
  ['bool', { least: 1, most: 1, call: (value) => isTrue(value!) }],
  ['abs', { least: 1, most: 1, call: (value) => magnitude(toNumber(value!)) }],
  ['pow', { least: 2, most: 2, call: (a, b) => binary('**', a!, b!) }],
  [
    'round',
    {
      least: 1,
      most: 2,
      call(value, digits) {
        if (digits === undefined) return roundWhole(value!);
        const places = toNumber(digits);
        return typeof places === 'bigint' ? roundDigits(value!, places) : fail('round: digits must be whole');
      },
    },
  ],
  ['math.floor', whole(Math.floor)],
  ['math.ceil', whole(Math.ceil)],
  ['math.trunc', whole(Math.trunc)],
  ['math.fabs', real(Math.abs)],
  ['math.sqrt', real(Math.sqrt)],
  ['math.exp', real(Math.exp, true)],
  ['math.expm1', real(Math.expm1, true)],
  ['math.log', log],
  ['math.log2', real(Math.log2)],
  ['math.log10', real(Math.log10)],
  ['math.log1p', real(Math.log1p)],
  ['math.pow', real2((a, b) => (a === 1 || b === 0 ? 1 : a ** b))],
  ['math.fmod', real2((a, b) => a % b)],
  ['math.hypot', real2(Math.hypot)],
  ['math.copysign', real2((a, b) => (b < 0 || Object.is(b, -0) ? -Math.abs(a) : Math.abs(a)))],
  ['math.sin', real(Math.sin)],
  ['math.cos', real(Math.cos)],
  ['math.tan', real(Math.tan)],
  ['math.asin', real(Math.asin)],
  ['math.acos', real(Math.acos)],
  ['math.atan', real(Math.atan)],
  ['math.atan2', real2(Math.atan2)],
  ['math.sinh', real(Math.sinh, true)],
  ['math.cosh', real(Math.cosh, true)],
  ['math.tanh', real(Math.tanh)],
  ['math.degrees', real((value) => value * (180 / Math.PI))],
  ['math.radians', real((value) => value * (Math.PI / 180))],
  ['math.isnan', test(Number.isNaN)],
  ['math.isinf', test((value) => !Number.isFinite(value) && !Number.isNaN(value))],
  ['math.isfinite', test(Number.isFinite)],
]);

function magnitude(value: PyNumber): PyNumber {
  if (typeof value === 'number') return Math.abs(value);
  return value < 0n ? -value : value;
}
