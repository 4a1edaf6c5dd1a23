/**
 * View: what `f2b list` and `f2b show` answer with `--json`.
 */
import type {
  ActionDetails,
  AnyDetails,
  FilterDetails,
  JailDetails,
  Kind,
  OptionEntry,
  Outline,
} from '../core/catalogue/index.js';

export interface OutlineJson {
  readonly name: string;
  /** What it is, on one line: of the file, or of ours by that name; empty where no file says it. */
  readonly what: string;
  readonly file: string;
  /** False: it ships with f2b, but jails of this configuration do not find it. */
  readonly inForce: boolean;
}

export interface JailOutlineJson extends OutlineJson {
  readonly enabled: boolean;
}

/** Only the kinds that were asked for. */
export interface ListJson {
  readonly filters?: readonly OutlineJson[];
  readonly actions?: readonly OutlineJson[];
  readonly jails?: readonly JailOutlineJson[];
}

export interface ValueJson {
  readonly name: string;
  /** Empty where no file says what it does. */
  readonly what: string;
}

export interface OptionJson {
  readonly name: string;
  /** Null where no file says what it does. */
  readonly what: string | null;
  /** As the files have it; null where they have none. */
  readonly default: string | null;
  /** Defaults of some only: `{"when": "family=inet6", "default": "…"}`. */
  readonly variants: readonly { readonly when: string; readonly default: string }[];
  /** What it can be, where that is a list. */
  readonly values: readonly ValueJson[];
}

interface DetailsJson extends OutlineJson {
  readonly remarks: readonly string[];
}

export interface FilterJson extends DetailsJson {
  readonly kind: 'filter';
  readonly modes: readonly ValueJson[];
  readonly defaultMode: string | null;
  readonly options: readonly OptionJson[];
  /** Lines that count, each tried with this very filter: the last of each is the one. */
  readonly samples: readonly { readonly mode: string | null; readonly lines: readonly string[] }[];
  /** Jails that use it. */
  readonly jails: readonly string[];
  /** For jail.local. */
  readonly paste: string;
}

export interface ActionJson extends DetailsJson {
  readonly kind: 'action';
  readonly options: readonly OptionJson[];
  /** Can be the `banaction` of a jail. */
  readonly bans: boolean;
  /** Options that have to be set. */
  readonly needed: readonly string[];
  readonly paste: string;
}

export interface JailJson extends DetailsJson {
  readonly kind: 'jail';
  readonly enabled: boolean;
  readonly line: number | null;
  readonly port: string | null;
  readonly filter: { readonly name: string; readonly options: Readonly<Record<string, string>> };
  readonly logs: readonly string[];
  /** With other path sets, where that makes a difference. */
  readonly logsElsewhere: readonly { readonly sets: readonly string[]; readonly logs: readonly string[] }[];
  /** What else its section says, as written. */
  readonly settings: readonly { readonly name: string; readonly value: string }[];
  readonly paste: string;
}

export interface ShowJson {
  readonly found: readonly (FilterJson | ActionJson | JailJson)[];
}

export type Lists = Readonly<Partial<Record<Kind, readonly Outline[]>>>;

export function listAsJson({ filter, action, jail }: Lists): ListJson {
  return {
    ...(filter && { filters: filter.map(outlineAsJson) }),
    ...(action && { actions: action.map(outlineAsJson) }),
    ...(jail && { jails: jail.map((each) => ({ ...outlineAsJson(each), enabled: each.enabled ?? false })) }),
  };
}

function outlineAsJson({ name, what, file, inForce }: Outline): OutlineJson {
  return { name, what, file, inForce };
}

export function showAsJson(found: readonly AnyDetails[]): ShowJson {
  return { found: found.map(detailsAsJson) };
}

function detailsAsJson(details: AnyDetails): FilterJson | ActionJson | JailJson {
  if (details.kind === 'filter') return filterAsJson(details);
  return details.kind === 'action' ? actionAsJson(details) : jailAsJson(details);
}

function filterAsJson(filter: FilterDetails): FilterJson {
  return {
    kind: 'filter',
    ...outlineAsJson(filter),
    modes: filter.modes.map(({ name, text }) => ({ name, what: text })),
    defaultMode: filter.defaultMode ?? null,
    options: filter.options.map(optionAsJson),
    samples: filter.samples.map(({ mode, lines }) => ({ mode: mode ?? null, lines })),
    remarks: filter.remarks.map(({ text }) => text),
    jails: filter.jails,
    paste: filter.paste,
  };
}

function actionAsJson(action: ActionDetails): ActionJson {
  const { bans, needed, text } = action.example;
  return {
    kind: 'action',
    ...outlineAsJson(action),
    options: action.options.map(optionAsJson),
    remarks: action.remarks.map(({ text }) => text),
    ...{ bans, needed, paste: text },
  };
}

function jailAsJson(jail: JailDetails): JailJson {
  const { enabled, logs, logsElsewhere, settings, paste } = jail;
  const remarks = jail.remarks.map(({ text }) => text);
  return {
    kind: 'jail',
    ...outlineAsJson(jail),
    ...{ enabled, line: jail.line ?? null, port: jail.port ?? null },
    filter: { name: jail.filter, options: jail.filterOptions },
    ...{ logs, logsElsewhere, settings, remarks, paste },
  };
}

function optionAsJson({ name, text, default: value, variants, values }: OptionEntry): OptionJson {
  return {
    name,
    what: text ?? null,
    default: value ?? null,
    variants,
    values: values.map((each) => ({ name: each.name, what: each.text })),
  };
}
