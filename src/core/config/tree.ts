/**
 * Several files merged into one set of sections: later files win, the value before stays as `known/…`.
 *
 * Input: parsed files in reading order (read-tree.ts). Output: raw values by section and option, each with its lines.
 * `[DEFAULT]`s are merged over all files. `[Name?cond]` becomes options `key?cond` of `[Name]`. Nothing is expanded here.
 */
import type { Origin } from '../errors.js';
import type { IniFile } from './ini-file.js';
import type { Traced } from './traced.js';

export const DEFAULT = 'DEFAULT';
export const INCLUDES = 'INCLUDES';
export const KNOWN = 'KNOWN/';

export class ConfigTree {
  readonly defaults = new Map<string, Traced>();
  /** Without `DEFAULT`, in order of first appearance. */
  readonly sections = new Map<string, Map<string, Traced>>();
  /** Line of the first header of each section. */
  readonly headers = new Map<string, Origin>();
  /** What options of a section were before the file that last set them; there is one for each section of several files. */
  readonly known = new Map<string, Map<string, Traced>>();
  /** Files that were read, in order. */
  readonly files: string[] = [];

  merge(file: IniFile): void {
    this.files.push(file.file);
    for (const [name, options] of file.sections) {
      if (name === DEFAULT) {
        for (const [key, value] of options) this.defaults.set(key, value);
        continue;
      }
      const mark = name.indexOf('?');
      const base = mark === -1 ? name : name.slice(0, mark);
      const condition = mark === -1 ? '' : name.slice(mark);
      if (this.sections.has(base) && !this.known.has(base)) this.known.set(base, new Map());
      const section = this.sectionFor(base);
      const header = file.headers.get(name);
      if (header && !this.headers.has(base)) this.headers.set(base, header);
      for (const [key, value] of options) {
        const full = key + condition;
        const before = section.get(full);
        // Only one level is kept: a third file that uses known/x of a value that uses known/x goes in circles.
        if (before) this.known.get(base)?.set(full, before);
        section.set(full, value);
      }
    }
  }

  has(section: string): boolean {
    return this.sections.has(section);
  }

  /** The section's own value, or undefined. `KNOWN/name` stands for what section `name` was before. */
  own(section: string, option: string): Traced | undefined {
    const options = section.startsWith(KNOWN)
      ? this.known.get(section.slice(KNOWN.length))
      : this.sections.get(section);
    return options?.get(option);
  }

  /** The section's own value, else that of `[DEFAULT]`, unexpanded. */
  raw(section: string, option: string): Traced | undefined {
    return this.own(section, option) ?? this.defaults.get(option);
  }

  /** Names of a section's own options, `known/…` left out. */
  options(section: string): string[] {
    return [...(this.sections.get(section)?.keys() ?? [])].filter((key) => !key.startsWith('known/'));
  }

  /** Puts a value into a section, as if a further file held it (`known/…` of a jail's filter). */
  put(section: string, option: string, value: Traced): void {
    this.sectionFor(section).set(option, value);
  }

  private sectionFor(name: string): Map<string, Traced> {
    let section = this.sections.get(name);
    if (!section) {
      section = new Map();
      this.sections.set(name, section);
    }
    return section;
  }
}
