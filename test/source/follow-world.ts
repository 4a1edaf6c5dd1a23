/**
 * Logs that are written, rotated, copied, truncated, packed and removed at random while they are followed, by followers that
 * are stopped and started anew; and the model that knows which lines must have come by now, and which may have.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { LogPosition } from '../../src/core/records.js';
import type { Encoding } from '../../src/core/source/encodings.js';
import type { LogFollower } from '../../src/core/source/follow.js';
import { type FoundFile, followFiles } from '../../src/core/source/follow-files.js';
import { noCounts } from '../../src/core/source/line.js';
import { LineCutter } from '../../src/core/source/line-splitter.js';
import { ACTIONS, type Generation, Random, randomStyle, World } from './rotation-world.js';

export interface FollowScript {
  readonly encoding: Encoding;
  readonly encode: (text: string) => Buffer;
  readonly notify: boolean;
  readonly turns?: number;
}

const HEADER = '# header';
/** Nothing that is told may take so long: looks from time to time are far apart. */
const PATIENCE_MS = 8000;

class Player {
  readonly #random: Random;
  readonly #worlds: World[] = [];
  readonly #lates: boolean[] = [];
  readonly #steps: string[] = [];
  /** By path: what has been handed out, in order. */
  readonly #given = new Map<string, string[]>();
  readonly #positions = new Map<string, LogPosition>();
  /** Live contents that a running follower has open for certain. */
  readonly #open = new Set<Generation>();
  readonly #mustGone = new Set<Generation>();
  /** How much had been handed out when the present reader began. */
  readonly #before = new Map<string, number>();
  readonly #removed = new Set<string>();
  readonly #notices: string[] = [];
  #follower: LogFollower | undefined;
  #reading: Promise<void> | undefined;

  constructor(
    readonly seed: number,
    readonly script: FollowScript,
  ) {
    this.#random = new Random(seed);
    const count = 1 + this.#random.below(3);
    for (let i = 0; i < count; i++) {
      const style = randomStyle(this.#random);
      this.#worlds.push(new World(this.#random, style, script.encode));
      this.#lates.push(style.late);
      this.#steps.push(JSON.stringify(style));
    }
  }

  /** @returns what went wrong */
  async play(): Promise<string | undefined> {
    try {
      for (const world of this.#worlds) world.append();
      await this.#start();
      for (let turn = 0; turn < (this.script.turns ?? 12); turn++) {
        const wrong = (await this.#settle()) ?? this.#check();
        if (wrong !== undefined) return this.#describe(wrong);
        if (this.#random.chance(25)) await this.#restart();
        else if (this.#random.chance(15)) await this.#removeAndAdd();
        else await this.#burst();
      }
      const wrong = (await this.#settle()) ?? this.#check();
      return wrong === undefined ? undefined : this.#describe(wrong);
    } finally {
      await this.#follower?.stop();
      await this.#reading;
      for (const world of this.#worlds) world.close();
    }
  }

  async #start(): Promise<void> {
    const { encoding, notify } = this.script;
    const files: FoundFile[] = this.#worlds.map(({ path }) => ({ path, mode: 'head' }));
    const follower = await followFiles({
      encoding,
      positions: [...this.#positions.values()],
      notify,
      ...(notify ? { netMs: 3_600_000 } : { pollMs: 15 }),
      find: async (added) => ({
        files: [...files.filter(({ path }) => !added.some((one) => one.path === path)), ...added],
        problems: new Map(),
        notices: [],
        folders: [],
      }),
    });
    follower.onNotice(({ kind, path, message }) => this.#notices.push(`${kind} ${path} ${message}`));
    this.#follower = follower;
    this.#reading = this.#read(follower);
  }

  async #read(follower: LogFollower): Promise<void> {
    for await (const { path, pieces, position } of follower.batches()) {
      const lines = new LineCutter(noCounts()).cut(pieces);
      const given = this.#given.get(path) ?? [];
      this.#given.set(path, given);
      given.push(...lines.map(({ text }) => text));
      this.#steps.push(`<${lines.length} ${position?.offsetBytes},${position?.rotated?.offsetBytes}>`);
      if (position) this.#positions.set(path, JSON.parse(JSON.stringify(position)) as LogPosition);
    }
  }

  async #stop(): Promise<void> {
    await this.#follower?.stop();
    await this.#reading;
    this.#follower = undefined;
    this.#open.clear();
    for (const [path, { length }] of this.#given) this.#before.set(path, length);
  }

  async #restart(): Promise<void> {
    this.#steps.push('STOP');
    await this.#stop();
    await this.#burst();
    await this.#start();
    this.#steps.push('START');
  }

  /** Somebody takes a log out and puts it back. */
  async #removeAndAdd(): Promise<void> {
    const world = this.#random.pick(this.#worlds);
    this.#steps.push(`REMOVE${this.#worlds.indexOf(world)}`);
    this.#follower?.remove(world.path);
    this.#removed.add(world.path);
    this.#open.clear();
    await this.#burst();
    this.#before.set(world.path, this.#given.get(world.path)?.length ?? 0);
    await this.#follower?.add(world.path, 'head');
    this.#removed.delete(world.path);
    this.#steps.push('ADD');
  }

  /**
   * A log that is followed comes to be another file at most once before that is noticed: rotations within the same few
   * milliseconds are not what happens (of those while nobody reads see rotation-model.test.ts).
   */
  async #burst(): Promise<void> {
    const moved = new Set<number>();
    for (let i = 1 + this.#random.below(6); i > 0; i--) {
      const world = this.#random.pick(this.#worlds);
      const index = this.#worlds.indexOf(world);
      const action = this.#random.pick(ACTIONS);
      if (action === 'appendLate' && !this.#lates[index]) continue;
      if (this.#follower && action !== 'append' && action !== 'appendLate') {
        if (moved.has(index)) continue;
        moved.add(index);
      }
      this.#steps.push(`${action}${index}`);
      const gone = world.gone.length;
      world[action]();
      for (const { content, how } of world.gone.slice(gone))
        if (how === 'unlinked' && !content.isCopied && this.#open.has(content)) this.#mustGone.add(content);
      if (this.#random.chance(40)) await sleep(this.#random.below(25));
    }
  }

  /** Waits for all that must come. */
  async #settle(): Promise<string | undefined> {
    const until = Date.now() + PATIENCE_MS;
    for (;;) {
      const missing = this.#worlds.flatMap((world) => this.#missing(world));
      if (missing.length === 0) break;
      if (Date.now() > until) return `never came: ${missing.slice(0, 3).join(' | ')}`;
      await sleep(2);
    }
    this.#open.clear();
    for (const { live, path } of this.#worlds) {
      const given = new Set(this.#given.get(path)?.slice(this.#before.get(path) ?? 0));
      if (live?.complete.some((line) => line !== HEADER && given.has(line))) this.#open.add(live);
    }
    this.#steps.push('.');
    return undefined;
  }

  #contents(world: World): { content: Generation; must: boolean }[] {
    return [
      ...world.gone.map(({ content }) => ({ content, must: this.#mustGone.has(content) })),
      ...world.rotated.map(({ content }) => ({ content, must: true })),
      ...(world.live ? [{ content: world.live, must: true }] : []),
    ];
  }

  #missing(world: World): string[] {
    if (this.#removed.has(world.path)) return [];
    const given = new Set(this.#given.get(world.path));
    return this.#contents(world).flatMap(({ content, must }) =>
      must ? content.complete.filter((line) => line !== HEADER && !given.has(line)) : [],
    );
  }

  /** Nothing twice, nothing that was not written, each content in its order. */
  #check(): string | undefined {
    for (const world of this.#worlds) {
      const given = (this.#given.get(world.path) ?? []).filter((line) => line !== HEADER);
      const places = new Map<string, [content: number, line: number]>();
      for (const [i, { content }] of this.#contents(world).entries())
        for (const [j, line] of content.complete.entries()) places.set(line, [i, j]);
      const seen = new Set<string>();
      const last = new Map<number, number>();
      for (const line of given) {
        const place = places.get(line);
        if (!place) return `nobody wrote: ${line}`;
        if (seen.has(line)) return `came twice: ${line}`;
        seen.add(line);
        const [content, at] = place;
        if (at < (last.get(content) ?? -1)) return `out of order: ${line}`;
        last.set(content, at);
      }
    }
    return undefined;
  }

  #describe(wrong: string): string {
    const { seed } = this;
    const steps = this.#steps.join(' ');
    const given = Object.fromEntries([...this.#given].map(([path, lines]) => [path, lines.slice(-6)]));
    const positions = [...this.#positions.values()];
    return JSON.stringify({ seed, wrong, steps, given, positions, notices: this.#notices }, undefined, 1);
  }
}

/** Plays one sequence. @returns what went wrong, undefined when nothing did */
export function followSequence(seed: number, script: FollowScript): Promise<string | undefined> {
  return new Player(seed, script).play();
}
