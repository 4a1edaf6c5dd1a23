/**
 * Tester: what a test is made of, in the order in which it was settled: the `Use …` lines of the report as values.
 */
export type Use =
  | { readonly kind: 'maxlines'; readonly value: number }
  /** `title` is `PATTERN : NAME`. */
  | { readonly kind: 'datepattern'; readonly title: string }
  | { readonly kind: 'jail'; readonly name: string }
  /** A filter of a configuration folder, or (without `basedir`) a file that stands alone. */
  | { readonly kind: 'filter'; readonly name: string; readonly basedir: string | undefined }
  | {
      readonly kind: 'options';
      readonly of: 'jail' | 'filter';
      readonly options: Readonly<Record<string, string>>;
    }
  | { readonly kind: 'real-options'; readonly options: Readonly<Record<string, string>> }
  | { readonly kind: 'failregex'; readonly text: string }
  | { readonly kind: 'ignoreregex'; readonly text: string }
  | { readonly kind: 'log-file'; readonly path: string }
  | { readonly kind: 'encoding'; readonly name: string }
  | { readonly kind: 'single-line'; readonly text: string }
  | { readonly kind: 'multi-line'; readonly lines: readonly string[] }
  | { readonly kind: 'journal' }
  | { readonly kind: 'journalmatch'; readonly matches: readonly (readonly string[])[] };

/** Is told of every `Use` as soon as it is settled, so that it is known even when the next step fails. */
export type OnUse = (use: Use) => void;
