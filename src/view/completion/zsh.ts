/**
 * View: the completion script for zsh, 5 or newer: commands and options with what they do.
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

export function zshScript(model: CompletionModel): string {
  const { commands, prefixes } = model;
  const list = commands.map(({ name, summary }) => `    ${quoted(described(name, summary))}`);
  const options = commands.map(({ name, options: each }) => {
    const words = each.flatMap(({ names, summary }) =>
      names.map((option) => quoted(described(option, summary))),
    );
    return `      ${name}) shown=(${words.join(' ')}) ;;`;
  });
  const values = commands.flatMap(({ name, options: each }) =>
    each.flatMap(({ names, value }) =>
      value
        ? [`    ${names.map((option) => quoted(`${name} ${option}`)).join('|')}) ${calls(value)} ;;`]
        : [],
    ),
  );
  const places = placeRows(model).map(({ pattern, place }) => {
    const lead = pattern.endsWith(' *') ? `${quoted(pattern.slice(0, -1))}*` : quoted(pattern);
    return `    ${lead}) ${calls(place)} ;;`;
  });
  const repeated = repeatedPlaces(model).map(
    ({ name, last }) => `    ${name}) (( place > ${last} )) && place=${last} ;;`,
  );
  return `#compdef f2b
# zsh completion for f2b, made by: f2b completion zsh
# Put it into a folder of $fpath as _f2b, or: source <(f2b completion zsh)

_f2b_names() {
  [[ -n $f2b_asking ]] && return
  local -a names
  names=(\${(f)"$($program "$@" $where 2>/dev/null)"})
  (( $#names )) && compadd -a names
}

_f2b_words() { [[ -n $f2b_asking ]] || compadd -- "$@" }
_f2b_paths() { [[ -n $f2b_asking ]] || _files "$@" }

# What the value of an option can be; fails where the option takes none.
_f2b_value() {
  case "$1 $2" in
${values.join('\n')}
    *) return 1 ;;
  esac
  return 0
}

_f2b_place() {
  case "$1 $2 $3" in
${places.join('\n')}
  esac
}

_f2b() {
  local program=$words[1] command= option= f2b_asking= word
  local -a where given shown
  local -i i place
  for (( i = 2; i < CURRENT; i++ )); do
    word=$words[i]
    if [[ -n $option ]]; then
      case $option in -c|--config|--conf) where=(-c $word) ;; esac
      option=
    elif [[ -z $command && $word != -* ]]; then command=$word
    elif [[ $word == --*=* ]]; then
      case $word in --config=*|--conf=*) where=(-c \${word#*=}) ;; esac
    elif [[ $word == -* ]]; then
      f2b_asking=1
      if _f2b_value "$command" "$word"; then option=$word; fi
      f2b_asking=
    else given+=("$word")
    fi
    while [[ ' ${prefixes.join(' ')} ' == *" $command "* ]] && (( $#given )); do
      command=$given[1]
      shift given
    done
  done
  if [[ -n $option ]]; then
    _f2b_value "$command" "$option"
  elif [[ -z $command ]]; then
    shown=(
${list.join('\n')}
    )
    _describe -t commands 'command of f2b' shown
  elif [[ $words[CURRENT] == --*=* ]]; then
    option=\${words[CURRENT]%%=*}
    compset -P '*='
    _f2b_value "$command" "$option"
  elif [[ $words[CURRENT] == -* ]]; then
    case $command in
${options.join('\n')}
    esac
    _describe -t options option shown
  else
    place=$(( $#given + 1 ))
    case $command in
${repeated.join('\n')}
    esac
    _f2b_place "$command" $place "$given[1]"
  fi
}

if [[ $funcstack[1] == _f2b ]]; then _f2b "$@"; else compdef _f2b f2b; fi
`;
}

/** \`name:what it is\`; a colon in either part would end it. */
function described(name: string, summary: string): string {
  return `${name.replaceAll(':', '\\:')}:${summary.replaceAll(':', '\\:')}`;
}

function calls({ words, sources }: Choices): string {
  const all = [...(words.length > 0 ? [`_f2b_words ${words.join(' ')}`] : []), ...sources.map(callOf)];
  return all.length > 0 ? all.join('; ') : ':';
}

function callOf(source: Source): string {
  if (source === 'files') return '_f2b_paths';
  if (source === 'folders') return '_f2b_paths -/';
  return `_f2b_names ${QUERIES[source]}`;
}
