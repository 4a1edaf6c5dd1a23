/**
 * Filter stage: ignore rules that stand in a file (`ignoreip = file:/etc/allow`), read again when the file changes.
 *
 * Path → IgnoreSet as the file has it now. It is looked at once a second at most. A file that cannot be read (any more)
 * is said once, and what it said last goes on to hold: nobody is banned because a file is being rewritten.
 */
import { readFileSync, statSync } from 'node:fs';
import type { Clock } from '../clock.js';
import { IgnoreSet, splitRules } from './ignore-set.js';

/** The file system's side, replaceable in tests. Both throw what cannot be done. */
export interface IgnoreFiles {
  /** Differs when the file has changed. */
  stamp(path: string): string;
  read(path: string): string;
}

export const systemFiles: IgnoreFiles = {
  stamp(path) {
    const { ino, size, mtimeMs } = statSync(path);
    return `${ino} ${size} ${mtimeMs}`;
  },
  read: (path) => readFileSync(path, 'utf8'),
};

const LOOK_EVERY_SEC = 1;

export interface IgnoreFileOptions {
  readonly files: IgnoreFiles;
  readonly clock: Clock;
  /** Told once for each new reason. */
  readonly unreadable: (path: string, reason: string) => void;
}

export class IgnoreFile {
  /** As fail2ban lists it: `file:/` and the absolute path. */
  readonly text: string;
  #rules = new IgnoreSet();
  #stamp: string | undefined;
  #lookedSec = Number.NEGATIVE_INFINITY;
  #reason: string | undefined;

  constructor(
    readonly path: string,
    private readonly options: IgnoreFileOptions,
  ) {
    this.text = `file:/${path}`;
  }

  /** What it says now. */
  get rules(): IgnoreSet {
    const { files, clock, unreadable } = this.options;
    const nowSec = clock.nowSec();
    if (Math.abs(nowSec - this.#lookedSec) < LOOK_EVERY_SEC) return this.#rules;
    this.#lookedSec = nowSec;
    try {
      const stamp = files.stamp(this.path);
      if (stamp !== this.#stamp) {
        this.#rules = parseIgnoreFile(files.read(this.path));
        this.#stamp = stamp;
      }
      this.#reason = undefined;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      if (reason !== this.#reason) unreadable(this.path, reason);
      this.#reason = reason;
    }
    return this.#rules;
  }
}

/** Words between blanks and commas; `#` and `;` begin a comment at the start of a line and after a blank. */
export function parseIgnoreFile(text: string): IgnoreSet {
  const rules = new IgnoreSet();
  for (const line of text.split('\n')) {
    for (const word of splitRules(line.replace(/(?:^|\s)[#;].*$/, ''))) rules.add(word);
  }
  return rules;
}
