/**
 * Wire: where a message ends: a pickle, then `<F2B_END_COMMAND>`. Bytes as they arrive → whole messages.
 *
 * Requests end at the first marker, as they do for fail2ban's server. A reply ends with the last bytes that have come, if
 * the pickle in it is whole: it may hold text that somebody else has written, also a marker. Source: client.md §5.
 */
import { F2bError } from '../../errors.js';

export const END = Buffer.from('<F2B_END_COMMAND>');
/** Says good-bye: `<F2B_CLOSE_COMMAND><F2B_END_COMMAND>`. */
export const CLOSE = Buffer.from('<F2B_CLOSE_COMMAND>');

export class OversizeError extends F2bError {
  constructor(maxBytes: number) {
    super('message-too-large', `the message is larger than ${maxBytes} bytes`);
  }
}

export class FrameReader {
  #buffer = Buffer.alloc(0);
  #used = 0;
  /** No marker begins before this place. */
  #searched = 0;

  /** @param maxBytes of one message */
  constructor(private readonly maxBytes: number) {}

  /** Bytes that belong to no whole message yet. */
  get size(): number {
    return this.#used;
  }

  push(bytes: Buffer): void {
    const needed = this.#used + bytes.length;
    if (needed > this.#buffer.length) {
      // Doubled, so that a peer who sends single bytes costs no more than one who does not.
      const larger = Buffer.allocUnsafe(Math.max(needed, 2 * this.#buffer.length));
      this.#buffer.copy(larger, 0, 0, this.#used);
      this.#buffer = larger;
    }
    bytes.copy(this.#buffer, this.#used);
    this.#used = needed;
  }

  /** The next message up to the first marker. @throws {OversizeError} there is none for too long */
  first(): Buffer | undefined {
    const at = this.#buffer.subarray(0, this.#used).indexOf(END, this.#searched);
    if (at >= 0 && at <= this.maxBytes) return this.#cut(at);
    this.#searched = Math.max(0, this.#used - END.length + 1);
    this.#checkSize();
    return undefined;
  }

  /** All that has come, if it ends with a marker and is whole. @throws {OversizeError} */
  whole(isWhole: (message: Buffer) => boolean): Buffer | undefined {
    this.#checkSize();
    const at = this.#used - END.length;
    if (at < 0 || !this.#buffer.subarray(at, this.#used).equals(END)) return undefined;
    return isWhole(this.#buffer.subarray(0, at)) ? this.#cut(at) : undefined;
  }

  #cut(at: number): Buffer {
    // What is handed out is not written into again.
    const message = this.#buffer.subarray(0, at);
    const rest = this.#buffer.subarray(at + END.length, this.#used);
    this.#buffer = Buffer.from(rest);
    this.#used = rest.length;
    this.#searched = 0;
    return message;
  }

  #checkSize(): void {
    if (this.#used > this.maxBytes + END.length) throw new OversizeError(this.maxBytes);
  }
}
