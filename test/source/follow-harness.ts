import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach } from '@jest/globals';
import type { LogPosition } from '../../src/core/records.js';
import { UTF8_ENCODING } from '../../src/core/source/encodings.js';
import type { FollowedBatch, LogFollower } from '../../src/core/source/follow.js';
import { type FollowFilesOptions, followFiles } from '../../src/core/source/follow-files.js';
import { noCounts } from '../../src/core/source/line.js';
import { LineCutter } from '../../src/core/source/line-splitter.js';

/** A new folder at each call; all are removed in the end. */
export function scratchFolders(): () => string {
  const folders: string[] = [];
  afterAll(() => {
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  });
  return () => {
    const folder = mkdtempSync(join(tmpdir(), 'f2b-follow-'));
    folders.push(folder);
    return folder;
  };
}

/** Reads a follower as the matcher does, and remembers what it was given. */
export class Reading {
  readonly lines: string[] = [];
  readonly byPath = new Map<string, string[]>();
  readonly batches: Omit<FollowedBatch, 'pieces'>[] = [];
  readonly notices: string[] = [];
  readonly positions = new Map<string, LogPosition>();
  readonly ended: Promise<void>;
  isEnded = false;

  constructor(readonly follower: LogFollower) {
    follower.onNotice(({ kind, path, message }) =>
      this.notices.push(`${kind} ${path.slice(path.lastIndexOf('/') + 1)} ${message ?? ''}`.trim()),
    );
    this.ended = this.#read();
  }

  async #read(): Promise<void> {
    for await (const { pieces, ...batch } of this.follower.batches()) {
      const texts = new LineCutter(noCounts()).cut(pieces).map(({ text }) => text);
      this.lines.push(...texts);
      this.byPath.set(batch.path, [...(this.byPath.get(batch.path) ?? []), ...texts]);
      this.batches.push(batch);
      if (batch.position)
        this.positions.set(batch.path, JSON.parse(JSON.stringify(batch.position)) as LogPosition);
    }
    this.isEnded = true;
  }

  /** Waits until it is so. */
  async until(what: () => boolean, patienceMs = 5000): Promise<void> {
    const end = Date.now() + patienceMs;
    while (!what()) {
      if (Date.now() > end)
        throw new Error(`waited in vain: ${JSON.stringify([this.lines.slice(-5), this.notices])}`);
      await sleep(2);
    }
  }

  async untilLines(count: number): Promise<readonly string[]> {
    await this.until(() => this.lines.length >= count);
    // More than was expected would come soon.
    await sleep(40);
    return this.lines;
  }
}

/** Follows files; whatever a test has started ends with it. */
export function readers(): (
  paths: readonly string[],
  options?: Partial<FollowFilesOptions> & { mode?: 'head' | 'tail' },
) => Promise<Reading> {
  const open: Reading[] = [];
  afterEach(async () => {
    for (const { follower, ended } of open.splice(0)) {
      await follower.stop();
      await ended;
    }
  });
  return async (paths, { mode = 'head', ...options } = {}) => {
    const follower = await followFiles({
      encoding: UTF8_ENCODING,
      positions: [],
      find: async (added) => ({
        files: [...paths.map((path) => ({ path, mode })), ...added],
        problems: new Map(),
        notices: [],
        folders: [],
      }),
      ...options,
    });
    const reading = new Reading(follower);
    open.push(reading);
    return reading;
  };
}
