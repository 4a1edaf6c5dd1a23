/**
 * Which names the values of some files refer to: `%(name)s`, `%(section/name)s`, `<name>`, `<section/name>`.
 *
 * An option nobody knows is no mistake when something refers to it. A tag inside a tag (`<mdre-<mode>>`) can come to any
 * name of that shape, so the outer one is kept as a pattern.
 */
import type { Layout } from './layout.js';

const PERCENT = /%\(([^)]+)\)s/g;
const INNERMOST = /<([^<>\s]+)>/g;
/** Stands for what an inner tag will come to. */
const HOLE = '\0';
const MAX_NESTING = 6;

export class Vocabulary {
  readonly #names = new Set<string>();
  readonly #sections = new Set<string>();
  readonly #tags = new Set<string>();
  readonly #percents = new Set<string>();
  readonly #shapes: RegExp[] = [];
  readonly #sectionShapes: RegExp[] = [];

  constructor(layouts: Iterable<Layout>) {
    for (const layout of layouts) {
      for (const entry of layout.entries) {
        if (entry.kind !== 'option') continue;
        this.add([entry.value, ...entry.continuations.map(({ value }) => value)].join('\n'));
      }
    }
  }

  add(text: string): void {
    for (const [, name] of text.matchAll(PERCENT)) {
      this.#note((name as string).toLowerCase());
      this.#percents.add((name as string).toLowerCase());
    }
    let rest = text;
    for (let depth = 0; depth < MAX_NESTING && rest.includes('<'); depth++) {
      const before = rest;
      rest = rest.replace(INNERMOST, (_, name: string) => {
        // Options are in lower case, and found by a tag in any.
        this.#note(name.toLowerCase());
        this.#note(name);
        this.#tags.add(name);
        return HOLE;
      });
      if (rest === before) break;
    }
  }

  /** Does anything refer to an option of this name? */
  has(name: string): boolean {
    return (
      this.#names.has(name) ||
      this.#names.has(name.toLowerCase()) ||
      this.#shapes.some((shape) => shape.test(name))
    );
  }

  hasSection(name: string): boolean {
    return (
      this.#sections.has(name) ||
      this.#sections.has(name.toLowerCase()) ||
      this.#sectionShapes.some((shape) => shape.test(name))
    );
  }

  /** Is the tag written somewhere, or made by a tag inside another one (`<mdre-<mode>>`, but not `<<sender>>`)? */
  hasTag(name: string): boolean {
    return this.#tags.has(name) || this.#shapes.some((shape) => shape.test(name));
  }

  /** The same for an option in brackets, whose case a tag minds. */
  hasParameter(name: string): boolean {
    return this.hasTag(name) || this.#percents.has(name.toLowerCase());
  }

  /** Names without holes. */
  names(): Iterable<string> {
    return this.#names;
  }

  #note(name: string): void {
    const slash = name.indexOf('/');
    if (slash > 0) keep(name.slice(0, slash), this.#sections, this.#sectionShapes);
    keep(name.slice(slash + 1), this.#names, this.#shapes);
  }
}

function keep(name: string, names: Set<string>, shapes: RegExp[]): void {
  if (!name.includes(HOLE)) {
    names.add(name);
    return;
  }
  // A hole alone says nothing about the name.
  if (!/[\w-]{2}/.test(name)) return;
  const source = name.split(HOLE).map((part) => part.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&'));
  shapes.push(new RegExp(`^${source.join('.*')}$`, 'i'));
}
