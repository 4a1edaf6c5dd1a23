/**
 * Source stage: log files of the past, rotated and packed, named in any order → one source from the oldest to the newest.
 *
 * Nothing is read twice: several names of one file, a file beside its packed copy, a copy that ends earlier. The order is
 * that of the first dated line of each file; where nobody can date lines, that of rotated names, else of last changes. A
 * file that cannot be read is one problem of its own. Which lines are dated when is the caller's to say.
 */
import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { F2bError, SourceError } from '../errors.js';
import type { Encoding } from './encodings.js';
import { openFile, unreadable } from './file.js';
import { FirstLine, withFile } from './identity.js';
import { type LineBatch, type LineSource, noCounts, type SourceCounts } from './line.js';
import { fileEncoding } from './line-ends.js';
import { lineSplitter } from './line-splitter.js';
import { isPacked } from './rotated.js';
import { unpackedBytes } from './unpack.js';

export interface HistoryOptions {
  readonly encoding: Encoding;
  /** Unix seconds of a line; undefined when it has no date. */
  readonly timeOf?: ((text: string) => number | undefined) | undefined;
}

export interface HistoryFile {
  readonly path: string;
  readonly sizeBytes: number;
  /** Of its first dated line. */
  readonly firstSec: number | undefined;
}

export interface HistoryBatch extends LineBatch {
  /** The file the lines are from; their numbers count from its start. */
  readonly path: string;
}

export interface HistoryProblem {
  readonly path: string;
  readonly error: F2bError;
}

export interface History extends LineSource {
  /** In the order of reading. */
  readonly files: readonly HistoryFile[];
  readonly notices: readonly string[];
  /** Live: a file may turn out to be damaged while it is read. */
  readonly problems: readonly HistoryProblem[];
  batches(): AsyncIterable<HistoryBatch>;
}

export async function openHistory(paths: readonly string[], options: HistoryOptions): Promise<History> {
  const problems: HistoryProblem[] = [];
  const notices: string[] = [];
  const looked: Looked[] = [];
  for (const path of paths) {
    try {
      const file = await lookAt(path, options);
      const twin = looked.find(({ key }) => key === file.key);
      if (twin) notices.push(`${path} is ${twin.path} by another name: it is read once`);
      else looked.push(file);
    } catch (error) {
      if (!(error instanceof F2bError)) throw error;
      problems.push({ path, error });
    }
  }
  const files = inOrder(await withoutCopies(looked, notices));
  return new HistorySource(files, { encoding: options.encoding, problems, notices });
}

interface Looked extends HistoryFile {
  /** The file whatever its name. */
  readonly key: string;
  readonly modifiedMs: number;
  readonly firstLineHash: string;
}

/** How much of a file is looked at for a date. */
const DATED_BYTES = 256 * 1024;

async function lookAt(path: string, { encoding, timeOf }: HistoryOptions): Promise<Looked> {
  const stats = await stat(path).catch((cause: unknown) => {
    throw unreadable(path, cause);
  });
  if (stats.isDirectory()) throw unreadable(path, { code: 'EISDIR' });
  if (!stats.isFile()) throw new SourceError('source-no-file', `cannot read ${path}: it is no file`);
  const { size: sizeBytes, mtimeMs: modifiedMs, dev, ino } = stats;
  const line = new FirstLine();
  let firstSec: number | undefined;
  try {
    await withFile(path, async (handle) => {
      let splitter: ReturnType<typeof lineSplitter> | undefined;
      let bytes = 0;
      for await (const chunk of unpackedBytes(path, handle)) {
        line.push(chunk);
        splitter ??= lineSplitter(fileEncoding(encoding, chunk).from(0), noCounts());
        for (const { text } of timeOf ? splitter.push(chunk) : []) firstSec ??= timeOf?.(text);
        bytes += chunk.length;
        const isDated = !timeOf || firstSec !== undefined || bytes > DATED_BYTES;
        if (isDated && line.hash !== '') break;
      }
    });
  } catch (cause) {
    throw cause instanceof F2bError ? cause : unreadable(path, cause);
  }
  return { path, key: `${dev}:${ino}`, sizeBytes, modifiedMs, firstSec, firstLineHash: line.hash };
}

/** Leaves out what another file holds as well, from its start. */
async function withoutCopies(files: readonly Looked[], notices: string[]): Promise<readonly Looked[]> {
  const byFirstLine = new Map<string, Looked[]>();
  for (const file of files) {
    const same = byFirstLine.get(file.firstLineHash);
    if (same) same.push(file);
    else byFirstLine.set(file.firstLineHash, [file]);
  }
  const copies = new Set<Looked>();
  for (const [hash, same] of byFirstLine) {
    if (hash === '' || same.length === 1) continue;
    for (const [copy, of] of await copiesAmong(same)) {
      copies.add(copy);
      notices.push(`${copy.path} holds nothing that ${of.path} does not: it is read once`);
    }
  }
  return files.filter((file) => !copies.has(file));
}

interface Content {
  readonly file: Looked;
  readonly bytes: number;
  readonly hash: string;
}

/** A heading is the same in many files: only their whole content tells copies. */
async function copiesAmong(files: readonly Looked[]): Promise<(readonly [copy: Looked, of: Looked])[]> {
  const contents: Content[] = [];
  for (const file of files) {
    // What is damaged is nobody's copy: reading it will tell.
    const content = await contentOf(file).catch(() => undefined);
    if (content) contents.push(content);
  }
  // The longest first; of two equal ones the unpacked one.
  contents.sort((a, b) => b.bytes - a.bytes || Number(isPacked(a.file.path)) - Number(isPacked(b.file.path)));
  const copies: (readonly [Looked, Looked])[] = [];
  const kept: Content[] = [];
  for (const content of contents) {
    let original: Content | undefined;
    for (const longer of kept) {
      const start = longer.bytes === content.bytes ? longer : await contentOf(longer.file, content.bytes);
      if (start.hash === content.hash) original = longer;
    }
    if (original) copies.push([content.file, original.file]);
    else kept.push(content);
  }
  return copies;
}

async function contentOf(file: Looked, limit = Number.POSITIVE_INFINITY): Promise<Content> {
  return withFile(file.path, async (handle) => {
    const hash = createHash('sha1');
    let bytes = 0;
    for await (const chunk of unpackedBytes(file.path, handle)) {
      const part = chunk.subarray(0, Math.min(chunk.length, limit - bytes));
      hash.update(part);
      bytes += part.length;
      if (bytes >= limit) break;
    }
    return { file, bytes, hash: hash.digest('hex') };
  });
}

/** Oldest first. */
function inOrder(files: readonly Looked[]): readonly Looked[] {
  const sorted = [...files];
  // One rule for all: rules that change from pair to pair make no order.
  if (files.every(({ firstSec }) => firstSec !== undefined))
    return sorted.sort((a, b) => (a.firstSec ?? 0) - (b.firstSec ?? 0) || byName(a, b));
  if (
    files.every(
      (file) => numberOf(file) >= 0 || files.every((other) => other === file || numberOf(other) >= 0),
    )
  )
    return sorted.sort(byName);
  const timeOf = ({ firstSec, modifiedMs }: Looked) => firstSec ?? modifiedMs / 1000;
  return sorted.sort((a, b) => timeOf(a) - timeOf(b) || byName(a, b));
}

/** Larger numbers are older; what has none is the log itself. */
function byName(a: Looked, b: Looked): number {
  return numberOf(b) - numberOf(a) || a.modifiedMs - b.modifiedMs;
}

function numberOf({ path }: Looked): number {
  return Number(/\.(\d{1,5})(?:\.[a-zA-Z]\w*)?$/.exec(path)?.[1] ?? -1);
}

interface Reading {
  readonly encoding: Encoding;
  readonly problems: HistoryProblem[];
  readonly notices: readonly string[];
}

class HistorySource implements History {
  readonly sizeBytes: number;
  readonly problems: HistoryProblem[];
  readonly notices: readonly string[];
  readonly #done = noCounts();
  #current: SourceCounts = noCounts();
  readonly #encoding: Encoding;

  constructor(
    readonly files: readonly HistoryFile[],
    { encoding, problems, notices }: Reading,
  ) {
    this.#encoding = encoding;
    this.problems = problems;
    this.notices = notices;
    this.sizeBytes = files.reduce((sum, file) => sum + file.sizeBytes, 0);
  }

  get counts(): SourceCounts {
    return sumOf(this.#done, this.#current);
  }

  async *batches(): AsyncIterable<HistoryBatch> {
    let before = 0;
    for (const { path, sizeBytes } of this.files) {
      try {
        const source = await openFile(path, this.#encoding, { skipHoles: true });
        this.#current = source.counts;
        for await (const { lines, readBytes } of source.batches())
          yield { lines, readBytes: before + readBytes, path };
      } catch (error) {
        if (!(error instanceof F2bError)) throw error;
        this.problems.push({ path, error });
      }
      Object.assign(this.#done, this.counts);
      this.#current = noCounts();
      before += sizeBytes;
    }
  }
}

function sumOf(one: SourceCounts, other: SourceCounts): SourceCounts {
  const sum = noCounts();
  for (const key of Object.keys(sum) as (keyof SourceCounts)[]) sum[key] = one[key] + other[key];
  return sum;
}
