/**
 * Tester: keeps the lines of one kind for the lists at the end of a report, without keeping a whole log.
 *
 * fail2ban-regex prints a list only while it has fewer lines than a limit. Lines beyond it are counted, not kept;
 * since a multi-line match may take lines back, `slack` more are kept than the limit says.
 */
import { detach } from '../detach.js';
import type { KeptLine, LineList } from './result.js';

export class LineKeeper {
  #count = 0;
  #lines: KeptLine[] = [];
  #overflown = false;

  /** `limit` Infinity keeps every line; 0 keeps none. */
  constructor(
    private readonly limit: number,
    private readonly slack: number,
  ) {}

  /** Is there still room? If not, `pass` does what `add` would do. */
  get keeps(): boolean {
    return !this.#overflown && this.limit > 0;
  }

  /** How many lines there is still room for. */
  get room(): number {
    return this.keeps ? this.limit + this.slack + 1 - this.#lines.length : 0;
  }

  /** Counts lines without looking at them. */
  pass(lines = 1): void {
    this.#count += lines;
  }

  add(line: KeptLine): void {
    this.#count++;
    if (!this.keeps) return;
    this.#lines.push({ ...line, text: detach(line.text) });
    if (this.#lines.length > this.limit + this.slack) {
      this.#overflown = true;
      this.#lines.length = Math.max(0, this.limit - 1);
    }
  }

  /** Adds the lines of another keeper with the same limit; `numberedFrom` is what their numbers are short of. */
  adopt({ count, lines }: LineList, numberedFrom: number): void {
    for (const line of lines) {
      if (this.keeps) this.add({ ...line, number: line.number + numberedFrom });
      else this.pass();
    }
    this.pass(count - lines.length);
  }

  /** Takes the first kept line with this text out of the list, as a later match has made it its own. */
  takeBack(text: string): void {
    this.#count--;
    if (this.#overflown) return;
    const index = this.#lines.findIndex((line) => line.text === text);
    if (index >= 0) this.#lines.splice(index, 1);
  }

  result(): LineList {
    const complete = !this.#overflown && this.#count < this.limit;
    return { count: this.#count, lines: this.#lines.slice(0, Math.max(0, this.limit - 1)), complete };
  }
}
