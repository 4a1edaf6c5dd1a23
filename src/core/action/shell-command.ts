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
