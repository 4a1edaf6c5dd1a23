/**
 * View: the completion script for fish, 3 or newer: one line for each command, option and place.
 */
import { type Choices, type CompletionModel, QUERIES, repeatedPlaces, type Source } from './model.js';

export function fishScript(model: CompletionModel): string {
  const { commands, prefixes } = model;
  const takers = [...new Set(commands.flatMap(({ options }) => options.filter(({ value }) => value)))];
  const taking = [...new Set(takers.flatMap(({ names }) => names))].join(' ');
  const lines = commands.flatMap(({ name, summary, options, places }) => [
    `complete -c f2b -n '__f2b_at 0' -a ${name} -d ${fishQuoted(summary)}`,
    ...options.map(
      ({ names, summary: what, value }) =>
        `complete -c f2b -n '__f2b_in ${name}'${names.map(nameFlag).join('')}${valueFlag(value)} -d ${fishQuoted(what)}`,
    ),
    ...places.flatMap((place) => {
      const others = places.filter((other) => other.place === place.place && other.behind !== undefined);
      const not = place.behind === undefined ? others.map(({ behind }) => ` !${behind}`).join('') : '';
      const where = `__f2b_at ${place.place} ${name}${place.behind === undefined ? not : ` ${place.behind}`}`;
      return argumentsOf(place).map((list) => `complete -c f2b -n '${where}'${list}`);
    }),
  ]);
  const repeated = repeatedPlaces(model).map(
    ({ name, last }) => `        case ${name}\n            test $place -gt ${last}; and set place ${last}`,
  );
  return `# fish completion for f2b, made by: f2b completion fish
# Put it into ~/.config/fish/completions/f2b.fish, or: f2b completion fish | source

# The words before the cursor without options and their values: the command, and what it is given.
function __f2b_words
    set -l tokens (commandline -opc)
    set -l skip 0
    set -l words
    for token in $tokens[2..-1]
        if test $skip = 1
            set skip 0
        else if contains -- $token ${taking}
            set skip 1
        else if not string match -q -- '-*' $token
            set words $words $token
        end
    end
    while test (count $words) -gt 1; and contains -- $words[1] ${prefixes.join(' ')}
        set -e words[1]
    end
    test (count $words) -gt 0; and printf '%s\\n' $words
end

function __f2b_in
    set -l words (__f2b_words)
    test "$words[1]" = $argv[1]
end

# PLACE [COMMAND [WORD | !WORD...]]: is the cursor there?
function __f2b_at
    set -l words (__f2b_words)
    set -l place (count $words)
    switch "$words[1]"
${repeated.join('\n')}
    end
    test $place = $argv[1]; or return 1
    test (count $argv) = 1; and return 0
    test "$words[1]" = $argv[2]; or return 1
    for word in $argv[3..-1]
        if string match -q -- '!*' $word
            test "!$words[2]" = $word; and return 1
        else
            test "$words[2]" = $word; or return 1
        end
    end
    return 0
end

function __f2b_names
    set -l tokens (commandline -opc)
    set -l where
    for i in (seq 2 (count $tokens))
        if contains -- $tokens[$i] -c --config --conf
            set -l next (math $i + 1)
            set where -c $tokens[$next]
        end
    end
    $tokens[1] $argv $where 2>/dev/null
end

complete -c f2b -f
${lines.join('\n')}
`;
}

function nameFlag(name: string): string {
  return name.startsWith('--') ? ` -l ${name.slice(2)}` : ` -s ${name.slice(1)}`;
}

/** With `-x` nothing but the list is taken for the value, with `-r` files too. */
function valueFlag(value: Choices | undefined): string {
  if (!value) return '';
  return `${value.sources.includes('files') ? ' -r' : ' -x'}${argumentsOf(value).join('')}`;
}

function argumentsOf({ words, sources }: Choices): string[] {
  const shown = [...words, ...sources.filter((source) => source in QUERIES).map((source) => queryOf(source))];
  const paths = sources.includes('folders')
    ? [` -a '(__fish_complete_directories)'`]
    : sources.includes('files')
      ? [' -F']
      : [];
  return [...(shown.length > 0 ? [` -a ${fishQuoted(shown.join(' '))}`] : []), ...paths];
}

function queryOf(source: Source): string {
  return `(__f2b_names ${QUERIES[source]})`;
}

/** In single quotes only the quote and the backslash mean something. */
function fishQuoted(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`;
}
