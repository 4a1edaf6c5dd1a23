/**
 * View: what a shell has to know of f2b's command line to complete it: commands, their options, what stands in which place.
 *
 * Made from the command table (src/commands/completion-run.ts), written down for each shell by bash.ts, zsh.ts and fish.ts.
 * Lists that change (names of jails) are asked for when somebody presses the key; the rest is text in the script.
 */

/** What is asked for at completion time, or looked up by the shell. */
export type Source = 'enabled-jails' | 'jails' | 'filters' | 'names' | 'files' | 'folders';

/** What may stand in one place. */
export interface Choices {
  readonly words: readonly string[];
  readonly sources: readonly Source[];
}

export interface OptionModel {
  /** `-c`, `--config`: without what it takes. */
  readonly names: readonly string[];
  readonly summary: string;
  /** Undefined: it takes no value. */
  readonly value: Choices | undefined;
}

export interface PlaceModel extends Choices {
  /** Only behind this word in the first place; undefined: behind any that has no places of its own. */
  readonly behind: string | undefined;
  /** From 1. */
  readonly place: number;
}

export interface CommandModel {
  readonly name: string;
  readonly summary: string;
  readonly options: readonly OptionModel[];
  readonly places: readonly PlaceModel[];
  /** The last place may be taken again and again. */
  readonly repeats: boolean;
}

export interface CompletionModel {
  readonly commands: readonly CommandModel[];
  /** Commands in front of another command line, as in `f2b client set …`. */
  readonly prefixes: readonly string[];
}

/** How f2b is asked for the names of a source. */
export const QUERIES: Readonly<Partial<Record<Source, string>>> = {
  'enabled-jails': 'list jails --enabled --names',
  jails: 'list jails --names',
  filters: 'list filters --names',
  names: 'list --names',
};

/** A row of the table of places, for a `case`: `set 2`, `set 2 loglevel`; those behind a word come first. */
export function placeRows({
  commands,
}: CompletionModel): { readonly pattern: string; readonly place: PlaceModel }[] {
  return commands.flatMap(({ name, places }) =>
    [...places]
      .sort((a, b) => Number(a.behind === undefined) - Number(b.behind === undefined))
      .map((place) => ({ pattern: `${name} ${place.place} ${place.behind ?? '*'}`, place })),
  );
}

/** The last place of each command whose last place repeats. */
export function repeatedPlaces({
  commands,
}: CompletionModel): { readonly name: string; readonly last: number }[] {
  return commands
    .filter(({ repeats, places }) => repeats && places.length > 0)
    .map(({ name, places }) => ({ name, last: Math.max(...places.map(({ place }) => place)) }));
}

/** `'text'` for any of the three shells' double-quote-free strings: a quote ends it, stands alone and begins it anew. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
