/**
 * A log that is written, rotated, copied, truncated, packed and removed at random, and a model that knows which lines every
 * file of it holds and which of them a reader has been given. Seeded: a failing sequence tells its seed and its steps.
 */
import {
  appendFileSync,
  closeSync,
  copyFileSync,
  existsSync,
  mkdtempSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { LogPosition } from '../../src/core/records.js';
import type { Encoding } from '../../src/core/source/encodings.js';
import { openLogFile } from '../../src/core/source/log-file.js';

/** What a file holds: a line is `complete` once its newline is written. */
export interface Generation {
  readonly complete: string[];
  partial: string;
  /** Bytes that the writer has not got rid of yet: it stopped in the middle of a character. */
  pending: Buffer;
  /** It lies in a copy: whoever has the log open no longer sees it. */
  isCopied?: boolean;
  /** How many of them have been handed out. */
  delivered: number;
}

export interface Style {
  /** `rename`: create mode; `copy`: copytruncate. */
  readonly how: 'rename' | 'copy' | 'mixed';
  readonly naming: 'numbers' | 'dates';
  readonly packs: 'never' | 'at once' | 'delayed';
  /** A writer that goes on in the renamed file until its next line after a while. */
  readonly late: boolean;
  readonly keep: number;
  /** The first line is the same in each file. */
  readonly header: boolean;
}

export class Random {
  constructor(private state: number) {}
  below(limit: number): number {
    this.state = (Math.imul(this.state, 1664525) + 1013904223) >>> 0;
    return Math.floor((this.state / 2 ** 32) * limit);
  }
  chance(percent: number): boolean {
    return this.below(100) < percent;
  }
  pick<T>(values: readonly T[]): T {
    return values[this.below(values.length)] as T;
  }
}

/** A log with its rotated files, and what is in each. */
export class World {
  readonly folder = mkdtempSync(join(tmpdir(), 'f2b-rotation-'));
  readonly path = join(this.folder, 'app.log');
  /** Oldest first. */
  rotated: { path: string; content: Generation }[] = [];
  live: Generation | undefined;
  /** Contents that are no longer there; `unlinked`: whoever has the file open still sees them. */
  readonly gone: { content: Generation; how: 'unlinked' | 'emptied' }[] = [];
  readonly #kept: number[] = [];
  #line = 0;
  #clock = 1_700_000_000;
  #day = 20_260_101;
  /** The file that the writer may still have open: the last one that was renamed. */
  #renamed: { path: string; content: Generation } | undefined;

  constructor(
    private readonly random: Random,
    private readonly style: Style,
    private readonly encode: (text: string) => Buffer,
  ) {}

  #touch(path: string): void {
    this.#clock += 10;
    utimesSync(path, this.#clock, this.#clock);
  }

  #fresh(): Generation {
    return { complete: [], partial: '', pending: Buffer.alloc(0), delivered: 0 };
  }

  #text(): string {
    const number = this.#line++;
    const text = `line ${number} ${'x'.repeat(this.random.pick([0, 5, 60, 300]))} ${number}`;
    return this.random.chance(20) ? `${text} é€` : text;
  }

  #write(path: string, content: Generation): void {
    let text = '';
    const { pending } = content;
    if (this.style.header && content.complete.length === 0 && content.partial === '') {
      content.complete.push('# header');
      text += '# header\n';
    }
    for (let count = 1 + this.random.below(4); count > 0; count--) {
      const line = this.#text();
      text += `${line}\n`;
      content.complete.push(content.partial + line);
      content.partial = '';
    }
    if (this.random.chance(25)) {
      const half = this.#text();
      content.partial += half;
      text += half;
    }
    const bytes = Buffer.concat([pending, this.encode(text)]);
    const kept = content.partial === '' ? 0 : this.random.below(Math.min(4, bytes.length));
    content.pending = bytes.subarray(bytes.length - kept);
    appendFileSync(path, bytes.subarray(0, bytes.length - kept));
    this.#touch(path);
  }

  append(): void {
    this.live ??= this.#fresh();
    this.#write(this.path, this.live);
  }

  /** A writer that has not been told of the rotation yet. */
  appendLate(): void {
    const last = this.rotated.at(-1);
    if (!last || last !== this.#renamed || last.path.endsWith('.gz')) return;
    this.#write(last.path, last.content);
    if (this.live && existsSync(this.path)) this.#touch(this.path);
  }

  rotate(): void {
    if (!this.live) return;
    const { style } = this;
    const copies = style.how === 'copy' || (style.how === 'mixed' && this.random.chance(50));
    if (style.naming === 'numbers') {
      for (let i = 0; i < this.rotated.length; i++) {
        const file = this.rotated[i]!;
        const number = this.rotated.length - i + 1;
        const next = `${this.path}.${number}${file.path.endsWith('.gz') ? '.gz' : ''}`;
        renameSync(file.path, next);
        file.path = next;
      }
    }
    const name = style.naming === 'numbers' ? `${this.path}.1` : `${this.path}-${this.#day++}`;
    if (copies) {
      copyFileSync(this.path, name);
      this.#touch(name);
      truncateSync(this.path, 0);
      this.#touch(this.path);
      this.rotated.push({ path: name, content: this.live });
      this.live.isCopied = true;
      this.#renamed = undefined;
      this.live = this.#fresh();
    } else {
      renameSync(this.path, name);
      this.#renamed = { path: name, content: this.live };
      this.rotated.push(this.#renamed);
      this.live = undefined;
      if (this.random.chance(60)) this.create();
    }
    if (style.packs !== 'never') {
      const done = style.packs === 'at once' ? this.rotated.length : this.rotated.length - 1;
      for (const file of this.rotated.slice(0, done)) this.#pack(file);
    }
    while (this.rotated.length > style.keep) {
      const { path, content } = this.rotated.shift()!;
      this.gone.push({ content, how: 'unlinked' });
      this.#unlink(path, content);
    }
  }

  /** As gzip does: a new file with the old time. */
  #pack(file: { path: string; content: Generation }): void {
    if (file.path.endsWith('.gz')) return;
    const { mtime } = statSync(file.path);
    writeFileSync(`${file.path}.gz`, gzipSync(readFileSync(file.path)));
    utimesSync(`${file.path}.gz`, mtime, mtime);
    this.#unlink(file.path, file.content);
    file.path += '.gz';
  }

  createMissing(): void {
    if (!this.live) this.create();
  }

  create(): void {
    this.live = this.#fresh();
    closeSync(openSync(this.path, 'w'));
    this.#touch(this.path);
  }

  /**
   * An empty file is known by its inode alone, which must not be given out anew: that it would be a file's of the same log
   * and name again within moments is not what happens outside of here.
   */
  #unlink(path: string, { complete }: Generation): void {
    if (complete.length === 0) this.#kept.push(openSync(path, 'r'));
    unlinkSync(path);
  }

  /** Somebody empties the file and writes it anew, to any size. */
  rewrite(): void {
    if (!this.live) return;
    this.gone.push({ content: this.live, how: 'emptied' });
    this.live = this.#fresh();
    truncateSync(this.path, 0);
    if (this.random.chance(70))
      for (let i = this.random.below(4); i >= 0; i--) this.#write(this.path, this.live);
    this.#touch(this.path);
  }

  remove(): void {
    if (!this.live) return;
    this.gone.push({ content: this.live, how: 'unlinked' });
    this.#unlink(this.path, this.live);
    this.live = undefined;
    if (this.random.chance(60)) this.create();
  }

  removeRotated(): void {
    if (this.rotated.length === 0) return;
    const [gone] = this.rotated.splice(this.random.below(this.rotated.length), 1);
    this.gone.push({ content: gone!.content, how: 'unlinked' });
    this.#unlink(gone!.path, gone!.content);
    if (this.style.naming === 'numbers') {
      // The numbers of the others stay; the next rotation renames from what is there.
      this.#renumber();
    }
  }

  #renumber(): void {
    for (let i = this.rotated.length - 1; i >= 0; i--) {
      const file = this.rotated[i]!;
      const next = `${this.path}.${this.rotated.length - i}${file.path.endsWith('.gz') ? '.gz' : ''}`;
      if (file.path === next) continue;
      renameSync(file.path, next);
      file.path = next;
    }
  }

  /** Every complete line that is still there and has not been handed out before, in order. */
  due(): string[] {
    return this.#files().flatMap(({ complete, delivered }) => complete.slice(delivered));
  }

  /** The first so many of those that were due have been handed out. */
  deliver(count: number): void {
    let left = count;
    for (const content of this.#files()) {
      const taken = Math.min(left, content.complete.length - content.delivered);
      content.delivered += taken;
      left -= taken;
    }
  }

  #files(): Generation[] {
    return [...this.rotated.map(({ content }) => content), ...(this.live ? [this.live] : [])];
  }

  close(): void {
    for (const file of this.#kept) closeSync(file);
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export const ACTIONS = [
  'append',
  'append',
  'append',
  'append',
  'appendLate',
  'rotate',
  'rotate',
  'rewrite',
  'remove',
  'createMissing',
  'removeRotated',
] as const;

interface Run {
  readonly lines: readonly string[];
  readonly position: LogPosition | undefined;
  readonly change: string;
}

/** What a run from cron does; it may be killed behind any batch, and what it knows goes through JSON. */
async function run(
  path: string,
  stored: LogPosition | undefined,
  { encoding, maxBatches }: { encoding: Encoding; maxBatches: number },
): Promise<Run> {
  const log = await openLogFile(path, stored, { encoding });
  const lines: string[] = [];
  let batches = 0;
  for await (const batch of log.batches()) {
    lines.push(...batch.lines.map(({ text }) => text));
    if (++batches === maxBatches) break;
  }
  const text = JSON.stringify(log.position());
  return { lines, position: text === undefined ? undefined : JSON.parse(text), change: log.change };
}

export interface Script {
  readonly encoding: Encoding;
  readonly encode: (text: string) => Buffer;
  readonly turns?: number;
}

export function randomStyle(random: Random): Style {
  const how = random.pick(['rename', 'copy', 'mixed'] as const);
  return {
    how,
    naming: random.pick(['numbers', 'dates'] as const),
    packs: random.pick(['never', 'at once', 'delayed'] as const),
    late: random.chance(40),
    keep: 2 + random.below(4),
    header: how === 'rename' && random.chance(40),
  };
}

/** Plays one sequence. @returns what went wrong, undefined when nothing did */
export async function playSequence(
  seed: number,
  { encoding, encode, turns = 12 }: Script,
): Promise<string | undefined> {
  const random = new Random(seed);
  const style = randomStyle(random);
  const world = new World(random, style, encode);
  const steps: string[] = [];
  let position: LogPosition | undefined;
  try {
    world.append();
    for (let turn = 0; turn < turns; turn++) {
      for (let i = turn === 0 ? 0 : random.below(6); i > 0; i--) {
        const action = random.pick(ACTIONS);
        if (action === 'appendLate' && !style.late) continue;
        steps.push(action);
        world[action]();
      }
      const due = world.due();
      const maxBatches = random.chance(20) ? 1 : Number.POSITIVE_INFINITY;
      const read = await run(world.path, position, { encoding, maxBatches });
      const expected = maxBatches === 1 && read.lines.length > 0 ? due.slice(0, read.lines.length) : due;
      if (read.lines.join('\n') !== expected.join('\n')) {
        return JSON.stringify(
          { seed, style, turn, steps: steps.join(' '), position, read, due },
          undefined,
          1,
        );
      }
      world.deliver(read.lines.length);
      steps.push(`RUN:${read.change}:${read.lines.length}/${due.length}`);
      position = read.position;
    }
    return undefined;
  } finally {
    world.close();
  }
}
