/**
 * View: the completion script for bash, 4 or newer; needs nothing else, not even bash-completion.
 *
 * Names that f2b is asked for are compared as text and put in quoted: a jail may be called anything.
 */
import {
  type Choices,
  type CompletionModel,
  placeRows,
  QUERIES,
  quoted,
  repeatedPlaces,
  type Source,
} from './model.js';

export function bashScript(model: CompletionModel): string {
  const { commands, prefixes } = model;
  const repeated = repeatedPlaces(model).map(
    ({ name, last }) => `    ${name}) ((place > ${last})) && place=${last} ;;`,
  );
  const options = commands.map(
    ({ name, options: each }) =>
      `      ${name}) _f2b_words ${each.flatMap(({ names }) => names).join(' ')} ;;`,
  );
  const values = commands.flatMap(({ name, options: each }) =>
    each.flatMap(({ names, value }) =>
      value
        ? [`    ${names.map((option) => quoted(`${name} ${option}`)).join(' | ')}) ${calls(value)} ;;`]
        : [],
    ),
  );
  const places = placeRows(model).map(
    ({ pattern, place }) => `    ${casePattern(pattern)}) ${calls(place)} ;;`,
  );
  return `# bash completion for f2b, made by: f2b completion bash
# Put it into /etc/bash_completion.d/f2b or ~/.local/share/bash-completion/completions/f2b, or: source <(f2b completion bash)

_f2b_words() {
  local word
  for word; do [[ $word == "$cur"* ]] && COMPREPLY+=("$word"); done
}

_f2b_names() {
  local name
  while IFS= read -r name; do
    [[ $name == "$cur"* ]] && COMPREPLY+=("$(printf %q "$name")")
  done < <("$program" "$@" "\${where[@]}" 2>/dev/null)
}

_f2b_files() {
  local name
  compopt -o filenames 2>/dev/null
  while IFS= read -r name; do COMPREPLY+=("$name"); done < <(compgen "$1" -- "$cur")
}

# What the value of an option can be; fails where the option takes none.
_f2b_value() {
  case "$1 $2" in
${values.join('\n')}
    *) return 1 ;;
  esac
}

_f2b_place() {
  case "$1 $2 $3" in
${places.join('\n')}
  esac
}

_f2b() {
  local cur=\${COMP_WORDS[COMP_CWORD]} program=\${COMP_WORDS[0]} command='' option='' word i
  local -a where=() given=()
  COMPREPLY=()
  [[ $cur == '=' ]] && cur=''
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    if [[ -n $option ]]; then
      [[ $word == '=' ]] && continue
      case $option in -c | --config | --conf) where=(-c "$word") ;; esac
      option=''
    elif [[ -z $command && $word != -* ]]; then command=$word
    elif [[ $word == -* ]]; then
      if _f2b_takes "$command" "$word"; then option=$word; fi
    elif [[ $word != '=' ]]; then given+=("$word")
    fi
    while [[ " ${prefixes.join(' ')} " == *" $command "* && \${#given[@]} -gt 0 ]]; do
      command=\${given[0]}
      given=("\${given[@]:1}")
    done
  done
  if [[ -n $option ]]; then
    _f2b_value "$command" "$option"
    return 0
  fi
  if [[ -z $command ]]; then
    _f2b_words ${commands.map(({ name }) => name).join(' ')} help
    return 0
  fi
  if [[ $cur == -* ]]; then
    case $command in
${options.join('\n')}
    esac
    return 0
  fi
  local place=$((\${#given[@]} + 1))
  case $command in
${repeated.join('\n')}
  esac
  _f2b_place "$command" "$place" "\${given[0]}"
  return 0
}

_f2b_takes() {
  local cur='' program=: COMPREPLY=()
  local -a where=()
  _f2b_value "$1" "$2" >/dev/null 2>&1
}

complete -F _f2b f2b
`;
}

function calls({ words, sources }: Choices): string {
  const all = [...(words.length > 0 ? [`_f2b_words ${words.join(' ')}`] : []), ...sources.map(callOf)];
  return all.length > 0 ? all.join('; ') : ':';
}

function callOf(source: Source): string {
  if (source === 'files') return '_f2b_files -f';
  if (source === 'folders') return '_f2b_files -d';
  return `_f2b_names ${QUERIES[source]}`;
}

/** The star of a pattern stays outside of quotes. */
function casePattern(pattern: string): string {
  return pattern.endsWith(' *') ? `${quoted(pattern.slice(0, -1))}*` : quoted(pattern);
}
