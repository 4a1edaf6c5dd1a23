/**
 * Runs one `f2b completion`: oclif's table of commands and the vocabulary of `set` and `get` → the model → a script.
 *
 * What stands in a place follows from the name of the argument, what an option takes from the word its help has for it: a new
 * command is completed without a word here.
 */
import type { Command } from '@oclif/core/command';
import type { Entry } from '../core/control/entry.js';
import { VOCABULARY } from '../core/control/table.js';
import { bashScript } from '../view/completion/bash.js';
import { fishScript } from '../view/completion/fish.js';
import type {
  Choices,
  CommandModel,
  CompletionModel,
  OptionModel,
  PlaceModel,
} from '../view/completion/model.js';
import { zshScript } from '../view/completion/zsh.js';

const SCRIPTS: Readonly<Record<string, (model: CompletionModel) => string>> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
};

export function completionScript(shell: string, commands: readonly Command.Loadable[]): string {
  const script = SCRIPTS[shell];
  if (!script) throw new Error(`no completion for ${shell}`);
  const aliases = new Set(commands.flatMap((each) => [...each.aliases, ...each.hiddenAliases]));
  const shown = commands.filter(({ id, hidden }) => !hidden && !aliases.has(id)).map(modelOf);
  return script({ commands: shown.sort((a, b) => (a.name < b.name ? -1 : 1)), prefixes: ['client'] });
}

const NOTHING: Choices = { words: [], sources: [] };

/** By the name of an argument or the word of a value. */
const CHOICES: Readonly<Record<string, Choices>> = {
  DIR: { words: [], sources: ['folders'] },
  FILE: { words: [], sources: ['files'] },
  LOG: { words: [], sources: ['files'] },
  REGEX: { words: [], sources: ['filters', 'files'] },
  FILTER: { words: [], sources: ['filters'] },
  JAIL: { words: [], sources: ['enabled-jails'] },
  KIND: { words: ['filters', 'actions', 'jails'], sources: [] },
  FLAVOR: { words: ['basic', 'short', 'cymru'], sources: [] },
  LEVEL: { words: ['CRITICAL', 'ERROR', 'WARNING', 'NOTICE', 'INFO', 'DEBUG'], sources: [] },
  TARGET: { words: ['STDOUT', 'STDERR', 'SYSLOG', 'SYSTEMD-JOURNAL'], sources: ['files'] },
  SOCKET: { words: ['auto'], sources: ['files'] },
};

/** Where the name alone does not tell. */
const PLACES: Readonly<Record<string, readonly PlaceModel[]>> = {
  check: [{ place: 1, behind: undefined, words: [], sources: ['jails'] }],
  show: [{ place: 1, behind: undefined, words: [], sources: ['names'] }],
  set: settingPlaces('set', 'set-jail'),
  get: settingPlaces('get', 'get-jail'),
  client: [{ place: 1, behind: undefined, words: wordsOf('global', ['get', 'set']), sources: [] }],
};

function modelOf({ id, summary, args, flags, strict, usage }: Command.Loadable): CommandModel {
  const names = Object.values(args);
  const last = names.at(-1)?.name;
  const isOpen = strict === false && (usage === undefined || String(usage).includes(`${last}...`));
  const fromNames = names.flatMap(({ name, options }, i): PlaceModel[] => {
    const choices = options ? { words: options, sources: [] } : CHOICES[name];
    return choices ? [{ place: i + 1, behind: undefined, ...choices }] : [];
  });
  return {
    name: id,
    summary: plain(summary ?? ''),
    options: Object.values(flags)
      .filter((flag) => !flag.hidden)
      .map(optionOf),
    places: PLACES[id] ?? fromNames,
    repeats: isOpen && (id in PLACES || fromNames.at(-1)?.place === names.length),
  };
}

function optionOf(flag: Command.Flag.Cached): OptionModel {
  const long = [flag.name, ...(flag.aliases ?? [])].map((name) =>
    name.length > 1 ? `--${name}` : `-${name}`,
  );
  return {
    names: [...(flag.char ? [`-${flag.char}`] : []), ...long],
    summary: plain(flag.summary ?? flag.description ?? ''),
    value: flag.type === 'option' ? choicesOf(String(flag.helpValue ?? ''), flag.options) : undefined,
  };
}

/** `DIR`, `yes|no`, `auto|FILE`. */
function choicesOf(helpValue: string, options: readonly string[] | undefined): Choices {
  if (options) return { words: options, sources: [] };
  const parts = helpValue.split('|').map((part): Choices => {
    if (CHOICES[part]) return CHOICES[part];
    return /^[a-z][a-z-]*$/.test(part) && helpValue.includes('|') ? { words: [part], sources: [] } : NOTHING;
  });
  return {
    words: parts.flatMap(({ words }) => words),
    sources: parts.flatMap(({ sources }) => sources),
  };
}

/** A jail and what it has, or what the server has as a whole. */
function settingPlaces(whole: Entry['scope'], ofJail: Entry['scope']): PlaceModel[] {
  const words = wordsOf(whole);
  return [
    { place: 1, behind: undefined, words, sources: ['enabled-jails'] },
    ...words.map((word) => ({ place: 2, behind: word, ...(valuesOf(word, whole) ?? NOTHING) })),
    { place: 2, behind: undefined, words: wordsOf(ofJail), sources: [] },
  ];
}

function valuesOf(word: string, scope: Entry['scope']): Choices | undefined {
  if (scope !== 'set') return undefined;
  return { loglevel: CHOICES['LEVEL'], logtarget: CHOICES['TARGET'], dbfile: CHOICES['FILE'] }[word];
}

function wordsOf(scope: Entry['scope'], more: readonly string[] = []): string[] {
  const names = VOCABULARY.filter((entry) => entry.scope === scope && !entry.internal).map(
    ({ name }) => name,
  );
  return [...new Set([...names, ...more])].sort();
}

/** On one line, without oclif's place holders. */
function plain(text: string): string {
  return text
    .replace(/<%=\s*config\.bin\s*%>/g, 'f2b')
    .replace(/\s+/g, ' ')
    .trim();
}
