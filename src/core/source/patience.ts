/**
 * Source stage: what stands in the way of a followed log, as it is told to people.
 *
 * A problem is said when it begins and when it is over. After more than 50 errors in a row fail2ban drops a file; so the log
 * counts as dropped here too, but is still looked for. Source: bans.md §6.
 */
import { F2bError } from '../errors.js';
import { unreadable } from './file.js';
import type { FollowNotice } from './follow.js';

export type Say = (kind: FollowNotice['kind'], message: string | undefined) => void;

const MAX_ERRORS = 50;
/** Errors that come faster than these are one: fail2ban tries every two seconds. */
const ERROR_EVERY_MS = 1900;
/** Between two files of a rotation there may be none for a moment. */
const ABSENCE_MS = 5000;

export class Patience {
  #errors = 0;
  #problem: string | undefined;
  #lastErrorMs = Number.NEGATIVE_INFINITY;
  #missingSinceMs: number | undefined;

  constructor(
    private readonly path: string,
    private readonly say: Say,
  ) {}

  /** Has fail2ban's patience with the file ended? */
  get isOver(): boolean {
    return this.#errors > MAX_ERRORS;
  }

  /** `wasThere`: it has been read before. */
  missing(wasThere: boolean): void {
    this.#missingSinceMs ??= wasThere ? performance.now() : Number.NEGATIVE_INFINITY;
    if (performance.now() - this.#missingSinceMs > ABSENCE_MS)
      this.failed(unreadable(this.path, { code: 'ENOENT' }));
  }

  failed(error: unknown): void {
    const { message, hint } = error instanceof F2bError ? error : unreadable(this.path, error);
    if (this.#problem !== message) {
      this.#problem = message;
      this.say('problem', hint ? `${message}. ${hint}` : message);
    }
    if (performance.now() - this.#lastErrorMs < ERROR_EVERY_MS) return;
    this.#lastErrorMs = performance.now();
    if (++this.#errors !== MAX_ERRORS + 1) return;
    this.say('notice', `Too many errors. Remove file '${this.path}' from monitoring process`);
    this.say('removed', undefined);
  }

  wentWell(): void {
    if (this.isOver) this.say('added', undefined);
    this.#errors = 0;
    this.#missingSinceMs = undefined;
    if (this.#problem === undefined) return;
    this.#problem = undefined;
    this.say('problem', undefined);
  }
}
