/**
 * Action stage: a command whose tags are filled in, and the two ways in which a shell can be told to run it.
 *
 * Values that are not plain text never become part of the script: they are shell variables, handed over as arguments of
 * `/bin/sh -c` or, to a shell that runs many commands, as quoted words.
 */

/** `command` refers to `variables` as `$f2bV_…`. Names are words of letters, digits and `_`; values hold no NUL. */
export interface ShellCommand {
  readonly command: string;
  readonly variables: readonly (readonly [name: string, value: string])[];
}

export function plainCommand(command: string): ShellCommand {
  return { command, variables: [] };
}

/**
 * Arguments of `/bin/sh`: the variables are set from `$0`, `$1` … `${10}`, then the command follows.
 *
 * Source: fail2ban passes values so; it writes `$10` for the eleventh, which a shell reads as `$1` and a `0`.
 */
export function shellArguments(command: ShellCommand): string[] {
  return ['-c', scriptOf(command), ...command.variables.map(([, value]) => value)];
}

/** Behind a text for a command's standard input: a text without it was cut off, because f2b was killed. */
export const END_OF_TEXT = '=end of text for f2b=';

/** The command, for a text that ends with the mark: it runs with the text before the mark, or not at all. */
export function onWholeText({ command, variables }: ShellCommand): ShellCommand {
  const script = `f2b_text=$(cat)
case $f2b_text in *'${END_OF_TEXT}') ;; *) echo "the text for this command was cut off" >&2; exit 1;; esac
printf '%s' "\${f2b_text%'${END_OF_TEXT}'}" | (
:
${command}
)`;
  return { command: script, variables };
}

/** The script alone, as it is logged. */
export function scriptOf({ command, variables }: ShellCommand): string {
  if (variables.length === 0) return command;
  const sets = variables.map(([name], i) => `${name}=${i < 10 ? `$${i}` : `\${${i}}`} `);
  return `${sets.join('')}\n${command}`;
}

/** One word for a shell, whatever is in `text` (but NUL). */
export function quoteWord(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
