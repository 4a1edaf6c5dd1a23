/**
 * The files a check looks at: their text by lines and their layout, each read once.
 *
 * A file that cannot be read or is not UTF-8 has no layout; read-tree.ts has said so already.
 */
import { readFileSync } from 'node:fs';
import type { Origin } from '../../errors.js';
import { type Layout, readLayout } from './layout.js';

/** What a file is for: decides which options and sections it may have. */
export type FileKind = 'base' | 'jail' | 'filter' | 'action';

export class SourceFiles {
  readonly #layouts = new Map<string, Layout | undefined>();
  readonly #kinds = new Map<string, FileKind>();

  /** Notes what a file is for; the first one to say so has the say. */
  add(files: Iterable<string>, kind: FileKind): void {
    for (const file of files) if (!this.#kinds.has(file)) this.#kinds.set(file, kind);
  }

  get count(): number {
    return this.#kinds.size;
  }

  /** Layouts of a kind, of these files only when they are given, in the order they were added. */
  of(kind: FileKind, only?: ReadonlySet<string>): Layout[] {
    const files = [...this.#kinds].filter(([file, its]) => its === kind && (!only || only.has(file)));
    return files.map(([file]) => this.layout(file)).filter((layout) => layout !== undefined);
  }

  kindOf(file: string): FileKind | undefined {
    return this.#kinds.get(file);
  }

  layout(file: string): Layout | undefined {
    if (!this.#layouts.has(file)) this.#layouts.set(file, load(file));
    return this.#layouts.get(file);
  }

  /** The text of a line. */
  lineAt({ file, line }: Origin): string | undefined {
    return this.layout(file)?.lines[line - 1];
  }
}

function load(file: string): Layout | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(readFileSync(file));
    return readLayout(text, file);
  } catch {
    return undefined;
  }
}
