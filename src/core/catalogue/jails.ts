/**
 * Catalogue: the jails of a configuration, on or off: port, logs on every system there is a path set for, filter, settings.
 *
 * A jail's description is the head of its file where it is the first jail there, otherwise the comment right above its
 * section; without one it is that of its filter. Values that cannot be expanded are shown as they are written.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseBrackets, splitActions } from '../config/brackets.js';
import { isFile, listFolder } from '../config/files.js';
import type { ConfigFolder } from '../config/index.js';
import { getOption } from '../config/interpolate.js';
import { type Problem, ProblemLog } from '../config/problems.js';
import { readTree } from '../config/read-tree.js';
import type { Traced } from '../config/traced.js';
import type { ConfigTree } from '../config/tree.js';
import { parseBool } from '../config/values.js';
import { ConfigError, type Origin } from '../errors.js';
import { type CommentLine, type Header, headerOf, readHeader } from './header.js';

/** The jail files of one folder, read once. */
export class JailBook {
  readonly tree: ConfigTree;
  readonly #files: readonly string[];
  readonly #problems = new ProblemLog();
  readonly #texts = new Map<string, readonly string[]>();

  constructor(readonly folder: ConfigFolder) {
    this.#files = folder.jailFiles();
    this.tree = this.#read(this.#files);
  }

  /** Files that could not be read at all: what is in them is missing here. */
  get unread(): Problem[] {
    return this.#problems.list.filter(({ code }) => code === 'unreadable-file' || code === 'not-utf8');
  }

  names(): string[] {
    return [...this.tree.sections.keys()].filter((name) => name !== 'INCLUDES').sort();
  }

  enabled(name: string): boolean {
    return parseBool(this.value(name, 'enabled') ?? '');
  }

  origin(name: string): Origin | undefined {
    return this.tree.headers.get(name);
  }

  value(name: string, option: string, tree = this.tree): string | undefined {
    try {
      return getOption(tree, [name, option])?.text;
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      return tree.raw(name, option)?.text;
    }
  }

  /** Name and options of the filter, as the jail has it. */
  filter(name: string): { readonly name: string; readonly options: ReadonlyMap<string, string> } {
    const text = this.value(name, 'filter') ?? '';
    try {
      const { name: filter, options } = parseBrackets({ text, origins: [] });
      return { name: filter, options: new Map([...options].map(([key, value]) => [key, value.text])) };
    } catch {
      return { name: text, options: new Map() };
    }
  }

  /** As its actions are told, each once; where no action asks for ports what the jail says. */
  ports(name: string): string | undefined {
    const found = this.#actions(name).flatMap((options) => options.get('port')?.text.split(',') ?? []);
    const ports = [...new Set(found.map((port) => port.trim()).filter((port) => port !== ''))];
    return ports.length > 0 ? ports.join(',') : this.value(name, 'port');
  }

  #actions(name: string): ReadonlyMap<string, Traced>[] {
    try {
      const action = getOption(this.tree, [name, 'action']);
      return action ? splitActions(action).map((each) => parseBrackets(each).options) : [];
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      return [];
    }
  }

  /** What the files that ship or the administrator say of it. */
  header(name: string): Header {
    const origin = this.origin(name);
    if (!origin) return headerOf([]);
    const lines = this.#linesOf(origin.file);
    const isFirst = !lines.slice(0, origin.line - 1).some((line) => /^\[.*\]/.test(line));
    if (isFirst) return readHeader(lines.slice(0, origin.line - 1).join('\n'));
    const above: CommentLine[] = [];
    for (let at = origin.line - 1; at > 0 && /^#/.test(lines[at - 1] ?? ''); at--) {
      above.unshift({ line: at, text: (lines[at - 1] as string).replace(/^# ?/, '') });
    }
    return headerOf(above);
  }

  /** Names of the path sets one can choose: `debian`, `fedora` … */
  pathSets(): string[] {
    return [...this.#pathSets().keys()];
  }

  /** An option as it were with another path set: option `logpath` of sshd with `alpine`. */
  valueWith(pathSet: string, name: string, option: string): string | undefined {
    return this.value(name, option, this.#treeWith(pathSet));
  }

  readonly #trees = new Map<string, ConfigTree>();

  /** As if `jail.local` included it: what that file says itself still has the last word. */
  #treeWith(pathSet: string): ConfigTree {
    const known = this.#trees.get(pathSet);
    if (known) return known;
    const file = this.#pathSets().get(pathSet);
    const local = this.#files.findIndex((path) => path.endsWith('.local'));
    const at = local === -1 ? this.#files.length : local;
    const files = [...this.#files.slice(0, at), ...(file ? [file] : []), ...this.#files.slice(at)];
    const tree = this.#read(files);
    this.#trees.set(pathSet, tree);
    return tree;
  }

  #pathSets(): Map<string, string> {
    const sets = new Map<string, string>();
    for (const dir of this.folder.pathSetDirs()) {
      for (const file of listFolder(dir)) {
        const name = /^paths-(.+)\.conf$/.exec(file)?.[1];
        if (name !== undefined && name !== 'common' && !sets.has(name)) sets.set(name, join(dir, file));
      }
    }
    return sets;
  }

  #read(files: readonly string[]): ConfigTree {
    return readTree(files, {
      problems: this.#problems,
      tolerant: true,
      included: this.folder.included,
    });
  }

  #linesOf(file: string): readonly string[] {
    let lines = this.#texts.get(file);
    if (!lines) {
      lines = isFile(file) ? readFileSync(file, 'utf8').split(/\r\n|\r|\n/) : [];
      this.#texts.set(file, lines);
    }
    return lines;
  }
}
