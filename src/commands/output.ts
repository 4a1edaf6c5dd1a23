/**
 * Standard output for long results: collects small pieces into large writes and waits while the reader is slow, so
 * that neither system calls nor memory grow with the result.
 */
const FLUSH_CHARS = 64 * 1024;

export class Output {
  #pieces: string[] = [];
  #chars = 0;

  constructor(private readonly stream: NodeJS.WritableStream) {}

  /** Answers a promise when the caller should wait. */
  write(text: string): void | Promise<void> {
    this.#pieces.push(text);
    this.#chars += text.length;
    if (this.#chars >= FLUSH_CHARS) return this.flush();
  }

  flush(): void | Promise<void> {
    const text = this.#pieces.join('');
    this.#pieces = [];
    this.#chars = 0;
    if (text === '' || this.stream.write(text)) return;
    return new Promise((resolve) => this.stream.once('drain', resolve));
  }
}
