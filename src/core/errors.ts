/**
 * The errors of f2b: one shape, one class a domain, and the only table from error to exit code.
 *
 * A message says what is wrong, where, what was found, what was expected and what to do; core throws these
 * and never prints or exits. Anything else that is thrown is a bug of ours.
 */

/** A place in a configuration file. `line` counts from 1. */
export interface Origin {
  readonly file: string;
  readonly line: number;
}

/** A value together with the place it was written at; `origin` is undefined for built-in defaults. */
export interface Sourced<T> {
  readonly value: T;
  readonly origin?: Origin | undefined;
}

/** `file:line`, or the given word for a value nobody wrote. */
export function showOrigin(origin: Origin | undefined, otherwise = 'built in'): string {
  return origin ? `${origin.file}:${origin.line}` : otherwise;
}

export interface F2bErrorOptions {
  /** What the user can do about it, as one sentence. */
  hint?: string | undefined;
  cause?: unknown;
  exitCode?: number | undefined;
}

/** Base of every expected failure. `code` is stable and machine readable; `exitCode` is what a command ends with. */
export class F2bError extends Error {
  readonly code: string;
  readonly exitCode: number;
  readonly hint: string | undefined;

  constructor(code: string, message: string, options: F2bErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = code;
    this.exitCode = options.exitCode ?? EXIT.failure;
    this.hint = options.hint;
  }
}

/** Exit codes, the same for every command (docs/exit-codes.md). 255 is what fail2ban's own programs use. */
export const EXIT = { ok: 0, mistakes: 1, unreadable: 2, failure: 255 } as const;

export interface ConfigPlace {
  origin?: Origin | undefined;
  section?: string | undefined;
  option?: string | undefined;
}

/** The configuration cannot be read or does not mean anything. */
export class ConfigError extends F2bError {
  readonly origin: Origin | undefined;
  readonly section: string | undefined;
  readonly option: string | undefined;

  constructor(code: string, message: string, place: ConfigPlace = {}, options: F2bErrorOptions = {}) {
    super(code, message, options);
    this.origin = place.origin;
    this.section = place.section;
    this.option = place.option;
  }
}

/**
 * A regular expression is wrong (`invalid`: Python refuses it too, `message` is Python's wording) or right but
 * not something f2b can carry over exactly (`unsupported`). `index` counts code points into `pattern`.
 */
export class PatternError extends F2bError {
  readonly kind: 'invalid' | 'unsupported';
  readonly pattern: string;
  readonly index: number | undefined;

  constructor(
    kind: 'invalid' | 'unsupported',
    message: string,
    at: { pattern: string; index?: number | undefined },
  ) {
    super(`pattern-${kind}`, message);
    this.kind = kind;
    this.pattern = at.pattern;
    this.index = at.index;
  }
}

/** A date pattern or time zone that cannot be used. */
export class DateError extends F2bError {}

/** A log file, journal or pipe that cannot be read. */
export class SourceError extends F2bError {}

/** The command line asks for something that does not exist or does not fit together. */
export class UsageError extends F2bError {}
